"""Reactions as approvals: what they say, and the approvals brought into line with them.

Events come late, twice, in any order or not at all. So an event only says "look again", and what counts is
what stands on the message when we look: `reactions.get` wins.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.chat import INFO, REFUSED, SETTLED, Ask, Chat, Reply
from bot.core.changes import Change
from bot.core.errors import Conflict, WhimbrelError
from bot.core.keeping import Telling, Tellings
from bot.core.policy import roles_of
from bot.core.ports import People
from bot.core.text import code
from bot.slack.heard import Heard
from bot.slack.patience import UNREACHABLE, error_of, patiently

_log = logging.getLogger(__name__)

YES = frozenset({"+1", "thumbsup", "white_check_mark", "heavy_check_mark"})
NO = frozenset({"x", "no_entry"})
#: What is set on a plan's message first, for people to click.
SEED = "white_check_mark"


def says(name: str) -> str:
    """ "approve", "reject" or "" of a reaction's name, whatever its skin tone."""
    plain = name.strip(":").split("::")[0]
    return "approve" if plain in YES else "reject" if plain in NO else ""


class Reactions:
    """Approvals by reaction. `change_of` reads a change from the journal now."""

    def __init__(
        self,
        client: WebClient,
        tellings: Tellings,
        people: People,
        chat: Chat,
        change_of: Callable[[int], Change],
    ) -> None:
        self._client, self._tellings, self._people = client, tellings, people
        self._chat, self._change_of = chat, change_of
        # Events about one person's reactions are taken one after the other, or the earlier look could win.
        self._turns = tuple(Lock() for _ in range(64))

    def answer(self, heard: Heard) -> Reply | None:
        """What is said back to a reaction that was added or removed; None: nothing needs to be said."""
        ask = heard.ask
        telling = self._tellings.at(ask.channel, heard.message)
        if telling is None:
            return None
        if ask.text == "reject":
            why = code(f"/migrate reject {telling.change} <why>")
            return Reply(text=f"{INFO} A rejection needs its reason: type {why}.", change=telling.change)
        with self._turns[hash((ask.person, heard.message)) % len(self._turns)]:
            return self._take(ask, telling)

    def superseded(self, telling: Telling) -> Reply | None:
        """What is said of an approval on a plan that is not the change's plan any more."""
        if self._change_of(telling.change).fingerprint == telling.fingerprint:
            return None
        text = (
            f"{INFO} This is an earlier plan of change {telling.change}, and what you say here does not"
            f" count. Look at the newest one: {code(f'/migrate plan {telling.change}')}"
        )
        return Reply(text=text, change=telling.change)

    def _take(self, ask: Ask, telling: Telling) -> Reply | None:
        there = ask.person in (self._there(telling) or ())
        change = self._change_of(telling.change)
        if there:
            return self.superseded(telling) or self._approve(ask, telling)
        if change.fingerprint == telling.fingerprint and ask.person in _by_reaction(change):
            return self._say("withdraw", ask, telling)
        return None

    def _approve(self, ask: Ask, telling: Telling) -> Reply:
        """What the approval is answered; also where this very reaction was found before it was told of."""
        reply = self._say("approve", ask, telling)
        change = self._change_of(telling.change)
        mine = [a for a in change.approvals.values() if a.person == ask.person and a.via == "reaction"]
        if reply.text.startswith(REFUSED) and any(a.at >= ask.at for a in mine):
            text = (
                f"{SETTLED} You approved change {change.id}: your reaction was seen before Slack told of it."
            )
            return Reply(text=text, change=change.id)
        return reply

    def _say(self, word: str, ask: Ask, telling: Telling) -> Reply:
        return self._chat.answer(
            Ask(
                key=ask.key,
                text=f"{word} {telling.change}",
                person=ask.person,
                channel=telling.channel,
                via="reaction",
                at=ask.at,
                plan=telling.fingerprint,
            )
        )

    # -- made right again --------------------------------------------------------------------------------

    def reconcile(self, change: Change) -> None:
        """Bring the approvals of the change's plan into line with the reactions as they are now.

        Raises Conflict when Slack does not say. A message that was deleted withdraws nothing.
        """
        telling = self._tellings.newest(change.id)
        if change.final or telling is None or telling.fingerprint != change.fingerprint:
            return
        there = self._there(telling)
        if there is None:
            return
        for person in sorted(_by_reaction(change) - there):
            self._settle("withdraw", person, change, telling)
        heard = {a.person for a in change.approvals.values()} | {r.person for r in change.rejections.values()}
        new = sorted(there - heard - {change.opened_by})
        holders = self._people.holders(change.project) if new else {}
        for person in new:
            if set(roles_of(person, holders)) - change.approvals.keys():
                self._settle("approve", person, change, telling)

    def look_again(self, change: int) -> None:
        """Look at the reactions to a change's plan: some may be older than our knowledge of its message."""
        self.reconcile(self._change_of(change))

    def after_outage(self, changes: Iterable[Change]) -> None:
        """The same for many changes; one that Slack says nothing of is left for its next phase."""
        for change in changes:
            try:
                self.reconcile(change)
            except WhimbrelError as error:
                _log.warning("change %s: %s", change.id, error.message)

    def _settle(self, word: str, person: str, change: Change, telling: Telling) -> None:
        key = f"reconcile {change.id}.{change.seq} {word} {person}"
        ask = Ask(key=key, text="", person=person, channel="", via="reaction", at=datetime.now(UTC))
        reply = self._say(word, ask, telling)
        _log.info("change %s: %s of %s by reaction: %s", change.id, word, person, reply.text)

    def _there(self, telling: Telling) -> set[str] | None:
        """Who says yes on the message now; None when it is gone. Raises Conflict when Slack does not say."""
        place = {"channel": telling.channel, "timestamp": telling.ts}
        try:
            found = patiently(lambda: self._client.reactions_get(full=True, **place), tries=5, longest=10)
        except SlackApiError as error:
            if error_of(error) == "message_not_found":
                return None
            raise _silent(telling, error_of(error)) from error
        except UNREACHABLE as error:
            raise _silent(telling, type(error).__name__) from error
        marks: list[dict[str, Any]] = found["message"].get("reactions") or []
        return {person for mark in marks if says(mark["name"]) == "approve" for person in mark["users"]}


def _by_reaction(change: Change) -> set[str]:
    return {a.person for a in change.approvals.values() if a.via == "reaction"}


def _silent(telling: Telling, why: str) -> Conflict:
    _log.warning("the reactions to change %s could not be read: %s", telling.change, why)
    return Conflict(
        f"Slack did not say who has reacted to the plan of change {telling.change}, so nothing was changed.",
        hint="Try again in a minute.",
    )
