"""What is not right yet, and how to mend it: Slack, the store, each project's files, tools and databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.core.errors import WhimbrelError
from bot.core.policy import RoleSource
from bot.core.ports import People, Projects, Team, Tool, World
from bot.core.targets import ENVIRONMENTS, Phase, Secret
from bot.core.text import listed
from bot.slack.manifest import SCOPES
from bot.slack.patience import UNREACHABLE, error_of

_INSTALL = "install the app again from the manifest (`whimbrel manifest`)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `mend` is empty when it is right."""

    what: str
    mend: str = ""

    @property
    def ok(self) -> bool:
        return not self.mend

    def line(self) -> str:
        """ "✓ what", or "✗ what" and below it what to do."""
        return f"✓ {self.what}" if self.ok else f"✗ {self.what}\n    → {self.mend}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Everything that is examined. `store` is true when its schema is at head, and may raise StoreGone."""

    client: WebClient
    app_token: Secret
    signing_secret: Secret
    store: Callable[[], bool]
    projects: Projects
    team: Team
    people: People
    world: World
    scopes: Sequence[str] = field(default=SCOPES)


def examine(whole: Whole) -> list[Finding]:
    """Look at everything once. Never raises for what it looks at."""
    found = list(_of_store(whole))
    slack = list(_of_slack(whole))
    found += slack
    for project in whole.projects.names():
        try:
            tool = whole.projects.tool(project)
        except WhimbrelError as error:  # its files are not right, so nothing else of it can be asked
            found.append(Finding(what=error.message, mend=error.hint or "mend its whimbrel.yaml"))
            continue
        found += _of_project(whole, project, tool)
        if slack and slack[0].ok:
            found += _of_roles(whole, project)
            found += _of_channels(whole, project)
    return found


def report(findings: Sequence[Finding]) -> str:
    """The findings as lines, and how many are not right."""
    wrong = sum(not finding.ok for finding in findings)
    end = f"{wrong} of {len(findings)} are not right." if wrong else f"All {len(findings)} are right."
    return "\n".join([*(finding.line() for finding in findings), end])


def _of_store(whole: Whole) -> Iterator[Finding]:
    try:
        head = whole.store()
    except WhimbrelError as error:
        yield Finding(what=error.message, mend="check WHIMBREL_STORE, and that its server is up")
        return
    what = "the store can be reached"
    if head:
        yield Finding(what=f"{what}, its tables are up to date")
    else:
        yield Finding(what=f"{what}, its tables are not up to date", mend="run `whimbrel upgrade`")


# -- Slack -----------------------------------------------------------------------------------------------


