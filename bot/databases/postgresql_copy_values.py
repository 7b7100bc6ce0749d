"""Made values: for each column an expression in SQL that has the source's statistics and none of its rows.

Of numbers, dates and what has but a few values by its type (booleans, enums), the catalog's statistics are
followed, and a bound of a histogram is at most met by chance. Text is made of the digits of a checksum, as
long and as various as in the source. Statistics of text, or of a column whose name speaks of a person, are
not even asked for. Expressions are of `n`, the row's number from 1, and `w1`, `w2`, …, a random number for
each column.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import LiteralString

from psycopg import sql

from bot.databases.postgresql_copy_source import Source

# "E" and "B": enums and booleans; "N" and "D": numbers and dates (docs: pg_type, "typcategory codes").
_COLUMNS = r"""
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname)::text,
  coalesce(b.typtype, t.typtype)::text, a.atttypmod, a.attnotnull OR t.typnotnull,
  s.null_frac::float8, s.n_distinct::float8, s.avg_width,
  CASE WHEN x.open THEN s.most_common_vals::text::text[] END, s.most_common_freqs::float8[],
  CASE WHEN x.open THEN s.histogram_bounds::text::text[] END,
  ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = coalesce(b.oid, t.oid)
        ORDER BY e.enumsortorder)
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = nullif(t.typbasetype, 0)
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
  AND NOT s.inherited
CROSS JOIN LATERAL (
  SELECT coalesce(b.typcategory, t.typcategory) IN ('N', 'D', 'B', 'E') AND a.attname !~*
    'birth|dob|salary|income|wage|ssn|social|tax|phone|mobile|fax|card|iban|account|passport|licen|lat|lon|health'
) x(open)
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum
"""
_WHOLE = {"int2", "int4", "int8"}
_NUMBERS = _WHOLE | {"numeric", "float4", "float8"}
_TEXTS = {"text", "varchar", "bpchar", "citext", "name"}
_STEPPED = _NUMBERS | {"date", "timestamp", "timestamptz", "time"}
#: Quantiles that a histogram is cut down to.
_BUCKETS = 20
_LONGEST = 4000
_ENDLESS = {"infinity", "-infinity", "Infinity", "-Infinity", "NaN"}
#: Where there are no statistics, and a type's own way where there cannot be any.
_OTHERWISE: dict[str, LiteralString] = {
    **dict.fromkeys(("int2", "int4", "int8"), "1 + floor({w} * 1000)"),
    **dict.fromkeys(("numeric", "float4", "float8"), "round(({w} * 9)::numeric, 2)"),
    "bool": "{w} < 0.5",
    "date": "date '2020-01-01' + floor({w} * 1500)::int",
    "timestamp": "timestamp '2020-01-01' + {w} * interval '1500 days'",
    "timestamptz": "timestamptz '2020-01-01' + {w} * interval '1500 days'",
    "time": "time '00:00' + {w} * interval '1 day'",
    "interval": "{w} * interval '1 day'",
    "uuid": "md5(({w} * 1e15)::int8::text)::uuid",
    "bytea": "decode(md5({w}::text), 'hex')",
    "json": "json_build_object('made', floor({w} * 1000))",
    "jsonb": "jsonb_build_object('made', floor({w} * 1000))",
    "inet": "'10.0.0.0'::inet + floor({w} * 1e6)::int8",
    "money": "{w} * 1000::money",
    "xml": "'<made/>'::xml",
    "tsvector": "''::tsvector",
    "timetz": "timetz '00:00+00' + {w} * interval '1 day'",
    "macaddr": "macaddr '08:00:2b:00:00:00'",
    "point": "point({w}, 0)",
    "oid": "floor({w} * 1000)::int8",
    "bit": "floor({w} * 2)::int",
    "hstore": "''",
    "ltree": "'made'",
}
_UNLIKE: dict[str, LiteralString] = {
    **dict.fromkeys(_NUMBERS, "n"),
    "uuid": "md5(n::text)::uuid",
    "date": "date '2000-01-01' + n::int",
    "timestamp": "timestamp '2000-01-01' + n * interval '1 minute'",
    "timestamptz": "timestamptz '2000-01-01' + n * interval '1 minute'",
    "bytea": "decode(md5(n::text), 'hex')",
    "inet": "'10.0.0.0'::inet + n",
}
#: Shares that the server keeps as they are, but for rounding.
_SAME = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column with what the catalog knows of its values. `place` counts from 1."""

    place: int
    name: str
    #: As it is declared, and the type that lies under a domain.
    type: str
    base: str
    #: pg_type.typtype of that: "b" base, "e" enum, "r" range, …
    kind: str
    modifier: int
    required: bool
    nulls: float
    #: How many values there are; a share of the rows when negative; 0 when nobody knows.
    distinct: float
    width: int
    common: tuple[str, ...]
    shares: tuple[float, ...]
    bounds: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def can_be_unlike(self) -> bool:
        """Whether it can have another value in every row."""
        return self.base in _TEXTS or self.base in _UNLIKE

    @property
    def never_twice(self) -> bool:
        """Whether it is a text that the source, by its statistics, has no value of twice."""
        # Of all rows, those that have a value at all have one each.
        return self.is_text and self.nulls < 1.0 and abs(self.distinct + 1.0 - self.nulls) < _SAME

    @property
    def counts(self) -> bool:
        """Whether it holds whole numbers."""
        return self.base in _WHOLE or self.base == "numeric"

    @property
    def is_text(self) -> bool:
        return self.base in _TEXTS


