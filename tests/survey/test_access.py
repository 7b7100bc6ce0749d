"""What the target's role may do, lines 1 and 2."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bot.checks import target_access
from bot.core.standing import Access
from bot.core.targets import Kind, Phase, Target
from bot.databases.postgresql_survey import PostgreSQLSurvey
from bot.databases.sqlite_survey import SQLiteSurvey
from tests.databases.beds import Bed, target_of
from tests.survey.reading import evidence

ALTERED = ("orders", "sales.Items")


def as_role(bed: Bed, role: str) -> Target:
    """The same database for a role that may connect and nothing else; made when it is new."""
    bed.run(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
        f" THEN CREATE ROLE \"{role}\" LOGIN PASSWORD 'p'; END IF; END $$"
    )
    said = conninfo_to_dict(bed.target.url.reveal())
    return target_of(Kind.POSTGRESQL, f"postgresql://{role}:p@{said['host']}:{said['port']}/{said['dbname']}")


def shop(bed: Bed) -> None:
    bed.run("CREATE SCHEMA sales", "CREATE TABLE orders (id int)", 'CREATE TABLE sales."Items" (id int)')


def test_a_role_hears_all_that_it_lacks_with_the_sql_that_gives_it(pg: Bed) -> None:
    shop(pg)
    auditor = as_role(pg, "auditor")
    pg.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC", "GRANT SELECT, UPDATE ON orders TO auditor")
    access = PostgreSQLSurvey().access(auditor, ["orders", "sales.Items", "nothing"])
    answer = target_access.answer(Phase.STAGING, access, ALTERED)

    assert access.written == "a temporary table, rolled back"
    assert [(t.name, t.owned, t.lacks) for t in access.tables] == [
        ("orders", False, ("INSERT", "DELETE")),
        ("sales.Items", False, ("SELECT", "INSERT", "UPDATE", "DELETE")),
    ]
    assert access.closed == ("public", "sales")
    assert {f.name for f in answer.findings} == {
        "table-not-owned@orders", "table-not-owned@sales.Items", "privilege-missing@orders",
        "privilege-missing@sales.Items", "schema-closed@public", "schema-closed@sales",
    }  # fmt: skip
    assert (answer.ok, answer.lines) == (False, (2,))

    pg.run(*(f.sql for f in answer.findings))
    after = target_access.answer(
        Phase.STAGING, PostgreSQLSurvey().access(auditor, ["orders", "sales.Items"]), ALTERED
    )
    assert after.findings == ()
    assert after.ok
    assert after.evidence == (
        "Role auditor may alter 2 tables, and read and write 2;"
        " writing was proved by a temporary table, rolled back."
    )


def test_only_what_is_altered_must_be_owned() -> None:
    acts = evidence("UPDATE a SET i = 1; ALTER TABLE b ADD COLUMN j int; SET lock_timeout = '1s'").acts

    assert target_access.altered(acts) == ("b",)


def test_a_superuser_needs_a_reason(pg18: Bed) -> None:
    shop(pg18)
    access = PostgreSQLSurvey().access(pg18.target, ["orders"])
    bare = target_access.answer(Phase.PRODUCTION, access, ["orders"])
    said = target_access.answer(Phase.PRODUCTION, access, ["orders"], "the extension needs one")

    assert [f.name for f in bare.findings] == ["role-is-superuser@whimbrel"]
    assert (bare.ok, bare.lines) == (False, (1,))
    assert said.ok
    assert "it is a superuser: the extension needs one" in said.evidence


def test_the_proof_leaves_nothing_and_wakes_no_trigger(pg: Bed) -> None:
    pg.run(
        "CREATE TABLE heard (tag text)",
        "CREATE FUNCTION hear() RETURNS event_trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''I hear you''; END'",
    )
    quiet = PostgreSQLSurvey().access(pg.target, ["heard"])
    pg.run("CREATE EVENT TRIGGER loud ON ddl_command_end EXECUTE FUNCTION hear()")
    heard = PostgreSQLSurvey().access(pg.target, ["heard"])

    assert quiet.written == "a temporary table, rolled back"
    assert heard.written == "a transaction id, rolled back"
    left = "SELECT count(*) FROM pg_class WHERE relname = 'whimbrel_proof'"
    assert pg.database.answer(pg.target, left) == "0"


def test_a_read_only_target_is_said_to_be(pg18: Bed, lite: Bed) -> None:
    name = conninfo_to_dict(pg18.target.url.reveal())["dbname"]
    pg18.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    access = PostgreSQLSurvey().access(pg18.target, [])
    answer = target_access.answer(Phase.PRODUCTION, access, [], "a test")

    assert (access.written, access.why) == ("", "the server or the role's sessions are read-only")
    assert [f.rule for f in answer.findings] == ["target-read-only"]
    assert target_access.answer(Phase.STAGING, SQLiteSurvey().access(lite.target, []), []).ok


def test_a_search_path_without_a_schema_is_told() -> None:
    access = Access(role="auditor", superuser=False, closed=("",), tables=(), written="so")

    assert [f.name for f in target_access.answer(Phase.STAGING, access, []).findings] == ["no-schema@auditor"]


def test_every_other_question_is_put_by_a_session_that_may_not_write(pg18: Bed) -> None:
    pg18.run("CREATE TABLE a (i int)")
    survey = PostgreSQLSurvey()
    with survey._asking(pg18.target) as asking:
        for setting in ("statement_timeout", "lock_timeout"):
            row = asking.link.execute(f"SHOW {setting}".encode()).fetchone()
            assert row is not None
            assert row[0] != "0", setting
        try:
            asking.link.execute("INSERT INTO a VALUES (1)")
        except psycopg.errors.ReadOnlySqlTransaction:
            return
    raise AssertionError("it could write")
