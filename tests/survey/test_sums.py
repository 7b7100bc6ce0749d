"""Checksums before and after, lines 58 and 59."""

from __future__ import annotations

import pytest

from bot.checks import data_unchanged
from bot.core.findings import Weight
from bot.core.survey import TableSum
from bot.databases.postgresql_survey import PostgreSQLSurvey
from bot.databases.postgresql_survey_link import Bounds
from bot.databases.sqlite_survey import SQLiteSurvey
from tests.databases.beds import Bed
from tests.survey.reading import evidence

NAME = 'My Shop."Order ""Items"'
QUOTED = '"My Shop"."Order ""Items"'


def test_a_sum_sees_every_change_of_a_value_and_no_change_of_order_or_width(pg: Bed) -> None:
    pg.run(
        'CREATE SCHEMA "My Shop"',
        f"CREATE TABLE {QUOTED} (id int, j json, p point, b bit(3)[], n numeric, t text)",
        f"INSERT INTO {QUOTED} SELECT i % 50, '{{}}', '(1,2)', '{{101}}', 1.0, NULL"
        " FROM generate_series(1, 100) i",
        "CREATE TABLE empty (i int)",
    )
    survey = PostgreSQLSurvey()
    columns = {NAME: ("id", "j", "p", "b", "n", "t")}

    def now() -> TableSum:
        return survey.sums(pg.target, [NAME], columns)[0]

    first = now()
    assert first.why == ""
    assert (first.rows, first.columns) == (100, ("b", "id", "j", "n", "p", "t"))
    assert survey.sums(pg.target, ["empty", "nothing"]) == [
        TableSum(name="empty", columns=("i",), rows=0, sum=0)
    ]
    # Two rows that are the same do not cancel each other out.
    pg.run(
        f"DELETE FROM {QUOTED} WHERE id = 1", f"INSERT INTO {QUOTED} SELECT * FROM {QUOTED} WHERE id IN (2)"
    )
    assert (now().rows, now().sum != first.sum) == (100, True)
    pg.run(f"UPDATE {QUOTED} SET id = 1 WHERE ctid IN (SELECT ctid FROM {QUOTED} WHERE id = 2 LIMIT 2)")
    assert now() == first
    pg.run(
        f"ALTER TABLE {QUOTED} ALTER COLUMN id TYPE bigint",
        f"ALTER TABLE {QUOTED} ADD COLUMN more int DEFAULT 5",
    )
    assert now() == first
    pg.run(f"UPDATE {QUOTED} SET t = '' WHERE id = 7")
    assert now().sum != first.sum


def test_a_sum_that_takes_too_long_is_said_to(pg18: Bed) -> None:
    pg18.run("CREATE TABLE a (i int)")
    (late,) = PostgreSQLSurvey(bounds=Bounds(in_all=0.0)).sums(pg18.target, ["a"])

    assert late.sum is None
    assert not data_unchanged.taken([late]).ok
    assert "none of a: the 0 s for such questions were up" in data_unchanged.taken([late]).evidence


def test_a_files_tables_are_summed_too(lite: Bed) -> None:
    lite.run("CREATE TABLE a (i, t)", "INSERT INTO a VALUES (1, 'x'), (2, NULL), (2, NULL)")
    survey = SQLiteSurvey()
    (first,) = survey.sums(lite.target, ["a"])
    lite.run("DELETE FROM a WHERE i = 1", "INSERT INTO a VALUES (1, 'x')", "ALTER TABLE a ADD COLUMN more")
    (same,) = survey.sums(lite.target, ["a"], {"a": first.columns})
    lite.run("UPDATE a SET i = '1' WHERE i = 1")
    (other,) = survey.sums(lite.target, ["a"], {"a": first.columns})

    assert first.rows == 3
    assert same == first
    assert other.sum != first.sum


def summed(name: str, rows: int, total: int | None, *columns: str) -> TableSum:
    return TableSum(name=name, rows=rows, sum=total, columns=columns or ("i",))


def test_a_table_that_the_plan_does_not_mean_to_change_must_be_as_it_was() -> None:
    before = [summed("a", 5, 10), summed("b", 5, 10), summed("c", 5, 10)]
    after = [summed("a", 5, 10), summed("b", 5, 11), summed("c", 6, 12)]
    quiet = data_unchanged.answer(before, after, ["c"], quiet=True)
    live = data_unchanged.answer(before, after, ["c"], quiet=False)
    gone = data_unchanged.answer(before, after[1:], ["b", "c"], quiet=True)

    assert [(f.name, f.weight) for f in quiet.findings] == [("data-differs@b", Weight.STOP)]
    assert not quiet.ok
    assert [f.weight for f in live.findings] == [Weight.NOTE]
    assert [f.name for f in gone.findings] == ["data-not-compared@a"]
    assert data_unchanged.answer(before[:1], after[:1], [], quiet=True).evidence == (
        "1 of 1 tables hold exactly the rows that they held before."
    )


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("UPDATE a SET i = 1", ("a",)),
        ("ALTER TABLE a ADD COLUMN j int", ()),
        ("CREATE INDEX x ON a (i)", ()),
        ("DO $$ BEGIN DELETE FROM a; END $$", ("a",)),
        ("ALTER TABLE a ALTER COLUMN i TYPE text", ("a",)),
    ],
)
def test_what_the_plan_means_to_change_is_read_from_it(sql: str, tables: tuple[str, ...]) -> None:
    assert data_unchanged.changed(evidence(sql).acts) == tables
