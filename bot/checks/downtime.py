"""How long can nobody work with a table?"""

from __future__ import annotations

from bot.checks.acts import Act, Evidence, What, unread
from bot.core.plans import Verdict
from bot.core.targets import Kind
from bot.core.text import seconds

LINES = (20, 121)

#: Rows per second of acts that keep others out while they read or write every row (8 million rows, measured).
_RATES = {
    What.REWRITE: 290_000,
    What.SET_NOT_NULL: 2_200_000,
    What.ADD_CONSTRAINT: 900_000,
    What.CREATE_INDEX: 1_100_000,
    What.UPDATE: 40_000,
    What.DELETE: 100_000,
}
#: Bytes per second of a rewrite, for tables with wide rows.
_BYTES = 35_000_000
_STEPS = (("None", 1.0), ("Seconds", 60.0), ("Minutes", 3600.0))


def verdict(evidence: Evidence) -> Verdict:
    """None, Seconds, Minutes or Hours by what the blocking statements would take on the largest target."""
    blocking = [a for a in evidence.acts if _blocks(a, evidence)]
    unsized = [a for a in blocking if evidence.rows(a.table) is None]
    times = [(took(a, evidence), a) for a in blocking]
    total = sum(t for t, _ in times)
    blind = unread(evidence.acts, "")
    answer = next((word for word, most in _STEPS if total < most), "Hours")
    said = []
    if total >= 0.05:
        longest, worst = max(times, key=lambda pair: pair[0])
        said.append(
            f"{worst.what} keeps others out of {evidence.sized(worst.table)} for about {seconds(longest)}"
        )
    said += [f"{a.what} on {evidence.sized(a.table)} cannot be estimated" for a in unsized[:1]]
    if blind:
        said.append(blind)
    if (unsized or blind) and answer in ("None", "Seconds"):
        answer = "Minutes"
        said.append("so Minutes are assumed until it has run on staging")
    rule = "; ".join(said) or "no statement keeps others out of a table for longer than a moment"
    return Verdict(question="Estimated downtime", answer=answer, rule=rule)


def _blocks(act: Act, evidence: Evidence) -> bool:
    if act.what in (What.UPDATE, What.DELETE):
        # A bounded change on PostgreSQL keeps others from its own rows only; SQLite has one lock for all.
        return not act.bounded or evidence.kind is Kind.SQLITE
    return act.what in _RATES


def took(act: Act, evidence: Evidence) -> float:
    """The seconds that an act takes at the rates that were measured; 0 for one that is no matter of size."""
    if act.what not in _RATES:
        return 0.0
    by_rows = (evidence.rows(act.table) or 0) / _RATES[act.what]
    return max(by_rows, evidence.bytes(act.table) / _BYTES) if act.what is What.REWRITE else by_rows
