"""Keys, dependents and rows of SQLite tables."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Sequence
from hashlib import blake2b
from itertools import groupby

from bot.core.personal import Personal, by_shape
from bot.core.survey import Broken, ColumnLook, Demand, Demanded, Dependent, Key, TableSum
from bot.databases.questions import full_name, says
from bot.databases.sqlite_link import quoted

_VALUES, _WIDEST = 200, 300
_NO_NUMBER = re.compile(r"bool|date|time|real|floa|doub|blob", re.IGNORECASE)


class Refused(Exception):
    """SQLite would not answer one question; the message is a clause that holds none of its data."""


def keys(link: sqlite3.Connection, ours: Collection[str]) -> list[Key]:
    """Foreign keys from and to the tables (in lower case), with the rows that point at nothing."""
    tables = [row[0] for row in link.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = []
    for table in tables:
        listed = link.execute(f"PRAGMA foreign_key_list({quoted(table)})").fetchall()
        for _, parts in groupby(sorted(listed), key=lambda row: row[0]):
            columns = list(parts)
            mine = tuple(row[3] for row in columns)
            theirs = tuple(row[4] for row in columns)
            parent = columns[0][2]
            if not {table.lower(), parent.lower()} & set(ours):
                continue
            if None in theirs:
                theirs = _primary(link, parent)
            found.append(_key(link, table, parent, mine, theirs))
    return found


def _key(
    link: sqlite3.Connection, table: str, parent: str, mine: tuple[str, ...], theirs: tuple[str, ...]
) -> Key:
    rows: int | None = None
    of, why = 0, ""
    try:
        rows, of = _orphans(link, table, parent, mine, theirs)
    except Refused as refused:
        why = str(refused)
    return Key(
        name=f"({', '.join(mine)}) → {parent}",
        table=full_name("", table),
        columns=mine,
        parent=full_name("", parent),
        parent_columns=theirs,
        # There is no key that holds for new rows only.
        validated=True,
        indexed=_indexed(link, table, mine),
        orphans=rows,
        of=of,
        why=why,
    )


def _orphans(
    link: sqlite3.Connection, table: str, parent: str, mine: Sequence[str], theirs: Sequence[str]
) -> tuple[int, int]:
    if len(mine) != len(theirs):
        raise Refused("the table that it points at has no key of as many columns")
    points = " AND ".join(f"c.{quoted(c)} IS NOT NULL" for c in mine)
    same = " AND ".join(f"p.{quoted(t)} = c.{quoted(m)}" for m, t in zip(mine, theirs, strict=True))
    lost = f"{points} AND NOT EXISTS (SELECT 1 FROM {quoted(parent)} p WHERE {same})"  # noqa: S608
    return _counted(link, table, lost)


def _primary(link: sqlite3.Connection, table: str) -> tuple[str, ...]:
    columns = link.execute(f"PRAGMA table_info({quoted(table)})").fetchall()
    return tuple(row[1] for row in sorted(columns, key=lambda row: row[5]) if row[5])


def _indexed(link: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> bool:
    if _primary(link, table)[: len(columns)] == columns:
        return True
    for _, index, _, _, partial in link.execute(f"PRAGMA index_list({quoted(table)})").fetchall():
        known = [row[2] for row in link.execute(f"PRAGMA index_info({quoted(index)})")]
        if not partial and set(known[: len(columns)]) == set(columns):
            return True
    return False


def dependents(link: sqlite3.Connection, name: str, table: str) -> list[Dependent]:
    """Views and triggers that name the table in their text, and views that name those."""
    texts = link.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger')"
    ).fetchall()
    columns = [row[1] for row in link.execute(f"PRAGMA table_info({quoted(table)})")]
    found: dict[str, Dependent] = {}
    waiting = [(table, "")]
    while waiting:
        word, through = waiting.pop(0)
        for kind, own, sql in texts:
            if own not in found and own != word and says(sql, word):
                named = tuple(c for c in columns if says(sql, c)) if not through else ()
                found[own] = Dependent(
                    kind=kind, name=full_name("", own), table=name, columns=named, through=through, sure=False
                )
                if kind == "view":
                    waiting.append((own, own))
    return list(found.values())


def broken(link: sqlite3.Connection, demand: Demand, table: str, parent: str) -> Broken:
    """The rows that break it; None with the reason when that cannot be known."""
    if demand.unaskable or not table:
        return Broken(demand=demand, rows=None, why=demand.unaskable or "the table is not there yet")
    try:
        rows, of = _breaking(link, demand, table, parent)
    except Refused as refused:
        return Broken(demand=demand, rows=None, why=str(refused))
    return Broken(demand=demand, rows=rows, of=of)


def _breaking(link: sqlite3.Connection, demand: Demand, table: str, parent: str) -> tuple[int, int]:
    keys = [demand.sql] if demand.sql else [quoted(c) for c in demand.columns]
    if demand.kind is Demanded.NOT_NULL:
        empty = " OR ".join(f"{key} IS NULL" for key in keys)
        return _counted(link, table, empty)
    if demand.kind is Demanded.CHECK and demand.sql:
        return _counted(link, table, f"({demand.sql}) IS FALSE")
    if demand.kind is Demanded.FOREIGN_KEY and parent:
        theirs = demand.parent_columns or _primary(link, parent)
        return _orphans(link, table, parent, demand.columns, theirs)
    if demand.kind in (Demanded.UNIQUE, Demanded.PRIMARY_KEY):
        asked = [f"{key} IS NOT NULL" for key in keys] + ([f"({demand.where})"] if demand.where else [])
        where, key = " AND ".join(asked), ", ".join(keys)
        every = f"SELECT count(*) AS n FROM {quoted(table)} WHERE {where} GROUP BY {key}"  # noqa: S608
        twins = "coalesce(sum(n) FILTER (WHERE n > 1), 0), coalesce(sum(n), 0)"
        return _asked(link, f"SELECT {twins} FROM ({every})")  # noqa: S608
    raise Refused("SQLite has no such demand, or not yet")


def looks(link: sqlite3.Connection, name: str, table: str) -> list[ColumnLook]:
    """One for each column, by its first values: any column may hold text here."""
    columns = [(row[1], row[2]) for row in link.execute(f"PRAGMA table_info({quoted(table)})")]
    asked = [column for column, kind in columns if not _NO_NUMBER.search(kind)]
    wanted = ", ".join(f"substr(CAST({quoted(c)} AS TEXT), 1, {_WIDEST})" for c in asked)
    values: list[tuple[str | None, ...]] = []
    why = ""
    try:
        if asked:
            values = link.execute(f"SELECT {wanted} FROM {quoted(table)} LIMIT {_VALUES}").fetchall()  # noqa: S608
    except (sqlite3.Error, UnicodeDecodeError):
        why = "SQLite would not show them as text"
    found = []
    for column, kind in columns:
        place = asked.index(column) if column in asked else -1
        present = [row[place] for row in values if row[place] is not None] if place >= 0 else []
        shapes: dict[Personal, int] = {}
        for shape in filter(None, map(by_shape, map(str, present))):
            shapes[shape] = shapes.get(shape, 0) + 1
        found.append(
            ColumnLook(
                table=name,
                column=column,
                type=kind.lower(),
                seen=len(present),
                shapes=shapes,
                why=why if place >= 0 else "",
            )
        )
    return found


def summed(link: sqlite3.Connection, name: str, table: str, wanted: Sequence[str] | None) -> TableSum:
    """Count and sum over the columns that it has, by value and kind: 1 and '1' are not the same."""
    there = [row[1] for row in link.execute(f"PRAGMA table_info({quoted(table)})")]
    columns = [c for c in there if wanted is None or c in wanted]
    listed = ", ".join(quoted(c) for c in columns) or "NULL"
    count = total = 0
    try:
        for row in link.execute(f"SELECT {listed} FROM {quoted(table)}"):  # noqa: S608
            count += 1
            total += int.from_bytes(blake2b(repr(row).encode(), digest_size=8).digest(), "big")
    except sqlite3.Error as error:
        return TableSum(name=name, columns=tuple(columns), rows=count, sum=None, why=_reason(error))
    return TableSum(name=name, columns=tuple(columns), rows=count, sum=total)


def _counted(link: sqlite3.Connection, table: str, condition: str) -> tuple[int, int]:
    return _asked(link, f"SELECT count(*) FILTER (WHERE {condition}), count(*) FROM {quoted(table)} c")  # noqa: S608


def _asked(link: sqlite3.Connection, query: str) -> tuple[int, int]:
    try:
        rows, of = link.execute(query).fetchone()
    except sqlite3.Error as error:
        raise Refused(_reason(error)) from None
    return int(rows), int(of)


def _reason(error: sqlite3.Error) -> str:
    late = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT
    return "it took too long" if late else f"SQLite refused the question ({type(error).__name__})"
