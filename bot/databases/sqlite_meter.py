"""Runs a script's SQL on a SQLite scratch database, a statement at a time, and says what each did."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.core.events import Direction
from bot.core.measures import LockHeld, Measured
from bot.core.plans import Script
from bot.core.split import split
from bot.core.targets import Kind, Target
from bot.databases.questions import HISTORY_TABLES
from bot.databases.sqlite_link import linked

#: SQLite locks its file as a whole: from the first write until the end of the transaction nobody else writes.
WHOLE = "the whole database"
_MODE = "Exclusive"
#: How many of SQLite's instructions go by between two looks at the clock.
_STEPS = 100_000
_COMMENTS = re.compile(r"(\s|--[^\n]*(\n|$)|/\*.*?(\*/|$))*", re.DOTALL)
_CONTROL = re.compile(r"(BEGIN|COMMIT|END|ROLLBACK(?!\s+(TRANSACTION\s+)?TO\b))\b", re.IGNORECASE)
_WRITES = re.compile(
    r"(WITH\b.*\b(INSERT|UPDATE|DELETE|REPLACE)|INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|REINDEX|ANALYZE|VACUUM)\b",
    re.IGNORECASE | re.DOTALL,
)
_ROWS_OF = re.compile(
    r"""(?:WITH\b.*?\b)?(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+
        (?:\w+\s*\.\s*)?(?:"((?:[^"]|"")+)"|\[([^\]]+)\]|`([^`]+)`|(\w+))""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_OBJECTS = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view', 'index') AND sql IS NOT NULL"


class SQLiteMeter:
    """Port Meter. `seconds`: the limit of a statement."""

    def __init__(self, seconds: float = 3600.0) -> None:
        self._seconds = seconds

    def measure(self, target: Target, script: Script, direction: Direction) -> Sequence[Measured]:
        """What each statement did; ends with the first that SQLite refused. The script is one transaction,
        unless it says otherwise."""
        forward = direction is Direction.FORWARD
        statements = split(script.forward if forward else script.backward, Kind.SQLITE)
        with linked(target, read_only=False) as link:
            run = _Run(link=link, revision=script.revision, seconds=self._seconds)
            link.set_progress_handler(run.late, _STEPS)
            if script.transactional and statements:
                link.execute("BEGIN")
            for statement in statements:
                if not run.statement(statement):
                    return run.found
            run.finish()
            return run.found


@dataclass(slots=True, kw_only=True)
class _Run:
    link: sqlite3.Connection
    revision: str
    seconds: float
    found: list[Measured] = field(default_factory=list)
    #: When the first statement began, and the one under way, by `time.perf_counter`.
    _first: float = 0.0
    _begin: float = 0.0
    #: The place in `found` of the statement that took the write lock, -1 for none.
    _locker: int = -1

    def late(self) -> bool:
        """Asked by SQLite; true interrupts the statement."""
        return time.perf_counter() > self._begin + self.seconds

    def statement(self, sql: str) -> bool:
        """Run one; whether it may go on."""
        said = _COMMENTS.sub("", sql, count=1)
        if _CONTROL.match(said):
            return self._control(sql)
        objects = self._objects()
        before, error = self.link.total_changes, self._execute(sql)
        end = time.perf_counter()
        after = self._objects() if not error else objects
        table = _table(said)
        if table.lower() in HISTORY_TABLES and not error:
            return True
        changes = self.link.total_changes - before
        self.found.append(
            Measured(
                revision=self.revision,
                number=len(self.found) + 1,
                sql=sql,
                seconds=end - self._begin,
                rows={table: changes} if changes and table else {},
                created=tuple(sorted(after - objects)),
                dropped=tuple(sorted(objects - after)),
                error=error,
            )
        )
        if self._locker < 0 and _WRITES.match(said):
            self._lock(len(self.found) - 1)
        if error or not self.link.in_transaction:
            self._let_go(end)
        if error and self.link.in_transaction:
            self.link.execute("ROLLBACK")
        return not error

    def finish(self) -> None:
        """Commit what is open."""
        if self.link.in_transaction:
            self._control("COMMIT")

    def _control(self, sql: str) -> bool:
        error = self._execute(sql)
        if error:
            self.found.append(
                Measured(
                    revision=self.revision, number=len(self.found) + 1, sql=sql, seconds=0.0, error=error
                )
            )
        if not self.link.in_transaction or error:
            self._let_go(time.perf_counter())
        return not error

    def _execute(self, sql: str) -> str:
        self._begin = time.perf_counter()
        self._first = self._first or self._begin
        try:
            self.link.execute(sql).fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            late = str(error) == "interrupted"
            return f"it took longer than {self.seconds:g} s" if late else str(error)
        return ""

    def _objects(self) -> set[str]:
        names = {row[0] for row in self.link.execute(_OBJECTS)}
        return {name for name in names if name.lower() not in HISTORY_TABLES}

    def _lock(self, place: int) -> None:
        self._locker = place
        lock = LockHeld(relation=WHOLE, mode=_MODE, begin=self._begin - self._first, seconds=0.0)
        self.found[place] = replace(self.found[place], locks=(lock,))

    def _let_go(self, end: float) -> None:
        if self._locker >= 0:
            measured = self.found[self._locker]
            lock = measured.locks[0]
            held = replace(lock, seconds=max(0.0, end - self._first - lock.begin))
            self.found[self._locker] = replace(measured, locks=(held,))
        self._locker = -1


def _table(said: str) -> str:
    match = _ROWS_OF.match(said)
    return next((name for name in match.groups() if name), "") if match else ""
