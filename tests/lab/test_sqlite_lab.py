"""Scratch databases and measuring on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.errors import StepFailed
from bot.core.events import Direction
from bot.core.lab import CopyOrder
from bot.core.measures import Copying, Measured
from bot.core.plans import Script
from bot.core.targets import Kind, Target
from bot.databases.sqlite import SQLite
from bot.databases.sqlite_meter import SQLiteMeter
from bot.databases.sqlite_scratch import SQLiteScratches
from tests.databases.beds import FILL, SHOP, target_of
from tests.lab.stage import quiet

MORE = [
    "CREATE TRIGGER t AFTER INSERT ON customers BEGIN INSERT INTO orders (note) VALUES ('fired'); END",
    "CREATE VIRTUAL TABLE words USING fts5(word)",
    "CREATE TABLE versions (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO versions VALUES ('0006')",
]


@pytest.fixture
def shop(tmp_path: Path) -> Target:
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as link:
        for statement in (*SHOP, *FILL, *MORE):
            link.execute(statement)
    return target_of(Kind.SQLITE, f"sqlite:///{tmp_path / 'shop.db'}")


@pytest.fixture
def scratches(tmp_path: Path) -> SQLiteScratches:
    return SQLiteScratches(tmp_path / "scratch")


def rows(target: Target, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(target.url.reveal().removeprefix("sqlite:///"))) as link:
        return link.execute(query).fetchall()


def measured(target: Target, sql: str, *, transactional: bool = True) -> Sequence[Measured]:
    script = Script(
        revision="7", title="", file="", checksum="", forward=sql, backward="", transactional=transactional
    )
    return SQLiteMeter().measure(target, script, Direction.FORWARD)


def test_a_ghost_has_the_schema_and_the_history_and_no_row(shop: Target, scratches: SQLiteScratches) -> None:
    ghost, copied = scratches.make("whimbrel_g", shop, CopyOrder(how=Copying.SCHEMA), quiet)

    assert SQLite().fingerprint(ghost) == SQLite().fingerprint(shop)
    assert rows(ghost, "SELECT * FROM versions") == [("0006",)]
    assert rows(ghost, "SELECT count(*) FROM orders") == [(0,)]
    assert (copied.how, copied.share) == (Copying.SCHEMA, 0.0)


def test_a_copy_is_whole_and_a_clone_is_another(shop: Target, scratches: SQLiteScratches) -> None:
    whole, copied = scratches.make("whimbrel_w", shop, CopyOrder(how=Copying.FULL), quiet)
    twin = scratches.clone("whimbrel_w", "whimbrel_twin")
    measured(twin, "DELETE FROM orders")

    assert rows(whole, "SELECT count(*), sum(amount) FROM orders") == rows(
        shop, "SELECT count(*), sum(amount) FROM orders"
    )
    assert copied.rows["orders"] == 2000
    assert rows(twin, "SELECT count(*) FROM orders") == [(0,)]
    assert sorted(scratches.names()) == ["whimbrel_twin", "whimbrel_w"]
    scratches.drop("whimbrel_w")
    scratches.drop("whimbrel_w")
    assert list(scratches.names()) == ["whimbrel_twin"]


def test_where_rows_may_not_leave_none_does_and_that_is_said(
    shop: Target, scratches: SQLiteScratches
) -> None:
    made, copied = scratches.make("whimbrel_m", shop, CopyOrder(how=Copying.MADE, rows=9), quiet)

    assert rows(made, "SELECT count(*) FROM orders") == [(0,)]
    assert copied.how is Copying.SCHEMA
    assert "No rows are made for SQLite" in copied.notes[0]


@pytest.mark.parametrize("name", ["shop", "whimbrel_../../shop", "whimbrel_", "whimbrel_X"])
def test_what_is_not_ours_is_never_dropped(scratches: SQLiteScratches, name: str) -> None:
    with pytest.raises(StepFailed, match="no name for a scratch database"):
        scratches.drop(name)


def test_a_copy_without_room_is_refused_and_leaves_nothing(shop: Target, scratches: SQLiteScratches) -> None:
    with pytest.raises(StepFailed, match=r"holds \d+\.\d kB, and there is room for 10 bytes"):
        scratches.make("whimbrel_w", shop, CopyOrder(how=Copying.FULL, most=10), quiet)

    assert list(scratches.names()) == []


def test_each_statement_tells_its_rows_and_the_lock_lasts_to_the_end(shop: Target) -> None:
    read, update, create = measured(
        shop, "SELECT * FROM orders; UPDATE orders SET note = 'x' WHERE id <= 30; CREATE TABLE n (a); "
    )

    assert (read.locks, read.rows) == ((), {})
    assert update.rows == {"orders": 30}
    (lock,) = update.locks
    assert (lock.relation, lock.mode) == ("the whole database", "Exclusive")
    assert lock.begin >= read.seconds
    assert lock.seconds >= update.seconds + create.seconds
    assert create.created == ("n",)
    assert rows(shop, "SELECT count(*) FROM orders WHERE note = 'x'") == [(30,)]


def test_a_refused_statement_ends_the_script_and_nothing_stays(shop: Target) -> None:
    found = measured(shop, "DROP VIEW large; INSERT INTO customers VALUES (1, 'again'); SELECT 1")

    assert [m.error for m in found] == ["", "UNIQUE constraint failed: customers.id"]
    assert found[0].dropped == ("large",)
    assert rows(shop, "SELECT name FROM sqlite_schema WHERE name = 'large'") == [("large",)]


def test_a_script_without_a_transaction_commits_as_it_goes(shop: Target) -> None:
    found = measured(shop, "DELETE FROM orders; VACUUM; SELECT missing", transactional=False)

    assert [m.error for m in found] == ["", "", "no such column: missing"]
    assert rows(shop, "SELECT count(*) FROM orders") == [(0,)]
    assert found[0].locks[0].seconds < found[0].seconds + 0.5


def test_a_statement_without_an_end_is_ended(shop: Target) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    script = Script(revision="7", title="", file="", checksum="", forward=endless, backward="")

    (found,) = SQLiteMeter(seconds=0.2).measure(shop, script, Direction.FORWARD)

    assert found.error == "it took longer than 0.2 s"
    assert found.seconds < 5
