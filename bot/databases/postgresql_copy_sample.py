"""Choosing the rows of a sample: by their places in the source, which stay what they are within one snapshot.

Nothing is written to the source, and no key is needed: a row is known by its table and its ctid. What the
rows of one round point at is the next round, until nothing new comes; so cycles and tables that point at
themselves come to their end.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from psycopg import sql

from bot.core.errors import StepFailed
from bot.databases.postgresql_copy_source import Source
from bot.databases.postgresql_copy_tables import Table, Tables

#: Rows whose parents are asked for at once.
_AT_ONCE = 20_000
#: Where a sample is none any more, and where a chain of rows, each pointing at the one before, is given up.
_MOST = 5_000_000
_ROUNDS = 10_000
#: The same rows for the same source, as far as it stays the same.
_SEED = 20
#: A table of so many times the rows that are wanted is read in parts.
_LARGE = 10


@dataclass(slots=True, kw_only=True)
class Sample:
    """Which rows. `most`: of each table that is asked for; more only where others point at them."""

    source: Source
    tables: Tables
    most: int
    #: Chosen ctids, by table.
    places: dict[int, set[str]] = field(default_factory=dict)

    def choose(self, named: Iterable[Table]) -> None:
        """Some rows of each, and all that they point at. Raises StepFailed when that would be too many."""
        # Who points at others goes first: a parent is filled up to `most` with rows that nobody points at.
        asked = list(named)
        parts = Counter(table.said for table in asked)
        for table in self._children_first(asked):
            there = self.places.setdefault(table.oid, set())
            # A partition has its share of what the whole table may have.
            most = max(1, self.most // parts[table.said])
            new = [place for place in self._some(table, most) if place not in there]
            self._follow({table.oid: set(new[: max(0, most - len(there))])})

    def _follow(self, new: dict[int, set[str]]) -> None:
        for _ in range(_ROUNDS):
            for oid, places in new.items():
                self.places.setdefault(oid, set()).update(places)
            if sum(map(len, self.places.values())) > _MOST:
                break
            new = self._parents(new)
            if not new:
                return
        raise StepFailed(
            f"A sample of {self.source.target.id} has no end: rows point at rows, and these at others.",
            hint="Copy all of it, or have the rows made.",
        )

    def _parents(self, rows: dict[int, set[str]]) -> dict[int, set[str]]:
        """What the rows point at and is not chosen yet."""
        found: dict[int, set[str]] = {}
        for oid, places in rows.items():
            for key in self.tables.keys.get(oid, ()):
                for part in _parts(sorted(places)):
                    asked = key.parents(self.tables.by_oid[oid], part)
                    for parent, place in self.source.rows(asked):
                        if parent in self.tables.by_oid and place not in self.places.get(parent, ()):
                            found.setdefault(parent, set()).add(place)
        return found

    def _some(self, table: Table, wanted: int) -> list[str]:
        """Places of rows all over the table, in no order: up to twice as many as wanted, or all there are."""
        name, most = table.known, sql.Literal(wanted * 4)
        places: list[str] = []
        if table.rows > wanted * _LARGE:
            share = sql.Literal(min(100.0, 200.0 * wanted / table.rows))
            part = sql.SQL("SELECT ctid::text FROM ONLY {} TABLESAMPLE SYSTEM ({}) REPEATABLE ({}) LIMIT {}")
            places = [row[0] for row in self.source.rows(part.format(name, share, sql.Literal(_SEED), most))]
        if len(places) < wanted:
            whole = sql.SQL("SELECT ctid::text FROM ONLY {} LIMIT {}").format(name, most)
            places += [row[0] for row in self.source.rows(whole)]
        places = list(dict.fromkeys(places))
        random.Random(_SEED).shuffle(places)  # noqa: S311
        return places

    def _children_first(self, named: Iterable[Table]) -> Iterator[Table]:
        """Each table before those that it points at, as far as there is such an order."""
        waiting = list(named)
        while waiting:
            parents = {
                key.parent
                for table in waiting
                for key in self.tables.keys.get(table.oid, ())
                if key.parent not in table.above
            }
            free = [table for table in waiting if not parents & {*table.above}] or waiting[:1]
            yield from free
            waiting = [table for table in waiting if table not in free]


def _parts(places: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(places), _AT_ONCE):
        yield places[at : at + _AT_ONCE]