def _of_slack(whole: Whole) -> Iterator[Finding]:
    try:
        answer = whole.client.auth_test()
    except (SlackApiError, *UNREACHABLE) as error:
        mend = f"set SLACK_BOT_TOKEN to the app's bot token, or {_INSTALL}"
        yield Finding(what=f"Slack does not take the bot token ({_why(error)})", mend=mend)
        return
    yield Finding(what=f"Slack knows the bot as {answer['user']} of {answer['team']}")
    headers = {name.lower(): str(value) for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")} - {""}
    yield _of_scopes(granted, whole.scopes)
    yield _of_line(whole)


def _of_scopes(granted: set[str], wanted: Sequence[str]) -> Finding:
    if not granted:
        return Finding(what="Slack does not say which scopes the bot has", mend=_INSTALL)
    if short := [scope for scope in wanted if scope not in granted]:
        return Finding(what=f"the bot lacks {listed(short)}", mend=f"add them: {_INSTALL}")
    more = sorted(granted - set(wanted))
    extra = f"; it does not need {listed(more)}" if more else ""
    return Finding(what=f"the bot has every scope that it needs{extra}")


def _of_line(whole: Whole) -> Finding:
    token = whole.app_token.reveal()
    if not token:
        if whole.signing_secret.reveal():
            return Finding(what="Slack calls the bot; requests are verified by the signing secret")
        mend = "set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP"
        return Finding(what="Slack cannot reach the bot", mend=mend)
    try:
        whole.client.apps_connections_open(app_token=token)
    except (SlackApiError, *UNREACHABLE) as error:
        mend = "set SLACK_APP_TOKEN to an app-level token with connections:write, and switch Socket Mode on"
        return Finding(what=f"Slack does not take the app token ({_why(error)})", mend=mend)
    return Finding(what="Socket Mode can be opened")


def _of_roles(whole: Whole, project: str) -> Iterator[Finding]:
    try:
        sources = whole.team.roles(project)
        groups = _groups(whole.client) if any(s.group for s in sources.values()) else {}
        holders = whole.people.holders(project)
    except SlackApiError as error:
        if error_of(error) != "plan_upgrade_required":
            yield Finding(what=f"user groups cannot be read ({_why(error)})", mend="try again in a minute")
            return
        named = listed([role for role, source in whole.team.roles(project).items() if source.group])
        mend = f"name the people of {named} in {project}'s whimbrel.yaml instead of a group"
        yield Finding(what="this workspace's plan has no user groups", mend=mend)
        return
    except (WhimbrelError, *UNREACHABLE) as error:
        yield Finding(
            what=f"{project}: its roles cannot be read ({_why(error)})", mend="try again in a minute"
        )
        return
    for role, source in sources.items():
        yield _of_role(f"{project}: role {role}", source, groups, len(holders.get(role, ())))


def _of_role(what: str, source: RoleSource, groups: Mapping[str, Any], count: int) -> Finding:
    handle = source.group.lstrip("@")
    if handle and handle not in groups:
        mend = f"make a user group with the handle {handle}, or correct whimbrel.yaml"
        return Finding(what=f"{what} is the user group {handle}, which is not there", mend=mend)
    if not count:
        mend = "add members to its user group" if handle else "name its people in whimbrel.yaml by their ids"
        return Finding(what=f"{what} is held by nobody, so whatever asks for it is denied", mend=mend)
    return Finding(what=f"{what} is held by {count} {'people' if count > 1 else 'person'}")


def _groups(client: WebClient) -> dict[str, Any]:
    found = client.usergroups_list(include_users=True)["usergroups"]
    return {
        key: group
        for group in found
        if not group.get("date_delete")
        for key in (group["id"], group["handle"])
    }


def _of_channels(whole: Whole, project: str) -> Iterator[Finding]:
    try:
        wanted = whole.team.channels(project)
        known = _channels(whole.client)
    except (WhimbrelError, SlackApiError, *UNREACHABLE) as error:
        yield Finding(
            what=f"{project}: its channels cannot be read ({_why(error)})", mend="try again in a minute"
        )
        return
    if not wanted and not any(known.values()):
        yield Finding(what="the bot is in no channel", mend="type `/invite @whimbrel` in a channel")
    for name in wanted:
        if known.get(name.lstrip("#")):
            yield Finding(what=f"{project}: the bot is in {name}")
        else:
            mend = f"type `/invite @whimbrel` in {name}, or correct whimbrel.yaml"
            yield Finding(what=f"{project}: the bot is not in {name}", mend=mend)


def _channels(client: WebClient) -> dict[str, bool]:
    """Channels by id and by name, and whether the bot is in them."""
    found: dict[str, bool] = {}
    cursor: str | None = None
    while True:
        kinds = "public_channel,private_channel"
        page = client.conversations_list(types=kinds, exclude_archived=True, limit=200, cursor=cursor)
        for channel in page["channels"]:
            found[channel["id"]] = found[channel["name"]] = bool(channel["is_member"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return found


# -- a project -------------------------------------------------------------------------------------------


def _of_project(whole: Whole, project: str, tool: Tool) -> Iterator[Finding]:
    try:
        scripts = tool.scripts("")
        if scripts:
            yield Finding(what=f"{project}: its tool reads {len(scripts)} scripts")
        else:
            mend = "check `tool` in whimbrel.yaml: its folder is where the scripts are"
            yield Finding(what=f"{project}: its tool finds no scripts", mend=mend)
    except WhimbrelError as error:
        yield Finding(what=f"{project}: {error.message}", mend=error.hint or "mend the project's scripts")
    for phase in ENVIRONMENTS:
        yield from _of_target(whole, project, phase)


def _of_target(whole: Whole, project: str, phase: Phase) -> Iterator[Finding]:
    what = f"{project}: {phase}"
    try:
        target = whole.projects.target(project, phase)
        health = whole.world.database(target).look(target)
    except WhimbrelError as error:
        mend = error.hint or "check its URL in the environment, and that its server is up"
        yield Finding(what=f"{what}: {error.message}", mend=mend)
        return
    if not health.problems:
        yield Finding(what=f"{what} is a {target.kind} {health.version} that may be changed")
    for problem in health.problems:
        yield Finding(what=f"{what}: {problem}", mend="put this right on its server")


def _why(error: BaseException) -> str:
    """In one word, and never with what was sent."""
    if isinstance(error, SlackApiError):
        return error_of(error)
    return error.message if isinstance(error, WhimbrelError) else type(error).__name__
