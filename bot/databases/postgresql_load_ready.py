"""Statements with $1, $2, … made ready to be run: each parameter gets values that stand in the tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import choice

import psycopg
from psycopg import RawCursor, sql

from bot.databases.postgresql_link import Link
from bot.databases.postgresql_load_columns import Column, Row, Table, rows_of, table_of
from bot.databases.postgresql_load_values import fresh, plain
from bot.databases.questions import name_parts

#: A statement that brings more rows than this is no small piece of an application's work.
MOST_ROWS = 10_000
#: Why a statement is not played: the database's own reason would have to be read by people, and is long.
REFUSED = "not taken by the copy"
_NAME = "whimbrel_load"
_TYPES = """
SELECT format_type(t.oid, NULL), t.typcategory::text
FROM pg_prepared_statements s CROSS JOIN LATERAL unnest(s.parameter_types) WITH ORDINALITY p(type, place)
JOIN pg_type t ON t.oid = p.type::oid WHERE s.name = %s ORDER BY p.place
"""
_NAMED = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.relname = ANY (%s) ORDER BY 1 LIMIT 20
"""
_COMPARED = re.compile(
    r'([\w".]+)\s*(?:=|<>|!=|<=?|>=?|~~\*?|\b(?:NOT\s+)?(?:I?LIKE|IN|BETWEEN)\b)\s*(?:ANY\s*)?\(?\s*\$(\d+)',
    re.IGNORECASE,
)
_NEXT = re.compile(r"\$(\d+)\s*(?:,|AND)\s*(?=\$(\d+))", re.IGNORECASE)
_ROWS_ASKED = re.compile(r"\b(LIMIT|OFFSET|FETCH\s+\w+)\s+\$(\d+)", re.IGNORECASE)
_INSERT = re.compile(
    r'INSERT\s+INTO\s+(?:"[^"]*"|[^\s("])+\s*(?:AS\s+\w+\s*)?\(([^)]*)\)\s*(?:OVERRIDING\s+\w+\s+VALUE\s*)?'
    r"VALUES\s*\(([^)]*)\)",
    re.IGNORECASE,
)

