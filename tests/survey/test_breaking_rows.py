"""Rows that would break a planned constraint or type, line 27; the database itself is asked afterwards
whether it would have refused."""

from __future__ import annotations

import time
from contextlib import suppress

import psycopg
import pytest

from bot.checks import breaking_rows, demands
from bot.core.answers import Answer
from bot.core.findings import Weight
from bot.core.survey import Broken, Demand, Demanded
from bot.databases.postgresql_survey import PostgreSQLSurvey
from bot.databases.postgresql_survey_link import Bounds
from tests.databases.beds import Bed
from tests.survey.reading import evidence

CANARY = "canary@very-secret.example"
ITEMS = '"My Shop"."Order ""Items"'
SCHEMA = [
    'CREATE SCHEMA "My Shop"',
    "CREATE TABLE parents (id int PRIMARY KEY, code text UNIQUE, tags varchar(9)[])",
    f"CREATE TABLE {ITEMS} (id int, parent int, note text, qty bigint, price numeric, day text, mark text,"
    " flag text, clean int, score double precision)",
    "INSERT INTO parents SELECT i, i::text FROM generate_series(1, 90) i",
    f"INSERT INTO {ITEMS} SELECT i, i, CASE WHEN i % 10 = 0 THEN NULL ELSE repeat('x', i % 8) END,"
    " CASE WHEN i = 7 THEN 3000000000 ELSE i END, CASE WHEN i > 98 THEN 12345.67 ELSE 1.5 END,"
    " CASE WHEN i <= 3 THEN '2023-02-29' WHEN i = 4 THEN ' 2024-02-29 ' ELSE '2024-12-31' END,"
    f" CASE WHEN i = 5 THEN '{CANARY}' ELSE gen_random_uuid()::text END,"
    " CASE WHEN i <= 2 THEN 'perhaps' WHEN i = 3 THEN NULL ELSE 'Yes' END, 1,"
    " CASE WHEN i = 1 THEN 'NaN' WHEN i = 2 THEN 1e30 ELSE i END FROM generate_series(1, 100) i",
]
ALTER = f"ALTER TABLE {ITEMS} "
#: SQL, and how many rows break it.
CASES = [
    (ALTER + "ALTER COLUMN note SET NOT NULL", 10),
    (ALTER + "ALTER COLUMN clean SET NOT NULL", 0),
    (ALTER + "ADD CONSTRAINT u UNIQUE (note)", 90),
    (ALTER + "ADD CONSTRAINT u UNIQUE (id, note)", 0),
    (ALTER + "ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (note)", 100),
    (f"CREATE UNIQUE INDEX u ON {ITEMS} (qty, flag) INCLUDE (note)", 0),
    (f"CREATE UNIQUE INDEX u ON ONLY {ITEMS} (note text_pattern_ops DESC)", 90),
    (f"CREATE UNIQUE INDEX u ON {ITEMS} (note) NULLS NOT DISTINCT", 100),
    (ALTER + "ADD PRIMARY KEY (note)", 100),
    (ALTER + "ADD PRIMARY KEY (id)", 0),
    (f"CREATE UNIQUE INDEX u ON {ITEMS} (lower(note), clean) WHERE id <= 8", 0),
    (f"CREATE UNIQUE INDEX u ON {ITEMS} (lower(note), clean) WHERE id <= 9", 2),
    (ALTER + "ADD CONSTRAINT f FOREIGN KEY (parent) REFERENCES parents", 10),
    (ALTER + "ADD CONSTRAINT f FOREIGN KEY (day) REFERENCES parents (code)", 100),
    (ALTER + "ADD CONSTRAINT k CHECK (length(note) < 7)", 12),
    (ALTER + "ADD CONSTRAINT k CHECK (note <> 'x\\' OR flag = '\\')", 0),
    (ALTER + "ADD CHECK (note <> E'x\\\\' AND flag <> E'\\x59es')", 97),
    (ALTER + "ADD CONSTRAINT k CHECK (id < 90) NO INHERIT", 11),
    (ALTER + "ADD CONSTRAINT k CHECK (qty > 0 AND flag IN ('perhaps', 'Yes'))", 0),
    (ALTER + "ALTER COLUMN note TYPE varchar(5)", 22),
    (ALTER + "ALTER COLUMN note TYPE varchar(7)", 0),
    (ALTER + "ALTER COLUMN qty TYPE int", 1),
    (ALTER + "ALTER COLUMN qty TYPE smallint USING qty::smallint", 1),
    (ALTER + "ALTER COLUMN score TYPE bigint", 2),
    (ALTER + "ALTER COLUMN price TYPE numeric(6, 2)", 2),
    (ALTER + "ALTER COLUMN price TYPE numeric(7, 2)", 0),
    (ALTER + "ALTER COLUMN day TYPE date USING day::date", 3),
    (ALTER + "ALTER COLUMN day TYPE timestamptz USING day::timestamptz", 3),
    (ALTER + "ALTER COLUMN day TYPE int USING day::int", 100),
    (ALTER + "ALTER COLUMN mark TYPE uuid USING mark::uuid", 1),
    (ALTER + "ALTER COLUMN flag TYPE boolean USING flag::boolean", 2),
    (ALTER + "ALTER COLUMN flag TYPE text", 0),
    (ALTER + "ALTER COLUMN id TYPE bigint", 0),
]
_REFUSALS = (psycopg.errors.IntegrityError, psycopg.errors.DataError)


