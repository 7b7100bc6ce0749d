"""Copies of a source on the rehearsal server: ghosts, whole ones, samples."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

import psycopg
import pytest

from bot.core.errors import StepFailed
from bot.core.lab import CopyOrder
from bot.core.measures import Copying
from bot.core.targets import Kind, Target
from bot.databases.postgresql import PostgreSQL
from bot.databases.postgresql_scratch import PostgreSQLScratches
from tests.databases.beds import target_of
from tests.lab.stage import Fresh, copy, measured, quiet
from tests.lab.zoo import FILL, LOOSE_ENDS, ZOO

Source = Callable[..., Target]
SCHEMA, FULL, SAMPLE = Copying.SCHEMA, Copying.FULL, Copying.SAMPLE
TABLES = ("people", '"Sales Teams"', "deals", "events", "marks", "loose", "alembic_version")


def test_a_ghost_has_the_schema_and_the_tools_history_and_no_row(
    zoo: Target, scratches: PostgreSQLScratches
) -> None:
    ghost, copied = copy(scratches, zoo, SCHEMA)

    assert PostgreSQL().fingerprint(ghost.target) == PostgreSQL().fingerprint(zoo)
    assert ghost.rows("SELECT version_num FROM alembic_version") == [("0006",)]
    assert [ghost.one(f"SELECT count(*) FROM {table}") for table in TABLES[:-1]] == [0] * 6
    assert (copied.how, copied.rows, copied.share, copied.notes) == (SCHEMA, {}, 0.0, ())
    assert copied.seconds < 5
    ghost.run("REFRESH MATERIALIZED VIEW sums")


def test_each_tools_history_comes_along_whatever_its_name(
    source: Source, scratches: PostgreSQLScratches
) -> None:
    origin = source(
        "CREATE TABLE versions (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO versions VALUES ('0006')",
        "CREATE TABLE files (revision text, checksum text, applied_at text, applied_by text)",
        "INSERT INTO files VALUES ('0001', 'x', 'now', 'me')",
        "CREATE TABLE history (installed_rank int, version text, description text, type text, script text,"
        " checksum int, installed_by text, installed_on timestamp, execution_time int, success bool)",
        "INSERT INTO history VALUES (1, '1', 'd', 'SQL', 's', 1, 'me', now(), 1, true)",
        "CREATE TABLE databasechangelog (id text, author text, filename text, dateexecuted timestamp,"
        " orderexecuted int, exectype text, md5sum text)",
        "INSERT INTO databasechangelog VALUES (1, 'me', 'f', now(), 1, 'EXECUTED', 'x')",
        "CREATE TABLE databasechangeloglock (id int, locked bool)",
        "INSERT INTO databasechangeloglock VALUES (1, true)",
    )

    ghost, _ = copy(scratches, origin, SCHEMA)

    for table in ("versions", "files", "history", "databasechangelog"):
        rows = Fresh(origin).rows(f"SELECT * FROM {table}")
        assert len(rows) == 1
        assert ghost.rows(f"SELECT * FROM {table}") == rows
    assert ghost.rows("SELECT * FROM databasechangeloglock") == [], "a lock held there binds nobody here"


def test_scripts_may_name_roles_that_only_the_source_knows(
    source: Source, scratches: PostgreSQLScratches
) -> None:
    role = f'"Reporting {uuid4().hex[:6]}"'
    origin = source(
        f"CREATE ROLE {role} LOGIN PASSWORD 'secret'",
        "CREATE TABLE t (a int)",
        f"ALTER TABLE t OWNER TO {role}",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY p ON t TO {role} USING (a > 0)",
    )
    ghost, copied = copy(scratches, origin, SCHEMA)

    found = measured(ghost.target, f"GRANT SELECT ON t TO {role}; ALTER TABLE t OWNER TO {role}")

    assert [m.error for m in found] == ["", ""]
    assert copied.notes == ()
    assert ghost.rows(f"SELECT rolcanlogin FROM pg_roles WHERE quote_ident(rolname) = '{role}'") == [(False,)]
    Fresh(origin).run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_what_reaches_out_of_a_database_is_left_away(source: Source, scratches: PostgreSQLScratches) -> None:
    origin = source(
        "CREATE EXTENSION postgres_fdw",
        "CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '192.0.2.1')",
        "CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password 'secret')",
        "CREATE FOREIGN TABLE away (a int) SERVER far",
    )

    ghost, _ = copy(scratches, origin, SCHEMA)

    assert ghost.rows("SELECT * FROM pg_user_mappings") == []
    assert ghost.rows("SELECT to_regclass('away')::text") == [("away",)]


def test_an_unqualified_name_means_what_it_means_in_the_source(
    source: Source, scratches: PostgreSQLScratches
) -> None:
    origin = source("CREATE SCHEMA shop", "CREATE TABLE shop.t (a int)", "DROP SCHEMA public")
    name = origin.url.reveal().rpartition("/")[2]
    Fresh(origin).run(f'ALTER DATABASE {name} SET search_path = shop, "$user"')
    ghost, _ = copy(scratches, origin, SCHEMA)
    twin = Fresh(scratches.clone("whimbrel_schema", "whimbrel_twin"))

    for scratch in (ghost, twin):
        assert [m.error for m in measured(scratch.target, "ALTER TABLE t ADD COLUMN b int")] == [""]
    assert PostgreSQL().fingerprint(twin.target) == PostgreSQL().fingerprint(ghost.target)
    assert ghost.one("SELECT to_regnamespace('public') IS NULL")


def test_a_whole_copy_is_the_same_row_by_row_and_no_trigger_fired(
    zoo: Target, scratches: PostgreSQLScratches
) -> None:
    seen: list[float] = []
    target, copied = scratches.make("whimbrel_full", zoo, CopyOrder(how=FULL), seen.append)
    whole, origin = Fresh(target), Fresh(zoo)

    assert PostgreSQL().fingerprint(target) == PostgreSQL().fingerprint(zoo)
    for table in TABLES:
        query = f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} t"
        assert whole.rows(query) == origin.rows(query), table
    assert copied.rows == {
        "people": 3000, '"Sales Teams"': 100, "deals": 5000, "events": 20000, "marks": 2000, "loose": 50,
    }  # fmt: skip
    assert copied.share == 1.0
    assert whole.one("SELECT n FROM sums") == 5000
    assert whole.one("SELECT nextval('deals_id_seq')") == 5001
    assert whole.one("SELECT nextval(pg_get_serial_sequence('people', 'id'))") == 3001
    assert whole.one("SELECT reltuples FROM pg_class WHERE relname = 'deals'") == 5000
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_a_sample_is_small_and_whole_in_its_references(zoo: Target, scratches: PostgreSQLScratches) -> None:
    sample, copied = copy(scratches, zoo, SAMPLE, rows=50)

    assert dict(sample.rows(LOOSE_ENDS)) == dict.fromkeys(
        ("boss", "lead", "first", "team", "deal", "event"), 0
    )
    assert copied.rows["marks"] == 50
    assert 50 <= copied.rows["events"] <= 101, "its own, and those that marks point at"
    assert 50 <= copied.rows["people"] < 800
    assert copied.rows["loose"] == 50
    assert PostgreSQL().fingerprint(sample.target) == PostgreSQL().fingerprint(zoo)
    assert 0 < copied.share < 0.9
    assert sample.one("SELECT nextval('deals_id_seq')") == 5001


def test_a_sample_of_named_tables_leaves_the_others_empty_and_says_so(
    zoo: Target, scratches: PostgreSQLScratches
) -> None:
    sample, copied = copy(scratches, zoo, SAMPLE, "deals", rows=5)

    assert set(copied.rows) == {"deals", '"Sales Teams"', "people"}
    assert sample.one("SELECT count(*) FROM events") == 0
    assert copied.notes == (
        "Left empty, for nothing that was asked for points at them: events, loose, marks.",
    )


def test_a_tree_that_is_one_long_chain_comes_whole(source: Source, scratches: PostgreSQLScratches) -> None:
    origin = source(
        "CREATE TABLE links (id int PRIMARY KEY, before int REFERENCES links)",
        "INSERT INTO links SELECT n, nullif(n - 1, 0) FROM generate_series(1, 300) n",
        "ANALYZE",
    )

    sample, copied = copy(scratches, origin, SAMPLE, rows=1)

    assert copied.rows["links"] == sample.one("SELECT max(id) FROM links") > 1


@pytest.mark.parametrize("how", [FULL, SAMPLE, Copying.MADE])
def test_a_schema_that_grew_for_years_is_copied_in_every_way(
    hard: Target, scratches: PostgreSQLScratches, how: Copying
) -> None:
    scratch, copied = copy(scratches, hard, how, rows=0 if how is FULL else 300)

    assert PostgreSQL().fingerprint(scratch.target) == PostgreSQL().fingerprint(hard)
    assert PostgreSQL().orphans(scratch.target, list(copied.rows)) == []
    assert copied.notes == ()
    assert min(copied.rows.values()) > 0
    if how is FULL:
        assert copied.rows["billing.lines"] == 40000
    else:
        assert copied.rows["billing.lines"] == copied.rows["logs"] == 300
    query = "SELECT count(*) FROM users"
    assert scratch.one(query) == copied.rows["users"]


def test_large_objects_are_left_out_and_that_is_said(source: Source, scratches: PostgreSQLScratches) -> None:
    origin = source("SELECT lo_from_bytea(0, 'large')")

    _, copied = copy(scratches, origin, FULL)

    assert copied.notes == ("Large objects are left out.",)


def test_a_copy_that_has_no_room_is_refused_with_the_figures(
    zoo: Target, scratches: PostgreSQLScratches
) -> None:
    order = CopyOrder(how=FULL, most=1_000_000)

    with pytest.raises(StepFailed, match=r"holds \d+\.\d MB.* there is room for 976\.6 kB\.") as refused:
        scratches.make("whimbrel_full", zoo, order, quiet)

    assert refused.value.hint == "Copy a sample, or have the rows made."
    assert list(scratches.names()) == []


def test_a_locked_source_is_not_waited_for_longer_than_asked(
    zoo: Target, scratches: PostgreSQLScratches
) -> None:
    with psycopg.connect(zoo.url.reveal()) as holder:
        holder.execute("LOCK TABLE deals IN ACCESS EXCLUSIVE MODE")
        for how in (SCHEMA, SAMPLE):
            began = time.monotonic()
            with pytest.raises(StepFailed):
                scratches.make("whimbrel_x", zoo, CopyOrder(how=how, rows=5, patience=0.2), quiet)
            assert time.monotonic() - began < 8
    assert list(scratches.names()) == []


def test_the_source_is_only_read(zoo: Target, scratches: PostgreSQLScratches) -> None:
    before = Fresh(zoo).rows(
        "SELECT pg_current_xact_id_if_assigned(), txid_snapshot_xmax(txid_current_snapshot())"
    )

    for how in (SAMPLE, FULL):
        copy(scratches, zoo, how, rows=10)

    after = Fresh(zoo).rows(
        "SELECT pg_current_xact_id_if_assigned(), txid_snapshot_xmax(txid_current_snapshot())"
    )
    assert before == after, "nothing that writes took a transaction's number"


def test_another_major_version_is_copied_and_said(
    debian_source: Source, scratches: PostgreSQLScratches
) -> None:
    origin = debian_source(*ZOO, *FILL)

    whole, copied = copy(scratches, origin, FULL)

    assert (copied.version, copied.source_version) == (18, 15)
    assert copied.notes == (
        "The rehearsal server is PostgreSQL 18, the source 15: locks and plans may differ.",
    )
    assert whole.one("SELECT count(*) FROM events") == 20000
    differs = PostgreSQL().fingerprint(whole.target).differs(PostgreSQL().fingerprint(origin))
    assert set(differs) <= {"constraints", "views"}, "the two write expressions in other ways"


@pytest.mark.parametrize(
    ("made", "note"),
    [
        ("ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'", ""),
        ("ENCODING SQL_ASCII LC_COLLATE 'C' LC_CTYPE 'C'", ""),
        ("LOCALE_PROVIDER icu ICU_LOCALE 'de'", "Text sorts by C here, not by de as in the source."),
    ],
)
def test_text_of_another_encoding_or_locale_is_the_same_text(
    debian_source: Source, scratches: PostgreSQLScratches, made: str, note: str
) -> None:
    name = f"other_{uuid4().hex[:8]}"
    first = debian_source(f"CREATE DATABASE {name} TEMPLATE template0 {made}")
    url = first.url.reveal().rpartition("/")[0] + f"/{name}"
    origin = target_of(Kind.POSTGRESQL, url)
    Fresh(origin).run(
        "CREATE TABLE versions (version_num text)",
        'CREATE TABLE t ("größe" text)',
        "INSERT INTO t VALUES ('Maß'), ('größer')",
    )

    whole, copied = copy(scratches, origin, FULL)
    (found,) = measured(whole.target, "UPDATE t SET \"größe\" = 'Größe' WHERE \"größe\" = 'größer'")

    query = "SELECT encode(convert_to(\"größe\", 'UTF8'), 'hex') FROM t ORDER BY 1"
    if "SQL_ASCII" in made:
        query = "SELECT encode(\"größe\"::bytea, 'hex') FROM t ORDER BY 1"
    words = sorted(word.encode().hex() for word in ("Maß", "Größe"))
    assert [row[0] for row in whole.rows(query)] == words
    assert found.rows == {"t": 1}
    assert ([n for n in copied.notes if "sorts" in n] or [""]) == [note]


def test_an_extension_that_is_not_here_is_a_note_or_a_clear_refusal(
    debian_server: object, debian_source: Source, scratches: PostgreSQLScratches
) -> None:
    del debian_server
    origin = debian_source("CREATE EXTENSION xml2", "CREATE TABLE t (a int)")
    _, copied = copy(scratches, origin, SCHEMA)
    assert "The extension xml2 is not on the rehearsal server." in copied.notes

    Fresh(origin).run("CREATE VIEW v AS SELECT xml_valid('<a/>') AS ok")
    with pytest.raises(StepFailed, match="cannot be made without the extension xml2"):
        scratches.make("whimbrel_x", origin, CopyOrder(how=SCHEMA), quiet)
    assert "whimbrel_x" not in scratches.names()
