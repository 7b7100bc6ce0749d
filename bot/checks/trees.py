"""A statement's tree as the SQL library (sqlglot) reads it, for any dialect."""

from __future__ import annotations

import logging

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from bot.core.targets import Kind

DIALECTS = {Kind.POSTGRESQL: "postgres", Kind.SQLITE: "sqlite"}


def tree(sql: str, kind: Kind) -> exp.Expr | None:
    """The tree; None when it is not one statement that can be read."""
    # sqlglot warns of everything it cannot read; that is an answer here, and no news for the log.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        trees = sqlglot.parse(sql, dialect=DIALECTS[kind])
    except (SqlglotError, RecursionError):
        return None
    return trees[0] if len(trees) == 1 else None
