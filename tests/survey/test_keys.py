"""Foreign keys, line 18."""

from __future__ import annotations

from bot.checks import foreign_keys
from bot.core.findings import Weight
from bot.core.survey import Key
from bot.databases.postgresql_survey import PostgreSQLSurvey
from bot.databases.postgresql_survey_link import Bounds
from tests.databases.beds import Bed
from tests.survey.reading import evidence

ALTERED = evidence("ALTER TABLE customers ADD COLUMN x int").acts


def shop(bed: Bed) -> None:
    bed.run(
        "CREATE SCHEMA sales",
        "CREATE TABLE customers (id int PRIMARY KEY)",
        'CREATE TABLE sales."Orders" (id int PRIMARY KEY, "Customer" int)',
        "INSERT INTO customers SELECT generate_series(1, 10)",
        'INSERT INTO sales."Orders" SELECT i, nullif(i % 20, 0) FROM generate_series(1, 1000) i',
    )


def test_orphans_of_a_key_that_is_not_validated_are_counted_from_both_sides(pg: Bed) -> None:
    shop(pg)
    pg.run(
        'ALTER TABLE sales."Orders" ADD CONSTRAINT "to customer" FOREIGN KEY ("Customer")'
        " REFERENCES customers NOT VALID"
    )
    (out,) = PostgreSQLSurvey().keys(pg.target, ["sales.Orders"])
    (into,) = PostgreSQLSurvey().keys(pg.target, ["customers"])
    answer = foreign_keys.answer(ALTERED, [into])

    assert out == into
    assert (out.table, out.columns, out.parent, out.parent_columns) == (
        "sales.Orders", ("Customer",), "customers", ("id",),
    )  # fmt: skip
    assert (out.orphans, out.of, out.sampled, out.validated, out.indexed) == (450, 1000, False, False, False)
    assert [(f.rule, f.weight) for f in answer.findings] == [("foreign-key-orphans", Weight.NOTE)]
    validate = evidence('ALTER TABLE sales."Orders" VALIDATE CONSTRAINT "to customer"').acts
    assert [f.weight for f in foreign_keys.answer(validate, [out]).findings] == [Weight.STOP]
    with pg.session("reader") as link:
        assert len(link.execute(answer.findings[0].sql.encode()).fetchall()) == 450


def test_a_key_whose_rows_all_point_at_something_is_fine(pg: Bed) -> None:
    shop(pg)
    pg.run(
        'DELETE FROM sales."Orders" WHERE "Customer" > 10',
        'ALTER TABLE sales."Orders" ADD CONSTRAINT fk FOREIGN KEY ("Customer") REFERENCES customers',
        'CREATE INDEX ON sales."Orders" ("Customer", id)',
    )
    (key,) = PostgreSQLSurvey().keys(pg.target, ["customers"])
    answer = foreign_keys.answer(evidence("DELETE FROM customers WHERE id = 1").acts, [key])

    assert (key.orphans, key.validated, key.indexed) == (0, True, True)
    assert answer.ok
    assert answer.findings == ()


def test_deleting_parents_without_an_index_on_the_child_is_found(pg18: Bed) -> None:
    shop(pg18)
    pg18.run(
        'DELETE FROM sales."Orders" WHERE "Customer" > 10',
        'ALTER TABLE sales."Orders" ADD CONSTRAINT fk FOREIGN KEY ("Customer") REFERENCES customers',
        # An index that only contains the column, or holds for some rows only, is of no use here.
        'CREATE INDEX ON sales."Orders" (id, "Customer")',
        'CREATE INDEX ON sales."Orders" ("Customer") WHERE id > 5',
    )
    keys = PostgreSQLSurvey().keys(pg18.target, ["customers"])
    answer = foreign_keys.answer(evidence("DELETE FROM customers WHERE id = 1").acts, keys)

    assert [f.sql for f in answer.findings] == ['CREATE INDEX CONCURRENTLY ON sales."Orders" ("Customer");']
    assert not answer.ok
    assert foreign_keys.answer(ALTERED, keys).ok


def test_a_big_child_is_sampled_and_the_answer_says_so(pg18: Bed) -> None:
    shop(pg18)
    pg18.run(
        'ALTER TABLE sales."Orders" ADD CONSTRAINT fk FOREIGN KEY ("Customer")'
        " REFERENCES customers NOT VALID",
        "ANALYZE",
    )
    survey = PostgreSQLSurvey(bounds=Bounds(sample_over=500, sample_rows=450))
    (key,) = survey.keys(pg18.target, ["customers"])

    assert key.sampled
    assert 0 < key.of < 1000
    assert key.orphans
    assert "at least" in foreign_keys.answer(ALTERED, [key]).evidence


def test_partitions_and_match_full_count_as_the_constraint_has_it(pg: Bed) -> None:
    pg.run(
        "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))",
        "CREATE TABLE c (a int, b int, d int) PARTITION BY RANGE (d)",
        "CREATE TABLE c_1 PARTITION OF c FOR VALUES FROM (0) TO (10)",
        "INSERT INTO p VALUES (1, 1)",
        "INSERT INTO c VALUES (1, 1, 1), (1, NULL, 2), (NULL, NULL, 3)",
    )
    # A row with half a key breaks MATCH FULL; it came in before the key was enforced.
    pg.run(
        "DELETE FROM c WHERE b IS NULL AND a IS NOT NULL",
        "ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES p MATCH FULL",
        "ALTER TABLE c_1 DISABLE TRIGGER ALL",
        "INSERT INTO c VALUES (1, NULL, 2), (7, 7, 4)",
    )
    (key,) = PostgreSQLSurvey().keys(pg.target, ["c"])
    answer = foreign_keys.answer((), [key])

    assert (key.table, key.orphans, key.of) == ("c", 2, 4)
    assert [f.weight for f in answer.findings] == [Weight.STOP]
    assert "a restore of the backup may fail" in answer.findings[0].reason


def test_a_key_that_cannot_be_counted_leaves_the_line_open() -> None:
    key = Key(
        name="fk", table="a", columns=("i",), parent="b", parent_columns=("i",), validated=True, indexed=True,
        orphans=None, why="it took longer than 15 s",
    )  # fmt: skip
    answer = foreign_keys.answer((), [key])

    assert not answer.ok
    assert "it took longer than 15 s" in answer.evidence


def test_a_count_that_takes_too_long_is_given_up(pg18: Bed) -> None:
    shop(pg18)
    pg18.run(
        'ALTER TABLE sales."Orders" ADD CONSTRAINT fk FOREIGN KEY ("Customer") REFERENCES customers NOT VALID'
    )
    (key,) = PostgreSQLSurvey(bounds=Bounds(in_all=0.0)).keys(pg18.target, ["customers"])

    assert key.orphans is None
    assert key.why == "the 0 s for such questions were up"
