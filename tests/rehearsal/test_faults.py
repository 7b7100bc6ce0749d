"""Faults in the middle of revisions, through the real tools; every sentence is held against the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

import bot.demo
from bot.core.events import Direction
from bot.core.intruders import Hold
from bot.core.measures import Fault, Faulted, LockHeld, Measured
from bot.core.plans import Limits
from bot.core.ports import Tool
from bot.core.targets import Kind, Target
from bot.databases.embedded import Server
from bot.databases.postgresql_guard import PostgreSQLGuard
from bot.databases.postgresql_intruder import PostgreSQLIntruders
from bot.databases.world import Databases
from bot.rehearsal.faults import Ground, Tried, try_faults
from bot.tools.alembic import Alembic
from bot.tools.sql import Sql
from tests.databases.beds import Bed
from tests.rehearsal.copies import Copies
from tests.rehearsal.test_load import ask

SHOP = Path(bot.demo.__file__).parent / "shop"
START = "whimbrel_start"
#: What the test itself asks of a copy before it goes: applied, invalid indexes, filled channels, all columns.
QUESTIONS = {
    "invalid": "SELECT array_agg(indexrelid::regclass::text) FROM pg_index WHERE NOT indisvalid",
    "columns": "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid"
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT attisdropped",
    "sessions": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND application_name LIKE 'whimbrel-%'",
}


@dataclass
class Witness(Copies):
    """Copies that are looked at, with the test's own questions, right before they go."""

    server: Server
    questions: dict[str, str] = field(default_factory=lambda: dict(QUESTIONS))
    seen: list[dict[str, object]] = field(default_factory=list)
    clones: int = 0

    def __post_init__(self) -> None:
        super().__init__(self.server)

    def clone(self, of: str, name: str) -> Target:
        self.clones += 1
        return super().clone(of, name)

    def drop(self, name: str) -> None:
        if name.endswith("_fault") and name in self.names():
            with psycopg.connect(self.server.url(name)) as link:
                found = {
                    what: link.execute(query.encode()).fetchone() for what, query in self.questions.items()
                }
            self.seen.append({what: row[0] if row else None for what, row in found.items()})
        super().drop(name)


@pytest.fixture
def witness(counting: Server) -> Iterator[Witness]:
    made = Witness(server=counting)
    yield made
    made.drop_all()


def statement(
    revision: str, number: int, sql: str, *locks: tuple[str, str], seconds: float = 0.1, **more: object
) -> Measured:
    """As a meter would have it."""
    held = tuple(LockHeld(relation=name, mode=mode, begin=0.0, seconds=0.1) for name, mode in locks)
    return Measured(revision=revision, number=number, sql=sql, seconds=seconds, locks=held, **more)  # type: ignore[arg-type]


def tried(
    witness: Witness,
    tool: Tool,
    measured: Sequence[Measured],
    revisions: Sequence[str],
    budget: float = 120.0,
    now: Callable[[], float] = time.monotonic,
) -> Tried:
    ground = Ground(
        start=START,
        scratches=witness,
        tool=tool,
        world=Databases(Path("backups")),
        intruders=PostgreSQLIntruders(),
        tables=("orders",),
    )
    return try_faults(ground, [s for s in tool.scripts("") if s.revision in revisions], measured, budget, now)


def carry(tool: Tool, where: Target, *revisions: str) -> None:
    session = tool.open(where, Limits(), "test", tool.scripts(""))
    for revision in revisions:
        session.carry(revision, Direction.FORWARD)
    session.close()


def by(found: Sequence[Faulted]) -> dict[tuple[str, Fault], Faulted]:
    return {(one.revision, one.fault): one for one in found}


