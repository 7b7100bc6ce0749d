"""Rows made on the rehearsal server to the statistics of the source's catalog: no row leaves the source.

Parents are made before children, and a child's key is one of its parent's. What a check or a partition does
not take is thrown away, and more are made. Where no rows can be made that keep every rule, the table stays
empty and a note says so: the schema is never bent to the rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from bot.core.lab import CopyOrder
from bot.databases.postgresql_copy import Filled, Progress
from bot.databases.postgresql_copy_plan import Parent, Plan
from bot.databases.postgresql_copy_planned import with_planned
from bot.databases.postgresql_copy_rows import left_empty, must_fit
from bot.databases.postgresql_copy_rules import Rules
from bot.databases.postgresql_copy_source import Source
from bot.databases.postgresql_copy_tables import Key, Table, Tables
from bot.databases.postgresql_copy_values import Column, columns_of
from bot.databases.postgresql_link import Link

#: Rows of a table that has some, by its size on disk, but was never analysed.
_UNKNOWN = 1000
_HAS_ROWS = "SELECT pg_relation_size(%s::oid) > 0"


def made_rows(source: Source, link: Link, order: CopyOrder, progress: Progress) -> Filled:
    """As many rows as the source has, at most `order.rows` of each table, of the named tables and all that
    they point at."""
    tables = with_planned(source, Tables.of(source), order.references)
    chosen = tables.with_parents(tables.named(order.tables))
    if not order.rows:
        must_fit(source, order, tables, chosen)
    made, notes, rows = Made(source=source, link=link, tables=tables), list[str](), Counter[str]()
    parts = Counter(table.said for table in chosen)
    for number, table in enumerate(parents_first(tables, chosen), 1):
        wanted, unknown = _wanted(source, table, order.rows // parts[table.said] if order.rows else 0)
        got, why = made.table(table, wanted)
        rows[table.said] += got
        notes += [f"{table.said} was never analysed: its values are made without statistics."] * unknown
        notes += [f"{table.said} has no rows: {why}."] if wanted and not got else []
        progress(number / len(chosen))
    made.close_circles()
    return Filled(
        rows=dict(rows), notes=(*dict.fromkeys(notes), *left_empty(tables, chosen)), may_give_way=True
    )


def _wanted(source: Source, table: Table, most: int) -> tuple[int, bool]:
    """How many rows, and whether nobody knows how many there are."""
    unknown = not table.rows and bool(source.row(_HAS_ROWS, [table.oid])[0])
    there = _UNKNOWN if unknown else table.rows
    return (min(there, max(1, most)) if most else there), unknown


def parents_first(tables: Tables, chosen: list[Table]) -> list[Table]:
    """Each table after those that it points at, as far as there is such an order."""
    ordered: list[Table] = []
    waiting = list(chosen)
    while waiting:
        keys = {
            table.oid: [k for k in tables.keys.get(table.oid, ()) if k.parent not in table.above]
            for table in waiting
        }
        there = {oid for table in waiting for oid in table.above}
        free = [table for table in waiting if not any(key.parent in there for key in keys[table.oid])]
        if not free:
            # In a circle, a table whose keys may be NULL goes first: they are set in the end.
            circle = [table for table in waiting if _in_circle(table, waiting, keys)]
            loose = [t for t in circle if not any(k.required and k.parent in there for k in keys[t.oid])]
            free = (loose or circle or waiting)[:1]
        ordered += free
        waiting = [table for table in waiting if table not in free]
    return ordered


def _in_circle(table: Table, waiting: list[Table], keys: dict[int, list[Key]]) -> bool:
    """Whether it points, by way of others, at itself."""
    seen: set[int] = set()
    ahead = [table]
    while ahead:
        parents = {key.parent for key in keys[ahead.pop().oid]}
        ahead += [other for other in waiting if parents & {*other.above} and other.oid not in seen]
        seen |= {other.oid for other in ahead}
        if table.oid in seen:
            return True
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A key that points at a table which is made later. `fixed`: columns that have their value already."""

    table: Table
    key: Key
    nulls: float
    fixed: frozenset[str]

    @property
    def free(self) -> list[tuple[str, str]]:
        """The columns that are to be set, with the parent's."""
        return [(mine, theirs) for mine, _, theirs in self.key.pairs if mine not in self.fixed]

    def update(self, parent: Parent) -> sql.Composed:
        """Point at any of the parent's rows, or at one whose other columns are the row's own."""
        held = [(mine, theirs) for mine, _, theirs in self.key.pairs if mine in self.fixed]
        columns = [sql.Identifier(theirs) for _, theirs in held]
        if held:
            name = sql.SQL("(SELECT DISTINCT ON ({0}) * FROM {1} ORDER BY {0}, random())").format(
                sql.SQL(", ").join(columns), parent.name
            )
            same = [
                sql.SQL("k.{} = t.{}").format(sql.Identifier(theirs), sql.Identifier(mine))
                for mine, theirs in held
            ]
        else:
            name, same = sql.Composed([parent.name]), [sql.SQL("k.whimbrel_n = s.r").format()]
        parts = (
            "UPDATE ONLY {table} t SET ({mine}) = ROW({theirs}) FROM (SELECT ctid AS place,"
            " 1 + floor(random() * {count})::int8 AS r, random() AS w FROM ONLY {table} OFFSET 0) s,"
            " {parent} k WHERE t.ctid = s.place AND s.w >= {nulls} AND {same}"
        )
        return sql.SQL(parts).format(
            table=self.table.known,
            mine=sql.SQL(", ").join(sql.Identifier(mine) for mine, _ in self.free),
            theirs=sql.SQL(", ").join(
                sql.SQL("k.{}").format(sql.Identifier(their)) for _, their in self.free
            ),
            count=sql.Literal(parent.count),
            parent=name,
            nulls=sql.Literal(self.nulls),
            same=sql.SQL(" AND ").join(same),
        )