def columns_of(source: Source, table: int) -> list[Column]:
    """The columns of a table that take values, by its oid."""
    return [
        Column(
            place=place,
            name=row[0],
            type=row[1],
            base=row[2],
            kind=row[3],
            modifier=row[4],
            required=row[5],
            nulls=row[6] or 0.0,
            distinct=row[7] or 0.0,
            width=row[8] or 0,
            common=tuple(row[9] or ()),
            shares=tuple(row[10] or ())[: len(row[9] or ())],
            bounds=tuple(bound for bound in row[11] or () if bound not in _ENDLESS),
            labels=tuple(row[12]),
        )
        for place, row in enumerate(source.rows(_COLUMNS, [table]), 1)
    ]


def value(column: Column, rows: int) -> sql.Composable:
    """A value as the statistics have it; NULL as often as there."""
    made = _common(column, rows)
    if made is None or (not column.required and column.nulls >= 1.0):
        return _cast(column, sql.SQL("NULL"))
    return _or_null(column, _cast(column, made))


def _or_null(column: Column, made: sql.Composable) -> sql.Composable:
    if column.required or not column.nulls:
        return made
    parts = "CASE WHEN random() < {} THEN NULL ELSE {} END"
    return sql.SQL(parts).format(sql.Literal(column.nulls), made)


