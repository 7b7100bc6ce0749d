"""Each check answers with the rule that spoke, in plain words with the table's name and rows."""

from __future__ import annotations

import importlib
import re

import pytest

from bot.checks import downtime, kind, reverse, risk, tables, volume
from bot.checks.acts import Evidence
from bot.checks.statements import read
from bot.core.plans import Script
from bot.core.targets import Kind, TableFacts


def evidence(
    *sql: str, kind: Kind = Kind.POSTGRESQL, reversible: bool = True, rendered: bool = True
) -> Evidence:
    scripts = [
        Script(
            revision=f"{n:04}",
            title="",
            file="",
            checksum="",
            forward=text,
            backward="",
            reversible=reversible,
            rendered=rendered,
        )
        for n, text in enumerate(sql, 1)
    ]
    facts = {
        "big": TableFacts(name="big", rows=8_000_000, bytes=962_000_000),
        "small": TableFacts(name="small", rows=500, bytes=40_000),
        "empty": TableFacts(name="empty", rows=0, bytes=0),
    }
    return Evidence(kind=kind, scripts=scripts, acts=read(scripts, kind), facts=facts)


@pytest.mark.parametrize(
    ("sql", "level"),
    [
        ("ALTER TABLE big ADD COLUMN x int", "Low"),
        ("CREATE TABLE fresh (id int)", "Low"),
        ("CREATE TABLE fresh (id int); CREATE INDEX i ON fresh (id); DROP TABLE fresh", "Low"),
        ("CREATE INDEX i ON small (x)", "Low"),
        ("CREATE INDEX i ON big (x)", "High"),
        ("CREATE INDEX i ON nowhere (x)", "High"),
        ("CREATE INDEX CONCURRENTLY i ON big (x)", "Medium"),
        ("ALTER TABLE small ALTER COLUMN x TYPE bigint", "Medium"),
        ("ALTER TABLE big ALTER COLUMN x TYPE bigint", "High"),
        ("ALTER TABLE big DROP COLUMN x", "High"),
        ("UPDATE small SET x = 1", "Medium"),
        ("UPDATE big SET x = 1", "High"),
        ("UPDATE big SET x = 1 WHERE id = 7", "Medium"),
        ("DELETE FROM small", "Critical"),
        ("DELETE FROM small WHERE id = 1", "Medium"),
        ("TRUNCATE small", "Critical"),
        ("DROP TABLE small", "Critical"),
        ("DROP TABLE empty", "Medium"),
        ("DROP TABLE nowhere", "Critical"),
        ("DROP TABLE small; CREATE TABLE small (id int)", "Critical"),
        ("CREATE TABLE IF NOT EXISTS small (id int); DROP TABLE small", "Critical"),
        ("ALTER TABLE small RENAME TO other", "High"),
        ("DO $$ BEGIN PERFORM anything(); END $$", "High"),
    ],
)
def test_risk_weighs_what_is_done_with_how_large_the_table_is(sql: str, level: str) -> None:
    assert risk.verdict(evidence(sql)).answer == level


def test_risk_names_the_rule_the_table_its_rows_and_the_better_way() -> None:
    assert risk.verdict(evidence("CREATE INDEX i ON big (x)")).rule == (
        "create index: nobody can write to big (8,000,000 rows) while the index is built "
        "(CREATE INDEX CONCURRENTLY lets them write)"
    )
    assert risk.verdict(evidence("DELETE FROM small")).rule == (
        "delete without WHERE: every row of small (500 rows) is gone"
    )
    assert risk.verdict(evidence("ALTER TABLE big ADD COLUMN x int")).rule == (
        "nothing is dropped, written anew or locked for long"
    )


def test_no_way_back_and_unread_code_are_high_risks() -> None:
    assert risk.verdict(evidence("SELECT 1", reversible=False)).rule == (
        "irreversible: revision 0001 has no way back"
    )
    unread = risk.verdict(evidence("", rendered=False))
    assert unread.answer == "High"
    assert unread.rule == (
        "code that is not SQL: revision 0001 runs what cannot be read, so it may do anything"
    )