def asked(bed: Bed, *revisions: str, bounds: Bounds | None = None) -> Answer:
    plan = evidence(*revisions)
    broken = PostgreSQLSurvey(bounds=bounds).broken(bed.target, demands.of_plan(plan))
    return breaking_rows.answer(plan.acts, broken)


def test_rows_that_would_break_it_are_counted_and_the_database_agrees(pg: Bed) -> None:
    pg.run(*SCHEMA)
    survey = PostgreSQLSurvey()
    with pg.session("try") as link:
        for sql, rows in CASES:
            plan = evidence(sql)
            (demand,) = demands.of_plan(plan)
            (broken,) = survey.broken(pg.target, [demand])
            answer = breaking_rows.answer(plan.acts, [broken])
            refused = False
            try:
                link.execute(sql.encode())
            except _REFUSALS:
                refused = True
            link.rollback()

            assert broken.rows == rows, (sql, broken)
            assert refused is bool(rows), sql
            assert answer.ok is not bool(rows), sql
            assert CANARY not in repr((broken, answer)), sql


def test_a_finding_names_the_rows_and_gives_the_sql_that_shows_them(pg18: Bed) -> None:
    pg18.run(*SCHEMA)
    empty = asked(pg18, CASES[0][0])
    twins = asked(pg18, CASES[2][0])

    assert empty.findings[0].reason == '10 of 100 rows of My Shop."Order ""Items" have no note.'
    assert empty.findings[0].sql == f"SELECT * FROM {ITEMS} WHERE note IS NULL LIMIT 10;"
    assert empty.findings[0].weight is Weight.STOP
    with pg18.session("reader") as link:
        assert len(link.execute(empty.findings[0].sql.encode()).fetchall()) == 10
        assert len(link.execute(twins.findings[0].sql.encode()).fetchall()) == 8


def test_what_is_added_not_valid_counts_when_it_is_validated(pg18: Bed) -> None:
    pg18.run(*SCHEMA)
    add = ALTER + "ADD CONSTRAINT k CHECK (qty < 100) NOT VALID"
    validate = ALTER + "VALIDATE CONSTRAINT k"
    added, both = asked(pg18, add), asked(pg18, add, validate)
    filled = asked(pg18, add, f"UPDATE {ITEMS} SET qty = 1 WHERE qty >= 100", validate)
    pg18.run(add)
    there = asked(pg18, validate)

    assert added.findings == ()
    assert [f.weight for f in filled.findings] == [Weight.NOTE]
    assert [f.name for f in both.findings] == ['rows-break-check@My Shop."Order ""Items".k']
    assert [f.reason for f in there.findings] == [
        '2 of 100 rows of My Shop."Order ""Items" fail the check k.'
    ]