def unlike(column: Column) -> sql.Composable:
    """Another value in every row; NULL, which is like no other, as often as there."""
    if not column.is_text:
        return _or_null(column, _cast(column, sql.SQL(_UNLIKE[column.base])))
    if "mail" in column.name.lower():
        return _or_null(column, _cast(column, sql.SQL("'made' || n || '@example.com'")))
    most = _length(column)
    parts = "left(n || '-' || repeat(md5(n::text), {}), greatest({}, least(length(n::text) + 1, {})))"
    wide = sql.Literal(most // 32 + 1)
    made = sql.SQL(parts).format(wide, sql.Literal(most), sql.Literal(_limit(column)))
    return _or_null(column, _cast(column, made))


def nth_of(column: Column, values: list[str]) -> sql.Composable:
    """Another one of these in every row, as long as there are any."""
    return _cast(column, sql.SQL("({}::text[])[n]").format(sql.Literal(values)))


def counting(column: Column, every: int) -> sql.Composable:
    """1 for the first so many rows, 2 for the next, and so on."""
    return _cast(column, sql.SQL("1 + (n - 1) / {}").format(sql.Literal(every)))


def one_of(column: Column, values: list[str]) -> sql.Composable:
    """One of these, each as often."""
    parts = "({}::text[])[1 + floor(random() * {})::int]"
    return _cast(column, sql.SQL(parts).format(sql.Literal(values), sql.Literal(len(values))))


def _cast(column: Column, made: sql.Composable) -> sql.Composable:
    # A type's name is the server's own writing.
    return sql.SQL("({})::{}").format(made, sql.SQL(column.type))


def _common(column: Column, rows: int) -> sql.Composable | None:
    """By the most common values and the histogram, or in the type's own way; None when there is none."""
    spread = _spread(column) if len(column.bounds) > 1 and column.base in _STEPPED else None
    if not column.common:
        return spread or _otherwise(column, rows)
    total = sum(column.shares)
    picked = _picked(column, total)
    if spread is None:
        return picked
    share = sql.Literal(min(1.0, total / max(1e-9, 1 - column.nulls)))
    return sql.SQL("CASE WHEN random() < {} THEN {} ELSE {} END").format(share, picked, spread)


def _picked(column: Column, total: float) -> sql.Composable:
    base = sql.SQL(column.type if column.kind == "e" else column.base)
    if len(column.common) == 1:
        return sql.SQL("{}::{}").format(sql.Literal(column.common[0]), base)
    edges = [edge / total for edge in accumulate(column.shares)][:-1]
    parts = "({}::{}[])[1 + width_bucket(random(), {}::float8[])]"
    return sql.SQL(parts).format(sql.Literal(list(column.common)), base, sql.Literal(edges))


def _spread(column: Column) -> sql.Composable:
    """Evenly within a bucket of the histogram, each bucket as often."""
    last = len(column.bounds) - 1
    steps = min(_BUCKETS, last)
    bounds = [column.bounds[round(step * last / steps)] for step in range(steps + 1)]
    type_ = "numeric" if column.base in _NUMBERS else column.base
    at = sql.SQL("floor({} * {})::int").format(_random(column), sql.Literal(steps))
    low, high = (
        sql.SQL("({}::{}[])[{} + {}]").format(sql.Literal(bounds), sql.Identifier(type_), sql.Literal(n), at)
        for n in (1, 2)
    )
    part = sql.SQL("({} * {} - {})").format(_random(column), sql.Literal(steps), at)
    if type_ == "numeric":
        part = sql.SQL("{}::numeric").format(part)
    made = sql.SQL("({} - {}) * {}").format(high, low, part)
    if column.base == "date":
        made = sql.SQL("floor({})::int").format(made)
    made = sql.SQL("{} + {}").format(low, made)
    return sql.SQL("round({})").format(made) if column.base in _WHOLE else made


def _otherwise(column: Column, rows: int) -> sql.Composable | None:
    if column.labels:
        return sql.SQL("({}::text[])[1 + floor({} * {})::int]").format(
            sql.Literal(list(column.labels)), _random(column), sql.Literal(len(column.labels))
        )
    if column.is_text:
        return _text(column, rows)
    if column.base.startswith("_"):
        return sql.SQL("'{{}}'").format()
    if column.kind == "r":
        return sql.SQL("'empty'")
    known = _OTHERWISE.get(column.base)
    return sql.SQL(known).format(w=_random(column)) if known else None


def _text(column: Column, rows: int) -> sql.Composable:
    various = column.distinct if column.distinct > 0 else -column.distinct * rows or rows
    which = sql.SQL("floor({} * {})::int8").format(_random(column), sql.Literal(max(1, int(various))))
    if "mail" in column.name.lower():
        return sql.SQL("'made' || {} || '@example.com'").format(which)
    long = _length(column)
    parts = "left(repeat(md5({}::text), {}), CASE WHEN random() < 0.5 THEN {} ELSE {} END)"
    longer = sql.SQL("1 + floor(random() * {})::int").format(sql.Literal(min(long * 2, _limit(column))))
    return sql.SQL(parts).format(which, sql.Literal(long * 2 // 32 + 1), sql.Literal(long), longer)


def _random(column: Column) -> sql.Composable:
    return sql.Identifier(f"w{column.place}")


def _limit(column: Column) -> int:
    """Characters that the type takes at most."""
    if column.base == "name":
        return 63
    limited = column.base in ("varchar", "bpchar") and column.modifier > 4
    return column.modifier - 4 if limited else _LONGEST


def _length(column: Column) -> int:
    """Characters as in the source: its width, with a header of one byte or, for long text, of four."""
    header = 1 if column.width < 128 else 4
    return max(1, min((column.width or 12) - header, _limit(column)))
