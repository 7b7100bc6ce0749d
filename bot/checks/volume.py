"""How much data does the plan move?"""

from __future__ import annotations

from bot.checks import measured
from bot.checks.acts import UNKNOWN, Act, Evidence, What, unread
from bot.core.plans import Verdict
from bot.core.text import size

LINES = (26, 118)

_MORE = " and may move more"
#: Acts that read or write every row of their table.
_WHOLE = frozenset(
    {
        What.REWRITE,
        What.UPDATE,
        What.DELETE,
        What.INSERT,
        What.CREATE_INDEX,
        What.CREATE_INDEX_CONCURRENTLY,
        What.ADD_CONSTRAINT,
        What.VALIDATE,
        What.SET_NOT_NULL,
    }
)
#: Below these rows or bytes, whichever is passed first.
_STEPS = (("Small", 100_000, 10**8), ("Medium", 5_000_000, 5 * 10**9), ("Large", 100_000_000, 10**11))


def verdict(evidence: Evidence) -> Verdict:
    """Small, Medium, Large or XL by the largest table that is read or written as a whole."""
    parts = _parts(evidence)
    touched = list(parts)
    unknown = [t for t in touched if evidence.rows(t) is None]
    blind = unread([a for a in evidence.acts if not measured.statements(evidence, a.revision)], _MORE)
    answer, said = "Small", ["no table's rows are read or written"] if not (touched or blind) else []
    if len(unknown) < len(touched):
        sizes = {
            t: (round((evidence.rows(t) or 0) * part), round(evidence.bytes(t) * part))
            for t, part in parts.items()
        }
        largest = max(touched, key=lambda t: sizes[t])
        rows, count = sizes[largest]
        answer = next((word for word, most, room in _STEPS if rows < most and count < room), "XL")
        table = f"{evidence.sized(largest)}, {size(evidence.bytes(largest))}"
        said.append(
            f"the largest table read or written is {table}"
            if parts[largest] == 1
            else f"rehearsed: {rows:,} rows are read or written of {table}"
        )
    said += [f"the size of {', '.join(unknown)} is not known"] if unknown else []
    said += [blind] if blind else []
    if (unknown or blind) and answer == "Small":
        answer = "Medium"
        said.append("so Medium is assumed")
    return Verdict(question="Data volume", answer=answer, rule="; ".join(said))


def _parts(evidence: Evidence) -> dict[str, float]:
    """Each table that is read or written, with the part of its rows that is: as rehearsed, else all."""
    parts: dict[str, float] = {}
    for act in evidence.acts:
        for table in filter(None, (*act.tables, *measured.handled(evidence, act.revision))):
            known = measured.share(evidence, act.revision, table)
            part = (1.0 if _moves(act) else 0.0) if known is None else known
            if part:
                parts[table] = max(part, parts.get(table, 0.0))
    return parts


def _moves(act: Act) -> bool:
    return act.what in _WHOLE or act.what in UNKNOWN
