"""Where a revision can be made to wait, so that it is struck in its middle and not before or after. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bot.core.intruders import Hold
from bot.core.locks import MODES
from bot.core.measures import Measured

#: PostgreSQL's docs, "Conflicting Lock Modes": each mode and those that it keeps from being granted.
_STRONG = ("Share", "ShareRowExclusive", "Exclusive", "AccessExclusive")
CONFLICTS: dict[str, Collection[str]] = {
    "AccessShare": ("AccessExclusive",),
    "RowShare": ("Exclusive", "AccessExclusive"),
    "RowExclusive": _STRONG,
    "ShareUpdateExclusive": ("ShareUpdateExclusive", *_STRONG),
    "Share": ("RowExclusive", "ShareUpdateExclusive", "ShareRowExclusive", "Exclusive", "AccessExclusive"),
    "ShareRowExclusive": ("RowExclusive", "ShareUpdateExclusive", *_STRONG),
    "Exclusive": ("RowShare", "RowExclusive", "ShareUpdateExclusive", *_STRONG),
    "AccessExclusive": MODES,
}
#: A statement that took longer than this is seen while it runs, and can be struck half-way by the clock.
LONG_ENOUGH = 0.5
_ASIDE = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)
_CHANGES_ROWS = re.compile(r"\b(update|delete|merge)\b", re.IGNORECASE)
#: The tool writes its line after the last statement; reading it is not hindered.
_HISTORY = Hold(relation="", mode="Share")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One way to be there in the middle of a revision: while it waits for a lock, or by the clock."""

    #: The statement that is meant, counted from 1; one more than there are: the tool's own, for its history;
    #: 0: nobody knows how many there are.
    number: int
    hold: Hold | None = None
    #: Without a lock: after so many seconds of the statement.
    after: float = 0.0


def aims(statements: Sequence[Measured], tables: Collection[str], *, refuse: bool) -> Iterator[Aim]:
    """The ways to try, the best first. `tables` are there before the revision.

    `refuse`: a lock is to be refused, so that the clock does not help.
    """
    kept, timed = list(_waiting(statements, tables)), [] if refuse else list(_timed(statements))
    table = list(_locks(statements, tables))
    yield from [*_aside(statements, tables), *kept, *timed, *table][:2]
    yield Aim(number=len(statements) + 1 if statements else 0, hold=_HISTORY)


def _aside(statements: Sequence[Measured], tables: Collection[str]) -> Iterator[Aim]:
    """What is built aside waits for older transactions that write, when a part of it is there already."""
    for statement in statements:
        if _ASIDE.search(statement.sql):
            for lock in statement.locks:
                if lock.relation in tables:
                    yield Aim(number=statement.number, hold=Hold(relation=lock.relation, mode="RowExclusive"))


def _waiting(statements: Sequence[Measured], tables: Collection[str]) -> Iterator[Aim]:
    """What changes rows waits for the row in the middle of them."""
    for statement in reversed(statements):
        if _CHANGES_ROWS.search(statement.sql):
            for table in sorted(statement.rows, key=lambda name: -statement.rows[name]):
                if table in tables and statement.rows[table] > 1:
                    yield Aim(number=statement.number, hold=Hold(relation=table, mode="RowShare", row=True))


def _timed(statements: Sequence[Measured]) -> Iterator[Aim]:
    for statement in sorted(statements, key=lambda s: -s.seconds):
        if statement.seconds >= LONG_ENOUGH:
            yield Aim(number=statement.number, after=statement.seconds / 2)


def _locks(statements: Sequence[Measured], tables: Collection[str]) -> Iterator[Aim]:
    """The last statement that waits for a lock which nothing before it waits for."""
    for place in range(len(statements), 0, -1):
        statement = statements[place - 1]
        for lock in statement.locks:
            earlier = {
                held.mode
                for before in statements[: place - 1]
                for held in before.locks
                if held.relation == lock.relation
            }
            if lock.relation in tables and (mode := _mode(lock.mode, earlier)):
                yield Aim(number=statement.number, hold=Hold(relation=lock.relation, mode=mode))


def _mode(wanted: str, earlier: Collection[str]) -> str:
    """The weakest mode that keeps `wanted` from being granted and none of `earlier`; "" for none."""
    for mode in MODES:
        stopped = CONFLICTS[mode]
        if wanted in stopped and not any(one in stopped for one in earlier):
            return mode
    return ""
