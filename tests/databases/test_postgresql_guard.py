"""Locks, blockers and leftovers on a real PostgreSQL, with real sessions in each other's way."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import psycopg
import pytest

from bot.core.targets import Leftover
from bot.databases.postgresql_guard import LOCK_NAME, PostgreSQLGuard
from tests.databases.beds import Bed

STEP = "whimbrel/42"
_HERE = "SELECT {} FROM pg_stat_activity WHERE application_name = '{}' AND datname = current_database()"
INDEX = "CREATE INDEX CONCURRENTLY orders_note ON orders (note)"


def soon(true: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.03)


@contextmanager
def running(bed: Bed, statement: str) -> Iterator[list[str]]:
    """A step's session that runs `statement` at the same time; the list gets its error."""
    said: list[str] = []

    def work() -> None:
        try:
            with psycopg.connect(bed.target.url.reveal(), application_name=STEP, autocommit=True) as link:
                link.execute(statement.encode())
        except psycopg.Error as error:
            said.append(str(error))

    thread = Thread(target=work)
    thread.start()
    try:
        yield said
    finally:
        thread.join(20)
        assert not thread.is_alive()


def guard_of(bed: Bed) -> PostgreSQLGuard:
    assert isinstance(bed.guard, PostgreSQLGuard)
    return bed.guard


def waits(bed: Bed) -> bool:
    return bool(bed.guard.blockers(bed.target, STEP))


