"""How long can nobody work with a table?"""

from __future__ import annotations

from bot.checks import measured
from bot.checks.acts import Act, Evidence, What, unread
from bot.checks.measured import Cost
from bot.core.plans import Verdict
from bot.core.spans import between, effects
from bot.core.targets import Kind
from bot.core.text import seconds

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
#: The same once it was measured: then less than a second and no lock at all can be told apart.
_MEASURED = (("None", 1e-9), ("< 1 s", 1.0), *_STEPS[1:])


def verdict(evidence: Evidence) -> Verdict:
    """None, < 1 s, Seconds, Minutes or Hours: by the forecast where there is one, at its high end, and by
    what the blocking statements would take on the largest target where there is none."""
    cost = measured.dearest(evidence)
    guessed = measured.unmeasured(evidence)
    blocking = [a for a in guessed if _blocks(a, evidence)]
    unsized = [a for a in blocking if evidence.rows(a.table) is None]
    times = [(took(a, evidence), a) for a in blocking]
    guess = sum(t for t, _ in times)
    blind = unread(guessed, "")
    total = guess + (cost.forecast.downtime.high if cost else 0.0)
    answer = next((word for word, most in (_MEASURED if cost else _STEPS) if total < most), "Hours")
    said = [_measured(cost)] if cost else []
    if guess >= 0.05:
        longest, worst = max(times, key=lambda pair: pair[0])
        said.append(
            f"{worst.what} keeps others out of {evidence.sized(worst.table)} for about {seconds(longest)}"
        )
    said += [f"{a.what} on {evidence.sized(a.table)} cannot be estimated" for a in unsized[:1]]
    if blind:
        said.append(blind)
    if (unsized or blind) and answer in ("None", "< 1 s", "Seconds"):
        answer = "Minutes"
        said.append("so Minutes are assumed until it has run on staging")
    rule = "; ".join(said) or "no statement keeps others out of a table for longer than a moment"
    return Verdict(question="Estimated downtime", answer=answer, rule=rule)


def _measured(cost: Cost) -> str:
    """What was forecast, and the lock that is felt most."""
    most = effects(cost.forecast)[:1]
    if not cost.forecast.downtime.high:
        return f"rehearsed: no lock keeps others out of a table on {cost.phase}"
    shut = f"rehearsed: tables are shut on {cost.phase} for {between(cost.forecast.downtime)}"
    return f"{shut}; {most[0]}" if most else shut


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
