"""PostgreSQL's errors as a rehearsal may repeat them: never with a value that stood in a row."""

from __future__ import annotations

import re

import psycopg

from bot.databases.questions import short

_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'|:.*')
#: SQLSTATE classes whose sentences quote values ("invalid input syntax for type integer: …"), and the one
#: whose sentences are a function's own.
_DATA, _RAISED = "22", "P0001"


def words_of(error: psycopg.Error) -> str:
    """The server's sentence on one line; of a lost connection, that it was lost."""
    said, state = error.diag.message_primary, error.sqlstate or ""
    if said is None:
        return "the connection was lost"
    if state.startswith(_DATA):
        return short(_QUOTED.sub("", said).strip()) or "a value does not fit"
    if state == _RAISED:
        where = re.search(r"function (\S+)\(", error.diag.context or "")
        return f"an error raised by the function {where[1]}" if where else "an error raised by a function"
    return short(said)
