"""Which tables does the plan touch, and how large are they?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.checks.acts import same
from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.survey import TableState
from bot.core.text import listed, size

LINES = (16,)
_SAID = 5


def answer(touched: Sequence[str], states: Sequence[TableState], new: Collection[str] = ()) -> Answer:
    """`touched`: the plan's tables; `new`: those that it makes itself. A table that is neither there nor made
    stops the plan."""
    known = {s.name for s in states}
    made = [t for t in touched if any(same(t, n) for n in new)]
    lost = [t for t in touched if t not in known and t not in made]
    largest = sorted(states, key=lambda s: s.bytes, reverse=True)
    said = [_said(s) for s in largest[:_SAID]]
    if len(largest) > _SAID:
        rest = largest[_SAID:]
        said.append(f"{len(rest)} more with {size(sum(s.bytes for s in rest))}")
    said += [f"{listed(made)} (new in this plan)"] if made else []
    said += [f"{listed(lost)} (not there)"] if lost else []
    return Answer(
        lines=LINES,
        ok=not lost,
        evidence=f"The plan touches {listed(said)}." if said else "The plan touches no table.",
        findings=tuple(_missing(t) for t in lost),
    )


def _said(state: TableState) -> str:
    rows = f"{state.rows:,} rows" if state.exact else f"about {state.rows:,} rows"
    return f"{state.name} ({rows}, {size(state.bytes)} with its indexes)"


def _missing(table: str) -> Finding:
    return Finding(
        rule="table-not-there",
        place=table,
        reason=f"The target has no table {table}, and the plan does not make it.",
        instead="Is the name right, and does the revision come after the one that makes it?",
        lines=LINES,
    )
