"""The one INSERT that makes a table's rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod

from psycopg import sql

from bot.databases.postgresql_copy_rules import Rules, Unique
from bot.databases.postgresql_copy_tables import Key, Table
from bot.databases.postgresql_copy_values import Column, counting, nth_of, one_of, unlike, value

#: So many rows are tried for each that is wanted, for checks and partitions throw some away.
_TRIES = 8
#: Stepping by a prime that does not divide the number of all pairs of parents visits each pair once.
_STRIDES = (1_000_003, 15_485_863, 86_028_121)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """Rows that children can point at, numbered from 1 in the table `name`, in its column whimbrel_n."""

    key: Key
    name: sql.Identifier
    count: int


@dataclass(slots=True, kw_only=True)
class Plan:
    """How each column of a table gets its values."""

    table: Table
    columns: list[Column]
    rules: Rules
    parents: list[Parent]
    #: Keys to the table itself that may not be NULL: such a row points at itself.
    to_itself: list[Key]
    wanted: int
    #: Columns of keys that are set later.
    empty: frozenset[str] = frozenset()
    #: Unique sets that the values may break; doubles are deleted afterwards.
    doubtful: list[Unique] = field(default_factory=list)
    #: Which parent a column is of, and which of its columns.
    _pointing: dict[str, tuple[int, str]] = field(default_factory=dict)
    _unlike: set[str] = field(default_factory=set)
    #: Parents whose rows are visited in step, so that no pair comes twice.
    _stepped: dict[int, sql.Composable] = field(default_factory=dict)
    #: Columns that count how often all pairs have come.
    _counting: dict[str, int] = field(default_factory=dict)
    #: The texts that checks and a partition's bounds allow.
    _words: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # The key of most columns first: one that is a part of it is kept with it.
        for place, parent in sorted(enumerate(self.parents), key=lambda p: -len(p[1].key.pairs)):
            for mine, _, theirs in parent.key.pairs:
                self._pointing.setdefault(mine, (place, theirs))
        texts = {column.name for column in self.columns if column.is_text}
        self._words = {name: words for name in texts if (words := self.rules.words(name))}
        for unique in self.rules.uniques:
            if not (self._step(unique) or self._make_unlike(unique)):
                self.doubtful.append(unique)
        # No rule asks for it yet, but the change may be about to.
        self._unlike |= {c.name for c in self.columns if c.never_twice and c.name not in self._words}

    def _make_unlike(self, unique: Unique) -> bool:
        """One column of it gets another value in each row."""
        text = " ".join(unique.expressions)
        inside = [
            column
            for column in self.columns
            if column.can_be_unlike
            and column.name not in self._pointing
            and (column.name in unique.columns or re.search(rf"\b{re.escape(column.name)}\b", text))
        ]
        if any(column.name in self._unlike for column in inside):
            return True
        # A date is likely what partitions go by.
        inside.sort(key=lambda column: column.base.startswith(("date", "time")))
        if inside:
            name = inside[0].name
            self._unlike.add(name)
            self.wanted = min(self.wanted, len(self._words.get(name, ())) or self.wanted)
        return bool(inside)

    def _step(self, unique: Unique) -> bool:
        """Its columns point at parents: no two rows at the same, or a number beside them tells them apart."""
        beside = [c for c in self.columns if c.name in unique.columns and c.name not in self._pointing]
        places = {self._pointing[name][0] for name in unique.columns if name in self._pointing}
        enough = not beside or (len(beside) == 1 and beside[0].counts)
        if self._stepped or unique.where or not unique.plain or not places or not enough:
            return False
        counts = [max(1, self.parents[place].count) for place in places]
        every = prod(counts)
        stride = next((s for s in _STRIDES if all(count % s for count in counts)), 1)
        divisor = 1
        for place, count in zip(places, counts, strict=True):
            self._stepped[place] = sql.SQL("1 + ((n::numeric * {}) % {})::int8 / {} % {}").format(
                *map(sql.Literal, (stride, every, divisor, count))
            )
            divisor *= count
        if beside:
            self._counting[beside[0].name] = every
        else:
            self.wanted = min(self.wanted, every)
        return True

    def insert(self, *, with_nulls: bool) -> sql.Composed:
        """`with_nulls`: columns that a check is of are NULL where they may be."""
        names = [sql.Identifier(column.name) for column in self.columns]
        made = self._values(with_nulls=with_nulls)
        kept = self.rules.kept({column.name for column in self.columns})
        tries = self.wanted * (_TRIES if self.rules.checks or self.rules.bounds else 1)
        parts = (
            "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM (SELECT {made} FROM ("
            "SELECT s.*{theirs} FROM (SELECT n, {random} FROM generate_series(1, {tries}::int8) n OFFSET 0) s"
            "{joins} OFFSET 0) x OFFSET 0) {alias} WHERE {kept} LIMIT {wanted}"
        )
        return sql.SQL(parts).format(
            table=self.table.known,
            names=sql.SQL(", ").join(names),
            made=sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(made[column.name], sql.Identifier(column.name))
                for column in self.columns
            ),
            theirs=sql.Composed([*self._theirs()]),
            random=sql.SQL(", ").join([*self._random(), *self._rows_of_parents()]),
            tries=sql.Literal(tries),
            joins=sql.Composed([*self._joins()]),
            alias=sql.Identifier(self.table.name),
            kept=kept,
            wanted=sql.Literal(self.wanted),
        )

    def without_doubles(self, unique: Unique) -> sql.Composed:
        """Delete all but one of the rows that are the same in a unique set."""
        # Expressions and conditions are the catalog's own writing.
        said = [sql.SQL(text) for text in unique.expressions]
        where = [sql.SQL("({}) IS NOT NULL").format(text) for text in said]
        where += [sql.SQL("({})").format(sql.SQL(unique.where))] if unique.where else []
        return sql.SQL(
            "DELETE FROM ONLY {table} a USING (SELECT ctid AS place, row_number() OVER (PARTITION BY {said})"
            " AS number FROM ONLY {table} WHERE {where}) d WHERE a.ctid = d.place AND d.number > 1"
        ).format(table=self.table.known, said=sql.SQL(", ").join(said), where=sql.SQL(" AND ").join(where))

    def _values(self, *, with_nulls: bool) -> dict[str, sql.Composable]:
        checked = {name for check in self.rules.checks for name in check.columns}
        made: dict[str, sql.Composable] = {}
        for column in self.columns:
            if column.name in self.empty:
                made[column.name] = sql.SQL("NULL::{}").format(sql.SQL(column.type))
            elif column.name in self._pointing:
                made[column.name] = sql.Identifier(self._name_of(column.name))
            elif column.name in self._counting:
                made[column.name] = counting(column, self._counting[column.name])
            elif column.name in self._unlike:
                words = self._words.get(column.name)
                made[column.name] = nth_of(column, words) if words else unlike(column)
            elif with_nulls and column.name in checked and not column.required:
                made[column.name] = sql.SQL("NULL::{}").format(sql.SQL(column.type))
            elif column.name in self._words:
                made[column.name] = one_of(column, self._words[column.name])
            else:
                made[column.name] = value(column, self.wanted)
        for key in self.to_itself:
            made |= {mine: made[theirs] for mine, _, theirs in key.pairs if theirs in made}
        return made

    def _name_of(self, column: str) -> str:
        place = next(c.place for c in self.columns if c.name == column)
        return f"k{place}"

    def _theirs(self) -> Iterator[sql.Composable]:
        for mine, (place, theirs) in self._pointing.items():
            yield sql.SQL(", p{}.{} AS {}").format(
                sql.SQL(str(place)), sql.Identifier(theirs), sql.Identifier(self._name_of(mine))
            )

    def _random(self) -> Iterator[sql.Composable]:
        for column in self.columns:
            yield sql.SQL("random() AS {}").format(sql.Identifier(f"w{column.place}"))

    def _rows_of_parents(self) -> Iterator[sql.Composable]:
        """Which row of each parent a row points at, or NULL for none."""
        by_name = {column.name: column for column in self.columns}
        for place, parent in enumerate(self.parents):
            mine = [by_name[name] for name, _, _ in parent.key.pairs if name in by_name]
            nulls = max((column.nulls for column in mine if not column.required), default=0.0)
            row = self._stepped.get(place) or sql.SQL("1 + floor(random() * {})::int8").format(
                sql.Literal(parent.count)
            )
            yield sql.SQL("CASE WHEN random() >= {} THEN {} END AS {}").format(
                sql.Literal(nulls), row, sql.Identifier(f"r{place}")
            )

    def _joins(self) -> Iterator[sql.Composable]:
        for place, parent in enumerate(self.parents):
            alias = sql.SQL(f"p{place}")
            yield sql.SQL(" LEFT JOIN {} {} ON {}.whimbrel_n = s.{}").format(
                parent.name, alias, alias, sql.Identifier(f"r{place}")
            )
