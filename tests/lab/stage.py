"""What the tests of the lab do with a database from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from bot.core.events import Direction
from bot.core.lab import CopyOrder
from bot.core.measures import Copied, Copying, Measured
from bot.core.plans import Script
from bot.core.targets import Target
from bot.databases.postgresql_meter import PostgreSQLMeter
from bot.databases.postgresql_scratch import PostgreSQLScratches


@dataclass
class Fresh:
    """A database, asked and changed as anyone would."""

    target: Target

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.target.url.reveal(), autocommit=True, client_encoding="UTF8") as link:
            for statement in statements:
                link.execute(statement.encode())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.target.url.reveal(), autocommit=True, client_encoding="UTF8") as link:
            return link.execute(query.encode()).fetchall()

    def one(self, query: str) -> Any:
        return self.rows(query)[0][0]


def quiet(_: float) -> None:
    """Progress that nobody watches."""


def copy(
    scratches: PostgreSQLScratches, source: Target, how: Copying, *tables: str, rows: int = 0
) -> tuple[Fresh, Copied]:
    """A scratch database of that kind."""
    order = CopyOrder(how=how, tables=tables, rows=rows)
    target, copied = scratches.make(f"whimbrel_{how}", source, order, quiet)
    return Fresh(target), copied


def measured(target: Target, sql: str, *, transactional: bool = True) -> Sequence[Measured]:
    """What a script of that SQL does."""
    script = Script(
        revision="0007",
        title="",
        file="",
        checksum="",
        forward=sql,
        backward="",
        transactional=transactional,
    )
    return PostgreSQLMeter().measure(target, script, Direction.FORWARD)
