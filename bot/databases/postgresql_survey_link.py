"""What every question of the PostgreSQL survey shares: bounds, the tables meant, refusals in our words."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from bot.databases import postgresql_catalog as catalog
from bot.databases.postgresql_link import Link
from bot.databases.questions import name_parts

#: Of one reading of one kind, so that a catalog with a hundred thousand views is not read to its end.
MOST_ROWS = 2000
#: In statements that read rows, so that they are not taken for an application's.
MARK = "/* whimbrel survey */"
OURS = sql.SQL(MARK)
#: Bytes of a row with its share of the indexes, for a table that nobody has analysed.
ROW = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far a survey goes. Times in seconds."""

    #: For one statement.
    seconds: float = 15.0
    #: For all the counting and sampling of one question.
    in_all: float = 60.0
    #: A table with more rows is sampled, by about so many.
    sample_over: int = 5_000_000
    sample_rows: int = 200_000
    #: Values of a column that are looked at.
    values: int = 200


class Refused(Exception):
    """The server would not answer one question; the message is a clause that holds none of its data."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One session that asks, and until when."""

    link: Link
    bounds: Bounds
    began: float = field(default_factory=time.monotonic)

    def rows(self, query: LiteralString, **given: object) -> list[dict[str, Any]]:
        """The rows of a question to the catalog, by name."""
        with self.link.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, given or None).fetchmany(MOST_ROWS)

    def row(self, query: LiteralString, **given: object) -> dict[str, Any]:
        """Its only row."""
        return self.rows(query, **given)[0]

    def tables(self, names: Sequence[str]) -> dict[str, int]:
        """The oids of the named tables; a name that is not there is left out."""
        found = {name: catalog.oid_of(self.link, *name_parts(name)) for name in dict.fromkeys(names)}
        return {name: oid for name, oid in found.items() if oid}

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Around a question about rows: what the server says may quote them, so only the kind of its error is
        told. Raises Refused; a lost connection stays psycopg's error."""
        if time.monotonic() - self.began > self.bounds.in_all:
            raise Refused(f"the {self.bounds.in_all:g} s for such questions were up")
        try:
            yield
        except psycopg.Error as error:
            if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
                raise
            raise Refused(self._reason(error)) from None

    def _reason(self, error: psycopg.Error) -> str:
        words: Mapping[type[psycopg.Error], str] = {
            psycopg.errors.QueryCanceled: f"it took longer than {self.bounds.seconds:g} s",
            psycopg.errors.LockNotAvailable: "a lock was not granted in time",
            psycopg.errors.InsufficientPrivilege: "the target's role may not read it",
            psycopg.errors.UndefinedColumn: "a column that it names is not there yet",
            psycopg.errors.UndefinedTable: "a table that it names is not there yet",
            psycopg.errors.UndefinedObject: "a type that it names is not there yet",
            psycopg.errors.UndefinedFunction: "a function or operator that it names is not there",
            psycopg.errors.ReadOnlySqlTransaction: "it would write",
            psycopg.errors.SyntaxError: "it cannot be read as one statement",
        }
        known = next((said for kind, said in words.items() if isinstance(error, kind)), "")
        return known or f"the server refused the question (SQLSTATE {error.sqlstate})"


def sampled(asking: Asking, oid: int) -> tuple[sql.Composable, int, bool]:
    """How to read a table: the clause after its name, its estimated rows, and whether that is a sample."""
    rows, unknown, bytes_ = catalog.size_of(asking.link, oid)
    if unknown:
        rows = max(rows, bytes_ // ROW)
    if rows <= asking.bounds.sample_over:
        return sql.SQL(""), rows, False
    percent = 100 * asking.bounds.sample_rows / rows
    return (
        sql.SQL("TABLESAMPLE SYSTEM ({}) REPEATABLE (1)").format(sql.Literal(round(percent, 6))),
        rows,
        True,
    )
