"""Sizes and indexes, lines 16 and 17."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import psycopg

from bot.checks import index_state, tables
from bot.core.findings import Weight
from bot.core.survey import IndexState, TableState
from bot.databases.postgresql_survey import PostgreSQLSurvey
from tests.databases.beds import Bed
from tests.survey.reading import evidence

NAME = 'My Shop."Order ""Items"'
QUOTED = '"My Shop"."Order ""Items"'


def settled(bed: Bed, names: list[str], writes: int) -> Sequence[TableState]:
    """The states, once the server has heard of what a session that is gone has written."""
    for _ in range(100):
        states = PostgreSQLSurvey().states(bed.target, names)
        if states[0].writes == writes:
            break
        time.sleep(0.05)
    return states


def test_a_table_is_told_with_its_rows_bytes_and_indexes_whatever_its_name(pg: Bed) -> None:
    pg.run(
        'CREATE SCHEMA "My Shop"',
        f"CREATE TABLE {QUOTED} (id int PRIMARY KEY, note text)",
        f"INSERT INTO {QUOTED} SELECT i, repeat('x', 500) FROM generate_series(1, 1000) i",
        "CREATE TABLE empty (id int)",
        "ANALYZE",
    )
    states = settled(pg, [NAME, "empty", "not there"], 1000)

    assert [(s.name, s.rows) for s in states] == [(NAME, 1000), ("empty", 0)]
    assert states[0].heap > 500_000
    assert [i.name for i in states[0].indexes] == ['My Shop."Order ""Items_pkey"']
    assert states[0].index_bytes == states[0].indexes[0].bytes >= 8192
    assert states[0].writes == 1000


def test_a_partitioned_table_is_the_sum_of_its_partitions(pg18: Bed) -> None:
    pg18.run(
        "CREATE TABLE days (d int PRIMARY KEY) PARTITION BY RANGE (d)",
        "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (500)",
        "CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (500) TO (1000)",
        "INSERT INTO days SELECT generate_series(1, 999)",
        "ANALYZE days",
    )
    (state,) = settled(pg18, ["days"], 999)

    assert (state.rows, state.writes) == (999, 999)
    assert {i.name for i in state.indexes} == {"days_pkey", "days_1_pkey", "days_2_pkey"}
    assert state.heap >= 2 * 8192


def test_the_plans_tables_are_answered_and_one_that_is_nowhere_stops_it() -> None:
    states = [
        TableState(name="orders", rows=2000, exact=False, heap=900_000),
        TableState(name="customers", rows=3, exact=True, heap=8192),
    ]
    fine = tables.answer(["orders", "customers", "bonus"], states, new=["bonus"])
    lost = tables.answer(["orders", "bonus"], states)

    assert fine.evidence == (
        "The plan touches orders (about 2,000 rows, 900.0 kB with its indexes),"
        " customers (3 rows, 8.2 kB with its indexes) and bonus (new in this plan)."
    )
    assert fine.ok
    assert fine.findings == ()
    assert not lost.ok
    assert [f.name for f in lost.findings] == ["table-not-there@bonus"]


def test_an_index_whose_build_failed_is_found_and_one_that_is_fine_is_not(pg: Bed) -> None:
    pg.run(
        "CREATE TABLE a (i int, j int)", "INSERT INTO a VALUES (1, 1), (1, 2)", "CREATE INDEX fine ON a (j)"
    )
    with suppress(psycopg.errors.UniqueViolation):
        pg.run('CREATE UNIQUE INDEX CONCURRENTLY "Bad one" ON a (i)')
    states = PostgreSQLSurvey().states(pg.target, ["a"])
    other = index_state.answer(evidence("ALTER TABLE a ADD COLUMN k int").acts, states)
    again = index_state.answer(
        evidence('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "Bad one" ON a (i)').acts, states
    )

    assert [(f.name, f.weight) for f in other.findings] == [("index-not-valid@Bad one", Weight.NOTE)]
    assert other.findings[0].sql == 'DROP INDEX CONCURRENTLY "Bad one";'
    assert other.ok
    assert [f.weight for f in again.findings] == [Weight.STOP]
    assert not again.ok


def test_an_index_with_an_older_collation_is_found(pg: Bed) -> None:
    pg.run('CREATE TABLE a (t text COLLATE "C.utf8")', "CREATE INDEX sorted ON a (t)")
    before = PostgreSQLSurvey().states(pg.target, ["a"])
    # As after an upgrade of the operating system: the version kept is not the one that is there.
    pg.run("UPDATE pg_collation SET collversion = '0.1' WHERE collname = 'C.utf8'")
    version = pg.database.answer(
        pg.target, "SELECT pg_collation_actual_version(oid) FROM pg_collation WHERE collname = 'C.utf8'"
    )
    after = PostgreSQLSurvey().states(pg.target, ["a"])

    assert [i.drifted for i in before[0].indexes] == [""]
    assert [i.drifted for i in after[0].indexes] == (["C.utf8"] if version else [""])


def test_a_drifted_index_stops_the_plan_with_the_way_to_mend_it() -> None:
    index = IndexState(name="shop.by_name", bytes=1, drifted="de_DE")
    answer = index_state.answer((), [TableState(name="a", rows=0, exact=True, heap=0, indexes=(index,))])

    assert not answer.ok
    assert answer.findings[0].sql == "REINDEX INDEX CONCURRENTLY shop.by_name;"


def test_what_is_built_anew_comes_from_the_rehearsal_when_there_was_one() -> None:
    pkey = IndexState(name="a_pkey", bytes=5_000_000)
    states = [TableState(name="a", rows=0, exact=True, heap=0, indexes=(pkey,))]
    acts = evidence("ALTER TABLE a ALTER COLUMN i TYPE bigint").acts

    assert index_state.answer(acts, states).evidence.startswith(
        "By the plan's statements, a_pkey (5.0 MB) are built anew"
    )
    assert index_state.answer(acts, states, rewritten=[]).evidence.startswith(
        "By the rehearsal, no index is built anew"
    )