class TestTheShop:
    def test_what_commits_as_it_goes_is_left_half_done_and_named(self, witness: Witness) -> None:
        tool = Alembic(SHOP, cut_off=PostgreSQLGuard().cut_off)
        carry(tool, witness.clone("golden", START), "0002", "0003")
        witness.questions |= {
            "revision": "SELECT version_num FROM alembic_version",
            "filled": "SELECT count(channel) FROM orders",
        }
        scripts = {script.revision: script for script in tool.scripts("0006")}
        backfill = scripts["0004"].forward.split("COMMIT;\n\n", 1)[1]
        measured = [
            statement("0004", 1, backfill, ("orders", "RowExclusive"), rows={"orders": 20_000}),
            statement(
                "0005",
                1,
                "CREATE INDEX CONCURRENTLY orders_created_at_idx ON orders (created_at)",
                ("orders", "ShareUpdateExclusive"),
            ),
        ]
        result = tried(witness, tool, measured, ["0004", "0005"])

        half = "0004 left 10,000 changed rows in orders; the history table does not have it."
        index = (
            "0005 left the invalid index public.orders_created_at_idx; the history table does not have it."
        )
        assert result.untried == []
        assert [(f.revision, f.fault, f.state) for f in result.faulted] == [
            ("0004", fault, half) for fault in Fault
        ] + [("0005", fault, index) for fault in Fault]
        assert not any(f.clean for f in result.faulted) and all(f.number == 1 for f in result.faulted)
        assert [(s["filled"], s["invalid"], s["revision"]) for s in witness.seen] == [
            (10_000, None, "0003")
        ] * 3 + [(20_000, ["orders_created_at_idx"], "0004")] * 3
        assert {s["sessions"] for s in witness.seen} == {0}
        assert not [name for name in witness.names() if name.endswith(("_base", "_fault"))]


PLAIN = {
    "0001_first": "CREATE TABLE other (a int)",
    "0002_fill": "UPDATE orders SET note = 'new';\nALTER TABLE orders ADD COLUMN place text",
    "0003_view": "CREATE VIEW notes AS SELECT note FROM orders;\nSELECT pg_sleep(0.8)",
    "0004_wrong": "ALTER TABLE orders ADD COLUMN more text;\nSELECT 1 / 0",
    "0005_after": "CREATE TABLE another (a int)",
}
MEASURED = [
    statement("0001", 1, "CREATE TABLE other (a int)"),
    statement("0002", 1, "UPDATE orders SET note = 'new'", ("orders", "RowExclusive")),
    statement("0002", 2, "ALTER TABLE orders ADD COLUMN place text", ("orders", "AccessExclusive")),
    statement("0003", 1, "CREATE VIEW notes AS SELECT note FROM orders"),
    statement("0003", 2, "select  pg_sleep(0.8);", seconds=0.8),
]


