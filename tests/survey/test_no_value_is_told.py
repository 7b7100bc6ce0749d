"""Whatever a survey is asked, no value of a row is in what it says, in what a check says, or in a log."""

from __future__ import annotations

import logging

import pytest

from bot.checks import (
    breaking_rows,
    busy_statements,
    data_unchanged,
    demands,
    dependents,
    foreign_keys,
    growth,
    index_state,
    personal_data,
    storage,
    tables,
)
from bot.core.standing import Busy, BusyStatement
from bot.core.survey import Snapshot, Survey
from bot.core.targets import Kind
from bot.databases.postgresql_survey import PostgreSQLSurvey
from bot.databases.sqlite_survey import SQLiteSurvey
from tests.databases.beds import Bed
from tests.survey.reading import evidence
from tests.survey.test_room_and_growth import NOW

CANARY = "canary.person@very-secret.example"
SCHEMA = [
    "CREATE TABLE people (id integer PRIMARY KEY, email text, note text)",
    "CREATE TABLE letters (id integer PRIMARY KEY, person integer REFERENCES people, body text)",
    "CREATE VIEW told AS SELECT email FROM people",
]
#: The same canary everywhere: as a duplicate, as what fits no type, as what fails a check.
FILL = [
    f"INSERT INTO people VALUES (1, '{CANARY}', '{CANARY}'), (2, '{CANARY}', NULL)",
    f"INSERT INTO letters VALUES (1, 1, '{CANARY}')",
]
PLANS = {
    Kind.POSTGRESQL: (
        "ALTER TABLE people ALTER COLUMN note SET NOT NULL;"
        " ALTER TABLE people ADD CONSTRAINT u UNIQUE (email);"
        " ALTER TABLE people ALTER COLUMN email TYPE int USING email::int;"
        " ALTER TABLE people ALTER COLUMN note TYPE varchar(5);"
        " ALTER TABLE people ALTER COLUMN note TYPE inet USING note::inet;"
        " ALTER TABLE people ADD CONSTRAINT k CHECK (CAST(email AS date) > '2020-01-01');"
        " ALTER TABLE letters ADD CONSTRAINT f FOREIGN KEY (body) REFERENCES people (email);"
        " UPDATE people SET note = '' WHERE email LIKE 'x%'"
    ),
    Kind.SQLITE: "CREATE UNIQUE INDEX u ON people (email); ALTER TABLE people DROP COLUMN note",
}


def everything(survey: Survey, bed: Bed) -> list[object]:
    """All that can be asked about the rows, and all that the checks say to it."""
    target, names = bed.target, ["people", "letters"]
    plan = evidence(PLANS[target.kind], kind=target.kind)
    states, sums = survey.states(target, names), survey.sums(target, names)
    keys, hanging, looks = (ask(target, names) for ask in (survey.keys, survey.dependents, survey.looks))
    broken = survey.broken(target, demands.of_plan(plan))
    statement = f"SELECT note FROM people WHERE email = '{CANARY}'"
    busy = Busy(statements=(BusyStatement(sql=statement, calls=1, seconds=0.1),))
    (before,) = survey.explain(target, [statement])
    (after,) = survey.explain(target, ["SELECT nothing FROM people"])
    assert broken
    return [
        states, sums, keys, hanging, looks, broken, survey.room(target), survey.rights(target),
        survey.vitals(target), survey.access(target, names), survey.busy(target, names),
        tables.answer(names, states),
        index_state.answer(plan.acts, states),
        foreign_keys.answer(plan.acts, keys),
        dependents.answer(plan.acts, hanging),
        storage.answer(plan.acts, states, survey.room(target)),
        growth.answer(Snapshot(at=NOW, tables=tuple(states))),
        breaking_rows.answer(plan.acts, broken),
        personal_data.answer(plan.acts, looks),
        busy_statements.answer(busy, [before], [after]),
        data_unchanged.taken(sums),
        data_unchanged.answer(sums, [], (), quiet=True),
    ]  # fmt: skip


def test_no_value_of_a_postgresql_row_is_told(pg: Bed, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pg.run(*SCHEMA, *FILL, "ANALYZE")
    said = repr(everything(PostgreSQLSurvey(), pg)) + caplog.text

    assert "canary" not in said
    assert "very-secret" not in said


def test_no_value_of_a_sqlite_row_is_told(lite: Bed, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    lite.run(*SCHEMA, *FILL)
    said = repr(everything(SQLiteSurvey(), lite)) + caplog.text

    assert "canary" not in said
    assert "very-secret" not in said
