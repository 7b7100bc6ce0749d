"""Words about SQL that every kind of database shares."""

from __future__ import annotations

import re

from bot.core.errors import StepFailed

#: Tables in which the tools keep their history: no part of the schema that a change makes.
HISTORY_TABLES = (
    "alembic_version",
    "whimbrel_history",
    "flyway_schema_history",
    "databasechangelog",
    "databasechangeloglock",
)

_COMMENT = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/|\()+", re.DOTALL)
_ASKING = re.compile(r"\A(select|with|values|table|show|explain)\b", re.IGNORECASE)
_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


def only_asks(sql: str) -> str:
    """`sql` itself when it begins like a question; StepFailed otherwise."""
    if not _ASKING.match(_COMMENT.sub("", sql)):
        raise StepFailed("An assertion must ask and not do.", hint="Write it as one SELECT.")
    return sql


def name_parts(name: str) -> tuple[str, str]:
    """Schema ("" for none) and name of `schema.table`, `table` or `"Schema"."Table"`."""
    parts = [quoted.replace('""', '"') or plain for quoted, plain in _PART.findall(name)]
    return (parts[-2] if len(parts) > 1 else "", parts[-1] if parts else "")


def full_name(schema: str, name: str) -> str:
    """The inverse: as plans write names, without the schema that the server adds by itself, and quoted where
    a dot or a quote would make it another name."""
    parts = [name] if schema in ("", "public", "main") else [schema, name]
    return ".".join('"' + p.replace('"', '""') + '"' if "." in p or '"' in p else p for p in parts)


def says(text: str, name: str) -> bool:
    """Whether a text names it, as a word of its own, in any case and quoted or not."""
    names = "|".join(re.escape(n) for n in {name, name.replace('"', '""')})
    return re.search(rf"(?<!\w)(?:{names})(?!\w)", text, re.IGNORECASE) is not None


def short(text: str, most: int = 200) -> str:
    """On one line and no longer than `most`."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def size(count: float) -> str:
    """Bytes as people say them."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"
