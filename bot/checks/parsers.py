"""Each server's own grammar, asked whether a script is right."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Literal

from bot.checks.grammar import TooDeep, WrongSyntax, parsed
from bot.checks.split import placed
from bot.core.targets import Kind

#: What a parser says of a script: each error with its line (from 1) and the server's words, how many
#: statements it looked at, and how many of them it could not take.
Said = tuple[list[tuple[int, str]], int, int]
#: SQLite's own words for what is no SQL (its parse.y); any other error is about tables that are not there.
_SQLITE = ("syntax error", "incomplete input", "unrecognized token")


def _postgresql(sql: str) -> Said:
    """The script as a whole; where that fails, statement by statement, so that every error is told."""
    errors: list[tuple[int, str]] = []
    try:
        return [], len(parsed(sql)), 0
    except TooDeep:
        pass
    except WrongSyntax as first:
        errors = [(first.line, first.message)]
    statements = placed(sql)
    each = [(line, _wrong(statement)) for statement, line in statements]
    beyond = sum(wrong is None for _, wrong in each)
    found = [(line + max(wrong.line - 1, 0), wrong.message) for line, wrong in each if wrong]
    return found or errors, len(statements), beyond


def _wrong(statement: str) -> WrongSyntax | Literal[False] | None:
    """What is wrong with a statement; False when nothing is, None when nobody knows."""
    try:
        parsed(statement)
    except WrongSyntax as error:
        return error
    except TooDeep:
        return None
    return False


def _sqlite(sql: str) -> Said:
    """Each statement is made ready in an empty database, and never run.

    SQLite looks names up while it reads: what is wrong behind the name of a table that is not there is left
    to the rehearsal.
    """
    errors = []
    with closing(sqlite3.connect(":memory:")) as link:
        # PRAGMA and ATTACH act while they are made ready.
        link.set_authorizer(
            lambda action, *_: sqlite3.SQLITE_DENY if action in _ACTING else sqlite3.SQLITE_OK
        )
        statements = placed(sql)
        for statement, line in statements:
            try:
                link.execute(f"EXPLAIN {statement}")
            except sqlite3.Error as error:
                if any(words in str(error) for words in _SQLITE):
                    errors.append((line, str(error)))
    return errors, len(statements), 0


_ACTING = frozenset({sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})
PARSERS: dict[Kind, tuple[str, Callable[[str], Said]]] = {
    Kind.POSTGRESQL: ("PostgreSQL's own grammar, that of release 18", _postgresql),
    Kind.SQLITE: ("SQLite itself", _sqlite),
}
