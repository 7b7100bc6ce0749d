"""Busy statements and the server's health, lines 24, 78 and 79."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.checks import busy_statements, server_health
from bot.core.findings import Weight
from bot.core.standing import Busy, BusyStatement, QueryPlan, Vitals
from bot.core.targets import Kind
from bot.databases.embedded import Server
from bot.databases.postgresql_survey import PostgreSQLSurvey
from tests.databases.beds import Bed, target_of

CANARY = "canary.person@very-secret.example"
SCHEMA = [
    'CREATE SCHEMA "My Shop"',
    'CREATE TABLE "My Shop"."Orders" (id int PRIMARY KEY, email text, note text)',
    'INSERT INTO "My Shop"."Orders" SELECT i, i::text, repeat(\'x\', 100) FROM generate_series(1, 5000) i',
    'CREATE INDEX by_email ON "My Shop"."Orders" (email)',
    "CREATE TABLE other (id int)",
    "ANALYZE",
]
BY_EMAIL = 'SELECT note FROM "My Shop"."Orders" WHERE email = $1'
BY_ID = 'UPDATE "My Shop"."Orders" SET note = $2 WHERE id = $1'


@pytest.fixture(scope="module")
def counting() -> Iterator[Bed]:
    """A server that counts its statements."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    folder.chmod(0o711)
    server = Server(folder, settings={"fsync": "off", "shared_preload_libraries": "pg_stat_statements"})
    try:
        server.start()
        bed = Bed.over(target_of(Kind.POSTGRESQL, server.create("shop")))
        bed.run('CREATE SCHEMA "Ext 1"', 'CREATE EXTENSION pg_stat_statements SCHEMA "Ext 1"', *SCHEMA)
        yield bed
    finally:
        server.remove()


def test_the_busiest_statements_on_a_table_are_found_without_their_values(counting: Bed) -> None:
    for _ in range(3):
        counting.run(f'SELECT note FROM "My Shop"."Orders" WHERE email = \'{CANARY}\'')
    counting.run("SELECT count(*) FROM other", 'TRUNCATE "My Shop"."Orders"', *SCHEMA[2:3])
    survey = PostgreSQLSurvey()
    # What a survey itself asks is nobody's workload.
    survey.looks(counting.target, ["My Shop.Orders"])
    busy = survey.busy(counting.target, ["My Shop.Orders"])
    by_sql = {s.sql: s for s in busy.statements}

    assert by_sql[BY_EMAIL].calls == 3
    assert not any("other" in s or "TRUNCATE" in s or "whimbrel" in s for s in by_sql)
    assert "canary" not in repr(busy)
    assert survey.busy(counting.target, ["nothing"]).why == "no statement on these tables has been counted"


def test_a_role_that_sees_its_own_sessions_only_is_told_so(counting: Bed) -> None:
    counting.run("CREATE ROLE blind LOGIN PASSWORD 'p'", 'GRANT USAGE ON SCHEMA "Ext 1" TO blind')
    place = counting.target.url.reveal().rpartition("@")[2]
    blind = target_of(Kind.POSTGRESQL, f"postgresql://blind:p@{place}")
    survey = PostgreSQLSurvey()
    vitals = survey.vitals(blind)

    assert vitals.half_seen
    assert not survey.vitals(counting.target).half_seen
    assert [f.rule for f in server_health.answer(vitals).findings] == ["health-half-seen"]
    assert "pg_read_all_stats" in survey.busy(blind, ["My Shop.Orders"]).why


def test_a_target_that_does_not_count_is_said_not_to(pg: Bed) -> None:
    busy = PostgreSQLSurvey().busy(pg.target, ["orders"])
    answer = busy_statements.answer(busy, [], [])

    assert busy.why == "pg_stat_statements is not there, so nobody knows which statements are busy"
    assert answer.ok
    assert "No busy statement could be compared" in answer.evidence


def test_an_index_or_column_that_goes_is_felt_by_the_statements_that_use_it(pg: Bed) -> None:
    pg.run(*SCHEMA)
    survey = PostgreSQLSurvey()
    busy = Busy(statements=tuple(BusyStatement(sql=s, calls=7, seconds=0.1) for s in (BY_EMAIL, BY_ID)))
    texts = [s.sql for s in busy.statements]
    before = survey.explain(pg.target, texts)
    pg.run('DROP INDEX "My Shop".by_email')
    without = survey.explain(pg.target, texts)
    pg.run('ALTER TABLE "My Shop"."Orders" RENAME COLUMN note TO remark')
    renamed = survey.explain(pg.target, texts)

    assert before[0].indexes == ("by_email",)
    assert before[1].indexes == ("Orders_pkey",)
    assert without[0].scanned == ("My Shop.Orders",)
    same = busy_statements.answer(busy, before, before)
    assert (same.ok, same.findings) == (True, ())
    dearer = busy_statements.answer(busy, before, without)
    assert [(f.rule, f.weight) for f in dearer.findings] == [("statement-dearer", Weight.STOP)]
    assert "it reads all of My Shop.Orders and it no longer uses by_email" in dearer.findings[0].reason
    better = busy_statements.answer(busy, without, before)
    assert better.ok
    assert "1 better than before" in better.evidence
    failing = busy_statements.answer(busy, before, renamed)
    assert [f.rule for f in failing.findings] == ["statement-fails", "statement-fails"]
    assert "a column that it names is not there" in failing.findings[0].reason