#: The rows that one execution goes by: of each table, by its oid.
Picked = Mapping[int, Row]
Fill = Callable[[Picked], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A statement, and how each of its parameters comes to a value."""

    sql: str
    fills: tuple[Fill, ...]
    pools: Mapping[int, Sequence[Row]]

    def values(self) -> list[str | None]:
        """Values for one execution: those of one table are of one row."""
        picked = {oid: choice(rows) for oid, rows in self.pools.items() if rows}
        return [fill(picked) for fill in self.fills]


class Bench:
    """Makes statements ready on one database; its tables and some of their rows are read once."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._tables: dict[str, Table | None] = {}
        self._rows: dict[int, list[Row]] = {}

    def ready(self, statement: str) -> Ready:
        """Raises psycopg.Error when the database does not take the statement."""
        types = self._types(statement)
        tables = list(self._named_in(statement)) if types else []
        asked = {
            int(n): "0" if word.upper() == "OFFSET" else "10" for word, n in _ROWS_ASKED.findall(statement)
        }
        inserted, compared = _inserted(statement), _compared(statement)
        fills: list[Fill] = []
        for n, (type_, category) in enumerate(types, 1):
            if n in asked:
                fills.append(_always(asked[n]))
                continue
            name = inserted.get(n) or compared.get(n, "")
            fills.append(self._fill(tables, type_, category, name=name, new=n in inserted))
        return Ready(sql=statement, fills=tuple(fills), pools={t.oid: self._rows_of(t) for t in tables})

    def fault(self, ready: Ready) -> str:
        """Run it once, and take it back: why such statements are not fit to be played, or ""."""
        values = ready.values()
        try:
            if self.brings(ready.sql, values) > MOST_ROWS:
                return f"bringing more than {MOST_ROWS:,} rows"
            with self._link.transaction(force_rollback=True):
                RawCursor(self._link).execute(ready.sql, values, binary=True, prepare=False)
        except psycopg.errors.QueryCanceled:
            return "taking too long"
        except psycopg.Error:
            return REFUSED
        return ""

    def brings(self, statement: str, values: Sequence[str | None] = ()) -> int:
        """How many rows the planner thinks that it brings. Raises psycopg.Error."""
        explain = f"EXPLAIN (FORMAT JSON) {statement}"
        found = RawCursor(self._link).execute(explain, values, prepare=False, binary=True).fetchone()
        return int(found[0][0]["Plan"].get("Plan Rows", 0)) if found else 0

    def table(self, name: str) -> Table | None:
        """The table that a plan names."""
        if name not in self._tables:
            self._tables[name] = table_of(self._link, name)
        return self._tables[name]

    def _types(self, statement: str) -> list[tuple[str, str]]:
        # The server takes nothing here but a statement that reads or writes rows, and no second one.
        ask = self._link.cursor()
        ask.execute(f"PREPARE {_NAME} AS {statement}".encode(), prepare=False, binary=True)
        try:
            return [(type_, category) for type_, category in ask.execute(_TYPES, [_NAME])]
        finally:
            ask.execute(f"DEALLOCATE {_NAME}")

    def _named_in(self, statement: str) -> Iterator[Table]:
        words = re.findall(r"\w+", statement)
        quoted = [name.replace('""', '"') for name in re.findall(r'"((?:[^"]|"")+)"', statement)]
        names = sorted({*words, *(word.lower() for word in words), *quoted})
        for (name,) in self._link.execute(_NAMED, [names]).fetchall():
            if table := self.table(name):
                yield table

    def _rows_of(self, table: Table) -> list[Row]:
        if table.oid not in self._rows:
            self._rows[table.oid] = rows_of(self._link, table)
        return self._rows[table.oid]

    def _fill(self, tables: Sequence[Table], type_: str, category: str, *, name: str, new: bool) -> Fill:
        """Values of the column that the parameter stands beside, or else of any that has its type."""
        spare = plain(type_, category)
        for table in tables:
            column = table.column(name)
            if column and category in (column.category, "A"):
                if new and name in table.distinct:
                    return _new(table, column, largest(self._link, table, column))
                return _of_row(table, column, spare, listed=category == "A" != column.category)
        for table in tables:
            alike = [column for column in table.columns if column.type == type_]
            for column in sorted(alike, key=lambda c: c.name not in table.key):
                return _of_row(table, column, spare, listed=False)
        return _always(spare)


def largest(link: Link, table: Table, column: Column) -> int:
    """The largest number of the column; 0 for one that holds none."""
    if column.category != "N":
        return 0
    query = sql.SQL("SELECT ceil(coalesce(max({}), 0))::bigint FROM {}").format(
        sql.Identifier(column.name), sql.SQL(table.name)
    )
    row = link.execute(query).fetchone()
    return int(row[0]) if row else 0


def _always(value: str | None) -> Fill:
    return lambda _: value


def _of_row(table: Table, column: Column, spare: str | None, *, listed: bool) -> Fill:
    def fill(picked: Picked) -> str | None:
        row = picked.get(table.oid)
        value = row[column.name] if row else spare
        if not listed or value is None:
            return value
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{{"{quoted}"}}'

    return fill


def _new(table: Table, column: Column, above: int) -> Fill:
    return lambda picked: fresh(column, picked.get(table.oid, {}).get(column.name), above)


def _inserted(statement: str) -> dict[int, str]:
    """Parameter -> the column that an INSERT puts it into."""
    found: dict[int, str] = {}
    for columns, values in _INSERT.findall(statement):
        for column, value in zip(columns.split(","), values.split(","), strict=False):
            if match := re.fullmatch(r"\s*\$(\d+)(?:::[\w ]+)?\s*", value):
                found[int(match[1])] = _bare(column)
    return found


def _compared(statement: str) -> dict[int, str]:
    """Parameter -> the column that it is compared with, or set to."""
    found = {int(n): _bare(column) for column, n in _COMPARED.findall(statement)}
    for first, second in _NEXT.findall(statement):
        if int(first) in found:
            found.setdefault(int(second), found[int(first)])
    return found


def _bare(column: str) -> str:
    return name_parts(column.strip())[1]
