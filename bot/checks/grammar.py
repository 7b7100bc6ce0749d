"""PostgreSQL's own grammar: the only module that knows the library it comes in (postgast, libpg_query of
PostgreSQL 18)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError, Message
from postgast import PgQueryError, deparse, parse, parse_plpgsql
from postgast import pg_query_pb2 as pg

__all__ = [
    "Message",
    "Parsed",
    "TooDeep",
    "WrongSyntax",
    "expression",
    "inside",
    "parsed",
    "pg",
    "procedure",
    "written_again",
]

#: A longer script is not read: nobody wrote it by hand, and its tree would take a hundred times its room.
MOST_CHARACTERS = 5_000_000
_LEAD = re.compile(rb"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.S)


class WrongSyntax(Exception):
    """What PostgreSQL says of a text that it cannot read, and the line (from 1), 0 when it has none."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class TooDeep(Exception):
    """Right for PostgreSQL, but nested too deep (or too long) for this library: nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One statement: its tree, its text, and the line that it begins on, counted from 1."""

    node: pg.Node
    text: str
    line: int


def parsed(sql: str) -> list[Parsed]:
    """The statements of a script. Raises WrongSyntax with PostgreSQL's words, TooDeep."""
    if "\0" in sql:  # the library would end there, and what stands behind it would run unseen
        raise WrongSyntax("a NUL character stands in it", sql.count("\n", 0, sql.index("\0")) + 1)
    if len(sql) > MOST_CHARACTERS:
        raise TooDeep
    try:
        tree = parse(sql)
    except PgQueryError as error:
        raise WrongSyntax(error.message, _line(sql, error.cursorpos)) from None
    except (DecodeError, UnicodeEncodeError):
        raise TooDeep from None
    content = sql.encode()
    found = []
    line, counted = 1, 0
    for raw in tree.stmts:
        end = raw.stmt_location + raw.stmt_len if raw.stmt_len else len(content)
        lead = _LEAD.match(content, raw.stmt_location, end)
        start = lead.end() if lead else raw.stmt_location
        line += content.count(b"\n", counted, start)
        counted = start
        found.append(Parsed(raw.stmt, content[start:end].decode().strip().rstrip("; \n"), line))
    return found


def procedure(sql: str) -> Any:
    """The body of a DO block in PL/pgSQL, as nested lists and dictionaries. Raises WrongSyntax, TooDeep."""
    try:
        return parse_plpgsql(sql)
    except PgQueryError as error:
        raise WrongSyntax(error.message) from None
    except (ValueError, RecursionError):
        raise TooDeep from None


def written_again(node: pg.Node) -> str:
    """A statement's SQL from its tree, which may have been altered; "" when the library cannot write it."""
    whole = pg.ParseResult()
    whole.stmts.add().stmt.CopyFrom(node)
    try:
        return str(deparse(whole))
    except PgQueryError:
        return ""


def expression(tree: pg.Node) -> str:
    """An expression as SQL."""
    statement = pg.Node()
    statement.select_stmt.target_list.add().res_target.val.CopyFrom(tree)
    statement.select_stmt.limit_option = pg.LIMIT_OPTION_DEFAULT
    statement.select_stmt.op = pg.SETOP_NONE
    return written_again(statement).removeprefix("SELECT ")


def inside(message: Message, closed: Collection[type[Message]] = ()) -> Iterator[Message]:
    """Every message within a tree, itself first, in the order of the text as far as the tree keeps it.

    `closed`: kinds of messages that are not looked into.
    """
    waiting = [message]
    while waiting:
        one = waiting.pop()
        yield one
        if type(one) in closed:
            continue
        parts: list[Message] = []
        for field, value in one.ListFields():
            if field.message_type is not None:
                parts += (value,) if isinstance(value, Message) else value
        waiting += reversed(parts)


def _line(sql: str, cursor: int) -> int:
    """The line of a place that the grammar counts in characters from 1; 0 when it names none."""
    return sql.count("\n", 0, cursor - 1) + 1 if cursor else 0
