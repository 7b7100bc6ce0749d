"""What only PostgreSQL has: roles, estimates, partitions, sections of the catalog, secrets in errors."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.core.errors import LockTimeout, StepFailed
from bot.core.targets import Kind, Target
from bot.databases.embedded import Server
from tests.databases.beds import Bed, target_of

SECTIONS = {
    "CREATE SCHEMA other": "schemas",
    "ALTER TABLE orders ENABLE ROW LEVEL SECURITY": "tables",
    "ALTER TABLE orders ALTER COLUMN note SET NOT NULL": "columns",
    "ALTER TABLE orders ADD CONSTRAINT small CHECK (amount < 1000) NOT VALID": "constraints",
    "CREATE STATISTICS together ON note, amount FROM orders": "indexes",
    "CREATE OR REPLACE VIEW large AS SELECT id, amount FROM orders WHERE amount > 51": "views",
    "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'": "functions",
    "CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int)": "functions",
    "CREATE TRIGGER same BEFORE UPDATE ON orders FOR EACH ROW"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()": "triggers",
    "CREATE RULE quiet AS ON DELETE TO customers DO INSTEAD NOTHING": "triggers",
    "CREATE SEQUENCE numbers INCREMENT 5": "sequences",
    "CREATE TYPE mood AS ENUM ('good', 'bad')": "types",
    "CREATE POLICY mine ON orders USING (amount > 1)": "policies",
    "GRANT SELECT ON orders TO PUBLIC": "grants",
    "GRANT UPDATE (note) ON orders TO PUBLIC": "grants",
}


def as_role(bed: Bed, role: str) -> Target:
    """The same database for a role that may connect and nothing else; made when it is new."""
    bed.run(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
        f" THEN CREATE ROLE {role} LOGIN PASSWORD 'p@ss/word'; END IF; END $$"
    )
    said = conninfo_to_dict(bed.target.url.reveal())
    return target_of(
        Kind.POSTGRESQL, f"postgresql://{role}:p%40ss%2Fword@{said['host']}:{said['port']}/{said['dbname']}"
    )


class TestLook:
    def test_a_role_without_privileges_hears_all_that_is_missing(self, pg: Bed) -> None:
        pg.run(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC", "CREATE TABLE a (i int)", "CREATE TABLE b (i int)"
        )
        health = pg.database.look(as_role(pg, "clerk"))
        assert health.problems == (
            "The role clerk may not create anything in the schema public.",
            "The role clerk does not own public.a, public.b, public.customers and 2 more.",
        )
        assert not health.superuser

    def test_an_owner_who_is_no_superuser_may_change_it(self, pg: Bed) -> None:
        clerk = as_role(pg, "clerk")
        pg.run("GRANT CREATE ON SCHEMA public TO clerk")
        pg.run(*(f"ALTER TABLE {name} OWNER TO clerk" for name in ("orders", "customers", "large")))
        assert pg.database.look(clerk).problems == ()

    def test_a_read_only_database_says_so(self, pg: Bed) -> None:
        name = conninfo_to_dict(pg.target.url.reveal())["dbname"]
        pg.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        (problem,) = pg.database.look(pg.target).problems
        assert "read-only" in problem


class TestTables:
    def test_the_planners_estimate_is_taken_when_there_is_one(self, pg: Bed) -> None:
        pg.run("ANALYZE orders", "DELETE FROM orders WHERE id > 10")
        (estimate,) = pg.database.tables(pg.target, ["orders"])
        (counted,) = pg.database.tables(pg.target, ["public.orders"], exact=True)
        assert (estimate.rows, estimate.exact) == (2000, False)
        assert (counted.name, counted.rows, counted.exact) == ("public.orders", 10, True)

    def test_a_table_nobody_looked_at_is_counted(self, pg: Bed) -> None:
        pg.run("CREATE TABLE fresh AS SELECT generate_series(1, 30)")
        (facts,) = pg.database.tables(pg.target, ["fresh"])
        assert (facts.rows, facts.exact) == (30, True)

    def test_a_partitioned_table_is_the_sum_of_its_partitions(self, pg: Bed) -> None:
        pg.run(
            "CREATE TABLE days (d int) PARTITION BY RANGE (d)",
            "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (500)",
            "CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (500) TO (1000)",
            "INSERT INTO days SELECT generate_series(1, 999)",
            "ANALYZE days",
        )
        (facts,) = pg.database.tables(pg.target, ["days"])
        assert (facts.rows, facts.exact) == (999, False)
        assert facts.bytes >= 8 * 8192

    def test_names_that_need_quotes_cannot_break_out(self, pg: Bed) -> None:
        pg.run('CREATE SCHEMA "My Shop"', 'CREATE TABLE "My Shop"."a""; DROP TABLE orders; --" (i int)')
        name = '"My Shop"."a""; DROP TABLE orders; --"'
        (facts,) = pg.database.tables(pg.target, [name], exact=True)
        pg.database.analyze(pg.target, [name])
        assert facts.rows == 0
        assert pg.database.answer(pg.target, "SELECT count(*) FROM orders") == "2000"

    def test_a_locked_table_is_a_lock_that_was_not_granted(self, pg: Bed) -> None:
        with pg.session("other") as other:
            other.execute("LOCK TABLE orders")
            with pytest.raises(LockTimeout):
                pg.database.tables(pg.target, ["orders"], exact=True)


class TestFingerprint:
    def test_each_section_is_seen(self, pg: Bed) -> None:
        before = pg.database.fingerprint(pg.target)
        for statement, section in SECTIONS.items():
            pg.run(statement)
            after = pg.database.fingerprint(pg.target)
            assert section in before.differs(after), statement
            before = after

    def test_an_extension_is_one_line_and_not_its_functions(self, pg: Bed) -> None:
        before = pg.database.fingerprint(pg.target)
        pg.run("CREATE EXTENSION pg_trgm")
        assert before.differs(pg.database.fingerprint(pg.target)) == ("extensions",)

    def test_validating_a_constraint_moves_it(self, pg: Bed) -> None:
        pg.run("ALTER TABLE orders ADD CONSTRAINT small CHECK (amount < 1000) NOT VALID")
        before = pg.database.fingerprint(pg.target)
        pg.run("ALTER TABLE orders VALIDATE CONSTRAINT small")
        assert before.differs(pg.database.fingerprint(pg.target)) == ("constraints",)

    def test_a_grant_taken_back_leaves_no_trace(self, pg: Bed) -> None:
        before = pg.database.fingerprint(pg.target)
        pg.run("GRANT SELECT ON orders TO PUBLIC", "REVOKE SELECT ON orders FROM PUBLIC")
        assert pg.database.fingerprint(pg.target) == before

    def test_the_search_path_of_the_role_does_not_count(self, pg: Bed) -> None:
        before = pg.database.fingerprint(pg.target)
        name = conninfo_to_dict(pg.target.url.reveal())["dbname"]
        pg.run(f"ALTER DATABASE {name} SET search_path = pg_catalog")
        assert pg.database.fingerprint(pg.target) == before


class TestOrphans:
    def test_a_key_of_two_columns_with_a_null_points_nowhere(self, pg: Bed) -> None:
        pg.run(
            "CREATE TABLE places (a int, b bigint, PRIMARY KEY (a, b))",
            "CREATE TABLE visits (b bigint, a int)",
            "INSERT INTO visits VALUES (1, NULL), (NULL, 1), (7, 7), (2, 1)",
            "INSERT INTO places VALUES (1, 2)",
            "ALTER TABLE visits ADD CONSTRAINT where_to FOREIGN KEY (a, b) REFERENCES places NOT VALID",
        )
        (found,) = pg.database.orphans(pg.target, ["visits"])
        assert (found.constraint, found.rows) == ("where_to", 1)

    def test_the_answer_of_a_truth_is_a_word(self, pg: Bed) -> None:
        assert pg.database.answer(pg.target, "SELECT count(*) > 5 FROM orders") == "true"
        assert pg.database.answer(pg.target, "VALUES (false)") == "false"


class TestSecrets:
    def test_no_error_shows_the_password_or_the_host(self, pg: Bed) -> None:
        url = pg.target.url.reveal()
        said = conninfo_to_dict(url)
        password, port = str(said["password"]), str(said["port"])
        for wrong in (
            url.replace(password, "Wr0ng-Secret"),
            url.replace("127.0.0.1", "no-such-host.invalid"),
            url.replace(f":{port}", ":1"),
            f"postgresql://{password}@[half/an/address",
            url + "?sslmode=verify-full",
        ):
            with pytest.raises(StepFailed) as caught:
                pg.database.look(target_of(Kind.POSTGRESQL, wrong))
            shown = f"{caught.value!r} {caught.value} {caught.value.hint} {caught.value.__cause__!r}"
            for secret in (password, "Wr0ng-Secret", "no-such-host", "127.0.0.1"):
                assert secret not in shown

    def test_a_password_that_the_server_repeats_is_hidden(self, pg: Bed) -> None:
        password = str(conninfo_to_dict(pg.target.url.reveal())["password"])
        with pytest.raises(StepFailed) as caught:
            pg.database.answer(pg.target, f"SELECT '{password}'::int")
        assert password not in str(caught.value)


def test_a_standby_takes_no_changes(folder: Path) -> None:
    server = Server(folder, settings={"fsync": "off"})
    with server:
        target = target_of(Kind.POSTGRESQL, server.create("shop"))
        server.stop()
        (server.data / "standby.signal").touch()
        server.start()
        bed = Bed.over(target)
        health = bed.database.look(target)
        assert not health.primary
        assert "standby" in health.problems[0]
        with psycopg.connect(target.url.reveal()) as link:
            assert link.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