class TestPlainSql:
    @pytest.fixture
    def tool(self, tmp_path: Path) -> Sql:
        (tmp_path / "migrations").mkdir()
        for name, text in PLAIN.items():
            (tmp_path / f"migrations/{name}.sql").write_text(text)
        return Sql(tmp_path, kind=Kind.POSTGRESQL, cut_off=PostgreSQLGuard().cut_off)

    def test_a_transaction_is_gone_without_a_trace(self, witness: Witness, tool: Sql) -> None:
        carry(tool, witness.clone("golden", START), "0001")
        witness.questions["noted"] = "SELECT count(*) FROM orders WHERE note = 'new'"
        whole = ask(witness.clone(START, "whimbrel_whole"), QUESTIONS["columns"])[0][0]
        result = tried(witness, tool, MEASURED, ["0002", "0003"])
        found = by(result.faulted)

        assert result.untried == [] and len(found) == 6
        for fault in Fault:
            # A reader makes the second statement wait: the update before it was done.
            assert found["0002", fault].number == 2
            assert (
                found["0002", fault].state == "0002 is gone without a trace." and found["0002", fault].clean
            )
            # By the clock; a lock it was refused when all of it was done but not yet recorded.
            assert found["0003", fault].number == (3 if fault is Fault.LOCK_REFUSED else 2)
            assert found["0003", fault].state == "0003 is gone without a trace."
        assert [(s["noted"], s["columns"]) for s in witness.seen[:3]] == [(0, whole)] * 3

    def test_what_is_too_quick_and_what_fails_by_itself_is_said(self, witness: Witness, tool: Sql) -> None:
        witness.clone("golden", START)
        result = tried(witness, tool, MEASURED, ["0001", "0004", "0005"])

        assert result.faulted == []
        assert result.untried[:3] == [
            f"0001 was not hit ({fault.value}): it is too quick, and waits for no lock that can be held."
            for fault in Fault
        ]
        assert [said.startswith("0004, ") and "division by zero" in said for said in result.untried[3:6]] == [
            True
        ] * 3
        assert result.untried[6].startswith(
            "No fault was tried in 0005 and after it: 0004 failed: division by zero"
        )
        assert len(result.untried) == 7

    def test_without_time_nothing_is_tried_and_all_of_it_is_said(self, witness: Witness, tool: Sql) -> None:
        witness.clone("golden", START)
        result = tried(witness, tool, MEASURED, ["0001", "0002"], budget=0.0)

        assert result == Tried(untried=["For lack of time no fault was tried in 0001 and 0002."])
        assert witness.clones == 1

    def test_time_that_runs_out_on_the_way_is_kept_to(self, witness: Witness, tool: Sql) -> None:
        carry(tool, witness.clone("golden", START), "0001")
        ticks = count()
        result = tried(witness, tool, MEASURED, ["0002", "0003"], budget=8.0, now=lambda: next(ticks))

        assert [(one.revision, one.fault) for one in result.faulted] == [
            ("0002", Fault.LOCK_REFUSED),
            ("0002", Fault.CUT),
        ]
        assert result.untried == [
            "For lack of time 0002 was not tried with: cancelled.",
            "For lack of time no fault was tried in 0003.",
        ]


def locks(where: Target) -> list[object]:
    query = "SELECT mode FROM pg_locks WHERE relation = 'orders'::regclass ORDER BY 1"
    return [mode for (mode,) in ask(where, query)]


class TestIntruder:
    def test_what_was_written_since_is_counted_and_what_was_there_is_not(
        self, shop: Target, copies: Copies
    ) -> None:
        bed = Bed.over(shop)
        bed.run("UPDATE customers SET name = 'before'")
        with PostgreSQLIntruders().join(shop) as intruder:
            bed.run(
                "UPDATE orders SET note = 'x' WHERE id <= 5",
                "INSERT INTO customers (email, name) VALUES ('a', 'b')",
            )
            with psycopg.connect(shop.url.reveal()) as link:
                link.execute("UPDATE orders SET note = 'y'")
                link.rollback()

            assert intruder.written(["orders", "customers", "nowhere"]) == {"orders": 5, "customers": 1}

    def test_locks_are_held_until_they_are_let_go(self, shop: Target) -> None:
        with PostgreSQLIntruders().join(shop) as intruder:
            assert not intruder.hold(Hold(relation="nowhere", mode="Share"))
            assert intruder.hold(Hold(relation="public.orders", mode="ShareRowExclusive"))
            assert locks(shop) == ["ShareRowExclusiveLock"]
            intruder.let_go()
            assert locks(shop) == []
            assert intruder.hold(Hold(relation="orders", mode="RowShare", row=True))
            assert "RowShareLock" in locks(shop)
            with psycopg.connect(shop.url.reveal()) as link, pytest.raises(psycopg.errors.LockNotAvailable):
                link.execute("SELECT 1 FROM orders WHERE id = 10001 FOR UPDATE NOWAIT")
            with pytest.raises(ValueError, match="no lock mode"):
                intruder.hold(Hold(relation="orders", mode="x; DROP TABLE orders"))
        assert locks(shop) == []
