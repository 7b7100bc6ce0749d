"""What a rehearsal and the forecasts say of acts that the rules would otherwise have to guess at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.checks.acts import Act, Evidence
from bot.checks.names import ours
from bot.core.growing import bare
from bot.core.locks import shuts
from bot.core.measures import Block, Copying, Expected, Forecast, Measured
from bot.core.targets import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The environment that has to expect the longest downtime, and what it has to expect."""

    phase: Phase
    forecast: Forecast


def dearest(evidence: Evidence) -> Cost | None:
    """The environment with the longest downtime, then duration; None when nothing was forecast."""
    costs = [Cost(phase=phase, forecast=cast) for phase, cast in evidence.forecasts.items()]
    return max(costs, key=lambda c: (c.forecast.downtime.high, c.forecast.duration.high), default=None)


def unmeasured(evidence: Evidence) -> list[Act]:
    """The acts of revisions that were not timed anywhere: the rules have to guess at them."""
    timed = {e.revision for cast in evidence.forecasts.values() for e in cast.revisions}
    return [act for act in evidence.acts if act.revision not in timed]


def expected(evidence: Evidence, act: Act) -> Expected | None:
    """What the act's revision has to be expected to do where it takes longest; None when its locks were
    not measured."""
    found = [
        e
        for cast in evidence.forecasts.values()
        for e in cast.revisions
        if e.revision == act.revision and not e.blind
    ]
    return max(found, key=lambda e: (e.shut.high, e.seconds.high), default=None)


def block(found: Expected, table: str) -> Block | None:
    """The lock by which a revision keeps others out of a table for longest."""
    fitting = [b for b in found.blocks if same(b.table, table) and shuts(b.mode) > 1]
    return max(fitting, key=lambda b: b.seconds.high, default=None)


def statements(evidence: Evidence, revision: str) -> Sequence[Measured]:
    """The revision's statements as they ran on the copy; empty unless all of them did."""
    own = [s for s in evidence.rehearsal.statements if s.revision == revision] if evidence.rehearsal else []
    return () if any(s.error for s in own) else own


def share(evidence: Evidence, revision: str, table: str) -> float | None:
    """Which part of a table's rows the revision read as a whole or wrote, 0.0 to 1.0; None: not known."""
    own = statements(evidence, revision)
    if not own or evidence.rehearsal is None or evidence.rehearsal.copied.how is Copying.SCHEMA:
        return None
    copy = next((rows for name, rows in evidence.rehearsal.copied.rows.items() if same(name, table)), 0)
    if not copy:
        return None
    if any(same(name, table) for s in own for name in s.rewritten):
        return 1.0
    handled = [
        n for s in own for rows in (s.scanned, s.rows) for name, n in rows.items() if same(name, table)
    ]
    return min(1.0, max(handled, default=0) / copy)


def handled(evidence: Evidence, revision: str) -> tuple[str, ...]:
    """The tables that it was seen to read as a whole or to write, whether its SQL names them or not."""
    own = statements(evidence, revision)
    copy = evidence.rehearsal.copied.rows if evidence.rehearsal else {}
    anew = [name for s in own for name in s.rewritten if any(same(name, known) for known in copy)]
    return ours([bare(name) for s in own for name in (*s.scanned, *s.rows)] + [bare(name) for name in anew])


def same(one: str, other: str) -> bool:
    """Two names of one table, however the server quotes what it says itself."""
    return bare(one).lower() == bare(other).lower()


def whole(evidence: Evidence) -> bool:
    """Every row was rehearsed with, so that what did not fail for a row then does not fail for one now."""
    return evidence.rehearsal is not None and evidence.rehearsal.copied.how is Copying.FULL
