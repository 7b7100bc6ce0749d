"""Which tables a statement names: by its syntax tree, or by careful patterns when there is no tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sqlglot import exp

from bot.checks.acts import bare
from bot.core.targets import Kind

#: The tools' own tables: a revision's entry in them is no change of the project's.
VERSION_TABLES = frozenset(
    {
        "alembic_version",
        "whimbrel_history",
        "flyway_schema_history",
        "databasechangelog",
        "databasechangeloglock",
    }
)

_NAME = r'((?:"(?:[^"]|"")+"|[^\W\d][\w$]*)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[^\W\d][\w$]*))?)'
_BEFORE = (
    r"(?:\b(?:alter|drop|create|lock|truncate|vacuum\s+full|reindex|analyze|cluster)\s+table"
    r"(?:\s+if\s+(?:not\s+)?exists)?(?:\s+only)?"
    r"|\bupdate(?:\s+only)?|\binto|\bdelete\s+from|(?<!distinct)\s\bfrom|\bjoin|\breferences|\btruncate"
    r"|\bvacuum\s+full|\bcluster|\bon(?:\s+only)?(?=\s+\S+\s*(?:\(|using\b|for\b|to\b|$)))\s+"
)
_PLACES = re.compile(_BEFORE + _NAME, re.I)
_INSIDE = re.compile(r"\b(extract|substring|trim|overlay|position)\s*\([^()]*\)", re.I)
#: SELECT … INTO and RETURNING … INTO fill variables of a procedure.
_VARIABLES = re.compile(
    r"(\b(?:select|returning)\b(?:(?!\binsert\b|\bmerge\b)[^;])*?)"
    r"\binto\s+(?:strict\s+)?[\w$., ]+?(?=\s+from\b|;|$)",
    re.I,
)
_TEXT = re.compile(r"'(?:[^']|'')*'")
_WORDS = frozenset(
    {"select", "values", "table", "only", "set", "if", "not", "exists", "lateral", "unnest", "each", "row"}
    | {"update", "delete", "insert", "conflict", "strict", "where", "do", "nothing", "current_user", "public"}
    | {"all", "using", "cascade", "restrict", "generate_series"}
)


def named(tree: exp.Expr, kind: Kind) -> tuple[str, ...]:
    """Every table in a tree, without the names that its own WITH gives."""
    given = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    found = [n for t in tree.find_all(exp.Table) if (n := written(t, kind)) and n.lower() not in given]
    return ours(found)


def written(table: exp.Expr, kind: Kind) -> str:
    """A table's name as the server keeps it: PostgreSQL folds what is not quoted."""
    parts = [p for p in (table.args.get("db"), table.this) if isinstance(p, exp.Identifier)]
    folded = [p.name if p.args.get("quoted") or kind is Kind.SQLITE else p.name.lower() for p in parts]
    return joined(folded)


def joined(parts: Sequence[str]) -> str:
    """One name of schema and table, each as the server keeps it."""
    return _joined(tuple(parts))


@lru_cache(maxsize=4096)
def _joined(parts: tuple[str, ...]) -> str:
    return bare(".".join(_quoted(p) for p in parts if p))


def guessed(sql: str, kind: Kind) -> tuple[str, ...]:
    """Names that stand where a table would, in text that could not be read as SQL."""
    text = _INSIDE.sub(" ", _TEXT.sub("''", re.sub(r"\$\w*\$", " ", sql)))
    text = _VARIABLES.sub(r"\1", text)
    found = []
    for name in _PLACES.findall(text):
        parts = [p.strip() for p in re.findall(r'"(?:[^"]|"")+"|[^\s."]+', name)]
        plain = [p[1:-1].replace('""', '"') if p[0] == '"' else _fold(p, kind) for p in parts]
        if parts[-1].lower() not in _WORDS:
            found.append(bare(".".join(_quoted(p) for p in plain)))
    return ours(found)


def ours(names: list[str]) -> tuple[str, ...]:
    """Each name once, in order, without the tools' own tables."""
    return tuple(dict.fromkeys(n for n in names if n and n.rpartition(".")[2].lower() not in VERSION_TABLES))


def _quoted(part: str) -> str:
    # A dot or a quote inside a name would make it another name.
    return '"' + part.replace('"', '""') + '"' if re.search(r'[."]', part) else part


def _fold(name: str, kind: Kind) -> str:
    return name.lower() if kind is Kind.POSTGRESQL else name
