"""Statements that the SQL library gives no tree for, known by their first words. PostgreSQL's own are read by
its grammar."""

from __future__ import annotations

import re

from bot.checks.acts import NO_TABLES, Act, What

#: Whole shapes only: what follows any other words is unknown.
_SHAPES: tuple[tuple[str, What], ...] = (
    (
        r"create\s+(?:or\s+replace\s+)?(?:temp\s+|temporary\s+)?(?:function|procedure|trigger)\b.*",
        What.ROUTINE,
    ),
    (r"(?:savepoint|release|rollback)\b[^;]*", What.NOTHING),
    (r"begin(?:\s+(?:transaction|work|immediate|deferred|exclusive))*", What.NOTHING),
    (r"(?:end|start)(?:\s+(?:transaction|work))?", What.NOTHING),
)
_PATTERNS = tuple((re.compile(shape, re.I | re.S), what) for shape, what in _SHAPES)


def by_wording(sql: str) -> Act | None:
    """The act of a statement known by its words; None when it is not one of them."""
    what = next((what for pattern, what in _PATTERNS if pattern.fullmatch(sql)), None)
    return Act(what=what, tables=NO_TABLES) if what else None
