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


def shuts(mode: str) -> int:
    """How much of a table it closes to an application: 3 reads and writes, 2 writes, 1 the rows that its
    transaction changes, 0 nothing."""
    if strength(mode) >= strength("Share"):
        return 3 if mode == "AccessExclusive" else 2
    return 1 if mode == "RowExclusive" else 0