def test_each_action_of_one_statement_is_counted_by_itself(pg18: Bed) -> None:
    pg18.run(*SCHEMA, 'CREATE TYPE "My Shop"."Mood" AS ENUM (\'Yes\')')
    many = (
        "ADD CHECK (id < 99), ADD CONSTRAINT late CHECK (id < 2) NOT VALID, ADD CHECK (qty < 98),"
        " ALTER note SET NOT NULL, ALTER day TYPE date USING (day::date), ADD UNIQUE (note),"
        ' ALTER flag TYPE "My Shop"."Mood" USING flag::"My Shop"."Mood"'
    )
    plan = evidence(ALTER + many)
    broken = PostgreSQLSurvey().broken(pg18.target, demands.of_plan(plan))

    assert [(b.demand.kind, b.demand.columns, b.rows) for b in broken] == [
        (Demanded.CHECK, ("id",), 2),
        (Demanded.CHECK, ("qty",), 4),
        (Demanded.NOT_NULL, ("note",), 10),
        (Demanded.TYPE, ("day",), 3),
        (Demanded.UNIQUE, ("note",), 90),
        (Demanded.TYPE, ("flag",), 2),
    ]


def test_the_finding_is_mended_by_what_the_plan_changes_before_its_own_act_alone(pg18: Bed) -> None:
    pg18.run(*SCHEMA)
    fill = f"UPDATE {ITEMS} SET qty = 1 WHERE qty > 90"
    answer = asked(pg18, ALTER + "ADD CHECK (id < 99)", fill, ALTER + "ADD CHECK (qty < 98)")

    assert [(f.reason[:1], f.weight) for f in answer.findings] == [("2", Weight.STOP), ("4", Weight.NOTE)]


def test_rows_that_the_plan_changes_before_are_told_and_stop_nothing(pg18: Bed) -> None:
    pg18.run(*SCHEMA)
    answer = asked(pg18, f"UPDATE {ITEMS} SET note = '' WHERE note IS NULL", CASES[0][0])

    assert answer.ok
    assert [f.weight for f in answer.findings] == [Weight.NOTE]
    assert "the rehearsal tells" in answer.findings[0].reason


def test_what_is_not_there_yet_or_cannot_be_asked_is_said(pg18: Bed) -> None:
    pg18.run(*SCHEMA)
    new = "CREATE TABLE fresh (i int); ALTER TABLE fresh ALTER COLUMN i SET NOT NULL"
    column = "ALTER TABLE parents ADD COLUMN x int; ALTER TABLE parents ALTER COLUMN x SET NOT NULL"
    own = "ALTER TABLE parents ALTER COLUMN code TYPE int USING length(code)"
    shorter = "ALTER TABLE parents ALTER COLUMN tags TYPE varchar(2)[]"
    moved = "ALTER TABLE parents RENAME TO elders; ALTER TABLE elders ALTER COLUMN code SET NOT NULL"

    other = (
        "ALTER TABLE parents ADD CONSTRAINT x EXCLUDE USING gist (code WITH =);"
        " DO $$ BEGIN EXECUTE 'x'; END $$"
    )
    inline = "ALTER TABLE parents ADD COLUMN y int DEFAULT 0 UNIQUE"

    assert "unique of parents (y) could not be asked: it was not understood" in asked(pg18, inline).evidence
    assert asked(pg18, other).evidence == (
        "Nothing that the plan demands of rows could be asked; check of parents (x) could not be asked: it"
        " was not understood; the rehearsal tells; revision 0001 runs what cannot be read, which may demand"
        " more."
    )
    assert demands.of_plan(evidence(new)) == ()
    assert "a column that it names is not there yet" in asked(pg18, column).evidence
    assert "its USING is an expression of its own" in asked(pg18, own).evidence
    assert "is known to the server alone" in asked(pg18, shorter).evidence
    assert "the plan renames it first" in asked(pg18, moved).evidence


@pytest.mark.parametrize(
    "call",
    [
        "pg_terminate_backend(id) IS NULL",
        "id > (SELECT count(*) FROM parents)",
        "nextval('s') > 0",
        "set_config('x', 'y', false) = 'y'",
        "id OPERATOR(public.+) 1 > 0",
        "public.lower(code) = 'x'",
        "current_setting('a') = 'b'",
    ],
)
def test_an_expression_that_may_do_more_than_answer_is_never_sent(call: str) -> None:
    (demand,) = demands.of_plan(evidence(f"ALTER TABLE parents ADD CONSTRAINT k CHECK ({call})"))

    assert demand.unaskable
    assert not demand.sql


