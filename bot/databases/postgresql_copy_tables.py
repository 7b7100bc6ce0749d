"""The tables of a source and the foreign keys between them: what a copy has to know of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from bot.databases.postgresql_copy_source import Source
from bot.databases.questions import name_parts

# Rows lie in plain tables and in the leaves of partitioned ones. What an extension made, it fills itself.
_TABLES = """
SELECT c.oid::int8, n.nspname::text, c.relname::text, greatest(c.reltuples, 0)::int8,
  c.relpages::int8 * current_setting('block_size')::int8,
  ARRAY(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        ORDER BY a.attnum),
  c.oid::int8 || ARRAY(SELECT a.relid::oid::int8 FROM pg_partition_ancestors(c.oid) a(relid)),
  ARRAY[ARRAY[n.nspname::text, c.relname::text]] || ARRAY(
    SELECT ARRAY[s.nspname::text, t.relname::text]
    FROM pg_partition_ancestors(c.oid) WITH ORDINALITY a(relid, place)
    JOIN pg_class t ON t.oid = a.relid JOIN pg_namespace s ON s.oid = t.relnamespace ORDER BY a.place)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                  AND d.deptype = 'e')
ORDER BY 2, 3
"""
# A key that points at a partitioned table is written once more for each partition: those are left out.
_KEYS = """
SELECT k.conrelid::int8, k.confrelid::int8, p.relkind = 'p', n.nspname::text, p.relname::text,
  (SELECT bool_and(a.attnotnull) FROM pg_attribute a
   WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)),
  (SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u(num, place)
   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num),
  (SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY u(num, place)
   JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num),
  (SELECT array_agg(ARRAY[s.nspname::text, o.oprname::text] ORDER BY u.place)
   FROM unnest(k.conpfeqop) WITH ORDINALITY u(oid, place)
   JOIN pg_operator o ON o.oid = u.oid JOIN pg_namespace s ON s.oid = o.oprnamespace)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid AND c.relkind = 'r'
JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace n ON n.oid = p.relnamespace
WHERE k.contype = 'f'
  AND NOT EXISTS (SELECT FROM pg_constraint up WHERE up.oid = k.conparentid AND up.conrelid = k.conrelid)
