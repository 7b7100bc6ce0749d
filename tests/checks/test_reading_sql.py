"""Scripts are read as acts; what cannot be read is never taken for harmless."""

from __future__ import annotations

import pytest

from bot.checks.acts import Act, What
from bot.checks.names import guessed
from bot.checks.split import split
from bot.checks.statements import read
from bot.checks.tables import tables
from bot.core.plans import Script
from bot.core.targets import Kind


def script(sql: str, revision: str = "0001", **other: bool) -> Script:
    return Script(revision=revision, title="", file="", checksum="", forward=sql, backward="", **other)


def acts(sql: str, kind: Kind = Kind.POSTGRESQL) -> list[Act]:
    return list(read([script(sql)], kind))


def only(sql: str, kind: Kind = Kind.POSTGRESQL) -> tuple[What, str]:
    found = acts(sql, kind)
    assert len(found) == 1, found
    return found[0].what, found[0].table


@pytest.mark.parametrize(
    ("sql", "what", "table"),
    [
        ("CREATE TABLE a (id int)", What.CREATE_TABLE, "a"),
        ("DROP TABLE a", What.DROP_TABLE, "a"),
        ("ALTER TABLE a ADD COLUMN b text", What.ADD_COLUMN, "a"),
        ("ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0", What.ADD_COLUMN, "a"),
        ("ALTER TABLE a ADD COLUMN b timestamptz NOT NULL DEFAULT now()", What.ADD_COLUMN, "a"),
        ("ALTER TABLE a ADD COLUMN b int NOT NULL", What.ADD_REQUIRED, "a"),
        ("ALTER TABLE a ADD COLUMN b uuid DEFAULT gen_random_uuid()", What.REWRITE, "a"),
        ("ALTER TABLE a ADD COLUMN b timestamptz DEFAULT clock_timestamp()", What.REWRITE, "a"),
        ("ALTER TABLE a ADD COLUMN b bigserial", What.REWRITE, "a"),
        ("ALTER TABLE a ALTER COLUMN b TYPE bigint", What.REWRITE, "a"),
        ("ALTER TABLE a ALTER COLUMN b SET NOT NULL", What.SET_NOT_NULL, "a"),
        ("ALTER TABLE a ALTER COLUMN b DROP NOT NULL", What.QUICK_ALTER, "a"),
        ("ALTER TABLE a DROP COLUMN b", What.DROP_COLUMN, "a"),
        ("ALTER TABLE a RENAME TO b", What.RENAME_TABLE, "a"),
        ("ALTER TABLE a RENAME COLUMN b TO c", What.RENAME_COLUMN, "a"),
        ("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)", What.ADD_CONSTRAINT, "a"),
        ("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID", What.ADD_UNPROVED, "a"),
        ("ALTER TABLE a VALIDATE CONSTRAINT c", What.VALIDATE, "a"),
        ("ALTER TABLE a ADD CONSTRAINT c UNIQUE USING INDEX i", What.QUICK_ALTER, "a"),
        ("CREATE INDEX i ON a (b)", What.CREATE_INDEX, "a"),
        ("CREATE INDEX CONCURRENTLY i ON a (b)", What.CREATE_INDEX_CONCURRENTLY, "a"),
        ("DROP INDEX i", What.DROP_INDEX, ""),
        ("DROP SCHEMA s CASCADE", What.DROP_SCHEMA, ""),
        ("GRANT SELECT ON a TO reporting", What.GRANT, ""),
        ("TRUNCATE a", What.TRUNCATE, "a"),
        ("INSERT INTO a SELECT * FROM b", What.INSERT, "a"),
        ("MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET x = 1", What.UPDATE, "a"),
        ("VACUUM FULL a", What.REWRITE, "a"),
        ("SET lock_timeout = '3s'", What.NOTHING, ""),
        ("SELECT setval('s', 1)", What.NOTHING, ""),
    ],
)
def test_a_statement_is_known_for_what_it_does(sql: str, what: What, table: str) -> None:
    assert only(sql) == (what, table)


