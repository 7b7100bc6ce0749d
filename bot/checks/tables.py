"""Which tables does the plan touch, and how large are they?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bot.checks.acts import UNKNOWN, Act, What, same, unread
from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.plans import Verdict
from bot.core.survey import TableState
from bot.core.text import listed, size

LINES = (16,)
_SAID = 5


def tables(acts: Iterable[Act], known: Collection[str] | None = None) -> tuple[str, ...]:
    """Their names in the order of first touch; views and the tools' own tables are not among them.

    Names found only in what could not be read count when they are in `known`, or when nothing is known yet.
    """
    acts = list(acts)
    views = {a.name for a in acts if a.what is What.VIEW}
    sure = [n for a in acts if a.what not in UNKNOWN for n in a.tables]
    doubtful = {n for a in acts if a.what in UNKNOWN for n in a.tables}
    found = dict.fromkeys(n for a in acts for n in a.tables if n and n not in views)
    if known is not None:
        lost = {n for n in doubtful if n not in sure and not any(same(n, k) for k in known)}
        return tuple(n for n in found if n not in lost)
    return tuple(found)


def verdict(acts: Iterable[Act], known: Collection[str]) -> Verdict:
    """How many tables, which, and whether something may touch more."""
    acts = list(acts)
    names = tables(acts, known)
    blind = unread(acts, " and may touch more")
    rule = f"named in the SQL: {', '.join(names)}" if names else "the SQL names no table"
    return Verdict(question="Tables", answer=str(len(names)), rule=f"{rule}; {blind}" if blind else rule)


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