ORDER BY 1, k.conname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with rows of its own. `rows` and `bytes` are the planner's, without indexes."""

    oid: int
    schema: str
    name: str
    rows: int
    bytes: int
    #: Without those that the server works out itself.
    columns: tuple[str, ...]
    #: Itself and the partitioned tables above it: oids, and schemas with names, the topmost last.
    above: tuple[int, ...]
    names: tuple[tuple[str, str], ...]

    @property
    def said(self) -> str:
        """As people name it: a partition by its whole table, and with a schema that is not the usual one."""
        schema, name = self.names[-1]
        parts = (name,) if schema == "public" else (schema, name)
        plain = [part.isidentifier() and part == part.lower() for part in parts]
        quoted = ['"' + part.replace('"', '""') + '"' for part in parts]
        return ".".join(
            part if bare else other for part, bare, other in zip(parts, plain, quoted, strict=True)
        )

    def goes_by(self, schema: str, name: str) -> bool:
        """Whether it, or a table that it is a partition of, is called so; "" for any schema."""
        return any(mine[1] == name and schema in ("", mine[0]) for mine in self.names)

    @property
    def known(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)

    @property
    def columns_said(self) -> sql.Composable:
        """Its columns, to be put into SQL."""
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))

    @property
    def place(self) -> sql.Composed:
        """Where COPY puts its rows."""
        return sql.SQL("{} ({})").format(self.known, self.columns_said)

    def select(self, places: Sequence[str] | None = None) -> sql.Composed:
        """Its own rows, not those of tables that inherit from it: all, or those at these ctids."""
        asked = sql.SQL("SELECT {} FROM ONLY {}").format(self.columns_said, self.known)
        return asked if places is None else asked + _at(sql.SQL(" WHERE ctid"), places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A foreign key: which rows of a parent the rows of a child point at."""

    child: int
    parent: int
    #: The parent is partitioned: its rows are its partitions'.
    parted: bool
    parent_known: sql.Identifier
    #: None of its columns may be NULL.
    required: bool
    #: Column of the child, operator with its schema, column of the parent.
    pairs: tuple[tuple[str, tuple[str, str], str], ...]

    def parents(self, child: Table, places: Sequence[str]) -> sql.Composed:
        """A question for the rows that the child's rows at these ctids point at: oid of the table, ctid."""
        same = [
            sql.SQL("p.{} OPERATOR({}.{}) c.{}").format(
                sql.Identifier(theirs),
                sql.Identifier(space),
                sql.SQL(operator),
                sql.Identifier(mine),
            )
            for mine, (space, operator), theirs in self.pairs
        ]
        return sql.SQL(
            "SELECT DISTINCT p.tableoid::int8, p.ctid::text FROM ONLY {} c JOIN {} {} p ON {} WHERE {}"
        ).format(
            child.known,
            sql.SQL("" if self.parted else "ONLY"),
            self.parent_known,
            sql.SQL(" AND ").join(same),
            _at(sql.SQL("c.ctid"), places),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """All tables with rows, by oid, and the keys of each."""

    by_oid: dict[int, Table]
    keys: dict[int, tuple[Key, ...]]

    @classmethod
    def of(cls, source: Source) -> Tables:
        """Without the tools' history tables, which are copied apart."""
        own = {oid for oid, _ in source.histories()}
        tables = [
            Table(
                oid=row[0],
                schema=row[1],
                name=row[2],
                rows=row[3],
                bytes=row[4],
                columns=tuple(row[5]),
                above=tuple(row[6]),
                names=tuple((schema, name) for schema, name in row[7]),
            )
            for row in source.rows(_TABLES)
            if row[0] not in own and row[5]
        ]
        keys: dict[int, tuple[Key, ...]] = {}
        for row in source.rows(_KEYS):
            keys[row[0]] = (*keys.get(row[0], ()), key_of(*row))
        return cls(by_oid={table.oid: table for table in tables}, keys=keys)

    def named(self, names: Sequence[str]) -> list[Table]:
        """The tables of these names, with the partitions of each; every table for none."""
        if not names:
            return list(self.by_oid.values())
        wanted = [name_parts(name) for name in names]
        return [table for table in self.by_oid.values() if any(table.goes_by(*parts) for parts in wanted)]

    def with_parents(self, tables: Iterable[Table]) -> list[Table]:
        """These, and all that they point at, and so on: every one whole."""
        found: dict[int, Table] = {}
        waiting = list(tables)
        while waiting:
            table = waiting.pop()
            if table.oid not in found:
                found[table.oid] = table
                parents = {key.parent for key in self.keys.get(table.oid, ())}
                waiting += [other for other in self.by_oid.values() if parents & {*other.above}]
        return list(found.values())


def _at(ctid: sql.Composable, places: Sequence[str]) -> sql.Composed:
    # As a literal, and not as a parameter: a name with a percent sign stands in the same query.
    return sql.SQL("{} = ANY ({}::tid[])").format(ctid, sql.Literal(list(places)))


def key_of(child: int, parent: int, parted: bool, schema: str, name: str, *rest: Any) -> Key:
    """A key, as the catalog tells it; `rest`: whether it is required, columns, the parent's, operators."""
    required, mine, theirs, operators = rest
    pairs = tuple(
        (ours, (space, operator), other)
        for ours, (space, operator), other in zip(mine, operators, theirs, strict=True)
    )
    return Key(
        child=child,
        parent=parent,
        parted=parted,
        parent_known=sql.Identifier(schema, name),
        required=required,
        pairs=pairs,
    )
