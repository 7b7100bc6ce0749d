"""A place to talk to the bot: the real desk and commands over the in-memory store, with people and plans."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

import commands
from bot.chat import Ask, Chat, Reply, discover
from bot.core import events as e
from bot.core.changes import Change
from bot.core.errors import NotFound
from bot.core.keeping import Note
from bot.core.plans import Notes, Plan, Script, Stage, Verdict
from bot.core.ports import Tool
from bot.core.targets import Phase, TableFacts, Target
from bot.desk import Desk
from bot.queue import Nowhere
from bot.store.memory import MemoryStore

HOLDERS = {"dev-lead": {"U1"}, "dba": {"U2"}, "qa": {"U3"}, "sre": {"U4"}}
NAMES = {"U1": "dev-lead", "U2": "dba", "U3": "qa", "U4": "sre", "U5": "product-owner", "U9": "developer"}
IDS = {name: person for person, name in NAMES.items()}


def script(revision: str, title: str, **more: bool) -> Script:
    return Script(
        revision=revision,
        title=title,
        file=f"versions/{revision}.py",
        checksum=f"sum of {revision}",
        forward=f"ALTER TABLE orders ADD COLUMN {revision} text;",
        backward=f"ALTER TABLE orders DROP COLUMN {revision};",
        **more,
    )


SCRIPTS = (
    script("a1", "Add a note"),
    script("b2", "Index the notes", transactional=False),
    script("c3", "Fill the notes", rendered=False),
)


def stage(phase: Phase, *roles: str) -> Stage:
    return Stage(
        phase=phase,
        target=f"shop/{phase}",
        place=f"place of {phase}",
        roles=roles,
        criteria=("All assertions hold",),
        pending=("a1", "b2", "c3"),
        tables=(TableFacts(name="orders", rows=300_000, bytes=42_000_000),),
    )


PLAN = Plan(
    project="shop",
    tool="alembic",
    scripts=SCRIPTS,
    stages=(
        stage(Phase.DEVELOPMENT, "dev-lead"),
        stage(Phase.STAGING, "dev-lead", "qa"),
        stage(Phase.PRODUCTION, "dba", "qa"),
    ),
    notes=Notes(title="Notes on orders"),
    verdicts=(Verdict(question="Risk?", answer="Low", rule="only adds"),),
)


@dataclass
class Shelf:
    """The port Projects over plans that the test lays down."""

    plans: dict[str, Plan] = field(default_factory=lambda: {"shop": PLAN})

    def names(self) -> Sequence[str]:
        return list(self.plans)

    def work_out(self, project: str, to: str) -> Plan:
        plan = self.plans[project]
        known = [s.revision for s in plan.scripts]
        if to and to not in known:
            raise NotFound(f"There is no revision {to}.")
        return replace(plan, scripts=plan.scripts[: known.index(to) + 1]) if to else plan

    def again(self, plan: Plan) -> Plan:
        return self.plans[plan.project]

    def target(self, project: str, target: str) -> Target:
        raise NotFound(f"{project} has no target {target} that could be reached.")

    def tool(self, project: str) -> Tool:
        raise NotFound(f"{project} has no tool that could be started.")


class Staff:
    """The port People over the roles above."""

    def holders(self, project: str) -> dict[str, Collection[str]]:
        return dict(HOLDERS) if project else {}

    def drawn(self, project: str) -> dict[str, Collection[str]]:
        return self.holders(project)

    def name(self, person: str) -> str:
        return NAMES.get(person, person)


@dataclass
class Talk:
    """What a test needs to talk to the bot, and to put facts on record as a driver does."""

    shelf: Shelf = field(default_factory=Shelf)
    store: MemoryStore = field(default_factory=MemoryStore)
    now: datetime = datetime(2026, 11, 23, 20, 42, tzinfo=UTC)

    def __post_init__(self) -> None:
        self.keys = count(1)
        self.desk = Desk(
            journal=self.store.journal,
            plans=self.store.plans,
            board=self.store.board,
            projects_port=self.shelf,
            people=Staff(),
            now=lambda: self.now,
            queue=Nowhere(),
            nudge=lambda _: None,
        )
        self.chat = Chat(discover(commands), self.desk)

    def says(self, who: str, text: str, *, via: str = "typed", channel: str = "C1") -> Reply:
        ask = Ask(
            key=f"k{next(self.keys)}", text=text, person=IDS[who], channel=channel, via=via, at=self.now
        )
        return self.chat.answer(ask)

    def change(self, number: int = 1) -> Change:
        return self.desk.change(number)

    def happens(self, *events: e.Event, after: float = 1.0) -> Change:
        """The driver writes these facts of change 1, each a moment after the last."""
        for event in events:
            self.now += timedelta(seconds=after)
            seq = self.change().seq
            self.store.journal.add(1, seq, Note(events=(event,), by="whimbrel", at=self.now))
        return self.change()

    def carries(self, *revisions: str, ends: bool = True) -> Change:
        """The run under way carries the revisions, and ends well."""
        run = self.change().run
        assert run is not None
        self.happens(e.RunStarted(run=run.id, driver="w1"))
        for revision in revisions:
            self.steps(run.id, revision)
        if ends:
            self.happens(e.RunFinished(run=run.id, revision=revisions[-1], schema="s1"))
        return self.change()

    def steps(self, run: str, revision: str) -> None:
        step = f"apply:{revision}"
        self.happens(
            e.StepStarted(run=run, step=step, title=f"Apply {revision}"),
            e.StepFinished(run=run, step=step, seconds=1.2, evidence="done", facts={}),
        )

    def approved(self) -> None:
        """Change 1 is open and every role has approved it."""
        self.says("developer", "start shop")
        for role in ("dev-lead", "dba", "qa"):
            assert self.says(role, "approve").public


@pytest.fixture
def talk() -> Talk:
    return Talk()
