"""Who holds which role, asked of Slack at the moment it counts; and how people are called."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.core.errors import Conflict
from bot.core.policy import RoleSource
from bot.core.ports import Team
from bot.core.text import plain
from bot.slack.patience import UNREACHABLE, error_of, patiently

_log = logging.getLogger(__name__)

#: Seconds for which an answer of Slack's serves a drawing.
_KEPT = 60.0
#: From this many people on, one list of the whole workspace costs fewer calls than asking for each.
_MANY = 25
#: Tries of a question that a decision waits for (the pauses between them come to 8 s), and of a drawing's.
_PATIENT, _BRIEF = 6, 2
_NEVER = frozenset({"USLACKBOT"})
_NOT_HUMAN = ("is_bot", "deleted", "is_restricted", "is_ultra_restricted", "is_stranger")

Group = Mapping[str, Any]
Person = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What Slack said of a project's roles, and when we began to ask."""

    began: float
    holders: dict[str, Collection[str]]


class SlackPeople:
    """Implements core.ports.People over user groups and listed people. Only human full members count."""

    def __init__(self, team: Team, client: WebClient, moment: float = 0.0, patience: int = _PATIENT) -> None:
        """`moment`: seconds for which an answer of Slack's is as of now, also for a decision. `patience`: how
        often a decision asks before Slack counts as silent.

        Slack answers 20 such questions a minute (tier 2), and says by an event when a group changes, which
        drops what we have.
        """
        self._team, self._client, self._moment, self._patience = team, client, moment, patience
        self._seen: dict[str, Seen] = {}
        #: What Slack said to questions asked before this is of no more use.
        self._changed = float("-inf")
        self._groups: tuple[float, list[Group]] = (float("-inf"), [])
        self._names: dict[str, tuple[float, str]] = {}
        self._turns: dict[str, Lock] = {}
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="people")

    def holders(self, project: str, *, fresh: bool = True) -> dict[str, Collection[str]]:
        """role -> the ids of the people who hold it. Raises Conflict when Slack does not say.

        `fresh`: the answer is of this moment, for a decision; otherwise it may be a minute old.
        """
        oldest = monotonic() - (self._moment if fresh else _KEPT)
        tries = self._patience if fresh else _BRIEF
        with self._turns.setdefault(project, Lock()):
            # Others who waited here while we asked may take our answer: it began after they came.
            seen = self._seen.get(project)
            if seen is None or seen.began < max(oldest, self._changed):
                seen = Seen(began=monotonic(), holders=self._ask(project, tries))
                self._seen[project] = seen
            return dict(seen.holders)

    def drawn(self, project: str) -> dict[str, Collection[str]]:
        """The holders for a drawing, at most a minute old; while Slack does not say, the last ones known.

        Raises Conflict when it has never said.
        """
        try:
            return self.holders(project, fresh=False)
        except Conflict:
            if (seen := self._seen.get(project)) is None:
                raise
            return dict(seen.holders)

    def forget(self) -> None:
        """Slack says that people or groups have changed."""
        self._changed = monotonic()
        self._names.clear()
        self._groups = (float("-inf"), [])

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True)

    # -- how they are called -----------------------------------------------------------------------------

    def name(self, person: str) -> str:
        """As people call them; their id when Slack does not say. Text from outside."""
        at, known = self._names.get(person, (float("-inf"), ""))
        if known and monotonic() - at < 10 * _KEPT:
            return known
        try:
            known = _called(
                patiently(lambda: self._client.users_info(user=person), tries=2, longest=2)["user"]
            )
        except (SlackApiError, *UNREACHABLE):
            return known or person
        self._names[person] = (monotonic(), known or person)
        return known or person

    def mention(self, project: str, role: str) -> str:
        """What pings the people of a role; its name when that cannot be found. Never raises."""
        source = self._team.roles(project).get(role, RoleSource())
        group = ""
        if source.group:
            try:
                group = next((g["id"] for g in self._all_groups(_KEPT, _BRIEF) if _is(g, source.group)), "")
            except (SlackApiError, *UNREACHABLE):
                group = source.group if source.group.startswith("S") and source.group.isupper() else ""
        pings = [f"<!subteam^{group}>"] if group else []
        return " ".join([*pings, *(f"<@{person}>" for person in source.people)]) or plain(role)

    # -- asking ------------------------------------------------------------------------------------------

    def _ask(self, project: str, tries: int) -> dict[str, Collection[str]]:
        sources = self._team.roles(project)
        try:
            groups = self._all_groups(0, tries) if any(s.group for s in sources.values()) else []
            members = {role: _members(source, groups) for role, source in sources.items()}
            human = self._humans({person for people in members.values() for person in people}, tries)
        except SlackApiError as error:
            raise _silent(project, error_of(error)) from error
        except UNREACHABLE as error:
            raise _silent(project, type(error).__name__) from error
        return {role: frozenset(people) & human for role, people in members.items()}

    def _all_groups(self, age: float, tries: int) -> list[Group]:
        """Every user group with its members; none where the workspace's plan has no user groups."""
        at, known = self._groups
        if monotonic() - at < age:
            return known
        began = monotonic()
        try:
            answer = patiently(
                lambda: self._client.usergroups_list(include_users=True), tries=tries, longest=10
            )
        except SlackApiError as error:
            if error_of(error) != "plan_upgrade_required":
                raise
            return []
        groups: list[Group] = answer["usergroups"]
        self._groups = (began, groups)
        return groups

    def _humans(self, people: Collection[str], tries: int) -> frozenset[str]:
        """Those who are people, at home in this workspace, and still here."""
        asked = [person for person in people if person not in _NEVER]
        if len(asked) > _MANY:
            everyone = self._everyone(tries)
            return frozenset(p for p in asked if p in everyone and _human(everyone[p]))
        found = self._pool.map(lambda person: self._person(person, tries), asked)
        return frozenset(p["id"] for p in found if p and _human(p))

    def _person(self, person: str, tries: int) -> Person | None:
        try:
            answer = patiently(lambda: self._client.users_info(user=person), tries=tries, longest=10)
        except SlackApiError as error:
            if error_of(error) in ("user_not_found", "user_not_visible"):
                return None
            raise
        user: Person = answer["user"]
        self._names[person] = (monotonic(), _called(user) or person)
        return user

    def _everyone(self, tries: int) -> dict[str, Person]:
        found: dict[str, Person] = {}
        cursor = ""
        while True:
            page = _page(self._client, cursor, tries)
            found |= {user["id"]: user for user in page["members"]}
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found


def _page(client: WebClient, cursor: str, tries: int) -> Mapping[str, Any]:
    call: Callable[[], Any] = lambda: client.users_list(limit=500, cursor=cursor or None)  # noqa: E731
    answer: Mapping[str, Any] = patiently(call, tries=tries, longest=10).data
    return answer


def _members(source: RoleSource, groups: Collection[Group]) -> set[str]:
    found = next((group for group in groups if source.group and _is(group, source.group)), None)
    return {*source.people, *((found or {}).get("users") or ())}


def _is(group: Group, wanted: str) -> bool:
    """A group goes by its id or its handle; one that was switched off is nobody's."""
    return not group.get("date_delete") and wanted.lstrip("@") in (group["id"], group["handle"])


def _human(user: Person) -> bool:
    return not any(user.get(flag) for flag in _NOT_HUMAN)


def _called(user: Person) -> str:
    profile = user.get("profile") or {}
    return str(profile.get("display_name") or user.get("real_name") or user.get("name") or "")


def _silent(project: str, why: str) -> Conflict:
    _log.warning("the roles of %s could not be read: %s", project, why)
    return Conflict(
        f"Slack did not say who holds the roles of {project}, so nothing was changed.",
        hint="Try again in a minute.",
    )
