"""The fingerprint of a SQLite schema.

A table that was made anew and filled from the old one (SQLite's way to alter it) must have the old one's
print: so what counts is what the pragmas say, and of the SQL only what they do not.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from bot.core.targets import SchemaPrint
from bot.databases.questions import HISTORY_TABLES
from bot.databases.sqlite_link import quoted

Row = tuple[Any, ...]
#: Strings and quoted names, which may hold anything.
_QUOTED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]"""
_CHECK = re.compile(rf"{_QUOTED}|\bCHECK\s*\(", re.IGNORECASE)
_COMMENT = re.compile(rf"({_QUOTED})|--[^\n]*|/\*.*?\*/", re.DOTALL)
_OPTIONS = ("AUTOINCREMENT", "WITHOUT ROWID", "STRICT")


def schema_print(link: sqlite3.Connection) -> SchemaPrint:
    """Of the whole file, without the tools' history tables."""
    found = link.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    ours = [row for row in found if not row[1].startswith("sqlite_") and row[2] not in HISTORY_TABLES]
    tables = {name: _tidy(sql) for kind, name, _, sql in ours if kind == "table"}
    sections: dict[str, list[Row]] = {
        "tables": [(name, *_options(sql)) for name, sql in tables.items()],
        "columns": [row for name in tables for row in _columns(link, name)],
        "constraints": [row for name, sql in tables.items() for row in _constraints(link, name, sql)],
        "indexes": [row for name in tables for row in _indexes(link, name)],
        "views": [(name, _tidy(sql)) for kind, name, _, sql in ours if kind == "view"],
        "triggers": [(table, name, _tidy(sql)) for kind, name, table, sql in ours if kind == "trigger"],
    }
    return SchemaPrint(sections={name: _digest(rows) for name, rows in sections.items()})


def checks(sql: str) -> Iterator[str]:
    """The conditions of the CHECK constraints in a CREATE TABLE."""
    for match in _CHECK.finditer(sql):
        if match.group().endswith("("):
            yield sql[match.end() : _closing(sql, match.end())].strip()


def _options(sql: str) -> list[str]:
    bare = re.sub(_QUOTED, "", sql).upper()
    return [word for word in _OPTIONS if re.search(rf"\b{word}\b", bare)]


def _columns(link: sqlite3.Connection, table: str) -> Iterator[Row]:
    for _, name, kind, not_null, default, key, hidden in link.execute(f"PRAGMA table_xinfo({quoted(table)})"):
        # A rebuilt table says NOT NULL of its primary key, which was true before too.
        yield table, name, kind.upper(), bool(not_null or key), _bare(default), key, hidden


def _constraints(link: sqlite3.Connection, table: str, sql: str) -> Iterator[Row]:
    keys: dict[int, list[Row]] = {}
    for number, place, parent, mine, theirs, update, delete, match in link.execute(
        f"PRAGMA foreign_key_list({quoted(table)})"
    ):
        column = theirs or _key_column(link, parent, place)
        keys.setdefault(number, []).append((place, parent, mine, column, update, delete, match))
    for rows in keys.values():
        yield table, "foreign key", sorted(rows)
    for condition in checks(sql):
        yield table, "check", condition


def _indexes(link: sqlite3.Connection, table: str) -> Iterator[Row]:
    for _, name, unique, origin, partial in link.execute(f"PRAGMA index_list({quoted(table)})").fetchall():
        columns = [
            (column, descending, collation)
            for _, _, column, descending, collation, in_key in link.execute(
                f"PRAGMA index_xinfo({quoted(name)})"
            )
            if in_key
        ]
        sql = ""
        if origin == "c":
            row = link.execute("SELECT sql FROM sqlite_schema WHERE name = ?", [name]).fetchone()
            # Expressions and conditions are told by the SQL alone.
            sql = _tidy(row[0]) if row and (partial or None in [column for column, *_ in columns]) else ""
        yield table, name if origin == "c" else "", unique, origin, partial, columns, sql


def _key_column(link: sqlite3.Connection, table: str, place: int) -> str | None:
    """The column that a foreign key means which names none."""
    row = link.execute("SELECT name FROM pragma_table_info(?) WHERE pk = ?", [table, place + 1]).fetchone()
    return row[0] if row else None


def _bare(default: str | None) -> str | None:
    """Without the brackets that a rebuilt table may have more or fewer of."""
    while default and default.startswith("(") and _closing(default, 1) == len(default) - 1:
        default = default[1:-1].strip()
    return default


def _closing(text: str, start: int) -> int:
    """Where the bracket closes that was opened just before `start`."""
    depth = 1
    for match in re.compile(rf"{_QUOTED}|[()]").finditer(text, start):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth == 0:
            return match.start()
    return len(text)


def _tidy(sql: str | None) -> str:
    return " ".join(_COMMENT.sub(lambda match: match.group(1) or " ", sql or "").split())


def _digest(rows: list[Row]) -> str:
    return sha256("\n".join(sorted(json.dumps(row, default=str) for row in rows)).encode()).hexdigest()[:16]
