"""Statements that the SQL library gives no tree for, known by their first words."""

from __future__ import annotations

import re

from bot.checks.acts import NO_TABLES, Act, What
from bot.checks.names import guessed
from bot.core.targets import Kind

_ID = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_TABLE = rf"alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_ID}(?:\s*\.\s*{_ID})?\s+"
#: Whole shapes only: a further action after a comma makes the statement unknown.
_SHAPES: tuple[tuple[str, What], ...] = (
    (rf"{_TABLE}validate\s+constraint\s+(?P<name>{_ID})", What.VALIDATE),
    (
        rf"{_TABLE}add\s+constraint\s+(?P<name>{_ID})\s+(?:unique|primary\s+key)\s+using\s+index\s+{_ID}",
        What.QUICK_ALTER,
    ),
    (rf"{_TABLE}owner\s+to\s+\w+", What.GRANT),
    (rf"{_TABLE}(?:enable|disable|force|no\s+force)\s+row\s+level\s+security", What.GRANT),
    (rf"{_TABLE}alter\s+(?:column\s+)?{_ID}\s+set\s+(?:statistics\s+-?\d+|storage\s+\w+)", What.QUICK_ALTER),
    (r"(?:create|alter|drop)\s+policy\b[^;]*", What.GRANT),
    (r"alter\s+default\s+privileges\b[^;]*", What.OTHER_SCHEMA),
    (r"alter\s+(?:type|sequence|domain|extension)\b[^;]*", What.OTHER_SCHEMA),
    (r"create\s+extension\b[^;]*", What.OTHER_SCHEMA),
    (
        r"create\s+(?:or\s+replace\s+)?(?:temp\s+|temporary\s+)?(?:function|procedure|trigger)\b.*",
        What.ROUTINE,
    ),
    (r"(?:savepoint|release|rollback)\b[^;]*", What.NOTHING),
    (r"begin(?:\s+(?:transaction|work|immediate|deferred|exclusive))*", What.NOTHING),
    (r"(?:end|start)(?:\s+(?:transaction|work))?", What.NOTHING),
    (r"vacuum\s+full\b[^;]*|cluster\s+[^;]*", What.REWRITE),
    (r"refresh\s+materialized\s+view\s+concurrently\b[^;]*", What.OTHER_SCHEMA),
    (r"reindex\s+table\s+(?!concurrently)[^;]*", What.CREATE_INDEX),
)
_PATTERNS = tuple((re.compile(shape, re.I | re.S), what) for shape, what in _SHAPES)
_TARGETED = frozenset({What.VALIDATE, What.QUICK_ALTER, What.REWRITE, What.CREATE_INDEX, What.GRANT})


def by_wording(sql: str, kind: Kind) -> Act | None:
    """The act of a statement known by its words; None when it is not one of them."""
    for pattern, what in _PATTERNS:
        if found := pattern.fullmatch(sql):
            tables = guessed(sql, kind) if what in _TARGETED else ()
            name = found.groupdict().get("name") or ""
            table = tables[0] if tables else ""
            return Act(what=what, table=table, tables=tables or NO_TABLES, name=_unquoted(name, kind))
    return None


def _unquoted(name: str, kind: Kind) -> str:
    if name.startswith('"'):
        return name[1:-1].replace('""', '"')
    return name.lower() if kind is Kind.POSTGRESQL else name