@dataclass(slots=True, kw_only=True)
class Made:
    """Makes table after table."""

    source: Source
    link: Link
    tables: Tables
    _done: set[int] = field(default_factory=set)
    _open: list[Later] = field(default_factory=list)

    def table(self, table: Table, wanted: int) -> tuple[int, str]:
        """Make its rows: how many came of it, and why none did."""
        columns = columns_of(self.source, table.oid)
        rules = Rules.of(self.source, self.link, table)
        parents, later = self._parents(table, columns)
        self._done |= {*table.above}
        if wanted and (needed := [p.key for p in parents if not p.count and p.key.required]):
            return 0, f"its parent {needed[0].parent_known.as_string(self.link)} has none"
        keys = self.tables.keys.get(table.oid, ())
        to_itself = [key for key in keys if key.parent in table.above and key.required]
        plan = Plan(
            table=table,
            columns=columns,
            rules=rules,
            parents=parents,
            to_itself=to_itself,
            wanted=wanted,
            empty=frozenset(mine for one in later for mine, _ in one.free),
        )
        why = "none could be made that keeps its checks"
        for with_nulls in (False, True):
            try:
                got = self._insert(plan, with_nulls=with_nulls)
            except (psycopg.DataError, psycopg.IntegrityError) as error:
                got, why = 0, error.diag.message_primary or why
            if got or not wanted:
                self._open += later if got else []
                return got, ""
        return 0, why

    def close_circles(self) -> None:
        """Set the keys whose parents had to be made first."""
        for number, later in enumerate(self._open):
            parent = self._numbered(f"whimbrel_later_{number}", later.key)
            if parent.count and later.free:
                self.link.execute(later.update(parent))

    def _parents(self, table: Table, columns: list[Column]) -> tuple[list[Parent], list[Later]]:
        """Parents that are made, and keys to be set later."""
        by_name = {column.name: column for column in columns}
        now: list[Parent] = []
        later: list[Later] = []
        keys = self.tables.keys.get(table.oid, ())
        for number, key in enumerate(keys):
            if key.parent in self._done:
                now.append(self._numbered(f"whimbrel_{table.oid}_{number}", key))
            elif not key.required:
                nulls = max((by_name[mine].nulls for mine, _, _ in key.pairs if mine in by_name), default=0.0)
                others = {m for other in keys if other is not key for m, _, _ in other.pairs}
                fixed = others | {column.name for column in columns if column.required}
                later.append(Later(table=table, key=key, nulls=nulls, fixed=frozenset(fixed)))
            elif key.parent not in table.above:
                now.append(Parent(key=key, name=sql.Identifier("none"), count=0))
        return now, later

    def _numbered(self, name: str, key: Key) -> Parent:
        theirs = sql.SQL(", ").join(sql.Identifier(their) for _, _, their in key.pairs)
        table = sql.Identifier("pg_temp", name)
        parts = "CREATE TEMP TABLE {} AS SELECT row_number() OVER () AS whimbrel_n, {} FROM {} {}"
        only = sql.SQL("" if key.parted else "ONLY")
        self.link.execute(sql.SQL(parts).format(sql.Identifier(name), theirs, only, key.parent_known))
        self.link.execute(sql.SQL("ANALYZE {}").format(table))
        row = self.link.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
        return Parent(key=key, name=table, count=int(row[0]) if row else 0)

    def _insert(self, plan: Plan, *, with_nulls: bool) -> int:
        with self.link.transaction():
            self.link.execute(plan.insert(with_nulls=with_nulls))
            for unique in plan.doubtful:
                self.link.execute(plan.without_doubles(unique))
            count = sql.SQL("SELECT count(*) FROM ONLY {}").format(plan.table.known)
            row = self.link.execute(count).fetchone()
        return int(row[0]) if row else 0
