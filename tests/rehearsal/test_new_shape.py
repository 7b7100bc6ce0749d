"""Rows as a new schema allows them, on a real PostgreSQL: what is written, and what the way back meets."""

from __future__ import annotations

import psycopg
import pytest

from bot.core.targets import Target
from bot.databases.postgresql_load import PostgreSQLLoads
from tests.databases.beds import Bed
from tests.rehearsal.copies import Copies
from tests.rehearsal.test_load import ask

LOADS = PostgreSQLLoads()


def fails(where: Target, statement: str) -> str:
    """What the database says to a step back."""
    with psycopg.connect(where.url.reveal()) as link, pytest.raises(psycopg.Error) as caught:
        link.execute(statement.encode())
    return str(caught.value)


@pytest.fixture
def empty(copies: Copies) -> Bed:
    return Bed.over(copies.empty("whimbrel_shape"))


def test_what_became_wider_is_used_and_the_way_back_meets_it(shop: Target) -> None:
    bed = Bed.over(shop)
    bed.run(
        "CREATE TYPE channel AS ENUM ('web', 'phone')",
        "ALTER TABLE orders ADD channel channel NOT NULL DEFAULT 'web'",
        "ALTER TABLE orders ADD code varchar(8) NOT NULL DEFAULT 'a'",
        "ALTER TYPE channel ADD VALUE 'fax'",
        "ALTER TABLE orders ALTER amount TYPE bigint, ALTER customer_id DROP NOT NULL",
        "ALTER TABLE orders ALTER code TYPE varchar(30)",
    )
    written = LOADS.write_new_shape(shop, ["orders", "customers", "nowhere"], 40)

    assert written == {"orders": 40, "customers": 40} and written.refused == ()
    assert ask(shop, "SELECT count(*) FROM orders") == [(20040,)]
    seen = "SELECT count(*) FILTER (WHERE {}) > 0 FROM orders"
    wider = ["amount > 2147483647", "customer_id IS NULL", "length(code) = 30", "channel = 'fax'"]
    for what in (*wider, "note IS NULL", "length(note) = 1000"):
        assert ask(shop, seen.format(what)) == [(True,)], what
    assert "out of range" in fails(shop, "ALTER TABLE orders ALTER amount TYPE integer")
    assert "null values" in fails(shop, "ALTER TABLE orders ALTER customer_id SET NOT NULL")
    assert "too long" in fails(shop, "ALTER TABLE orders ALTER code TYPE varchar(8)")


def test_a_key_that_became_bigint_gets_numbers_beyond_integer(empty: Bed) -> None:
    empty.run(
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " code varchar(12) NOT NULL UNIQUE)",
        "INSERT INTO t (code) SELECT 'code ' || n FROM generate_series(1, 50) n",
    )
    assert LOADS.write_new_shape(empty.target, ["t"], 9) == {"t": 9}
    query = "SELECT count(*) FILTER (WHERE id > 2147483647) > 0, count(DISTINCT code) FROM t"
    assert ask(empty.target, query) == [(True, 59)]
    assert "out of range" in fails(empty.target, "ALTER TABLE t ALTER id TYPE integer")


def test_empty_tables_are_filled_after_those_that_they_point_at(empty: Bed) -> None:
    empty.run(
        "CREATE TABLE parents (id int PRIMARY KEY, note text)",
        "CREATE TABLE children (parent int NOT NULL REFERENCES parents, price numeric(6,2) CHECK (price < 5),"
        " at timestamptz NOT NULL, mark text GENERATED ALWAYS AS ('x') STORED)",
    )
    written = LOADS.write_new_shape(empty.target, ["children", "parents"], 6)

    assert written == {"parents": 6, "children": 6}
    # Never without its reason: the check leaves no room for the largest number.
    assert written.refused == (
        'children did not take its largest number in price: new row for relation "children" violates check'
        ' constraint "children_price_check".',
    )
    assert empty.database.orphans(empty.target, ["children"]) == []


def test_a_table_in_partitions_takes_rows_where_a_partition_is(empty: Bed) -> None:
    empty.run(
        "CREATE TABLE m (id int, at date, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
        "CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
        "INSERT INTO m SELECT n, date '2026-01-01' + n % 30, 'v' FROM generate_series(1, 100) n",
    )
    assert LOADS.write_new_shape(empty.target, ["m"], 10) == {"m": 10}
    assert len(LOADS.workload(empty.target, empty.target, ["m"]).statements) == 4


def test_where_nothing_fits_it_is_said_and_nothing_is_harmed(empty: Bed) -> None:
    empty.run(
        "CREATE TABLE t (a int NOT NULL CHECK (a = 7), b text)",
        "INSERT INTO t VALUES (7, 'x')",
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'secret %', NEW.b; END $$",
        "CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no()",
    )
    written = LOADS.write_new_shape(empty.target, ["t"], 10)

    assert written == {"t": 0} and len(written.refused) == 3
    assert "an error raised by the function no" in written.refused[0]
    assert not any("secret" in said for said in written.refused)
    assert ask(empty.target, "SELECT * FROM t") == [(7, "x")]
