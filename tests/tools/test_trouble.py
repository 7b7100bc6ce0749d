"""What goes wrong on the way, and what it is called: a lock, a failure, or nobody knows."""

from __future__ import annotations

import os
import signal
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from bot.core.errors import LockTimeout, OutcomeUnknown, StepFailed, WhimbrelError
from bot.core.events import Direction
from bot.core.ports import Carried
from bot.core.targets import Kind, Target
from bot.databases.embedded import Server
from bot.tools.session import ChildSession
from bot.tools.sql import Sql
from tests.tools import made

FORWARD, BACK = Direction.FORWARD, Direction.BACK
POSTGRESQL = Kind.POSTGRESQL
ALONE = "-- whimbrel: no transaction\n"
BLOCK = "with op.get_context().autocommit_block():\n    "


def one(name: str, root: Path, *statements: str, alone: bool = False, kind: Kind = POSTGRESQL) -> made.Tool:
    """A project of one revision."""
    if name == "sql":
        return made.files(root, kind, _0001_it=(ALONE if alone else "") + ";\n".join(statements))
    tool = made.alembic(root, kind)
    lines = "\n".join(f"{'    ' if alone else ''}op.execute({s!r})" for s in statements)
    made.revision(root, "0001", None, f"{BLOCK[:-5] if alone else ''}\n{lines}")
    return tool


def going(pool: ThreadPoolExecutor, session: ChildSession, where: Target, words: str) -> Future[Carried]:
    """Carry 0001 in a thread, and wait until it is seen to run `words`."""
    done = pool.submit(session.carry, "0001", FORWARD)
    seen = (
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'whimbrel/7' AND state = 'active'"
        f" AND query LIKE '%{words}%'"
    )
    made.until(lambda: made.ask(where, seen) or done.done())
    return done


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_a_lock_that_is_not_granted_can_be_tried_again(
    name: str, alone: bool, tmp_path: Path, server: Server
) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    tool = one(name, tmp_path, "ALTER TABLE t ADD b int", "ALTER TABLE t ADD c int", alone=alone)
    made.ask(where, "CREATE TABLE t (a int)", change=True)
    limits = replace(made.LIMITS, lock_timeout=0.2, step_timeout=0.4 if alone else 20)

    with psycopg.connect(where.url.reveal()) as other, made.opened(tool, where, limits) as session:
        other.execute("LOCK TABLE t IN ACCESS SHARE MODE")
        if alone:
            # Inside an autocommit block locks are waited for as long as the step may take.
            with pytest.raises(OutcomeUnknown, match=r"longer than 0\.4 s"):
                session.carry("0001", FORWARD)
            return
        with pytest.raises(LockTimeout, match="not granted a lock"):
            session.carry("0001", FORWARD)
        other.rollback()
        assert session.carry("0001", FORWARD).statements == 2


@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_a_locked_file_can_be_tried_again(name: str, tmp_path: Path, server: Server) -> None:
    where = made.target(server, tmp_path, Kind.SQLITE)
    tool = one(name, tmp_path, "CREATE TABLE t (a int)", kind=Kind.SQLITE)
    other = sqlite3.connect(where.url.reveal().removeprefix("sqlite:///"), isolation_level=None)

    with made.opened(tool, where) as session:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LockTimeout):
            session.carry("0001", FORWARD)
        other.execute("ROLLBACK")
        session.carry("0001", FORWARD)
    other.close()
    assert "t" in made.tables(where)


@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_what_a_killed_child_did_is_unknown_and_gone(name: str, tmp_path: Path, server: Server) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    tool = one(name, tmp_path, "CREATE TABLE t (a int)", "SELECT pg_sleep(30)")

    with ThreadPoolExecutor() as pool, made.opened(tool, where) as session:
        done = going(pool, session, where, "pg_sleep")
        os.kill(session.pid, signal.SIGKILL)
        with pytest.raises(OutcomeUnknown, match="its process died"):
            done.result(20)
        with pytest.raises(StepFailed, match="not begun"):
            session.carry("0001", FORWARD)
        made.end_backends(where)
    assert "t" not in made.tables(where)
    assert tool.history(where).applied == ()


@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_a_killed_backend_is_unknown(name: str, tmp_path: Path, server: Server) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    tool = one(name, tmp_path, "CREATE TABLE t (a int)", "SELECT pg_sleep(30)")

    with ThreadPoolExecutor() as pool, made.opened(tool, where) as session:
        done = going(pool, session, where, "pg_sleep")
        assert made.end_backends(where) == 1
        with pytest.raises(OutcomeUnknown, match="connection was lost"):
            done.result(20)
    assert "t" not in made.tables(where)


