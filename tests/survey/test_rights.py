"""Privileges that get wider, line 77."""

from __future__ import annotations

import pytest

from bot.checks import privileges
from bot.core.findings import Weight
from bot.core.standing import Right
from bot.databases.postgresql_survey import PostgreSQLSurvey
from tests.databases.beds import Bed

SCHEMA = [
    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'teller')"
    " THEN CREATE ROLE teller; END IF; END $$",
    'CREATE SCHEMA "My Shop"',
    'CREATE TABLE "My Shop"."Orders" (id int, secret text)',
    "CREATE TABLE safe (id int)",
    "ALTER TABLE safe ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY few ON safe AS RESTRICTIVE USING (id > 5)",
    "CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS 'SELECT 1'",
]
#: What is run, and the findings that stop for it.
WIDER = [
    ('GRANT SELECT ON "My Shop"."Orders" TO PUBLIC', {"granted-to-everybody@My Shop.Orders.PUBLIC.select"}),
    (
        'GRANT UPDATE (secret) ON "My Shop"."Orders" TO PUBLIC',
        {'granted-to-everybody@My Shop."Orders.secret".PUBLIC.update'},
    ),
    (
        "GRANT SELECT ON safe TO teller WITH GRANT OPTION",
        {"granted@safe.teller.select-with-grant-option"},
    ),
    ("ALTER TABLE safe DISABLE ROW LEVEL SECURITY", {"row-security-off@safe"}),
    ("CREATE POLICY every ON safe USING (true)", {"policy-added@safe.every"}),
    ("DROP POLICY few ON safe", {"policy-gone@safe.few"}),
    ("ALTER FUNCTION plain() SECURITY DEFINER", {"security-definer@plain()"}),
    ("ALTER ROLE teller CREATEROLE", {"role-more-powerful@teller.createrole"}),
    ("GRANT pg_read_all_data TO teller", {"role-more-powerful@teller.member-of-pg_read_all_data"}),
    ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC", None),
    ("GRANT CREATE ON SCHEMA public TO PUBLIC", {"granted-to-everybody@schema public.PUBLIC.create"}),
]
NARROWER = [
    "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC",
    "GRANT SELECT ON safe TO teller",
    "REVOKE EXECUTE ON FUNCTION plain() FROM PUBLIC",
    "ALTER TABLE safe FORCE ROW LEVEL SECURITY",
    "CREATE TABLE fresh (id int)",
    "GRANT SELECT ON fresh TO teller",
    "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE POLICY less ON safe AS RESTRICTIVE USING (id > 7)",
    "DROP TABLE safe",
]


def test_whatever_makes_access_wider_is_found_and_nothing_else_stops(pg: Bed) -> None:
    pg.run(*SCHEMA)
    survey = PostgreSQLSurvey()
    before = survey.rights(pg.target)
    try:
        for sql, stops in WIDER:
            pg.run(sql)
            after = survey.rights(pg.target)
            answer = privileges.answer(before, after)
            found = {f.name for f in answer.findings if f.weight is Weight.STOP}

            assert found == stops if stops is not None else len(found) == 1, sql
            assert not answer.ok, sql
            before = after
        for sql in NARROWER:
            pg.run(sql)
            after = survey.rights(pg.target)
            answer = privileges.answer(before, after)

            assert answer.ok, (sql, answer)
            before = after
    finally:
        # Roles outlive the test's database.
        pg.run("ALTER ROLE teller NOCREATEROLE", "REVOKE pg_read_all_data FROM teller")


def test_a_definer_without_a_search_path_is_said_to_be_steered_by_its_caller(pg18: Bed) -> None:
    pg18.run(
        "CREATE FUNCTION open_() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "CREATE FUNCTION shut() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog"
        " AS 'SELECT 1'",
    )
    answer = privileges.answer((), PostgreSQLSurvey().rights(pg18.target))
    reasons = {f.place: f.reason for f in answer.findings if f.rule == "security-definer"}

    assert "its caller chooses what it calls" in reasons["open_()"]
    assert "caller" not in reasons["shut()"]


def test_an_extension_brings_nothing_that_has_to_be_looked_at(pg18: Bed) -> None:
    survey = PostgreSQLSurvey()
    before = survey.rights(pg18.target)
    pg18.run("CREATE EXTENSION pg_trgm")

    assert privileges.answer(before, survey.rights(pg18.target)).evidence == "No privilege has changed."


@pytest.mark.parametrize("narrower", [True, False])
def test_a_files_mode_is_the_only_right_of_a_sqlite_target(narrower: bool) -> None:
    one, other = (
        Right(what="file", object="the database's file", word=w) for w in ("-rw-------", "-rw-rw-rw-")
    )

    assert not privileges.answer({one}, {other}).ok
    assert privileges.answer({one}, {one}).ok