@pytest.mark.parametrize(
    "sql",
    [
        "DO $$ BEGIN EXECUTE 'DELETE FROM a'; END $$",
        "DO $$ BEGIN DELETE FROM a; PERFORM clean_up(); END $$",
        "DO $$ DECLARE n int := clean_up(); BEGIN DELETE FROM a; END $$",
        "DO LANGUAGE plpython3u $$ plpy.execute('DELETE FROM a') $$",
        "DO $$ BEGIN CALL clean_up(); END $$",
        "DO $$ BEGIN DELETE FORM a; END $$",
        "ALTER TABLE a ADD COLUM b int",
        "CALL clean_up()",
        "DROP OWNED BY somebody",
        "SELECT clean_up()",
        "LOCK TABLE a IN ACCESS EXCLUSIVE MODE",
        "ALTER TABLE a ATTACH PARTITION p FOR VALUES FROM (1) TO (2)",
        "EXPLAIN ANALYZE DELETE FROM a",
        "nonsense (",
    ],
)
def test_what_cannot_be_read_stays_unknown(sql: str) -> None:
    assert [a.what for a in acts(sql)] == [What.UNKNOWN]


def test_nothing_hides_behind_a_nul_character() -> None:
    found = acts("SELECT 1;\0 DROP TABLE a")
    assert [(a.what, a.how) for a in found] == [(What.NOTHING, ""), (What.UNKNOWN, "syntax")]


def test_not_valid_among_several_actions_belongs_to_one_of_them() -> None:
    sql = "ALTER TABLE a ADD CONSTRAINT c CHECK (x > 1), ADD CONSTRAINT d CHECK (y > 1) NOT VALID"
    assert [(a.what, a.name) for a in acts(sql)] == [(What.ADD_CONSTRAINT, "c"), (What.ADD_UNPROVED, "d")]


@pytest.mark.parametrize(
    ("sql", "bounded"),
    [
        ("UPDATE a SET b = 1", False),
        ("UPDATE a SET b = 1 WHERE true", False),
        ("DELETE FROM a WHERE 1 = 1", False),
        ("DELETE FROM a WHERE id < 5", True),
        ("UPDATE a SET b = c.b FROM c WHERE c.id = a.c", True),
    ],
)
def test_a_where_that_leaves_no_row_out_is_none(sql: str, bounded: bool) -> None:
    assert [a.bounded for a in acts(sql)] == [bounded]


def test_a_delete_inside_a_with_is_seen() -> None:
    found = acts("WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO archive SELECT * FROM gone")
    assert [(a.what, a.table) for a in found] == [(What.DELETE, "a"), (What.INSERT, "archive")]
    assert tables(found) == ("archive", "a")


def test_the_tools_own_table_is_no_act_and_no_table() -> None:
    sql = "BEGIN; ALTER TABLE a ADD COLUMN b int; UPDATE alembic_version SET version_num = '2'; COMMIT"
    found = acts(sql)
    assert tables(found) == ("a",)
    assert {a.what for a in found} == {What.ADD_COLUMN, What.NOTHING}


def test_set_not_null_after_a_proved_check_reads_nothing() -> None:
    proved = (
        "ALTER TABLE a ADD CONSTRAINT c CHECK (b IS NOT NULL) NOT VALID; "
        "ALTER TABLE a VALIDATE CONSTRAINT c; ALTER TABLE a ALTER COLUMN b SET NOT NULL"
    )
    assert acts(proved)[-1].what is What.QUICK_ALTER
    assert acts(proved.replace("ALTER COLUMN b", "ALTER COLUMN other"))[-1].what is What.SET_NOT_NULL
    unproved = proved.replace("ALTER TABLE a VALIDATE CONSTRAINT c; ", "")
    assert acts(unproved)[-1].what is What.SET_NOT_NULL


def test_the_proof_may_be_in_an_earlier_revision() -> None:
    scripts = [
        script("ALTER TABLE a ADD CONSTRAINT c CHECK (b IS NOT NULL) NOT VALID", "0001"),
        script("ALTER TABLE a VALIDATE CONSTRAINT c", "0002"),
        script("ALTER TABLE a ALTER COLUMN b SET NOT NULL", "0003"),
    ]
    assert read(scripts, Kind.POSTGRESQL)[-1].what is What.QUICK_ALTER


REBUILD = (
    "CREATE TABLE _alembic_tmp_a (x int); INSERT INTO _alembic_tmp_a SELECT x FROM a; "
    "DROP TABLE a; ALTER TABLE _alembic_tmp_a RENAME TO a"
)


def test_a_copy_that_takes_the_tables_place_is_one_rewrite() -> None:
    assert only(REBUILD, Kind.SQLITE) == (What.REWRITE, "a")
    assert tables(acts(REBUILD, Kind.SQLITE)) == ("a",)


def test_a_new_empty_table_that_takes_the_place_is_still_a_drop() -> None:
    empty = REBUILD.replace("INSERT INTO _alembic_tmp_a SELECT x FROM a; ", "")
    assert (What.DROP_TABLE, "a") in [(a.what, a.table) for a in acts(empty, Kind.SQLITE)]


