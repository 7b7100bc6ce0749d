"""What stands on a table, lines 23 and 120."""

from __future__ import annotations

import psycopg
import pytest

from bot.checks import dependents
from bot.core.findings import Weight
from bot.databases.postgresql_survey import PostgreSQLSurvey
from tests.databases.beds import Bed
from tests.survey.reading import evidence

SCHEMA = [
    'CREATE SCHEMA "My Shop"',
    'CREATE TABLE orders (id serial PRIMARY KEY, amount int, "Note" text, free int)',
    'CREATE VIEW large AS SELECT id, amount FROM orders WHERE "Note" IS NOT NULL',
    'CREATE MATERIALIZED VIEW "My Shop"."Very large" AS SELECT id FROM large',
    'CREATE VIEW third AS SELECT * FROM "My Shop"."Very large"',
    "CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql AS"
    " 'BEGIN RETURN (SELECT sum(amount) FROM orders); END'",
    "CREATE FUNCTION tracked() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT sum(free) FROM orders; END",
    "CREATE FUNCTION other() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT 1 AS reorders); END'",
    "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    'CREATE TRIGGER on_note BEFORE UPDATE OF "Note" ON orders FOR EACH ROW EXECUTE FUNCTION noted()',
    "CREATE POLICY mine ON orders USING (amount > 1)",
    "CREATE RULE quiet AS ON DELETE TO orders DO INSTEAD NOTHING",
]


def test_everything_that_stands_on_a_table_is_found_views_of_views_included(pg: Bed) -> None:
    pg.run(*SCHEMA)
    found = {(d.kind, d.name): d for d in PostgreSQLSurvey().dependents(pg.target, ["orders"])}

    assert set(found) == {
        ("view", "large"), ("materialised view", "My Shop.Very large"), ("view", "third"),
        ("function", "total()"), ("function", "tracked()"), ("trigger", "on_note"), ("policy", "mine"),
        ("rule", "quiet"), ("sequence", "orders_id_seq"),
    }  # fmt: skip
    assert found["view", "large"].columns == ("Note", "amount", "id")
    assert found["materialised view", "My Shop.Very large"].through == "large"
    assert found["view", "third"].through == "My Shop.Very large"
    assert found["function", "tracked()"].sure
    assert not found["function", "total()"].sure
    assert found["function", "total()"].columns == ("amount",)
    assert found["trigger", "on_note"].columns == ("Note",)
    assert found["policy", "mine"].columns == ("amount",)
    assert found["sequence", "orders_id_seq"].columns == ("id",)


BREAKS = [
    ("ALTER TABLE orders ALTER COLUMN amount TYPE bigint", {"large", "My Shop.Very large", "mine"}),
    ("ALTER TABLE Orders DROP COLUMN Amount", {"large", "My Shop.Very large", "mine", "total()"}),
    ('ALTER TABLE orders DROP COLUMN "Note"', {"large", "My Shop.Very large", "on_note"}),
    ("ALTER TABLE orders DROP COLUMN free", {"tracked()"}),
    ("ALTER TABLE orders RENAME COLUMN amount TO sum", {"total()"}),
    ("ALTER TABLE orders RENAME TO purchases", {"total()"}),
    ("DROP TABLE orders", {"large", "My Shop.Very large", "third", "tracked()", "total()"}),
    ("ALTER TABLE orders ADD COLUMN more int", set()),
    ("ALTER TABLE orders ALTER COLUMN free SET NOT NULL", set()),
]


def test_what_an_act_would_break_is_named_and_the_database_agrees(pg18: Bed) -> None:
    pg18.run(*SCHEMA)
    found = PostgreSQLSurvey().dependents(pg18.target, ["orders"])
    with pg18.session("try") as link:
        for sql, broken in BREAKS:
            answer = dependents.answer(evidence(sql).acts, found)
            refused = False
            try:
                link.execute(sql.encode())
            except (psycopg.errors.DependentObjectsStillExist, psycopg.errors.FeatureNotSupported):
                refused = True
            link.rollback()

            assert {f.name.rpartition(":")[2] for f in answer.findings} == broken, sql
            assert answer.ok is not bool(broken), sql
            assert refused is any(f.rule == "dependent-in-the-way" for f in answer.findings), sql


def test_a_view_that_the_plan_drops_first_is_in_nobodys_way(pg18: Bed) -> None:
    pg18.run(*SCHEMA[:3])
    found = PostgreSQLSurvey().dependents(pg18.target, ["orders"])
    sql = "DROP VIEW large; ALTER TABLE orders ALTER COLUMN amount TYPE bigint"

    assert dependents.answer(evidence(sql).acts, found).findings == ()


@pytest.mark.parametrize(
    "sql",
    [
        "DROP POLICY mine ON orders; ALTER TABLE orders ALTER COLUMN amount TYPE bigint",
        'DROP TRIGGER on_note ON orders; ALTER TABLE orders DROP COLUMN "Note"',
        "DROP FUNCTION tracked(); ALTER TABLE orders DROP COLUMN free",
        'DROP FUNCTION "My Shop"."Tracked too"; ALTER TABLE orders DROP COLUMN id',
    ],
)
def test_whatever_the_plan_drops_first_is_in_nobodys_way(pg18: Bed, sql: str) -> None:
    tracked = 'CREATE FUNCTION "My Shop"."Tracked too"(i int) RETURNS bigint LANGUAGE sql'
    pg18.run(
        *SCHEMA[:2], *SCHEMA[6:7], *SCHEMA[8:11], tracked + " BEGIN ATOMIC SELECT sum(id) FROM orders; END"
    )
    found = PostgreSQLSurvey().dependents(pg18.target, ["orders"])
    alone = sql.partition("; ")[2]

    assert len(dependents.answer(evidence(alone).acts, found).findings) == 1
    assert dependents.answer(evidence(sql).acts, found).findings == ()
    with pg18.session("try") as link:
        link.execute(sql.encode())


def test_a_policy_of_this_name_on_another_table_stays(pg18: Bed) -> None:
    pg18.run(
        *SCHEMA[:2], SCHEMA[10], "CREATE TABLE other (i int)", "CREATE POLICY mine ON other USING (i > 1)"
    )
    found = PostgreSQLSurvey().dependents(pg18.target, ["orders"])
    sql = "DROP POLICY mine ON other; ALTER TABLE orders ALTER COLUMN amount TYPE bigint"

    assert [f.rule for f in dependents.answer(evidence(sql).acts, found).findings] == ["dependent-in-the-way"]


def test_a_plan_that_writes_functions_is_believed_to_mend_them(pg18: Bed) -> None:
    pg18.run(*SCHEMA[:6])
    found = [d for d in PostgreSQLSurvey().dependents(pg18.target, ["orders"]) if d.kind == "function"]
    mend = "CREATE OR REPLACE FUNCTION total() RETURNS bigint LANGUAGE sql AS 'SELECT 1'"
    answer = dependents.answer(evidence(f"ALTER TABLE orders RENAME TO purchases; {mend}").acts, found)

    assert [f.weight for f in answer.findings] == [Weight.NOTE]
    assert answer.ok


def test_partitions_are_told_and_a_table_with_nothing_on_it_is_fine(pg18: Bed) -> None:
    pg18.run(
        "CREATE TABLE days (d int) PARTITION BY RANGE (d)",
        "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (9)",
    )
    (found,) = PostgreSQLSurvey().dependents(pg18.target, ["days"])

    assert (found.kind, found.name) == ("partition", "days_1")
    assert dependents.answer(evidence("DROP TABLE days").acts, [found]).ok
    assert dependents.answer((), []).evidence == "Nothing stands on the tables."
