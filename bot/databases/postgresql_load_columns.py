"""Tables as something to read from and to write into: columns, keys, and rows that are there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.databases.postgresql_catalog import oid_of
from bot.databases.postgresql_link import Link
from bot.databases.questions import name_parts

#: A row as text, by column. What is longer than LONGEST is left out of it.
Row = Mapping[str, str | None]
LONGEST = 2000
_ROWS = 200
#: About so many rows are looked at to find them.
_LOOKED_AT = 10_000

_TABLE = "SELECT oid::regclass::text, relkind::text, greatest(reltuples, 0) FROM pg_class WHERE oid = %s"
# A domain counts as the type that it narrows.
_COLUMNS = """
SELECT a.attname::text, quote_ident(a.attname), format_type(b.oid, NULL), b.typcategory::text,
       CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE t.typtypmod END,
       NOT (a.attnotnull OR t.typnotnull), a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
       a.attgenerated <> '',
       array(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = b.oid ORDER BY e.enumsortorder)
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_INDEXES = """
SELECT i.indisunique AND i.indisvalid,
  array(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(num, place)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
  WHERE k.place <= i.indnkeyatts ORDER BY k.place)
FROM pg_index i WHERE i.indrelid = %s ORDER BY NOT i.indisprimary, i.indexrelid
"""
_REFERENCES = """
SELECT a.attname::text, k.confrelid::regclass::text, quote_ident(p.attname)
FROM pg_constraint k CROSS JOIN LATERAL unnest(k.conkey, k.confkey) u(mine, theirs)
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.mine
JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = u.theirs
WHERE k.contype = 'f' AND k.conrelid = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that may be read; `quoted` is its name as SQL may hold it."""

    name: str
    quoted: str
    #: Its type without its length, e.g. "character varying".
    type: str
    #: PostgreSQL's letter for what kind of type it is: N numbers, S text, D dates, E enums, …
    category: str
    modifier: int
    nullable: bool
    #: It has a value when none is given.
    filled: bool
    #: It has the value of an expression, and takes no other.
    computed: bool
    labels: tuple[str, ...]

    @property
    def limit(self) -> int:
        """The longest text that it takes; 0 for any."""
        return self.modifier - 4 if self.category == "S" and self.modifier > 4 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table. `name` is as SQL may hold it, and as short as the search path allows."""

    oid: int
    name: str
    #: Not a view that is kept, nor a table on another server.
    writable: bool
    rows: int
    columns: tuple[Column, ...]
    #: Columns of its primary key, or else of another unique index; none: ().
    key: tuple[str, ...]
    #: Of each unique index, a column in which a new row has to differ from all others.
    distinct: frozenset[str]
    #: Columns of any index.
    indexed: frozenset[str]
    #: Column -> the table and the column that it points at.
    references: Mapping[str, tuple[str, str]]

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


def table_of(link: Link, name: str) -> Table | None:
    """The table that a plan names: "orders" or "shop.orders"; None when there is none."""
    oid = oid_of(link, *name_parts(name))
    found = link.execute(_TABLE, [oid]).fetchone() if oid else None
    if found is None:
        return None
    columns = tuple(_column(*row) for row in link.execute(_COLUMNS, [oid]))
    indexes = [(unique, tuple(names)) for unique, names in link.execute(_INDEXES, [oid]) if names]
    keys = [names for unique, names in indexes if unique]
    references = {mine: (theirs, column) for mine, theirs, column in link.execute(_REFERENCES, [oid])}
    return Table(
        oid=oid,
        name=found[0],
        writable=found[1] in ("r", "p"),
        rows=int(found[2]),
        columns=columns,
        key=keys[0] if keys else (),
        distinct=frozenset(_own(names, columns, references) for names in keys),
        indexed=frozenset(name for _, names in indexes for name in names),
        references=references,
    )


def rows_of(link: Link, table: Table) -> list[Row]:
    """Some of its rows, from all over it. They stay in this process."""
    # A value of more than LONGEST bytes says no more than a short one, and has to be carried about.
    wanted = ", ".join(
        f"CASE WHEN octet_length({c.quoted}::text) <= {LONGEST} THEN {c.quoted}::text END"
        for c in table.columns
    )
    names = [column.name for column in table.columns]
    few = f" TABLESAMPLE SYSTEM ({100 * _LOOKED_AT / table.rows})" if table.rows > 2 * _LOOKED_AT else ""
    picked = "SELECT {} FROM (SELECT * FROM {}{} LIMIT {}) t ORDER BY random() LIMIT {}"
    query = picked.format(wanted, table.name, few if table.writable else "", _LOOKED_AT, _ROWS)
    return [dict(zip(names, row, strict=True)) for row in link.execute(query.encode())]


def _own(names: Sequence[str], columns: Sequence[Column], references: Mapping[str, object]) -> str:
    """The column of a unique index that may best take any value: not one that has to point at something.

    Nor, if there is another, a date: by dates tables are cut into partitions.
    """
    dates = {column.name for column in columns if column.category == "D"}
    return min(names, key=lambda name: (name in references, name in dates))


def _column(name: str, quoted: str, type_: str, category: str, modifier: int, *rest: object) -> Column:
    nullable, filled, computed, labels = rest
    assert isinstance(labels, list)
    return Column(
        name=name,
        quoted=quoted,
        type=type_,
        category=category,
        modifier=modifier,
        nullable=bool(nullable),
        filled=bool(filled),
        computed=bool(computed),
        labels=tuple(labels),
    )