def test_nothing_is_run_and_a_second_statement_is_refused(pg: Bed) -> None:
    pg.run(*SCHEMA)
    plans = PostgreSQLSurvey().explain(
        pg.target,
        [
            'DELETE FROM "My Shop"."Orders"',
            "SELECT 1; COMMIT; SET default_transaction_read_only = off; DROP TABLE other",
            BY_ID,
            "SELECT 1; COMMIT; SET default_transaction_read_only = off; DROP TABLE other",
            "DROP TABLE other",
            "SELECT nonsense FROM",
        ],
    )

    assert [bool(p.error) for p in plans] == [False, True, False, True, True, True]
    assert plans[1].error == "it cannot be read as one statement"
    assert pg.database.answer(pg.target, 'SELECT count(*) FROM "My Shop"."Orders"') == "5000"
    assert pg.database.answer(pg.target, "SELECT count(*) FROM other") == "0"


def test_constants_that_the_server_left_in_are_not_shown() -> None:
    said = busy_statements.shown(
        f"SELECT  a1 -- {CANARY}\nFROM /* {CANARY} */ t2"
        f" WHERE x = '{CANARY} it''s' AND y = 4111111111111111 AND z=$1"
    )

    assert said == "SELECT a1 FROM t2 WHERE x = … AND y = … AND z=$1"


def test_a_statement_that_was_planned_worse_by_chance_is_no_news() -> None:
    busy = Busy(statements=(BusyStatement(sql="SELECT 1", calls=1, seconds=0.0),))
    cheap, noise = QueryPlan(sql="SELECT 1", cost=1.0), QueryPlan(sql="SELECT 1", cost=9.0)
    gone = QueryPlan(sql="SELECT 1", error="so")

    assert busy_statements.answer(busy, [cheap], [noise]).findings == ()
    assert "1 could not be planned before either" in busy_statements.answer(busy, [gone], [gone]).evidence


def test_health_is_read_and_a_session_that_holds_things_up_is_seen(pg: Bed) -> None:
    pg.run("CREATE TABLE a (i int)")
    survey = PostgreSQLSurvey()
    quiet = survey.vitals(pg.target)
    with pg.session("idle") as idle:
        idle.execute("LOCK TABLE a")
        held = survey.vitals(pg.target)
        idle.execute("SELECT pg_sleep(0.2)")
        later = survey.vitals(pg.target)

    assert quiet.idle_longest == 0.0
    assert 0.0 < held.idle_longest < later.idle_longest
    assert later.longest >= later.idle_longest
    assert held.most_connections == 100
    assert held.connections >= 1
    assert (quiet.wal or 0) > 0
    assert quiet.lag_bytes is None
    answer = server_health.answer(later, quiet, 2.0)
    assert answer.ok
    assert "no replica" in answer.evidence
    assert "of write-ahead log a second" in answer.evidence


def vitals(**other: float) -> Vitals:
    figures = {
        "connections": 10, "most_connections": 100, "waiting": 0, "longest": 1.0, "idle_longest": 0.0,
        "cache_hit": 0.99, "deadlocks": 0, "temp": 0, "wal": 0,
    }  # fmt: skip
    return Vitals(**{**figures, **other})  # type: ignore[arg-type]  # figures of either kind


@pytest.mark.parametrize(
    ("figure", "note", "stop", "rule"),
    [
        ("connections", 85, 96, "connections-short"),
        ("longest", 100.0, 4000.0, "transaction-open-long"),
        ("idle_longest", 100.0, 4000.0, "session-idle-in-transaction"),
        ("lag_seconds", 20.0, 400.0, "replica-behind"),
        ("slot_bytes", 2 * 10**9, 10**11, "slot-keeps-log"),
        ("age", 1_100_000_000, 1_900_000_000, "wraparound-near"),
        ("cache_hit", 0.5, None, "cache-cold"),
    ],
)
def test_each_figure_has_its_limits(figure: str, note: float, stop: float | None, rule: str) -> None:
    assert server_health.answer(vitals()).findings == ()
    some = server_health.answer(vitals(**{figure: note}))
    assert [(f.rule, f.weight) for f in some.findings] == [(rule, Weight.NOTE)]
    assert some.ok
    if stop is not None:
        much = server_health.answer(vitals(**{figure: stop}))
        assert [(f.rule, f.weight) for f in much.findings] == [(rule, Weight.STOP)]
        assert not much.ok
