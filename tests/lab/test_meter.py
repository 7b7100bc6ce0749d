"""What each statement of a script did to a scratch database."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread

import psycopg
import pytest

from bot.core.errors import StepFailed
from bot.core.measures import Measured
from bot.core.targets import Target
from tests.lab.stage import Fresh, measured

Source = Callable[..., Target]
SHOP = (
    "CREATE TABLE customers (id integer PRIMARY KEY, name varchar(20) NOT NULL)",
    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer, amount integer, note text)",
    "INSERT INTO customers SELECT n, 'c' || n FROM generate_series(1, 100) n",
    "INSERT INTO orders SELECT n, n % 100 + 1, n, 'note' FROM generate_series(1, 1000) n",
    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('0006')",
    "VACUUM ANALYZE",
)


@pytest.fixture
def shop(source: Source) -> Target:
    """A small shop; no copy is needed to measure on."""
    return source(*SHOP)


def locks(statement: Measured) -> dict[str, str]:
    return {lock.relation: lock.mode for lock in statement.locks}


def test_each_statement_of_a_transaction_tells_its_locks_and_how_long_they_last(shop: Target) -> None:
    first, second, third = measured(
        shop,
        "ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET a = 1 WHERE id <= 10; SELECT pg_sleep(0.2);",
    )

    assert locks(first) == {"orders": "AccessExclusive"}
    assert first.locks[0].begin < 0.1
    assert 0.2 < first.locks[0].seconds < 1
    assert locks(second) == {}, "what it needs is held already"
    assert second.rows == {"orders": 10}
    assert third.seconds >= 0.2
    assert [m.number for m in (first, second, third)] == [1, 2, 3]
    assert Fresh(shop).one("SELECT count(*) FROM orders WHERE a = 1") == 10, "it was committed at its end"


def test_a_lock_that_is_taken_late_in_a_statement_begins_then(shop: Target) -> None:
    (statement,) = measured(
        shop,
        "DO $$ BEGIN PERFORM pg_sleep(0.3); LOCK TABLE orders IN SHARE MODE; PERFORM pg_sleep(0.2); END $$",
    )

    (lock,) = statement.locks
    assert (lock.relation, lock.mode) == ("orders", "Share")
    assert lock.begin == pytest.approx(0.3, abs=0.1)
    assert lock.seconds == pytest.approx(0.2, abs=0.1)


def test_a_rewrite_is_told_with_its_indexes_and_a_change_of_the_catalog_is_none(shop: Target) -> None:
    widened, lengthened, set_anew = measured(
        shop,
        "ALTER TABLE orders ALTER COLUMN amount TYPE bigint;"
        "ALTER TABLE customers ALTER COLUMN name TYPE varchar(40);"
        "ALTER TABLE orders SET (fillfactor = 50)",
    )

    assert widened.rewritten == ("orders", "orders_pkey")
    assert widened.scanned["orders"] >= 1000
    assert widened.wal > 1000 * 30
    assert lengthened.rewritten == set_anew.rewritten == ()
    assert lengthened.scanned == {}
    assert set_anew.wal < 10_000


def test_what_is_made_and_dropped_keeps_its_name(shop: Target) -> None:
    made, filled, dropped = measured(
        shop,
        'CREATE TABLE "Old Orders" (id int PRIMARY KEY);'
        'INSERT INTO "Old Orders" SELECT generate_series(1, 7); DROP TABLE orders',
    )

    assert made.created == ('"Old Orders"', '"Old Orders_pkey"')
    assert locks(made) == {}, "nobody waits for what nobody knows"
    assert filled.rows == {'"Old Orders"': 7}
    assert dropped.dropped == ("orders", "orders_pkey")
    assert locks(dropped) == {"orders": "AccessExclusive"}


def test_a_foreign_key_locks_both_tables_and_reads_them(shop: Target) -> None:
    (statement,) = measured(
        shop, "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id)"
    )

    assert locks(statement) == {"orders": "ShareRowExclusive", "customers": "ShareRowExclusive"}
    assert statement.scanned == {"orders": 1000, "customers": 100}


def test_reading_a_few_rows_is_no_reading_of_the_whole_table(shop: Target) -> None:
    (few, by_key, whole) = measured(
        shop,
        "SELECT * FROM orders LIMIT 3; SELECT * FROM orders WHERE id = 5;"
        "SELECT count(*) FROM orders WHERE note <> 'x'",
    )

    assert few.scanned == by_key.scanned == {}
    assert whole.scanned == {"orders": 1000}


@pytest.mark.parametrize("rows", [0, 200_000])
def test_an_index_built_concurrently_is_seen_however_quick_it_is(source: Source, rows: int) -> None:
    target = source("CREATE TABLE t (a int)", f"INSERT INTO t SELECT generate_series(1, {rows})")

    built, gone = measured(
        target,
        "COMMIT; CREATE INDEX CONCURRENTLY t_a ON t (a); DROP INDEX CONCURRENTLY t_a; BEGIN;",
        transactional=False,
    )

    assert locks(built) == {"t": "ShareUpdateExclusive"}
    assert built.locks[0].seconds == pytest.approx(built.seconds, abs=0.05)
    assert built.created == ("t_a",)
    assert "t" in built.scanned
    assert locks(gone) == {"t": "ShareUpdateExclusive"}
    assert gone.dropped == ("t_a",)


def test_a_script_that_is_cut_by_commits_runs_as_it_is_written(shop: Target) -> None:
    added, built, checked = measured(
        shop,
        "ALTER TABLE orders ADD b int; COMMIT; CREATE INDEX CONCURRENTLY orders_b ON orders (b); BEGIN;"
        "ALTER TABLE orders ADD CHECK (b > 0) NOT VALID; UPDATE alembic_version SET version_num = '0007';",
        transactional=False,
    )

    assert locks(added) == locks(checked) == {"orders": "AccessExclusive"}
    assert locks(built) == {"orders": "ShareUpdateExclusive"}
    assert added.locks[0].seconds < 0.5, "its lock went with its COMMIT"
    assert Fresh(shop).one("SELECT version_num FROM alembic_version") == "0007"


def test_statements_without_a_transaction_commit_one_by_one(shop: Target) -> None:
    found = measured(
        shop,
        "UPDATE orders SET amount = 0 WHERE id = 1; VACUUM orders; SELECT 1 / 0; DELETE FROM orders",
        transactional=False,
    )

    assert [m.error for m in found] == ["", "", "division by zero"]
    assert found[0].rows == {"orders": 1}
    assert Fresh(shop).one("SELECT amount FROM orders WHERE id = 1") == 0


def test_a_backfill_that_commits_on_its_way_holds_each_lock_for_one_batch(shop: Target) -> None:
    batch = "UPDATE orders SET note = 'b' WHERE id <= 500; PERFORM pg_sleep(0.2); COMMIT;"
    (statement,) = measured(shop, f"DO $$ BEGIN {batch} {batch} {batch} END $$", transactional=False)

    assert statement.seconds >= 0.6
    assert statement.rows == {"orders": 1500}
    assert locks(statement) == {"orders": "RowExclusive"}
    assert statement.locks[0].seconds == pytest.approx(0.2, abs=0.1)


def test_a_refused_statement_ends_the_script_and_nothing_of_it_stays(shop: Target) -> None:
    added, refused = measured(
        shop, "ALTER TABLE orders ADD c int; ALTER TABLE orders ALTER c SET NOT NULL; SELECT 1"
    )

    assert added.error == ""
    assert refused.error == 'column "c" of relation "orders" contains null values'
    assert Fresh(shop).rows("SELECT 1 FROM pg_attribute WHERE attname = 'c' AND attnum > 0") == []


def test_a_commit_that_is_refused_is_told(source: Source) -> None:
    target = source("CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE c (p int REFERENCES p DEFERRABLE)")

    insert, commit = measured(target, "SET CONSTRAINTS ALL DEFERRED; INSERT INTO c VALUES (1)")[1:]

    assert insert.error == ""
    assert "violates foreign key constraint" in commit.error


def test_temporary_files_are_counted(source: Source) -> None:
    target = source("CREATE TABLE t AS SELECT n, md5(n::text) FROM generate_series(1, 50000) n")

    (_, small, large) = measured(
        target,
        "SET work_mem = '64kB'; SELECT 1; SELECT count(*) FROM (SELECT * FROM t ORDER BY 2 OFFSET 1) x",
    )

    assert small.temp == 0
    assert 50_000 * 36 < large.temp < 50_000 * 200


def test_a_script_that_sets_its_transaction_up_first_may_do_so(shop: Target) -> None:
    found = measured(
        shop, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; UPDATE orders SET amount = 1 WHERE id = 2"
    )

    assert [m.error for m in found] == ["", ""]
    assert found[1].rows == {"orders": 1}


def test_a_copy_over_the_connection_is_refused_in_words(shop: Target) -> None:
    with pytest.raises(StepFailed, match="COPY over the connection"):
        measured(shop, "COPY orders FROM STDIN")


def test_lock_times_are_what_a_second_session_feels(shop: Target) -> None:
    felt: list[float] = []
    over = Event()

    def read() -> None:
        with psycopg.connect(shop.url.reveal(), autocommit=True) as link:
            while not over.is_set():
                began = time.perf_counter()
                link.execute("SELECT 1 FROM orders LIMIT 1")
                felt.append(time.perf_counter() - began)
                time.sleep(0.001)

    reader = Thread(target=read)
    reader.start()
    try:
        time.sleep(0.05)
        found = measured(
            shop, "SELECT pg_sleep(0.1); ALTER TABLE orders ADD COLUMN a int; SELECT pg_sleep(0.5)"
        )
    finally:
        over.set()
        reader.join()

    assert found[1].locks[0].seconds == pytest.approx(max(felt), abs=0.1)


def test_a_script_may_discard_what_its_session_had_prepared(shop: Target) -> None:
    found = measured(
        shop, "DISCARD ALL; UPDATE orders SET amount = 1 WHERE id = 1; DEALLOCATE ALL; DELETE FROM orders",
        transactional=False,
    )  # fmt: skip

    assert [(m.error, m.rows) for m in found] == [
        ("", {}),
        ("", {"orders": 1}),
        ("", {}),
        ("", {"orders": 1000}),
    ]
    inside = measured(shop, "DEALLOCATE ALL; INSERT INTO orders SELECT 1")
    assert [(m.error, m.rows) for m in inside] == [("", {}), ("", {"orders": 1})]


def test_an_older_server_tells_the_same(debian_source: Source) -> None:
    target = debian_source(*SHOP)

    rewrite, backfill = measured(
        target,
        "ALTER TABLE orders ALTER COLUMN amount TYPE bigint; UPDATE orders SET note = 'n' WHERE id < 8",
    )
    (built,) = measured(target, "CREATE INDEX CONCURRENTLY i ON orders (note)", transactional=False)

    assert (locks(rewrite), rewrite.rewritten) == ({"orders": "AccessExclusive"}, ("orders", "orders_pkey"))
    assert backfill.rows == {"orders": 7}
    assert locks(built) == {"orders": "ShareUpdateExclusive"}
    assert built.scanned["orders"] >= 1000
