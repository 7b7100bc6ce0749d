"""How long a run will still take, by what the same steps took in another phase. Pure."""

from __future__ import annotations

from bot.core.changes import Change
from bot.core.events import Direction
from bot.core.runs import Run, RunState
from bot.core.targets import Phase

#: Elsewhere may have far more rows, or fewer: the times are scaled by the steps already done, so far at most.
_LEAST, _MOST = 0.2, 50.0
#: Steps that end within this many seconds say nothing about how much faster or slower it goes here.
_TELLING = 0.05


def left(change: Change, run: Run, elapsed: float) -> tuple[float, Phase] | None:
    """(seconds still to go, the phase whose times say so); None when no phase has gone the same way.

    `elapsed`: seconds that the step under way has taken so far.
    """
    model = _model(change, run)
    if model is None:
        return None
    took = {key: step.seconds for key, step in model.steps.items() if step.state == "done"}
    both = [
        (s.seconds, took[k]) for k, s in run.steps.items() if s.state == "done" and took.get(k, 0) > _TELLING
    ]
    here, there = sum(h for h, _ in both), sum(t for _, t in both)
    scale = min(_MOST, max(_LEAST, here / there)) if there else 1.0
    done = {key for key, step in run.steps.items() if step.state == "done"}
    ahead = sum(seconds for key, seconds in took.items() if key not in done)
    return max(0.0, ahead * scale - elapsed), model.phase


def _model(change: Change, run: Run) -> Run | None:
    """The newest finished run of another phase that carried the same revisions forward."""
    if run.direction is Direction.BACK:
        return None
    for other in reversed(change.runs.values()):
        same = other.direction is run.direction and set(run.revisions) <= set(other.revisions)
        if other.phase != run.phase and same and other.state is RunState.FINISHED:
            return other
    return None
