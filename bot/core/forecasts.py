"""What an environment has to expect of a plan, from what its rehearsal measured. Pure; few rules, each said.

Locks are held until the end of their transaction, and whoever wants one queues behind everybody who asked
before (PostgreSQL docs, "Explicit Locking"): so a statement of an application waits for as long as a lock is
held, and before that for at most `lock_timeout`, while the change itself queues.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.core.growing import scale
from bot.core.locks import shuts
from bot.core.measures import Copying, Expected, Forecast, Rehearsal, Span
from bot.core.plans import Plan
from bot.core.records import Pair
from bot.core.rehearsed import FLOOR, Rehearsed
from bot.core.targets import Phase
from bot.core.text import listed, seconds
from bot.core.widths import width


def forecast(plan: Plan, phase: Phase, rehearsal: Rehearsal, record: Sequence[Pair] = ()) -> Forecast | None:
    """What is to be expected of a phase; None when nothing was timed: a ghost has no rows.

    `record`: durations of earlier forecasts for this target, newest last.
    """
    stage = plan.stage(phase)
    if rehearsal.copied.how is Copying.SCHEMA:
        return None
    wide = width(rehearsal.copied, stage.target, record)
    pending = [s for s in plan.scripts if s.revision in stage.pending]
    made = [(s, one) for s in pending if (one := Rehearsed(rehearsal, s.revision)).timed]
    if not made:
        return None
    expected, why = [], [*wide.why]
    for script, one in made:
        scaled = scale(script.revision, rehearsal, stage, blind=one.blind)
        why += scaled.why
        patience = plan.limits.lock_timeout * script.transactional
        expected.append(one.expected(scaled, wide, patience))
    missing = tuple(s.revision for s in pending if s.revision not in {e.revision for e in expected})
    wait = _wait(expected, plan.limits.lock_timeout)
    return Forecast(
        duration=_sum(e.seconds for e in expected),
        wait=wait,
        downtime=_sum(e.shut for e in expected),
        why=tuple(dict.fromkeys([*why, *_notes(expected, missing, wait, plan.limits.lock_timeout)])),
        revisions=tuple(expected),
        missing=missing,
    )


def _wait(expected: Sequence[Expected], patience: float) -> Span:
    """The longest wait of one statement: the longest hold, and before it the queueing of the change."""
    holds = [
        (b, b.seconds.high + b.queued + patience * (shuts(b.mode) > 1)) for e in expected for b in e.blocks
    ]
    blind = [e.seconds.high + patience for e in expected if e.blind]
    return Span(
        low=max((b.seconds.low for b, _ in holds), default=0.0),
        high=max([0.0, *blind, *(most for _, most in holds)]),
    )


def _notes(
    expected: Sequence[Expected], missing: Sequence[str], wait: Span, patience: float
) -> Iterator[str]:
    if any(shuts(b.mode) > 1 for e in expected for b in e.blocks) or any(e.blind for e in expected):
        yield (
            f"While the change queues for a lock, others queue behind it: at most {seconds(patience)} a try"
            " (lock_timeout). That is in the wait, and not in the downtime."
        )
    if blind := [e.revision for e in expected if e.blind]:
        yield f"The locks of {listed(blind)} were not measured: any table may be shut for all of its time."
    if missing:
        yield f"Not rehearsed, and so not counted here: {listed(missing)}."
    if any(e.seconds.high <= FLOOR.high for e in expected):
        yield (
            f"No revision is counted with less than {seconds(FLOOR.high)} at the high end: a connection, a"
            " commit to disk and the tool's own table take that."
        )
    if not wait.high:
        yield "No lock that an application would feel was seen."


def _sum(spans: Iterable[Span]) -> Span:
    spans = list(spans)
    return Span(low=sum(s.low for s in spans), high=sum(s.high for s in spans))
