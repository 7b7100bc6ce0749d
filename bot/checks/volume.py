"""How much data does the plan move?"""

from __future__ import annotations

from bot.checks.acts import UNKNOWN, Act, Evidence, What, unread
from bot.core.plans import Verdict
from bot.core.text import size

LINES = (26, 118)

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
    touched = list(dict.fromkeys(t for a in evidence.acts if _moves(a) for t in a.tables if t))
    unknown = [t for t in touched if evidence.rows(t) is None]
    blind = unread(evidence.acts, " and may move more")
    answer, said = "Small", ["no table's rows are read or written"] if not (touched or blind) else []
    if len(unknown) < len(touched):
        largest = max(touched, key=lambda t: (evidence.rows(t) or 0, evidence.bytes(t)))
        rows, count = evidence.rows(largest) or 0, evidence.bytes(largest)
        answer = next((word for word, most, room in _STEPS if rows < most and count < room), "XL")
        said.append(f"the largest table read or written is {evidence.sized(largest)}, {size(count)}")
    said += [f"the size of {', '.join(unknown)} is not known"] if unknown else []
    said += [blind] if blind else []
    if (unknown or blind) and answer == "Small":
        answer = "Medium"
        said.append("so Medium is assumed")
    return Verdict(question="Data volume", answer=answer, rule="; ".join(said))


def _moves(act: Act) -> bool:
    return act.what in _WHOLE or act.what in UNKNOWN
