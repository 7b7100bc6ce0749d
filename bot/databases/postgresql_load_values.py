"""Values as text for a column: a plain one, one that no row has, and those at the edge of its type."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bot.databases.postgresql_load_columns import LONGEST, Column

_LONG = "as long as it may be "
_WHOLE = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
#: How far beyond the largest number of a column new ones are taken from.
_ROOM = 1_000_000
_PLAIN = {
    "N": "1",
    "S": "a",
    "B": "true",
    "D": "2026-01-01",
    "T": "1 day",
    "A": "{}",
    "I": "192.0.2.1",
    "V": "1",
}
_PLAIN_TYPES = {
    "json": "{}",
    "jsonb": "{}",
    "bytea": "",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "time without time zone": "12:00",
}

#: What a value is, in words, and the value.
Edge = tuple[str, str | None]


def plain(type_: str, category: str, labels: tuple[str, ...] = ()) -> str | None:
    """A value of a type, for whoever has nothing better; None when we know none."""
    return labels[0] if labels else _PLAIN_TYPES.get(type_, _PLAIN.get(category))


def fresh(column: Column, like: str | None, above: int) -> str | None:
    """A value that no row should have: beyond `above` for a number, made from `like` for a text."""
    if column.category == "N":
        most = _most(column)
        if above >= most:  # nothing is left above, but most likely something below
            return str(secrets.randbelow(most + 1))
        return str(above + 1 + secrets.randbelow(min(_ROOM, most - above)))
    if column.type == "uuid":
        return str(uuid4())
    if column.category == "S":
        # What stands behind it may have to have a form: an e-mail address keeps its at sign.
        text = secrets.token_hex(6) + (like or "")
        return text[: column.limit] if column.limit else text
    if column.category == "D":
        past = datetime(1900, 1, 1, tzinfo=UTC) + timedelta(seconds=secrets.randbelow(10**9))
        return past.isoformat()
    return like


def edges(column: Column) -> Iterator[Edge]:
    """Values at the edge of what the column takes: what its type before the change may not have had."""
    if column.nullable:
        yield "NULL", None
    if column.labels:
        yield from ((f"the label {label}", label) for label in column.labels)
    elif column.type == "bigint":
        yield "a number beyond integer", str(2**31 + secrets.randbelow(_ROOM))
    elif column.type in _WHOLE:
        yield "its largest number", str(_WHOLE[column.type])
    elif column.type == "numeric":
        yield "its largest number", _numeric(column)
    elif column.type == "double precision":
        yield "a number beyond real", "1e300"
    elif column.category == "S":
        length = min(column.limit or LONGEST // 2, LONGEST)
        yield f"a text of {length} characters", (_LONG * (length // len(_LONG) + 1))[:length]
    elif column.type.startswith("timestamp"):
        yield "a moment with microseconds", "2026-01-01 12:34:56.789012"
    elif column.type == "boolean":
        yield "true", "true"
        yield "false", "false"


def _most(column: Column) -> int:
    """The largest whole number that the column takes, or one that is large enough."""
    if column.type == "numeric" and column.modifier >= 4:
        precision, scale = _digits(column)
        return int(10 ** (precision - scale)) - 1
    return _WHOLE.get(column.type, 2**63)


def _numeric(column: Column) -> str:
    if column.modifier < 4:
        return "123456789012345678901234567890.123456789"
    precision, scale = _digits(column)
    if not 0 <= scale < precision:
        return "0"
    return "9" * (precision - scale) + ("." + "9" * scale if scale else "")


def _digits(column: Column) -> tuple[int, int]:
    """Precision and scale, as the modifier packs them (PostgreSQL's numeric.c: make_numeric_typmod)."""
    packed = column.modifier - 4
    return packed >> 16 & 0xFFFF, ((packed & 0x7FF) ^ 1024) - 1024
