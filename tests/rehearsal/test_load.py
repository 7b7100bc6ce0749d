"""A workload on a real PostgreSQL: where it comes from, what it feels, and that nothing of it stays."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
import pytest

from bot.core.errors import StepFailed
from bot.core.lab import Workload
from bot.core.measures import Felt
from bot.core.targets import Target
from bot.databases.postgresql import PostgreSQL
from bot.databases.postgresql_load import APPLICATION, PostgreSQLLoads, scripted
from tests.databases.beds import Bed
from tests.rehearsal.copies import Copies

LOADS = PostgreSQLLoads()
TABLES = ["orders", "customers"]


def ask(where: Target, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(where.url.reveal()) as link:
        return link.execute(query.encode()).fetchall()


def play(where: Target, workload: Workload, change: Callable[[], object], seconds: float = 0.3) -> Felt:
    """Before, while something is done, and after."""
    with LOADS.play(where, workload) as playing:
        time.sleep(seconds)
        playing.mark("during")
        change()
        playing.mark("after")
        time.sleep(seconds)
        return playing.felt()


def lock(where: Target, seconds: float, table: str = "orders") -> Callable[[], None]:
    def hold() -> None:
        with psycopg.connect(where.url.reveal()) as link:
            link.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
            time.sleep(seconds)

    return hold


class TestWhereItComesFrom:
    def test_made_from_the_catalog_it_reads_and_writes_every_table_by_its_columns(
        self, source: Target, shop: Target
    ) -> None:
        workload = LOADS.workload(source, shop, TABLES)

        assert workload.source == "made from the catalog"
        for statement in (
            "SELECT id, customer_id, amount, source, note, created_at FROM orders WHERE id = $1",
            "UPDATE orders SET amount = amount WHERE id = $1",
            "INSERT INTO orders (customer_id, amount, source, note) VALUES ($1, $2, $3, $4)",
            "INSERT INTO customers (email, name) VALUES ($1, $2)",
        ):
            assert statement in workload.statements
        assert len(workload.weights) == len(workload.statements) == 8

    def test_the_busiest_statements_come_first_and_only_their_texts(
        self, source: Target, shop: Target
    ) -> None:
        with psycopg.connect(source.url.reveal(), autocommit=True) as link:
            for n in range(6):
                link.execute("SELECT note FROM orders WHERE customer_id = %s AND note <> 'secret 1'", [n])
            for n in range(3):
                link.execute(
                    f"/* secret */ UPDATE customers SET name = 'secret {n}' WHERE email = 'x@y' /* secret */"
                )
            link.execute("SELECT count(*) FROM orders WHERE created_at > now() - interval '1 day'")
            link.execute("SELECT pg_sleep(0.001) FROM orders WHERE id = 1")
            link.execute("SELECT * FROM orders")
            link.execute("SELECT 'of another table' FROM pg_class")
        workload = LOADS.workload(source, shop, TABLES)

        assert workload.statements == (
            "SELECT note FROM orders WHERE customer_id = $1 AND note <> $2",
            "UPDATE customers SET name = $1 WHERE email = $2",
        )
        assert workload.weights == (6.0, 3.0)
        assert workload.source == (
            "the 2 busiest statements of shop/production (left out: 1 bringing more than 10,000 rows,"
            " 1 calling a function that may do more than read and write rows, 1 not taken by the copy)"
        )
        felt = play(shop, workload, lambda: time.sleep(0.2))
        assert felt.errors == {} and felt.statements > 40

    def test_where_statements_are_counted_but_not_for_our_eyes_the_catalog_is_taken(
        self, source: Target, shop: Target
    ) -> None:
        bed = Bed.over(source)
        bed.run("DROP EXTENSION pg_stat_statements")
        try:
            assert LOADS.workload(source, shop, ["orders"]).source == "made from the catalog"
        finally:
            bed.run("CREATE EXTENSION pg_stat_statements")

    def test_without_a_table_there_is_none(self, source: Target, shop: Target) -> None:
        with pytest.raises(StepFailed, match="There is no workload for nowhere"):
            LOADS.workload(source, shop, ["nowhere"])

    def test_every_type_gets_values_that_fit(self, copies: Copies) -> None:
        where = copies.empty("whimbrel_types")
        Bed.over(where).run(
            "CREATE TYPE mood AS ENUM ('good', 'bad')",
            """CREATE TABLE "Odd Things" (
                key uuid PRIMARY KEY, "a ""b"" c" mood NOT NULL, day date, at timestamptz NOT NULL,
                tags text[] NOT NULL, doc jsonb NOT NULL, price numeric(6,2) NOT NULL UNIQUE,
                code char(4) UNIQUE, raw bytea, span interval, own int GENERATED ALWAYS AS (1 + 1) STORED)""",
            """INSERT INTO "Odd Things" VALUES (
                gen_random_uuid(), 'bad', NULL, now(), '{a,"b c"}', '{"a": 1}', 2.5, 'ab', 'x', '1 day')""",
        )
        workload = LOADS.workload(where, where, ['"Odd Things"'])

        assert workload.source == "made from the catalog" and len(workload.statements) == 4
        assert play(where, workload, lambda: time.sleep(0.2)).errors == {}


class TestWhatItFeels:
    def test_a_stall_that_is_there_is_felt_at_its_length(self, source: Target, shop: Target) -> None:
        workload = LOADS.workload(source, shop, TABLES)
        felt = play(shop, workload, lock(shop, 0.4))

        assert 0.28 < felt.worst < 0.52
        assert " orders" in felt.worst_sql
        assert felt.p95_during > 10 * felt.p95_before > 0
        assert felt.p95_after < felt.p95_during / 5
        assert felt.errors == {}

    def test_a_stall_that_has_not_ended_counts_with_its_time_so_far(
        self, source: Target, shop: Target
    ) -> None:
        workload = LOADS.workload(source, shop, ["orders"])
        with psycopg.connect(shop.url.reveal()) as link, LOADS.play(shop, workload) as playing:
            playing.mark("during")
            link.execute("LOCK TABLE orders")
            time.sleep(0.4)
            began = time.monotonic()
            felt = playing.felt()
            assert time.monotonic() - began < 3
            assert playing.felt() is felt
        assert felt.worst > 0.28 and felt.errors == {}

    def test_an_idle_database_feels_little_of_it(self, source: Target, shop: Target) -> None:
        workload = LOADS.workload(source, shop, TABLES)
        cpu = time.process_time()
        felt = play(shop, workload, lambda: time.sleep(0.6), 0.2)

        assert time.process_time() - cpu < 0.3
        assert felt.p95_during < 0.05 and 60 < felt.statements < 400

    def test_a_renamed_column_is_named_by_the_statements_that_lose_it(
        self, source: Target, shop: Target
    ) -> None:
        workload = LOADS.workload(source, shop, TABLES)
        bed = Bed.over(shop)

        def rename() -> None:
            bed.run("ALTER TABLE orders RENAME COLUMN source TO origin")
            time.sleep(0.3)

        felt = play(shop, workload, rename)

        assert any(
            words.startswith('column "source" does not exist, in: SELECT id, customer_id') and count > 3
            for words, count in felt.errors.items()
        )
        assert not any("customers" in words or words.startswith("before") for words in felt.errors)

    def test_an_error_that_was_there_before_is_not_laid_to_the_change(self, shop: Target) -> None:
        felt = play(shop, Workload(source="by hand", statements=("SELECT 1 / 0 FROM orders LIMIT 1",)), list)

        assert "before the change: division by zero, in: SELECT 1 / 0 FROM orders LIMIT 1" in felt.errors

    def test_a_connection_that_is_cut_is_made_anew(self, source: Target, shop: Target) -> None:
        workload = LOADS.workload(source, shop, ["orders"])

        def cut() -> None:
            assert Bed.over(shop).guard.cut_off(shop, APPLICATION) >= 4
            time.sleep(0.6)
            assert ask(shop, f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{APPLICATION}'"
                             " AND datname = current_database()") >= [(4,)]  # fmt: skip

        felt = play(shop, workload, cut)

        assert all("terminating connection" in words or "lost" in words for words in felt.errors)

    def test_a_value_of_a_row_is_in_no_error(self, shop: Target) -> None:
        bad = "SELECT note::integer FROM orders WHERE id = $1"
        felt = play(shop, Workload(source="by hand", statements=(bad,)), lambda: time.sleep(0.1))

        assert set(felt.errors) <= {
            f"{when}invalid input syntax for type integer, in: {bad}" for when in ("", "before the change: ")
        }
        assert felt.errors


class TestNothingStays:
    def test_rows_and_schema_are_as_they_were(self, source: Target, shop: Target) -> None:
        state = "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {} t"
        before = [ask(shop, state.format(t)) for t in TABLES], PostgreSQL().fingerprint(shop)
        felt = play(shop, LOADS.workload(source, shop, TABLES), lambda: time.sleep(0.5))

        assert felt.statements > 80
        assert ask(shop, "SELECT sum(n_tup_ins) > 0, sum(n_tup_upd) > 0 FROM pg_stat_user_tables") == [
            (True,) * 2
        ]
        assert ([ask(shop, state.format(t)) for t in TABLES], PostgreSQL().fingerprint(shop)) == before
        assert ask(shop, "SELECT 1 FROM pg_stat_activity WHERE application_name = 'whimbrel-load'"
                         " AND datname = current_database() AND state <> 'idle'") == []  # fmt: skip

    def test_a_script_runs_as_pgbench_would_run_it_and_its_commit_does_not_count(self, shop: Target) -> None:
        text = """
        -- Orders; of the shop
        \\set customer random(1, 100 * :scale)
        BEGIN;
        UPDATE orders SET note = 'a;b'
         WHERE customer_id = :customer;
        SELECT count(*) FROM orders WHERE note = 'a;b' AND created_at > now()
         - interval '00:30:00'; END;
        \\sleep 1 ms
        DELETE FROM orders WHERE id = :customer
        """
        workload = scripted("load.sql", text)
        felt = play(shop, workload, lambda: time.sleep(0.3))

        assert workload.source == felt.source == "the project's script load.sql"
        assert felt.errors == {} and felt.statements > 30
        assert ask(shop, "SELECT count(*), count(*) FILTER (WHERE note = 'a;b') FROM orders") == [(20000, 0)]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("\\setshell x ls\nSELECT 1;", "load.sql, line 1: “\\\\setshell” is not known here"),
            ("SELECT 1;\n\\set x nothing(3)", "load.sql, line 2: .* the function nothing is not known"),
            ("\\set x __import__('os')\nSELECT 1", "line 1: .* is not understood"),
            ("\\set x 1 / 0\nSELECT 1", "line 1: .* is not understood"),
            ("-- nothing", "load.sql has no statement"),
        ],
    )
    def test_a_script_that_says_what_we_do_not_know_is_refused_with_its_line(
        self, text: str, said: str
    ) -> None:
        with pytest.raises(StepFailed, match=said):
            scripted("load.sql", text)

    def test_a_script_that_brings_a_whole_table_is_refused(self, shop: Target) -> None:
        workload = scripted("load.sql", "SELECT 1; SELECT * FROM orders WHERE id > 5")
        with pytest.raises(StepFailed, match="more than 10,000 rows: SELECT"), LOADS.play(shop, workload):
            pass

    def test_no_statement_can_end_the_transaction_that_takes_it_back(self, shop: Target) -> None:
        for text in (
            "DELETE FROM orders; COMMIT",
            "BEGIN; DELETE FROM orders; PREPARE TRANSACTION 'x'",
            "DELETE FROM orders; /* now */ COMMIT AND CHAIN",
            "DO $$ BEGIN DELETE FROM orders; COMMIT; END $$",
            # What we read as one statement, for we know no escapes, the server would read as four.
            "SELECT E'a\\'', 1; DELETE FROM orders; COMMIT; SELECT ''",
        ):
            assert play(shop, scripted("load.sql", text), lambda: time.sleep(0.1), 0.05).statements
        two = Workload(source="by hand", statements=("DELETE FROM orders; COMMIT",))
        with pytest.raises(StepFailed, match="multiple commands"), LOADS.play(shop, two):
            pass

        assert ask(shop, "SELECT count(*) FROM orders") == [(20000,)]
        assert ask(shop, "SELECT count(*) FROM pg_prepared_xacts") == [(0,)]