@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_a_connection_that_died_between_steps_is_made_anew(name: str, tmp_path: Path, server: Server) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    tool = one(name, tmp_path, "CREATE TABLE t (a int)")
    if name == "sql":
        made.files(tmp_path, POSTGRESQL, _0002_it="CREATE TABLE u (a int)")
    else:
        made.revision(tmp_path, "0002", "0001", "op.execute('CREATE TABLE u (a int)')")

    with made.opened(tool, where) as session:
        session.carry("0001", FORWARD)
        assert made.end_backends(where) == 1
        session.carry("0002", FORWARD)
    assert tool.history(where).applied == ("0001", "0002")


@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_a_revision_that_commits_as_it_goes_and_fails_is_half_done(
    name: str, tmp_path: Path, server: Server
) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    tool = one(name, tmp_path, "CREATE TABLE t (a int)", "SELECT 1/0", alone=True)

    with made.opened(tool, where) as session, pytest.raises(OutcomeUnknown) as caught:
        session.carry("0001", FORWARD)

    assert "failed half-way, 1 statement was committed: division by zero" in caught.value.message
    assert "t" in made.tables(where)
    assert tool.history(where).applied == ()


@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_one_that_fails_before_anything_was_committed_has_just_failed(
    name: str, tmp_path: Path, server: Server
) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    tool = one(name, tmp_path, "SELECT 1", "CREATE INDEX CONCURRENTLY i ON nowhere (a)", alone=True)

    with made.opened(tool, where) as session, pytest.raises(StepFailed, match="nowhere"):
        session.carry("0001", FORWARD)


@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_an_index_built_aside_that_fails_is_half_done(name: str, tmp_path: Path, server: Server) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    made.ask(where, "CREATE TABLE t AS SELECT 1 AS a UNION ALL SELECT 1", change=True)
    tool = one(name, tmp_path, "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", alone=True)

    with made.opened(tool, where) as session, pytest.raises(OutcomeUnknown, match="could not create unique"):
        session.carry("0001", FORWARD)

    assert made.ask(where, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == [(False,)]


def test_an_index_built_aside_waits_longer_than_locks_may(tmp_path: Path, server: Server) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    made.ask(where, "CREATE TABLE t (a int)", change=True)
    tool = one("alembic", tmp_path, "CREATE INDEX CONCURRENTLY i ON t (a)", alone=True)

    with (
        ThreadPoolExecutor() as pool,
        psycopg.connect(where.url.reveal()) as other,
        made.opened(tool, where) as session,
    ):
        other.execute("LOCK TABLE t IN ROW EXCLUSIVE MODE")
        done = going(pool, session, where, "CONCURRENTLY")
        with pytest.raises(TimeoutError):
            done.result(1.0)
        other.rollback()
        done.result(20)
    assert tool.history(where).applied == ("0001",)


def test_a_step_that_takes_too_long_is_cut_off(tmp_path: Path, server: Server) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    one("sql", tmp_path, "CREATE TABLE t (a int)", "SELECT pg_sleep(30)")
    tool = Sql(tmp_path, cut_off=made.end_backends)
    limits = replace(made.LIMITS, step_timeout=1.0)

    with made.opened(tool, where, limits) as session, pytest.raises(StepFailed) as caught:
        session.carry("0001", FORWARD)

    assert caught.value.message == "0001 was cut off, for it took longer than 1 s; it was rolled back."
    assert "t" not in made.tables(where)


def test_a_deferred_promise_that_breaks_at_commit_has_failed(tmp_path: Path, server: Server) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    setup = "CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t DEFERRABLE INITIALLY DEFERRED)"
    made.ask(where, setup, change=True)
    tool = one("alembic", tmp_path, "INSERT INTO t VALUES (1, 2)")

    with made.opened(tool, where) as session, pytest.raises(StepFailed, match="foreign key"):
        session.carry("0001", FORWARD)
    assert made.ask(where, "SELECT * FROM t") == []


def test_a_child_ends_when_its_parent_is_gone(tmp_path: Path, server: Server) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    tool = one("alembic", tmp_path, "CREATE TABLE t (a int)", "SELECT pg_sleep(4)")

    with ThreadPoolExecutor() as pool, made.opened(tool, where) as session:
        done = going(pool, session, where, "pg_sleep")
        # What a parent's death looks like from inside: nobody is at the other end.
        session.close()
        with pytest.raises(WhimbrelError):
            done.result(20)
        made.until(
            lambda: (
                not made.ask(where, "SELECT 1 FROM pg_stat_activity WHERE application_name = 'whimbrel/7'")
            )
        )
    assert "t" not in made.tables(where)
