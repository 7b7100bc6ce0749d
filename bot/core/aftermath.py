"""What follows by itself when a run has ended. Pure: the events to write in the same breath."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.changes import Change
from bot.core.events import (
    ChangeFinished,
    DecisionAsked,
    Direction,
    Event,
    RunFailed,
    RunFinished,
    RunRequested,
)
from bot.core.lines import open_lines
from bot.core.plans import Plan
from bot.core.runs import Run
from bot.core.targets import Phase


def next_run(change: Change) -> str:
    """The id of the change's next run: "<change>.<count>"."""
    return f"{change.id}.{len(change.runs) + 1}"


def follows(change: Change, plan: Plan, run: Run, event: Event, now: datetime) -> tuple[Event, ...]:
    """A failed phase is taken back by itself or asks its roles; a finished production ends the change."""
    forward = run.direction is Direction.FORWARD
    if isinstance(event, RunFinished) and forward and run.phase is Phase.PRODUCTION:
        return (ChangeFinished(),)
    if isinstance(event, RunFinished) and run.phase is Phase.PLAN and Phase.SCRIPTS in plan.phases:
        return () if open_lines(change, plan, Phase.SCRIPTS) else (asked_for(change, plan, Phase.SCRIPTS),)
    applied = change.applied(run.phase)
    if not (isinstance(event, RunFailed) and forward and applied):
        return ()
    if plan.stage(run.phase).take_back:
        return (taking_back(change, run.phase),)
    deadline = now + timedelta(seconds=plan.limits.decide_within)
    return (DecisionAsked(run=run.id, phase=run.phase, deadline=deadline),)


def asked_for(change: Change, plan: Plan, phase: Phase) -> RunRequested:
    """The run that carries a phase forward: an environment's pending revisions, or a look at all of them."""
    stage = plan.stage(phase)
    left = set(stage.pending) - set(change.applied(phase))
    return RunRequested(
        run=next_run(change),
        phase=phase,
        direction=Direction.FORWARD,
        target=stage.target,
        revisions=tuple(s.revision for s in plan.scripts if s.revision in left),
        fingerprint=plan.fingerprint,
    )


def taking_back(change: Change, phase: Phase) -> RunRequested:
    """The run that reverses what the change applied there, newest first."""
    return RunRequested(
        run=next_run(change),
        phase=phase,
        direction=Direction.BACK,
        target=next(r.target for r in change.runs_of(phase)),
        revisions=tuple(reversed(change.applied(phase))),
        fingerprint=change.fingerprint,
    )
