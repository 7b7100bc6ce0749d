"""Rows as a new schema allows them, so that the way back meets what people will have written by then.

Each row is like one that is there, with one column at the edge of what it takes now: NULL, a number beyond
integer, a text as long as may be, a label of an enum. The old schema may not have room for it, and then the
way back fails here and not in production.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from secrets import choice

import psycopg
from psycopg import RawCursor

from bot.core.measures import Written
from bot.databases.postgresql_link import Link
from bot.databases.postgresql_load_columns import Column, Row, Table, rows_of, table_of
from bot.databases.postgresql_load_ready import largest
from bot.databases.postgresql_load_values import Edge, edges, fresh, plain
from bot.databases.postgresql_load_words import words_of

_ROWS_MOST = 1000
#: A column's edge is given up after so many rows that the database refused: the row may have been to blame.
_TRIES = 2


@dataclass(slots=True, kw_only=True)
class _Draft:
    """What is being written into one table."""

    table: Table
    like: list[Row]
    #: Of each column in which a row must differ from all others, the largest number.
    above: dict[str, int]
    written: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def write(link: Link, tables: Sequence[str], rows: int) -> Written:
    """At most `rows` rows into each table, each refusal in its words. What is no table is left out."""
    found = {name: table for name in dict.fromkeys(tables) if (table := table_of(link, name))}
    done: dict[str, int] = {}
    refused: list[str] = []
    for name, table in _parents_first(found):
        if not table.writable:
            continue
        draft = _written(link, table, min(rows, _ROWS_MOST))
        done[name] = draft.written
        refused += [f"{name} did not take {what}: {words}." for what, words in draft.refused.items()]
    return Written(rows=done, refused=tuple(refused))


def _parents_first(found: dict[str, Table]) -> Iterator[tuple[str, Table]]:
    """Tables after those that they point at; of a circle, in the order given."""
    left = dict(found)
    while left:
        waiting = {table.name for table in left.values()}
        free = [
            name
            for name, table in left.items()
            if not {theirs for theirs, _ in table.references.values()} & (waiting - {table.name})
        ]
        for name in free or list(left)[:1]:
            yield name, left.pop(name)


def _written(link: Link, table: Table, rows: int) -> _Draft:
    above = {name: largest(link, table, c) for name in table.distinct if (c := table.column(name))}
    draft = _Draft(table=table, like=rows_of(link, table), above=above)
    turns = list(_edges(table))
    tries: dict[str, int] = {}
    while turns and draft.written < rows:
        for column, (what, value) in list(turns):
            if draft.written >= rows:
                break
            named = f"{what} in {column.name}"
            if not (words := _insert(link, draft, column, value)):
                draft.written += 1
                tries[named] = -_ROWS_MOST  # it is known to fit
                continue
            tries[named] = tries.get(named, 0) + 1
            if tries[named] < 0:
                turns.remove((column, (what, value)))  # it fits once: no other row may have the same
            elif tries[named] >= _TRIES:
                turns.remove((column, (what, value)))
                draft.refused[named] = words
    return draft


def _edges(table: Table) -> Iterator[tuple[Column, Edge]]:
    """First of every column its first, so that a few rows reach every column."""
    each = [
        [(column, edge) for edge in edges(column) if edge[1] is None or column.name not in table.references]
        for column in table.columns
        if not column.computed
    ]
    for turn in zip_longest(*each):
        yield from (pair for pair in turn if pair)


def _insert(link: Link, draft: _Draft, column: Column, value: str | None) -> str:
    """One row; why the database refused it, or ""."""
    row = _row(link, draft, column, value)
    names = ", ".join(c.quoted for c, _ in row)
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    # A number of one's own is fine where the database would give one.
    statement = f"INSERT INTO {draft.table.name} ({names}) OVERRIDING SYSTEM VALUE VALUES ({places})"  # noqa: S608
    try:
        RawCursor(link).execute(statement, [given for _, given in row], prepare=False)
    except psycopg.Error as error:
        if link.closed:
            raise
        return words_of(error)
    return ""


def _row(link: Link, draft: _Draft, edge: Column, value: str | None) -> list[tuple[Column, str | None]]:
    table, like = draft.table, choice(draft.like) if draft.like else None
    found: list[tuple[Column, str | None]] = []
    for column in table.columns:
        alone = column.name in table.distinct
        if column is edge:
            given = _alone(column, value, draft.above[column.name]) if alone and value else value
        elif column.computed or (alone and column.filled):
            continue
        elif alone:
            given = fresh(column, like[column.name] if like else None, draft.above[column.name])
        elif like:
            given = like[column.name]
        else:
            given = _first(link, table, column)
        found.append((column, given))
    return found


def _alone(column: Column, value: str, above: int) -> str | None:
    """The edge's value, in a column where no two rows may be the same."""
    if column.category == "N":
        return fresh(column, None, max(above, int(value) - 1)) if column.type == "bigint" else value
    if column.category == "S":
        return ((fresh(column, None, 0) or "") + value)[: len(value)]
    return value


def _first(link: Link, table: Table, column: Column) -> str | None:
    """A value for the first row of all: of the table that it points at, else a plain one."""
    if reference := table.references.get(column.name):
        name, theirs = reference
        row = link.execute(f"SELECT {theirs}::text FROM {name} LIMIT 1".encode()).fetchone()  # noqa: S608
        return row[0] if row else None
    return plain(column.type, column.category, column.labels)