def test_names_are_folded_as_the_server_folds_them() -> None:
    assert tables(acts('UPDATE Orders SET x = 1; DELETE FROM "Orders"; DELETE FROM public.b')) == (
        "orders",
        "Orders",
        "b",
    )
    assert tables(acts("DELETE FROM Orders", Kind.SQLITE)) == ("Orders",)


def test_a_name_with_a_dot_in_it_stays_one_name() -> None:
    assert tables(acts('DELETE FROM sales."Old.Orders"; DELETE FROM "Two Words"')) == (
        'sales."Old.Orders"',
        "Two Words",
    )


def test_views_indexes_types_and_constraints_are_no_tables() -> None:
    sql = (
        "CREATE VIEW v AS SELECT * FROM a; DROP INDEX i; CREATE TYPE mood AS ENUM ('x'); "
        "ALTER TABLE a DROP CONSTRAINT c; DROP VIEW w; COMMENT ON COLUMN a.b IS 'x'"
    )
    assert tables(acts(sql)) == ("a",)


def test_tables_in_a_block_are_found_by_careful_patterns() -> None:
    block = (
        "DO $$ DECLARE n int; BEGIN LOOP UPDATE a SET y = extract(year FROM made) "
        "WHERE id IN (SELECT id FROM big WHERE z IS DISTINCT FROM y LIMIT 10); "
        "EXIT WHEN NOT FOUND; END LOOP; END $$"
    )
    dynamic = block.replace("EXIT", "EXECUTE 'x'; EXIT")
    assert tables(acts(dynamic)) == ("a", "big")
    assert tables(acts(dynamic), known={"a": 1}) == ("a",)


def test_a_block_of_plain_statements_is_read_through() -> None:
    block = """DO $$ DECLARE low bigint := 0; high bigint; one record; BEGIN
        FOR one IN SELECT id FROM small LOOP
            SELECT max(id) INTO high FROM (SELECT id FROM a WHERE id > low LIMIT 10) AS batch;
            IF high IS NULL THEN EXIT; END IF;
            UPDATE a SET x = one.id WHERE id > low AND id <= high;
            COMMIT;
            low := high;
        END LOOP;
        ALTER TABLE a ADD COLUMN y int;
    EXCEPTION WHEN others THEN DELETE FROM b WHERE low > 5;
    END $$"""
    assert [(a.what, a.table, a.bounded) for a in acts(block)] == [
        (What.UPDATE, "a", True),
        (What.ADD_COLUMN, "a", True),
        (What.DELETE, "b", False),  # its WHERE has a variable, and no column
    ]


def test_the_variables_of_a_block_are_no_tables() -> None:
    sql = """DO $$ BEGIN
        SELECT max(id), min(id) INTO high, low FROM orders; INSERT INTO log SELECT 1;
        UPDATE members SET a = 1 RETURNING id INTO STRICT seen;
    END $$"""
    assert guessed(sql, Kind.POSTGRESQL) == ("orders", "log", "members")


def test_statements_are_cut_only_where_they_end() -> None:
    sql = """
        -- a comment; with a semicolon
        INSERT INTO a VALUES ('x;y', E'it\\'s;'); /* and; another */
        CREATE FUNCTION f() RETURNS int AS $body$ BEGIN RETURN 1; END; $body$ LANGUAGE plpgsql;
        SELECT "odd;name" FROM a
    """
    assert [s[:8] for s in split(sql)] == ["INSERT I", "CREATE F", 'SELECT "']


def test_the_statements_of_a_trigger_are_not_acts_of_the_plan() -> None:
    sql = (
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET x = CASE WHEN 1 THEN 2 END; "
        "DELETE FROM c; END; DELETE FROM d WHERE id = 1"
    )
    assert [a.what for a in acts(sql, Kind.SQLITE)] == [What.ROUTINE, What.DELETE]


def test_a_script_that_could_not_be_rendered_is_code() -> None:
    found = read([script("UPDATE a SET b = 1 WHERE id = 2", rendered=False)], Kind.POSTGRESQL)
    assert [a.what for a in found] == [What.UPDATE, What.CODE]


def test_what_only_encloses_the_statements_of_sqlite_is_no_act_of_its_own() -> None:
    sql = "BEGIN IMMEDIATE; SAVEPOINT s; DELETE FROM a WHERE b = 1; RELEASE s; END TRANSACTION"

    assert [a.what for a in acts(sql, Kind.SQLITE) if a.what is not What.NOTHING] == [What.DELETE]
