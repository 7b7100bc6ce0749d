"""A file of SQL is cut where statements end, and nowhere else."""

from __future__ import annotations

import sqlite3

import pytest

from bot.core.split import split
from bot.core.targets import Kind

POSTGRESQL, SQLITE = Kind.POSTGRESQL, Kind.SQLITE
ATOMIC = """CREATE FUNCTION f(n int) RETURNS int BEGIN ATOMIC
  SELECT CASE WHEN n > 1 THEN 1 ELSE 2 END;
  SELECT 3;
END"""
TRIGGER = """CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN
  UPDATE t SET a = CASE WHEN a > 1 THEN 1 ELSE 2 END; DELETE FROM t WHERE a = 3;
END"""

RULE = "CREATE RULE r AS ON DELETE TO t DO INSTEAD (UPDATE t SET a = 1; DELETE FROM u WHERE (b))"


@pytest.mark.parametrize(
    ("text", "kind", "parts"),
    [
        ("", POSTGRESQL, []),
        (";;\n ; -- nothing\n", POSTGRESQL, []),
        ("SELECT 1", POSTGRESQL, ["SELECT 1"]),
        ("SELECT 1; SELECT 2;", POSTGRESQL, ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' ; SELECT 'it''s; so'", POSTGRESQL, ["SELECT ';'", "SELECT 'it''s; so'"]),
        (r"SELECT E'\';'; SELECT 2", POSTGRESQL, [r"SELECT E'\';'", "SELECT 2"]),
        (r"SELECT '\'; SELECT 2", POSTGRESQL, [r"SELECT '\'", "SELECT 2"]),
        ('SELECT "a;""b"; SELECT 2', POSTGRESQL, ['SELECT "a;""b"', "SELECT 2"]),
        ("DO $$ BEGIN; END $$; SELECT 2", POSTGRESQL, ["DO $$ BEGIN; END $$", "SELECT 2"]),
        ("DO $a$ $$;$$ $b$; $a$; SELECT 2", POSTGRESQL, ["DO $a$ $$;$$ $b$; $a$", "SELECT 2"]),
        ("SELECT a$b$ FROM t; SELECT $1", POSTGRESQL, ["SELECT a$b$ FROM t", "SELECT $1"]),
        ("SELECT 1 -- it's; so\n; SELECT 2", POSTGRESQL, ["SELECT 1 -- it's; so", "SELECT 2"]),
        (
            "/* a; /* b; */ c; */ SELECT 1; SELECT 2",
            POSTGRESQL,
            ["/* a; /* b; */ c; */ SELECT 1", "SELECT 2"],
        ),
        ("/* a; /* b; */ SELECT 1; SELECT 2", SQLITE, ["/* a; /* b; */ SELECT 1", "SELECT 2"]),
        ("SELECT a[1]; SELECT 2", POSTGRESQL, ["SELECT a[1]", "SELECT 2"]),
        ("SELECT [a;b], `c;d`; SELECT 2", SQLITE, ["SELECT [a;b], `c;d`", "SELECT 2"]),
        (f"{ATOMIC}; SELECT 4", POSTGRESQL, [ATOMIC, "SELECT 4"]),
        (f"{TRIGGER}; SELECT 4;", SQLITE, [TRIGGER, "SELECT 4"]),
        (
            "BEGIN; SELECT CASE WHEN 1 THEN 2 END; END",
            SQLITE,
            ["BEGIN", "SELECT CASE WHEN 1 THEN 2 END", "END"],
        ),
        (f"{RULE}; SELECT 4", POSTGRESQL, [RULE, "SELECT 4"]),
        ("SELECT a); SELECT (2)", POSTGRESQL, ["SELECT a)", "SELECT (2)"]),
        ("SELECT 'without an end; SELECT 2", POSTGRESQL, ["SELECT 'without an end; SELECT 2"]),
        ("SELECT $x$ without an end; SELECT 2", POSTGRESQL, ["SELECT $x$ without an end; SELECT 2"]),
        ("SELECT U&'d\\0061t;a', 'ж;'; SELECT 2", POSTGRESQL, ["SELECT U&'d\\0061t;a', 'ж;'", "SELECT 2"]),
    ],
)
def test_statements_end_where_they_end(text: str, kind: Kind, parts: list[str]) -> None:
    assert split(text, kind) == parts


def test_sqlite_takes_each_part_for_a_whole_statement() -> None:
    text = f"CREATE TABLE t (a int); {TRIGGER}; INSERT INTO t VALUES (';'); /* ; */ SELECT 1;"
    link = sqlite3.connect(":memory:")

    parts = split(text, SQLITE)

    assert len(parts) == 4
    for part in parts:
        assert sqlite3.complete_statement(part + ";")
        link.execute(part)
    link.close()
