"""Staging on a real PostgreSQL, with what a rehearsal measured as its trip-wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

import commands
from bot.chat import Chat, discover
from bot.core import events as e
from bot.core.changes import Change
from bot.core.events import Direction, Event
from bot.core.keeping import Note
from bot.core.measures import Carrying, Copied, Copying, LockHeld, Measured, Rehearsal
from bot.core.moves import Status
from bot.core.runs import RunState
from bot.core.targets import Phase, Target
from bot.course import Course
from bot.databases.embedded import Server
from bot.drive import Driver
from bot.projects import ProjectFolders
from bot.queue import Threads
from bot.tools.sql import Sql

from .conftest import Shop

YAML = """
project: shop
tool: sql
environments:
  development: {url: "${DEV}", backup: false}
  staging: {url: "${STAGING}", backup: false, take_back: false}
  production: {url: "${PRODUCTION}", backup: false}
roles:
  dev-lead: {people: [U0LEAD]}
  dba: {people: [U0DBA]}
  qa: {people: [U0QA]}
phases: [development, staging, production]
template: none
approvals: {development: [dev-lead], staging: [qa], production: [dba, qa]}
limits: {lock_timeout: 1s}
"""
#: The pace is another on each database: what is quick on the copy may be slow elsewhere.
SLOW = "ALTER TABLE orders ADD COLUMN note text; SELECT pg_sleep(seconds) FROM pace;"
QUICK = "ALTER TABLE orders ADD COLUMN other text;"
REWRITE = "ALTER TABLE orders ALTER COLUMN n TYPE bigint;"
FILLED = [
    "CREATE TABLE orders (id integer PRIMARY KEY, n integer)",
    "INSERT INTO orders SELECT g, g FROM generate_series(1, 3000) g",
    "CREATE TABLE pace (seconds float8)",
    "INSERT INTO pace VALUES (0)",
]


@dataclass
class Yard(Shop):
    """A shop on PostgreSQL whose runs know what a rehearsal measured."""

    environ: dict[str, str] = field(default_factory=dict)
    rehearsal: Rehearsal | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.projects = ProjectFolders(
            roots=[self.root],
            environ=self.environ,
            tools={"sql": lambda s: Sql(root=s.root, folder=s.folder, kind=s.kind)},
            database=self.world.database,
        )
        self.queue = Threads(self.drive)
        self.desk = replace(self.desk, projects_port=self.projects, queue=self.queue)
        self.chat = Chat(discover(commands), self.desk)

    def drive(self, change: int, run: str) -> None:
        yard, found = self, self.change(change)

        class Rehearsed(Driver):
            def _course(self, target: Target) -> Course:
                course = super()._course(target)
                course.rehearsal = yard.rehearsal
                return course

        Rehearsed(self.garage(), found, found.runs[run]).drive()

    def on(self, name: str, *statements: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.environ[name], autocommit=True) as link:
            for statement in statements:
                asked = link.execute(statement.encode())
            return asked.fetchall() if asked.description else []

    def script(self, name: str, forward: str, back: str) -> None:
        (self.root / "migrations" / f"{name}.sql").write_text(forward)
        (self.root / "migrations" / f"{name}.down.sql").write_text(back)

    def staged(self) -> None:
        """Development has passed, and staging is wanted."""
        self.approved()
        assert self.carried("development").passed(Phase.DEVELOPMENT)
        said = self.says("U0DEV", "run staging 1")
        assert "⛔" not in said, said

    def ended(self) -> Change:
        return self.until(lambda c: c.status is Status.PAUSED or (c.run and not c.run.live))

    def left(self) -> list[e.EnvelopeLeft]:
        return [x.event for x in self.store.journal.read(1) if isinstance(x.event, e.EnvelopeLeft)]


def rehearsed(
    revision: str = "0001", *, held: float = 0.01, rows: int = 0, anew: tuple[str, ...] = ()
) -> Rehearsal:
    """What a rehearsal on a whole copy would have measured of a revision."""
    lock = LockHeld(relation="orders", mode="AccessExclusive", begin=0, seconds=held)
    return Rehearsal(
        copied=Copied(
            how=Copying.FULL,
            rows={"orders": 3000, "pace": 1},
            bytes=1,
            seconds=1,
            version=18,
            source_version=18,
        ),
        statements=(
            Measured(revision=revision, number=1, sql="…", seconds=held, locks=(lock,), rewritten=anew),
        ),
        carried=(Carrying(revision=revision, direction=Direction.FORWARD, seconds=held, rows=rows),),
    )


@pytest.fixture
def yard(tmp_path: Path, server: Server) -> Iterator[Yard]:
    (tmp_path / "whimbrel.yaml").write_text(YAML)
    (tmp_path / "migrations").mkdir()
    environ = {n: server.create(f"yard_{uuid4().hex[:8]}") for n in ("DEV", "STAGING", "PRODUCTION")}
    made = Yard(tmp_path, environ=environ)
    for name in environ:
        made.on(name, *FILLED)
    yield made
    made.stopping.set()
    made.close()


def test_a_lock_held_far_longer_is_told_while_it_is_held_and_pauses_until_a_role_lets_it_go_on(
    yard: Yard,
) -> None:
    yard.script("0001_note", SLOW, "ALTER TABLE orders DROP COLUMN note;")
    yard.script("0002_other", QUICK, "ALTER TABLE orders DROP COLUMN other;")
    yard.on("STAGING", "UPDATE pace SET seconds = 3.5")
    yard.rehearsal = rehearsed()
    yard.staged()

    told = yard.until(lambda c: c.run and c.run.left)
    assert told.status is Status.RUNNING
    assert told.run and told.run.steps["apply:0001"].state == "running"
    paused = yard.until(lambda c: c.status is Status.PAUSED)
    (event,) = yard.left()
    (words,) = event.what
    assert words.startswith("0001 has held orders (reads and writes blocked) for 2.")
    assert words.endswith("the rehearsal expected at most 0.1 s.")
    assert paused.applied(Phase.STAGING) == ["0001"]
    assert paused.run and float(paused.run.steps["apply:0001"].facts["held orders"]) > 2
    assert words in yard.says("U0DEV", "why 1")

    for person in ("U0DEV", "U0LEAD"):
        assert "⛔ Only qa may let staging go on, for it left what was rehearsed" in yard.says(
            person, "resume 1"
        )
    assert yard.change().status is Status.PAUSED
    yard.says("U0QA", "resume 1")
    done = yard.until(lambda c: c.passed(Phase.STAGING))
    assert done.applied(Phase.STAGING) == ["0001", "0002"]
    assert done.run and done.run.left == ()
    assert len(yard.left()) == 1


@pytest.mark.parametrize("rehearsal", [rehearsed(), None], ids=["inside", "none"])
def test_a_run_inside_its_envelope_and_one_that_has_none_go_through(
    yard: Yard, rehearsal: Rehearsal | None
) -> None:
    yard.script("0001_note", SLOW, "ALTER TABLE orders DROP COLUMN note;")
    yard.on("STAGING", "UPDATE pace SET seconds = 1.2")
    yard.rehearsal = rehearsal
    yard.staged()
    done = yard.ended()

    assert done.passed(Phase.STAGING)
    assert yard.left() == []
    assert done.run
    facts = done.run.steps["apply:0001"].facts
    assert ("held orders" in facts) is (rehearsal == rehearsed())


@pytest.mark.parametrize(("anew", "status"), [((), Status.PAUSED), (("orders", "orders_pkey"), Status.OPEN)])
def test_a_rewrite_pauses_unless_it_was_rehearsed(yard: Yard, anew: tuple[str, ...], status: Status) -> None:
    yard.script("0001_wide", REWRITE, "SELECT 1;")
    yard.rehearsal = rehearsed(anew=anew)
    yard.staged()

    assert yard.ended().status is status
    assert [event.what for event in yard.left()] == (
        []
        if anew
        else [
            (
                "orders and orders_pkey were written anew on disk while 0001 ran;"
                " in the rehearsal they were not.",
            )
        ]
    )


def test_rows_far_more_pause_and_a_role_takes_it_back_from_there(yard: Yard) -> None:
    yard.script("0001_more", "UPDATE orders SET n = n + 1;", "UPDATE orders SET n = n - 1;")
    yard.rehearsal = rehearsed(rows=10)
    yard.staged()
    yard.ended()

    assert [event.what for event in yard.left()] == [
        ("0001 wrote 3,000 rows; the rehearsal expected about 10.",)
    ]
    assert "⛔" in yard.says("U0DEV", "rollback staging 1 confirmed")
    assert yard.change().status is Status.PAUSED
    yard.says("U0QA", "rollback staging 1 confirmed")
    after = yard.until(lambda c: c.run and c.run.direction is Direction.BACK and not c.run.live)
    assert [run.state for run in after.runs_of(Phase.STAGING)] == [RunState.ABORTED, RunState.FINISHED]
    assert after.applied(Phase.STAGING) == []
    assert yard.on("STAGING", "SELECT n FROM orders WHERE id = 7") == [(7,)]


def test_a_driver_that_dies_after_the_wire_went_off_does_not_let_the_next_one_run_on(yard: Yard) -> None:
    yard.script("0001_note", SLOW, "ALTER TABLE orders DROP COLUMN note;")
    yard.approved()
    yard.carried("development")
    wanted = {"run": "1.2", "phase": Phase.STAGING, "direction": Direction.FORWARD}
    began: tuple[Event, ...] = (
        e.RunRequested(**wanted, target="shop/staging", revisions=("0001",)),  # type: ignore[arg-type]
        e.RunStarted(run="1.2", driver="dead/1"),
        e.StepStarted(run="1.2", step="apply:0001", title="Apply 0001"),
        e.EnvelopeLeft(run="1.2", step="apply:0001", what=("0001 has held orders for 14 s.",)),
    )
    yard.store.journal.add(1, yard.change().seq, Note(events=began, by="U0DEV", at=yard.now()))
    yard.drive(1, "1.2")
    paused = yard.change()

    assert paused.status is Status.PAUSED
    assert paused.applied(Phase.STAGING) == []
    assert "⛔" in yard.says("U0DEV", "resume 1")


def test_an_error_of_the_revision_is_the_steps_own_also_with_a_wire(yard: Yard) -> None:
    yard.script("0001_wrong", "SELECT * FROM nowhere_there;", "SELECT 1;")
    (yard.root / "migrations" / "0001_wrong.sql").write_text(
        "SELECT 1 / (SELECT 0 + seconds::int FROM pace);"
    )
    yard.on("DEV", "UPDATE pace SET seconds = 1")
    yard.rehearsal = rehearsed()
    yard.staged()
    failed = yard.ended()

    assert failed.run and failed.run.state is RunState.FAILED
    assert "division by zero" in failed.run.reason
