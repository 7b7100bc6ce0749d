"""Table shapes from a SQLite file's pragmas."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from bot.core.schemas import Column, ForeignKey, Index, Key, TableShape
from bot.databases.questions import name_parts
from bot.databases.sqlite_link import quoted

_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


def shapes(link: sqlite3.Connection, names: Sequence[str]) -> list[TableShape]:
    """The named tables in their order, then their neighbours by name."""
    #: SQLite takes a name in any case; the schema's own way of writing it is the one that is told.
    there = {row[0].lower(): row[0] for row in link.execute(_TABLES)}
    asked = [name_parts(name)[1].lower() for name in names]
    ours = list(dict.fromkeys(there[name] for name in asked if name in there))
    keys = {table: list(_keys(link, table, there)) for table in there.values()}
    named = [_shape(link, table, keys[table]) for table in ours]
    beside = [
        TableShape(name=table, foreign_keys=tuple(k for k in keys[table] if k.parent in ours), neighbour=True)
        for table in sorted(set(there.values()) - set(ours))
        if any(k.parent in ours for k in keys[table]) or any(k.parent == table for t in ours for k in keys[t])
    ]
    return named + beside


def _shape(link: sqlite3.Connection, table: str, keys: list[ForeignKey]) -> TableShape:
    pointing = {column for key in keys for column in key.columns}
    columns = [
        Column(
            name=name,
            type=kind.lower() or "any",
            nullable=not (not_null or primary),
            key=Key.of(primary=bool(primary), foreign=name in pointing),
            default="generated" if hidden in (2, 3) else default or "",
        )
        for _, name, kind, not_null, default, primary, hidden in link.execute(
            f"PRAGMA table_xinfo({quoted(table)})"
        )
        if hidden != 1
    ]
    return TableShape(
        name=table,
        columns=tuple(columns),
        foreign_keys=tuple(keys),
        indexes=tuple(_indexes(link, table)),
    )


def _keys(link: sqlite3.Connection, table: str, there: dict[str, str]) -> Iterator[ForeignKey]:
    """Foreign keys have no name here that SQLite would tell: what they do is their name."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    rows = link.execute(f"PRAGMA foreign_key_list({quoted(table)})").fetchall()
    for number, _, parent, mine, theirs, *_ in sorted(rows, key=lambda row: row[:2]):
        found.setdefault(number, []).append((parent, mine, theirs or ""))
    for parts in found.values():
        columns, parent = tuple(mine for _, mine, _ in parts), parts[0][0]
        yield ForeignKey(
            name=f"{', '.join(columns)} → {parent}",
            columns=columns,
            parent=there.get(parent.lower(), parent),
            targets=tuple(theirs for *_, theirs in parts if theirs),
        )


def _indexes(link: sqlite3.Connection, table: str) -> Iterator[Index]:
    for _, name, unique, origin, partial in link.execute(f"PRAGMA index_list({quoted(table)})").fetchall():
        if origin == "pk":
            continue
        columns = [row[2] or "expression" for row in link.execute(f"PRAGMA index_info({quoted(name)})")]
        definition = f"({', '.join(columns)})" + (" for some rows" if partial else "")
        # The index of a UNIQUE constraint is numbered, and numbered anew when its table is rebuilt.
        said = name if origin == "c" else f"unique {definition}"
        yield Index(name=said, definition=definition, unique=bool(unique))
