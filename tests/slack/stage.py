"""A playground, and the bot's ears joined to it: real chat, real desk, real words."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from slack_sdk import WebClient

import commands
from bot.chat import Chat, Command, discover
from bot.core.changes import Change
from bot.core.events import ChangeOpened, PlanRevised
from bot.core.keeping import Note, Telling
from bot.core.plans import Plan, Script, Stage
from bot.core.policy import RoleSource
from bot.core.targets import ENVIRONMENTS, Secret
from bot.desk import Desk
from bot.playground.client import Person
from bot.playground.seed import ChannelSeed, CommandSeed, GroupSeed, Seed, UserSeed
from bot.playground.server import Playground
from bot.projects import ProjectFolders
from bot.queue import Nowhere
from bot.slack.answers import Answers
from bot.slack.connect import Door, bolt, connect
from bot.slack.delivery import Delivery
from bot.slack.home import Home
from bot.slack.listen import join
from bot.slack.manifest import SCOPES, manifest
from bot.slack.reactions import Reactions
from bot.slack.roles import SlackPeople
from bot.store.memory import MemoryStore

T = TypeVar("T")


def seed(**more: Any) -> Seed:
    """Everyone is called by their role; the app is what its manifest says."""
    values: dict[str, Any] = {
        "users": (
            *(UserSeed(name=name) for name in ("dba", "second-dba", "qa", "dev-lead")),
            UserSeed(name="guest", is_restricted=True),
            UserSeed(name="robot", is_bot=True),
            UserSeed(name="left", deleted=True),
        ),
        "usergroups": (
            GroupSeed(handle="dbas", users=("dba", "second-dba", "guest", "robot", "left")),
            GroupSeed(handle="testers", users=("qa",)),
            GroupSeed(handle="nobody", users=()),
        ),
        "channels": (ChannelSeed(name="changes"), ChannelSeed(name="lounge", app=False)),
        "commands": (CommandSeed(command="/migrate"),),
        "scopes": frozenset(SCOPES),
        "bot_events": frozenset(manifest()["settings"]["event_subscriptions"]["bot_events"]),
        "retry_delays": (0.05, 0.1, 0.2),
        "rates": False,
    }
    return Seed(**{**values, **more})


class Roster:
    """What a project says of its people: the port Team, in memory."""

    def __init__(self, **roles: RoleSource) -> None:
        self._roles = roles or {"dba": RoleSource(group="dbas"), "qa": RoleSource(group="@testers")}

    def roles(self, project: str) -> dict[str, RoleSource]:
        return dict(self._roles)

    def channels(self, project: str) -> tuple[str, ...]:
        return ("changes",)

    def alert_roles(self, project: str) -> tuple[str, ...]:
        return ("dba",)


def plan_of(sql: str = "select 1") -> Plan:
    """A plan of one revision that dba and qa approve."""
    script = Script(
        revision="a1", title="one", file="one.sql", checksum=sql, forward=sql, backward="select 0"
    )
    stages = tuple(
        Stage(phase=p, target=f"shop/{p}", place=str(p), roles=("dba", "qa"), pending=("a1",))
        for p in ENVIRONMENTS
    )
    return Plan(project="shop", tool="sql", scripts=(script,), stages=stages)


def until(look: Callable[[], T], seconds: float = 8.0) -> T:
    """Look until something is so."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come to be so"
        time.sleep(0.01)
    return found


class Scene:
    """The bot's ears on a playground. `words`: the commands, instead of all of them."""

    def __init__(
        self,
        slack: Playground,
        words: Mapping[str, Command] | None = None,
        kept: Any = None,
        http: bool = False,
    ) -> None:
        self.slack, self.kept = slack, kept or MemoryStore()
        self.client = WebClient(token=slack.bot_token, base_url=slack.api_url, timeout=5)
        self.people = SlackPeople(Roster(), self.client)
        self.desk = Desk(
            journal=self.kept.journal,
            plans=self.kept.plans,
            board=self.kept.board,
            projects_port=ProjectFolders(roots=(), environ={}, tools={}, database=lambda target: None),
            people=self.people,
            now=lambda: datetime.now(UTC),
            queue=Nowhere(),
            nudge=lambda change: None,
            reconcile=lambda change: self.reactions.reconcile(change),
        )
        self.chat = Chat(words or discover(commands), self.desk)
        delivery = Delivery(self.client, self.kept.tellings)
        self.reactions = Reactions(self.client, self.kept.tellings, self.people, self.chat, self.desk.change)
        self.answers = Answers(self.chat, self.kept.inbox, delivery, self.reactions, self.kept.tellings)
        home = Home(self.client, self.people.name, self.desk.mine, self.desk.changes)
        self.app = bolt(self.client, Secret(slack.signing_secret))
        join(self.app, self.kept.inbox, self.answers, self.kept.tellings, self.people, home)
        door = Door(app_token=Secret("" if http else slack.app_token), host="127.0.0.1")
        self.line = connect(self.app, door, joined=lambda: None)

    def __enter__(self) -> Scene:
        self.line.start()
        if not getattr(self.line, "port", 0):
            until(lambda: self.slack.connections == 1 and not self.line.problems())
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()
        self.answers.close()
        self.people.close()

    def person(self, name: str) -> Person:
        return Person(self.slack.url, name)

    def opened(self, by: str = "dev-lead") -> tuple[Change, Telling]:
        """A change, and the message that shows its plan."""
        plan = plan_of()
        self.kept.plans.keep(plan)
        channel = self.person(by).channel("changes")
        event = ChangeOpened(project="shop", title="One", fingerprint=plan.fingerprint, channel=channel)
        note = Note(events=(event,), by=self.person(by).id, at=datetime.now(UTC))
        change = Change.of(self.kept.journal.open(note))
        return change, self.posted(change.id, plan)

    def posted(self, change: int, plan: Plan) -> Telling:
        """A message that shows a plan."""
        channel = self.desk.change(change).channel
        ts = self.client.chat_postMessage(channel=channel, text=f"Plan {plan.fingerprint}")["ts"]
        told = Telling(change=change, channel=channel, ts=ts, fingerprint=plan.fingerprint)
        self.kept.tellings.put(told)
        return told

    def revised(self, change: int, sql: str) -> Plan:
        """The plan moves; no message shows the new one yet."""
        plan = plan_of(sql)
        self.kept.plans.keep(plan)
        event = PlanRevised(fingerprint=plan.fingerprint, moved=("revision a1",))
        note = Note(events=(event,), by="whimbrel", at=datetime.now(UTC))
        self.kept.journal.add(change, self.desk.change(change).seq, note)
        return plan

    def approved(self, change: int) -> dict[str, str]:
        """role -> the name of who approved."""
        names = {p["id"]: p["name"] for p in self.person("dba").everyone()}
        return {role: names[a.person] for role, a in self.desk.change(change).approvals.items()}

    def waiting(self) -> int:
        return len(self.kept.inbox.waiting())
