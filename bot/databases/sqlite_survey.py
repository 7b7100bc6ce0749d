"""A SQLite target, surveyed: read-only, and given up when a question takes too long."""

from __future__ import annotations

import re
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.core.standing import (
    Access,
    Archiving,
    BackupMeans,
    Busy,
    QueryPlan,
    Right,
    Room,
    TableAccess,
    Vitals,
)
from bot.core.survey import (
    Broken,
    ColumnLook,
    Demand,
    Dependent,
    IndexState,
    Key,
    TableState,
    TableSum,
)
from bot.core.targets import Target
from bot.databases import sqlite_survey_rows as rows
from bot.databases.questions import full_name, name_parts
from bot.databases.sqlite_link import file_of, linked, quoted
from bot.databases.survey_backups import sqlite_means

#: Seconds for one question, and how many of SQLite's own steps lie between two looks at the clock.
_SECONDS, _STEPS = 15.0, 100_000
_PLANNABLE = re.compile(r"\s*(select|insert|update|delete|with|values)\b", re.IGNORECASE)
_USED = re.compile(r"(SCAN|SEARCH) (\S+)(?: USING (?:COVERING )?INDEX (\S+))?")


class SQLiteSurvey:
    """Port Survey, for a database in a file. `seconds`: for one question."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds

    def states(self, target: Target, names: Sequence[str]) -> Sequence[TableState]:
        """Rows are counted; bytes are pages. SQLite counts no writes."""
        with self._asking(target) as link:
            return [_state(link, name, table) for name, table in _tables(link, names).items()]

    def keys(self, target: Target, names: Sequence[str]) -> Sequence[Key]:
        """Foreign keys from and to the named tables, by pragma; they have no names of their own."""
        with self._asking(target) as link:
            return rows.keys(link, {table.lower() for table in _tables(link, names).values()})

    def dependents(self, target: Target, names: Sequence[str]) -> Sequence[Dependent]:
        """Views and triggers whose text names a table: SQLite keeps no dependencies."""
        with self._asking(target) as link:
            found = _tables(link, names)
            return [d for name, table in found.items() for d in rows.dependents(link, name, table)]

    def broken(self, target: Target, demands: Sequence[Demand]) -> Sequence[Broken]:
        """The rows that break each demand, counted."""
        with self._asking(target) as link:
            return [rows.broken(link, d, _table(link, d.table), _table(link, d.parent)) for d in demands]

    def looks(self, target: Target, names: Sequence[str]) -> Sequence[ColumnLook]:
        """What the first 200 values of each column look like; the values are not kept."""
        with self._asking(target) as link:
            found = _tables(link, names)
            return [look for name, table in found.items() for look in rows.looks(link, name, table)]

    def sums(
        self, target: Target, names: Sequence[str], columns: Mapping[str, Sequence[str]] | None = None
    ) -> Sequence[TableSum]:
        """Every row is read and hashed here: about 200,000 a second."""
        wanted = columns or {}
        with self._asking(target) as link:
            found = _tables(link, names)
            return [rows.summed(link, name, table, wanted.get(name)) for name, table in found.items()]

    def access(self, target: Target, names: Sequence[str]) -> Access:
        """There are no roles. Writing is proved by taking the file's write lock and giving it back."""
        written, why = "the file's write lock, given back", ""
        with linked(target, read_only=False) as link:
            tables = tuple(TableAccess(name=name, owned=True) for name in _tables(link, names))
            try:
                link.execute("BEGIN IMMEDIATE")
                link.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                written, why = "", f"the file cannot be written ({error.sqlite_errorname})"
        return Access(role="", superuser=False, closed=(), tables=tables, written=written, why=why)

    def room(self, target: Target) -> Room:
        """Free space where the file is."""
        path = file_of(target)
        with linked(target):
            return Room(free=shutil.disk_usage(path.parent).free, database=path.stat().st_size)

    def archiving(self, target: Target) -> Archiving:
        """There is none."""
        with linked(target):
            return Archiving(on=False, why="SQLite has no log that could be archived")

    def rights(self, target: Target) -> frozenset[Right]:
        """Who may do what is what the file's mode says."""
        with linked(target):
            mode = stat.filemode(file_of(target).stat().st_mode)
        return frozenset({Right(what="file", object="the database's file", word=mode)})

    def means(self, target: Target, folder: Path) -> BackupMeans:
        """The copy is as large as the file."""
        with linked(target):
            return sqlite_means(file_of(target).stat().st_size, folder)

    def busy(self, target: Target, names: Sequence[str]) -> Busy:  # noqa: ARG002
        """SQLite counts no statements."""
        with linked(target):
            return Busy(why="SQLite does not count which statements are busy")

    def explain(self, target: Target, statements: Sequence[str]) -> Sequence[QueryPlan]:
        """EXPLAIN QUERY PLAN of each; SQLite tells no cost."""
        with self._asking(target) as link:
            return [_plan(link, statement) for statement in statements]

    def vitals(self, target: Target) -> Vitals:
        """A file has no sessions; only its write-ahead log can be seen to grow."""
        path = file_of(target)
        with linked(target):
            log = path.with_name(f"{path.name}-wal")
            size = log.stat().st_size if log.exists() else 0
        return Vitals(
            connections=0,
            most_connections=0,
            waiting=0,
            longest=0.0,
            idle_longest=0.0,
            cache_hit=None,
            deadlocks=0,
            temp=0,
            wal=size,
        )

    @contextmanager
    def _asking(self, target: Target) -> Iterator[sqlite3.Connection]:
        with linked(target) as link:
            # What lasts too long ends with SQLITE_INTERRUPT.
            began = time.monotonic()

            def late() -> bool:
                return time.monotonic() - began > self._seconds

            link.set_progress_handler(late, _STEPS)
            yield link


