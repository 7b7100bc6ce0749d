"""A workload on a SQLite file, thin: one client, statements made from the schema, every write taken back."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from random import choices, uniform
from threading import Event, Lock, Thread

from bot.core.errors import StepFailed
from bot.core.lab import Workload
from bot.core.measures import Felt, Written
from bot.core.targets import Target
from bot.databases.load_tally import BEFORE, PARTS, Tally, part_of
from bot.databases.questions import name_parts
from bot.databases.sqlite_link import file_of, linked, open_file, quoted

THINK = 0.01
_BUSY_AGAIN = 0.002
_PATIENCE = 10.0
_ROWS_MOST = 1000
_LONG = "as long as it may be " * 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    name: str
    type: str
    nullable: bool
    #: It is the row's own number, which SQLite gives.
    number: bool
    #: It may not be the same in two rows.
    distinct: bool
    #: It points at another table.
    points: bool


class SQLiteLoads:
    """Port Loads, for a database in a file. SQLite counts no statements: all are made from the schema."""

    def workload(self, source: Target, scratch: Target, tables: Sequence[str]) -> Workload:  # noqa: ARG002
        """A point read, a range read and an update of each table."""
        with linked(scratch) as link:
            found = [pair for name in _known(link, tables) for pair in _made(link, name)]
        if not found:
            raise StepFailed(f"There is no workload for {', '.join(tables) or 'no table'}.")
        statements, weights = zip(*found, strict=True)
        return Workload(source="made from the schema", statements=statements, weights=weights, clients=1)

    def scripted(self, name: str, text: str) -> Workload:  # noqa: ARG002
        """No script for pgbench can be played here."""
        raise StepFailed(f"{name} is a script for pgbench, and this is SQLite.", hint="Leave it out.")

    @contextmanager
    def play(self, target: Target, workload: Workload) -> Iterator[SQLitePlay]:
        """One client, whatever the workload says: a file has one writer."""
        if workload.script or not workload.statements:
            raise StepFailed("On SQLite only statements can be played.", hint="Leave the script out.")
        with linked(target):
            playing = SQLitePlay(target, workload)
        try:
            playing.start()
            yield playing
        finally:
            playing.felt()

    def write_new_shape(self, target: Target, tables: Sequence[str], rows: int) -> Written:
        """Rows like those that are there, each with one column at the edge of what it takes."""
        done: dict[str, int] = {}
        refused: list[str] = []
        with linked(target, read_only=False) as link:
            for name, table in _known(link, tables).items():
                done[name], words = _write(link, table, min(rows, _ROWS_MOST))
                refused += [f"{name} did not take {what}: {why}." for what, why in words.items()]
        return Written(rows=done, refused=tuple(refused))


class SQLitePlay:
    """Port Loaded."""

    def __init__(self, target: Target, workload: Workload) -> None:
        self._path, self._workload = file_of(target), workload
        self._tally = Tally(workload.statements, THINK)
        self._part, self._over, self._lock = BEFORE, Event(), Lock()
        self._link: sqlite3.Connection | None = None
        self._thread = Thread(target=self._work, name="load", daemon=True)
        self._felt: Felt | None = None

    def start(self) -> None:
        """From now on it runs."""
        self._thread.start()

    def mark(self, part: str) -> None:
        """From now on it is "during" or "after"."""
        if part not in PARTS:
            raise ValueError(f"{part} is no part of a workload.")
        self._part = part

    def felt(self) -> Felt:
        """What it felt; ends it."""
        with self._lock:
            if self._felt is None:
                self._over.set()
                deadline = time.monotonic() + _PATIENCE
                while self._thread.is_alive() and time.monotonic() < deadline:
                    if self._link:
                        self._link.interrupt()
                    self._thread.join(0.1)
                self._felt = self._tally.felt(self._workload.source)
            return self._felt

    def _work(self) -> None:
        statements = self._workload.statements
        weights = self._workload.weights or [1.0] * len(statements)
        with closing(open_file(self._path, "rw")) as link:
            link.execute("PRAGMA busy_timeout = 0")  # it is we who ask again: that can be ended
            self._link = link
            while not self._over.is_set():
                [which] = choices(range(len(statements)), weights)  # noqa: S311
                self._run(link, which, statements[which])
                self._over.wait(uniform(0.5, 1.5) * THINK)  # noqa: S311
            self._link = None

    def _run(self, link: sqlite3.Connection, which: int, statement: str) -> None:
        part, began = self._part, time.perf_counter()
        while True:
            error = ""
            try:
                link.execute("BEGIN")
                link.execute(statement).fetchall()
            except sqlite3.Error as caught:
                error = str(caught)
                busy = getattr(caught, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if busy and not self._over.is_set():
                    _back(link)
                    self._over.wait(_BUSY_AGAIN)
                    continue
            break
        _back(link)
        seconds, part = time.perf_counter() - began, part_of(part, self._part)
        if error and not self._over.is_set():
            self._tally.failed(part, which, seconds, error)
        else:
            self._tally.took(part, which, seconds)


def _back(link: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        if link.in_transaction:
            link.execute("ROLLBACK")


def _known(link: sqlite3.Connection, tables: Sequence[str]) -> dict[str, str]:
    """The tables that are there: as the plan calls them, and as they are called."""
    there = {
        row[0].lower(): row[0] for row in link.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    }
    names = {name: name_parts(name)[1].lower() for name in dict.fromkeys(tables)}
    return {name: there[plain] for name, plain in names.items() if plain in there}


def _made(link: sqlite3.Connection, name: str) -> Iterator[tuple[str, float]]:
    columns = _columns(link, name)
    table, names = quoted(name), ", ".join(quoted(column.name) for column in columns)
    try:
        link.execute(f"SELECT rowid FROM {table} LIMIT 0")  # noqa: S608
    except sqlite3.OperationalError:
        yield f"SELECT {names} FROM {table} LIMIT 20", 3.0  # noqa: S608
        return
    some = f"rowid >= abs(random()) % (SELECT coalesce(max(rowid), 0) + 1 FROM {table})"  # noqa: S608
    yield f"SELECT {names} FROM {table} WHERE {some} LIMIT 1", 12.0  # noqa: S608
    yield f"SELECT {names} FROM {table} WHERE {some} LIMIT 20", 3.0  # noqa: S608
    free = [quoted(c.name) for c in columns if not (c.number or c.distinct or c.points)]
    if free:
        one = f"(SELECT rowid FROM {table} WHERE {some} LIMIT 1)"  # noqa: S608
        yield f"UPDATE {table} SET {free[0]} = {free[0]} WHERE rowid = {one}", 3.0  # noqa: S608


def _columns(link: sqlite3.Connection, table: str) -> list[_Column]:
    """Its columns, without the computed ones."""
    alone = {
        column
        for _, index, unique, *_ in link.execute(f"PRAGMA index_list({quoted(table)})").fetchall()
        if unique
        for _, _, column in link.execute(f"PRAGMA index_info({quoted(index)})").fetchall()
    }
    points = {row[3] for row in link.execute(f"PRAGMA foreign_key_list({quoted(table)})")}
    rows = link.execute(f"PRAGMA table_xinfo({quoted(table)})").fetchall()
    single = sum(1 for row in rows if row[5]) == 1
    return [
        _Column(
            name=name,
            type=(type_ or "").upper(),
            nullable=not notnull and not key,
            number=bool(key) and single and (type_ or "").upper() == "INTEGER",
            distinct=name in alone or bool(key),
            points=name in points,
        )
        for _, name, type_, notnull, _, key, hidden in rows
        if not hidden
    ]


def _edges(columns: Sequence[_Column]) -> Iterator[tuple[_Column, str, object]]:
    for column in columns:
        if column.number or column.distinct:
            continue
        if column.nullable:
            yield column, "NULL", None
        if column.points:
            continue
        if "INT" in column.type:
            yield column, "a number beyond 32 bits", 2**31 + secrets.randbelow(1_000_000)
        elif any(word in column.type for word in ("CHAR", "TEXT", "CLOB")):
            yield column, f"a text of {len(_LONG)} characters", _LONG


def _write(link: sqlite3.Connection, name: str, rows: int) -> tuple[int, dict[str, str]]:
    """How many rows it took, and what it did not take, with SQLite's words."""
    columns = [column for column in _columns(link, name) if not column.number]
    names = ", ".join(quoted(column.name) for column in columns)
    like = link.execute(f"SELECT {names} FROM {quoted(name)} LIMIT 1").fetchone() if columns else None  # noqa: S608
    places = ", ".join("?" for _ in columns)
    statement = f"INSERT INTO {quoted(name)} ({names}) VALUES ({places})"  # noqa: S608
    turns, written = list(_edges(columns)), 0
    refused: dict[str, str] = {}
    while like and turns and written < rows:
        for edge, what, value in list(turns)[: rows - written]:
            row = [value if c is edge else _value(c, old) for c, old in zip(columns, like, strict=True)]
            try:
                link.execute(statement, row)
                written += 1
            except sqlite3.Error as error:
                refused[f"{what} in {edge.name}"] = str(error)
                turns.remove((edge, what, value))
    return written, refused


def _value(column: _Column, old: object) -> object:
    if not column.distinct:
        return old
    if isinstance(old, int | float):
        return 2**40 + secrets.randbelow(2**20)
    return f"{secrets.token_hex(6)}{old}"
