"""PostgreSQL's lock modes, weakest first, and what each keeps others from (docs: "Explicit Locking")."""

from __future__ import annotations

MODES = (
    "AccessShare",
    "RowShare",
    "RowExclusive",
    "ShareUpdateExclusive",
    "Share",
    "ShareRowExclusive",
    "Exclusive",
    "AccessExclusive",
)
_BLOCKED = {
    "ShareUpdateExclusive": "other schema changes",
    "Share": "writes",
    "ShareRowExclusive": "writes",
    "Exclusive": "writes",
    "AccessExclusive": "reads and writes",
}


def blocked(mode: str) -> str:
    """What others cannot do meanwhile: "reads and writes", "writes", "other schema changes" or ""."""
    return _BLOCKED.get(mode, "")


def strength(mode: str) -> int:
    """Its place among the modes; ValueError for a word that is none."""
    return MODES.index(mode)