def _tables(link: sqlite3.Connection, names: Sequence[str]) -> dict[str, str]:
    """The asked name → the table's name as it is written in the schema; what is not there is left out."""
    found = {name: _table(link, name) for name in dict.fromkeys(names)}
    return {name: table for name, table in found.items() if table}


def _table(link: sqlite3.Connection, name: str) -> str:
    row = link.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
        [name_parts(name)[1]],
    ).fetchone()
    return row[0] if row else ""


def _state(link: sqlite3.Connection, name: str, table: str) -> TableState:
    count = link.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0]  # noqa: S608
    listed = link.execute(f"PRAGMA index_list({quoted(table)})").fetchall()
    return TableState(
        name=name,
        rows=count,
        exact=True,
        heap=_pages(link, table),
        indexes=tuple(IndexState(name=full_name("", row[1]), bytes=_pages(link, row[1])) for row in listed),
    )


def _pages(link: sqlite3.Connection, name: str) -> int:
    """Bytes of a table or an index; 0 where SQLite was built without dbstat."""
    with suppress(sqlite3.OperationalError):
        row = link.execute("SELECT sum(pgsize) FROM dbstat WHERE name = ?", [name]).fetchone()
        return int(row[0] or 0)
    return 0


class _Nulls(dict[str, None]):
    """A NULL for every named value that a statement asks for."""

    def __missing__(self, name: str) -> None:
        return None


def _plan(link: sqlite3.Connection, statement: str) -> QueryPlan:
    if not _PLANNABLE.match(statement):
        return QueryPlan(sql=statement, error="it is no statement that the planner plans")
    places = statement.count("?")
    values: Mapping[str, None] | list[None] = [None] * places if places else _Nulls()
    try:
        # sqlite3 takes one statement only.
        found = link.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        return QueryPlan(sql=statement, error=f"SQLite refuses it ({type(error).__name__})")
    used = [match for row in found if (match := _USED.match(row[3]))]
    return QueryPlan(
        sql=statement,
        node=found[0][3].split()[0].title() if found else "",
        indexes=tuple(dict.fromkeys(m[3] for m in used if m[3])),
        scanned=tuple(dict.fromkeys(m[2] for m in used if m[1] == "SCAN" and not m[3])),
    )
