"""Which tables do the scripts touch?"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bot.checks.acts import UNKNOWN, Act, What, same, unread
from bot.core.plans import Verdict

LINES = (16, 18)


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
