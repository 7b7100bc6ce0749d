"""How long a run will still take: by what the same steps took in another phase, by its own pace, or by what
people expect. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.changes import Change
from bot.core.events import Direction
from bot.core.runs import Run, RunState
from bot.slack.overtime import span

#: Elsewhere may have far more rows, or fewer: the times are scaled by the steps already done, so far at most.
_LEAST, _MOST = 0.2, 50.0
#: Steps that end within this many seconds say nothing about how much faster or slower it goes here.
_TELLING = 0.05
#: So many revisions show a pace.
_PACE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Seconds still to go, and in words what that goes by."""

    seconds: float
    by: str


def left(change: Change, run: Run, elapsed: float, expected: str = "") -> Guess | None:
    """The best guess; None while nothing is known to go by.

    `elapsed`: seconds that the step under way has taken so far. `expected`: the plan file's words on how long
    the phase takes.
    """
    return _elsewhere(change, run, elapsed) or _own_pace(run, elapsed) or _foreseen(run, elapsed, expected)


def _elsewhere(change: Change, run: Run, elapsed: float) -> Guess | None:
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
    return Guess(seconds=max(0.0, ahead * scale - elapsed), by=model.phase)


def _model(change: Change, run: Run) -> Run | None:
    """The newest finished run of another phase that carried the same revisions forward."""
    if run.direction is Direction.BACK:
        return None
    for other in reversed(change.runs.values()):
        same = other.direction is run.direction and set(run.revisions) <= set(other.revisions)
        if other.phase != run.phase and same and other.state is RunState.FINISHED:
            return other
    return None


def _own_pace(run: Run, elapsed: float) -> Guess | None:
    """Each revision ahead takes as long as those done took on average. One whose end was not seen, and which
    was settled by asking the target, has no time of its own."""
    carried = run.carried()
    verb = "apply" if run.direction is Direction.FORWARD else "reverse"
    took = [seconds for r in carried if (seconds := run.steps[f"{verb}:{r}"].seconds)]
    if len(took) < _PACE:
        return None
    each, ahead = sum(took) / len(took), len(run.revisions) - len(carried)
    under_way = run.unfinished
    begun = min(elapsed, each) if under_way and under_way.key.startswith(f"{verb}:") else 0.0
    return Guess(seconds=each * ahead - begun, by="the revisions so far")


def _foreseen(run: Run, elapsed: float, expected: str) -> Guess | None:
    """What people expect, less the time that went into steps: a pause does not count."""
    whole = span(expected) if run.direction is Direction.FORWARD else 0.0
    gone = elapsed + sum(step.seconds for step in run.steps.values())
    return Guess(seconds=max(0.0, whole - gone), by="the plan file") if whole else None
