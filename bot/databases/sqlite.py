"""A SQLite target: what can be asked of it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from bot.core.schemas import TableShape
from bot.core.targets import Health, Orphans, SchemaPrint, TableFacts, Target
from bot.databases.questions import name_parts, only_asks
from bot.databases.sqlite_link import file_of, linked, quoted
from bot.databases.sqlite_print import schema_print
from bot.databases.sqlite_shapes import shapes


class SQLite:
    """Port Database, for a database in a file."""

    def look(self, target: Target) -> Health:
        """Version and speed, and every reason why the file may not be changed."""
        path, problems = file_of(target), []
        with linked(target) as link:
            began = time.perf_counter()
            link.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            trip = (time.perf_counter() - began) * 1000
            said = [row[0] for row in link.execute("PRAGMA quick_check(3)")]
        if not os.access(path, os.W_OK):
            problems.append("The file may not be written.")
        if not os.access(path.parent, os.W_OK):
            problems.append("The file's folder may not be written, and SQLite keeps its journal there.")
        problems += [f"The file is damaged: {sentence}." for sentence in said if sentence != "ok"]
        return Health(
            version=f"SQLite {sqlite3.sqlite_version}",
            primary=True,
            superuser=True,
            round_trip_ms=trip,
            problems=tuple(problems),
        )

    def tables(self, target: Target, names: Sequence[str], *, exact: bool = False) -> Sequence[TableFacts]:  # noqa: ARG002
        """Sizes of the named tables. There are no estimates here: rows are always counted."""
        with linked(target) as link:
            return [
                TableFacts(name=name, rows=_count(link, table), bytes=_bytes(link, table), exact=True)
                for name in dict.fromkeys(names)
                if (table := _table(link, name))
            ]

    def fingerprint(self, target: Target) -> SchemaPrint:
        """The schema in one look: a digest for each section."""
        with linked(target) as link:
            link.execute("BEGIN")
            return schema_print(link)

    def answer(self, target: Target, sql: str) -> str:
        """First column of the first row as text ("" for NULL or no row)."""
        with linked(target) as link:
            link.execute("BEGIN")
            row = link.execute(only_asks(sql)).fetchone()
        value = row[0] if row else None
        if isinstance(value, bytes):
            return value.hex()
        return "" if value is None else str(value)

    def orphans(self, target: Target, names: Sequence[str]) -> Sequence[Orphans]:
        """Of every foreign key from or to the named tables: the rows that point at nothing."""
        with linked(target) as link:
            ours = {table for name in names if (table := _table(link, name))}
            # Row by row: (table, rowid, parent, number of the key); rows without rowid say NULL.
            found = Counter(
                (table, parent, key) for table, _, parent, key in link.execute("PRAGMA foreign_key_check")
            )
            return [
                Orphans(constraint=_said(link, table, parent, key), table=table, rows=rows)
                for (table, parent, key), rows in sorted(found.items())
                if table in ours or _table(link, parent) in ours
            ]

    def shapes(self, target: Target, names: Sequence[str]) -> Sequence[TableShape]:
        """The named tables and their neighbours, as they were at one moment."""
        with linked(target) as link:
            link.execute("BEGIN")
            return shapes(link, names)

    def analyze(self, target: Target, names: Sequence[str]) -> None:
        """Fresh statistics for the planner; a name that is not there is left out."""
        with linked(target, read_only=False) as link:
            for name in dict.fromkeys(names):
                if table := _table(link, name):
                    link.execute(f"ANALYZE {quoted(table)}")


def _table(link: sqlite3.Connection, name: str) -> str:
    """The table's name as it is written in the schema; "" when there is none."""
    row = link.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
        [name_parts(name)[1]],
    ).fetchone()
    return row[0] if row else ""


def _count(link: sqlite3.Connection, table: str) -> int:
    return int(link.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0])  # noqa: S608


def _bytes(link: sqlite3.Connection, table: str) -> int:
    """Pages of the table and its indexes; of the whole file where SQLite was built without dbstat."""
    with suppress(sqlite3.OperationalError):
        query = (
            "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = ?)"
        )
        return int(link.execute(query, [table]).fetchone()[0] or 0)
    query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    return int(link.execute(query).fetchone()[0])


def _said(link: sqlite3.Connection, table: str, parent: str, key: int) -> str:
    """A foreign key in words, for it has no name that SQLite would tell."""
    rows = link.execute(f"PRAGMA foreign_key_list({quoted(table)})")
    return f"{table}({', '.join(row[3] for row in rows if row[0] == key)}) → {parent}"