def test_a_session_that_asks_cannot_write_even_if_an_expression_would(pg18: Bed) -> None:
    pg18.run("CREATE TABLE a (i int)", "INSERT INTO a VALUES (1)", "CREATE SEQUENCE s")
    demand = Demand(kind=Demanded.CHECK, table="a", sql="nextval('s') > 5")
    (broken,) = PostgreSQLSurvey().broken(pg18.target, [demand])

    assert (broken.rows, broken.why) == (None, "it would write")


def test_a_question_that_hangs_is_ended_by_the_server(pg18: Bed) -> None:
    pg18.run("CREATE TABLE a (i int)", "INSERT INTO a VALUES (1)")
    demand = Demand(kind=Demanded.CHECK, table="a", sql="pg_sleep(60) IS NULL")
    began = time.monotonic()
    (broken,) = PostgreSQLSurvey(bounds=Bounds(seconds=0.3)).broken(pg18.target, [demand])

    assert (broken.rows, broken.why) == (None, "it took longer than 0.3 s")
    assert time.monotonic() - began < 30


def test_a_big_table_is_sampled_and_the_finding_says_so(pg18: Bed) -> None:
    pg18.run(
        "CREATE TABLE big (i int, t text, twin int)",
        "INSERT INTO big SELECT i, CASE WHEN i % 4 > 0 THEN 'x' END, i / 2 FROM generate_series(1, 20000) i",
        "ANALYZE big",
    )
    bounds = Bounds(sample_over=5000, sample_rows=4000)
    empty = asked(pg18, "ALTER TABLE big ALTER COLUMN t SET NOT NULL", bounds=bounds)
    twins = asked(pg18, "CREATE UNIQUE INDEX u ON big (twin)", bounds=bounds)
    single = asked(pg18, "CREATE UNIQUE INDEX u ON big (i)", bounds=bounds)

    assert "sampled rows of big have no t." in empty.findings[0].reason
    assert "big tables were sampled" in empty.evidence
    # Twins of sampled keys are looked up in all of the table.
    assert "sampled rows of big share their twin" in twins.findings[0].reason
    assert single.findings == ()


def test_a_table_that_somebody_locks_is_said_to_be_and_the_others_are_counted(pg18: Bed) -> None:
    pg18.run("CREATE TABLE a (i int)", "CREATE TABLE b (i int)", "INSERT INTO b VALUES (NULL)")
    asked_for = [Demand(kind=Demanded.NOT_NULL, table=t, columns=("i",)) for t in ("a", "b")]
    with pg18.session("other") as other:
        other.execute("LOCK TABLE a")
        first, second = PostgreSQLSurvey(bounds=Bounds(seconds=1.0)).broken(pg18.target, asked_for)

    assert first.rows is None
    assert first.why in ("a lock was not granted in time", "it took longer than 1 s")
    assert second.rows == 1


def test_a_value_is_in_no_answer_when_the_server_quotes_it_in_its_error(pg: Bed) -> None:
    pg.run("CREATE TABLE a (t text)", f"INSERT INTO a VALUES ('{CANARY}')")
    with pg.session("proof") as link, suppress(psycopg.errors.DataError):
        link.execute("SELECT t::int FROM a")
        pytest.fail("the server would not quote it")
    demand = Demand(kind=Demanded.CHECK, table="a", sql="CAST(t AS INT) > 0")
    (broken,) = PostgreSQLSurvey().broken(pg.target, [demand])

    assert broken.rows is None
    assert broken.why == "the server refused the question (SQLSTATE 22P02)"
    assert CANARY not in repr(broken)


def test_nothing_demanded_is_fine_and_an_unknown_stays_an_unknown() -> None:
    fine = breaking_rows.answer((), [])
    late = Broken(demand=Demand(kind=Demanded.UNIQUE, table="a", columns=("i",)), rows=None, why="so")

    assert (fine.ok, fine.evidence) == (True, "The plan demands nothing of rows that are there already.")
    assert "unique of a (i) could not be asked: so" in breaking_rows.answer((), [late]).evidence
