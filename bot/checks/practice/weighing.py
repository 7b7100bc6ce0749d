"""How heavy a finding weighs, by what is known of the table."""

from __future__ import annotations

from bot.checks.acts import Act, Evidence
from bot.checks.risk import BIG
from bot.core.findings import Weight


def by_size(act: Act, evidence: Evidence) -> Weight:
    """A scan or a rewrite of a small table is over before it is noticed; an unknown size is no small one."""
    rows = evidence.rows(act.table) if act.table else None
    return Weight.NOTE if rows is not None and rows < BIG else Weight.STOP


def by_rows(act: Act, evidence: Evidence) -> Weight:
    """What loses rows stops, unless it is known that there are none."""
    return Weight.NOTE if act.table and evidence.rows(act.table) == 0 else Weight.STOP
