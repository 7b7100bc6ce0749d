"""What made rows have to keep: unique sets of columns, checks, the bounds of a partition."""

from __future__ import annotations

import re
from dataclasses import dataclass

from psycopg import sql

from bot.databases.postgresql_copy_source import Source
from bot.databases.postgresql_copy_tables import Table
from bot.databases.postgresql_link import Link

_UNIQUE = """
SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey[0:i.indnkeyatts - 1]) k(num)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num),
  ARRAY(SELECT pg_get_indexdef(i.indexrelid, k.place, true) FROM generate_series(1, i.indnkeyatts) k(place)),
  pg_get_expr(i.indpred, i.indrelid)
FROM pg_index i WHERE i.indrelid = %s AND i.indisunique AND i.indislive ORDER BY NOT i.indisprimary, 1
"""
_CHECKS = """
SELECT pg_get_expr(k.conbin, k.conrelid),
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) u(num)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num)
FROM pg_constraint k WHERE k.conrelid = %s AND k.contype = 'c' ORDER BY k.conname
"""
_BOUNDS = "SELECT pg_get_partition_constraintdef(to_regclass(%s))"
_WORDS = re.compile(r"'((?:[^']|'')*)'::(?:text|character varying|bpchar)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """A unique index: its columns, or expressions where it is of more than columns, and for which rows."""

    columns: tuple[str, ...]
    expressions: tuple[str, ...]
    where: str

    @property
    def plain(self) -> bool:
        """Of columns alone."""
        return len(self.columns) == len(self.expressions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check in SQL, and the columns that it is of."""

    said: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All of one table."""

    uniques: tuple[Unique, ...]
    checks: tuple[Check, ...]
    #: What a partition's rows have to be, "" for no partition.
    bounds: str

    @classmethod
    def of(cls, source: Source, link: Link, table: Table) -> Rules:
        """By the source's catalog; the bounds by the scratch's, for they name its own tables."""
        uniques = [
            Unique(columns=tuple(columns), expressions=tuple(expressions), where=where or "")
            for columns, expressions, where in source.rows(_UNIQUE, [table.oid])
        ]
        checks = [
            Check(said=said, columns=tuple(columns)) for said, columns in source.rows(_CHECKS, [table.oid])
        ]
        name = table.known.as_string(link)
        row = link.execute(_BOUNDS, [name]).fetchone() if len(table.names) > 1 else None
        return cls(uniques=tuple(uniques), checks=tuple(checks), bounds=(row and row[0]) or "")

    def words(self, column: str) -> list[str]:
        """The texts that a check of this column alone names, or the partition's bounds: what is allowed."""
        said = [check.said for check in self.checks if check.columns == (column,)]
        said += [self.bounds] if re.search(rf"\b{re.escape(column)}\b", self.bounds) else []
        if re.search(r"\bNOT\b(?! NULL)", " ".join(said)):
            return []
        return [found.replace("''", "'") for text in said for found in _WORDS.findall(text)]

    def kept(self, columns: set[str]) -> sql.Composable:
        """The condition that a row of these columns keeps all of them, as far as it can be asked before."""
        # What the server's catalog wrote is SQL already.
        said = [check.said for check in self.checks if columns >= {*check.columns}]
        said += [self.bounds] if self.bounds else []
        parts = [sql.SQL("(({}) IS NOT FALSE)").format(sql.SQL(text)) for text in said]
        return sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")