def test_many_risks_are_cut_short_and_counted() -> None:
    rule = risk.verdict(evidence(*[f"ALTER TABLE big DROP COLUMN c{n}" for n in range(5)])).rule
    assert rule.count("drop column") == 3
    assert rule.endswith("; and 2 more")


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("ALTER TABLE big ADD COLUMN x int", "None"),
        ("CREATE INDEX CONCURRENTLY i ON big (x)", "None"),
        ("UPDATE big SET x = 1 WHERE id = 7", "None"),
        ("ALTER TABLE big ALTER COLUMN x SET NOT NULL", "Seconds"),
        ("ALTER TABLE big ALTER COLUMN x TYPE bigint", "Seconds"),
        ("UPDATE big SET x = 1", "Minutes"),
        ("ALTER TABLE nowhere ALTER COLUMN x TYPE bigint", "Minutes"),
        ("CALL anything()", "Minutes"),
    ],
)
def test_downtime_follows_the_rows_behind_blocking_statements(sql: str, answer: str) -> None:
    assert downtime.verdict(evidence(sql)).answer == answer


def test_downtime_says_what_keeps_whom_out_and_for_how_long() -> None:
    assert downtime.verdict(evidence("ALTER TABLE big ALTER COLUMN x TYPE bigint")).rule == (
        "rewrite table keeps others out of big (8,000,000 rows) for about 28 s"
    )
    assert downtime.verdict(evidence("CALL anything()")).rule == (
        "revision 0001 runs what cannot be read; so Minutes are assumed until it has run on staging"
    )


def test_sqlite_has_one_lock_so_a_bounded_update_keeps_everybody_out() -> None:
    bounded = "UPDATE big SET x = 1 WHERE y = 2"
    assert downtime.verdict(evidence(bounded, kind=Kind.SQLITE)).answer == "Minutes"
    assert downtime.verdict(evidence(bounded)).answer == "None"


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("ALTER TABLE big ADD COLUMN x int", "Small"),
        ("UPDATE small SET x = 1", "Small"),
        ("CREATE INDEX i ON big (x)", "Large"),
    ],
)
def test_volume_is_the_largest_table_that_is_read_or_written(sql: str, answer: str) -> None:
    assert volume.verdict(evidence(sql)).answer == answer


def test_volume_is_not_called_small_when_nobody_knows() -> None:
    found = volume.verdict(evidence("CALL one()", "CALL two()"))
    assert (found.answer, found.rule) == (
        "Medium",
        "revisions 0001 and 0002 run what cannot be read and may move more; so Medium is assumed",
    )


def test_volume_names_the_table_and_what_it_does_not_know() -> None:
    rule = volume.verdict(evidence("UPDATE big SET x = 1; UPDATE nowhere SET x = 1")).rule
    assert rule == (
        "the largest table read or written is big (8,000,000 rows), 962.0 MB; "
        "the size of nowhere is not known"
    )


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("ALTER TABLE big ADD COLUMN x int", "Schema"),
        ("UPDATE big SET x = 1", "Data"),
        ("ALTER TABLE big ADD COLUMN x int; UPDATE big SET x = 1", "Both"),
        ("DO $$ BEGIN PERFORM anything(); END $$", "Both"),
    ],
)
def test_kind_is_schema_data_or_both(sql: str, answer: str) -> None:
    assert kind.verdict(evidence(sql)).answer == answer


def test_kind_names_the_statements_that_say_so() -> None:
    rule = kind.verdict(evidence("ALTER TABLE big ADD COLUMN x int", "UPDATE big SET x = 1")).rule
    assert rule == "schema: add column big; data: update big"


def test_every_revision_has_a_way_back_or_is_named() -> None:
    assert reverse.verdict(evidence("SELECT 1", "SELECT 2")).rule == "all 2 revisions have a reverse script"
    none = reverse.verdict(evidence("SELECT 1", "SELECT 2", reversible=False))
    assert (none.answer, none.rule) == ("No", "revision 0001 and 0002 have no reverse script")


def test_a_renamed_table_keeps_its_size() -> None:
    found = evidence("ALTER TABLE big RENAME TO huge; CREATE INDEX i ON huge (x)")
    assert found.sized("huge") == "huge (8,000,000 rows)"


def test_tables_says_when_more_may_be_touched() -> None:
    found = evidence("UPDATE big SET x = 1", "CALL anything()")
    assert tables.verdict(found.acts, found.facts).rule == (
        "named in the SQL: big; revision 0002 runs what cannot be read and may touch more"
    )


@pytest.mark.parametrize("name", ["kind", "risk", "downtime", "volume", "tables", "reverse"])
def test_each_verdict_answers_a_question(name: str) -> None:
    check = importlib.import_module(f"bot.checks.{name}")
    assert check.__doc__ is not None
    assert re.match(r"[A-Z].*\?$", check.__doc__.splitlines()[0])