class TestHold:
    def test_an_index_is_built_concurrently_while_the_lock_is_held_and_asked_for(self, pg: Bed) -> None:
        with pg.guard.hold(pg.target, "41") as mine:
            said: list[bool] = []

            def ask() -> None:
                with PostgreSQLGuard(patience=1.5).hold(pg.target, "42") as theirs:
                    said.append(theirs)

            asking = Thread(target=ask)
            asking.start()
            began = time.monotonic()
            pg.run("SET statement_timeout = '10s'", INDEX)
            assert mine and time.monotonic() - began < 1.4
            asking.join()
            assert said == [False]
        assert list(pg.guard.leftovers(pg.target)) == []

    def test_the_session_says_what_it_is_and_for_whom(self, pg: Bed) -> None:
        query = _HERE.format("query", LOCK_NAME)
        with pg.guard.hold(pg.target, "change 41'; DROP TABLE orders"):
            shown = pg.database.answer(pg.target, query)
        assert "change 41" in shown and ";" not in shown
        assert pg.database.answer(pg.target, query) == ""

    def test_a_lost_connection_is_known_and_frees_the_lock(self, pg: Bed) -> None:
        guard = guard_of(pg)
        with guard.hold(pg.target, "41") as mine:
            assert mine and guard.still_held(pg.target)
            assert guard.cut_off(pg.target, LOCK_NAME) == 1
            assert not guard.still_held(pg.target)
            with PostgreSQLGuard().hold(pg.target, "42") as theirs:
                assert theirs
        assert not guard.still_held(pg.target)

    def test_a_holder_that_is_killed_gives_the_lock_away(self, pg: Bed) -> None:
        code = (
            "import sys, time\n"
            "from tests.databases.beds import Bed, target_of\n"
            "from bot.core.targets import Kind\n"
            "target = target_of(Kind.POSTGRESQL, sys.stdin.readline().strip())\n"
            "with Bed.over(target).guard.hold(target, '41') as mine:\n"
            "    print(mine, flush=True)\n"
            "    time.sleep(60)\n"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as child:
            assert child.stdin and child.stdout
            child.stdin.write(pg.target.url.reveal() + "\n")
            child.stdin.flush()
            assert child.stdout.readline() == "True\n"
            with pg.guard.hold(pg.target, "42") as mine:
                assert not mine
            child.kill()
        with pg.guard.hold(pg.target, "42") as mine:
            assert mine


class TestBlockers:
    def test_the_session_in_the_way_is_named(self, pg: Bed) -> None:
        with pg.session("nightly report") as other, pg.session("bystander") as bystander:
            other.execute("SELECT count(*), '" + "x" * 500 + "' FROM orders")
            bystander.execute("SELECT count(*) FROM customers")
            with running(pg, "ALTER TABLE orders ADD COLUMN status text") as said:
                soon(lambda: waits(pg))
                (blocker,) = pg.guard.blockers(pg.target, STEP)
                assert (blocker.pid, blocker.user) == (other.info.backend_pid, "whimbrel")
                assert blocker.application == "nightly report"
                assert blocker.query.startswith("SELECT count(*), 'xxx") and len(blocker.query) == 200
                assert 0 < blocker.seconds < 20
                assert list(pg.guard.blockers(pg.target, "whimbrel/43")) == []
                other.rollback()
            assert said == []

    def test_a_prepared_transaction_is_named_though_it_has_no_session(self, pg: Bed) -> None:
        pg.run("BEGIN", "LOCK TABLE orders", "PREPARE TRANSACTION 'forgotten'")
        try:
            with running(pg, "ALTER TABLE orders ADD COLUMN status text"):
                soon(lambda: waits(pg))
                (blocker,) = pg.guard.blockers(pg.target, STEP)
                pg.run("ROLLBACK PREPARED 'forgotten'")
        except BaseException:
            pg.run("ROLLBACK PREPARED 'forgotten'")
            raise
        assert (blocker.pid, blocker.application) == (0, "a prepared transaction")


class TestCutOff:
    def test_only_the_sessions_of_that_name_end_and_all_of_them(self, pg: Bed) -> None:
        with pg.session("whimbrel/421") as other:
            with running(pg, "SELECT pg_sleep(30)") as one, running(pg, "SELECT pg_sleep(30)") as two:
                soon(lambda: _sessions(pg) == "2")
                assert pg.guard.cut_off(pg.target, STEP) == 2
                assert _sessions(pg) == "0"
            assert "terminating connection" in one[0] and "terminating connection" in two[0]
            assert other.execute("SELECT 1").fetchone() == (1,)

    def test_nobody_is_ended_for_want_of_a_name(self, pg: Bed) -> None:
        with pytest.raises(ValueError, match="name"):
            pg.guard.cut_off(pg.target, "")


class TestLeftovers:
    def test_a_killed_concurrent_index_is_found_and_cleared(self, pg: Bed) -> None:
        before = pg.database.fingerprint(pg.target)
        with pg.session("writer") as writer:
            writer.execute("UPDATE orders SET note = 'mine' WHERE id = 1")
            with running(pg, INDEX):
                soon(lambda: waits(pg))
                assert (
                    list(pg.guard.leftovers(pg.target)) == []
                )  # It is being built, so it is nobody's leftover.
                pg.guard.cut_off(pg.target, STEP)
        (left,) = pg.guard.leftovers(pg.target)
        assert (left.kind, left.name, left.table) == ("invalid index", "public.orders_note", "public.orders")
        assert before.differs(pg.database.fingerprint(pg.target)) == ("indexes",)
        pg.vault.clear(pg.target, left)
        assert list(pg.guard.leftovers(pg.target)) == []
        assert pg.database.fingerprint(pg.target) == before
        pg.vault.clear(pg.target, left)  # Once more does no harm.

    def test_a_cure_that_the_catalog_does_not_name_is_not_run(self, pg: Bed) -> None:
        cure = "DROP TABLE orders CASCADE"
        pg.vault.clear(pg.target, Leftover(kind="invalid index", name="orders", table="orders", cure=cure))
        assert pg.database.answer(pg.target, "SELECT count(*) FROM orders") == "2000"

    def test_a_constraint_that_is_not_validated_is_no_leftover(self, pg: Bed) -> None:
        pg.run("ALTER TABLE orders ADD CONSTRAINT small CHECK (amount < 50) NOT VALID")
        assert list(pg.guard.leftovers(pg.target)) == []


def _sessions(bed: Bed) -> str:
    return bed.database.answer(bed.target, _HERE.format("count(*)", STEP))
