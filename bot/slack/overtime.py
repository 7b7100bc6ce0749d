"""Steps far over their time. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.events import Direction
from bot.core.runs import Run, Step
from bot.core.text import code, plain, seconds
from bot.slack.signs import Sign
from bot.slack.voice import Said, Voice

#: A step is far over its time when it takes this many times what it took before, and this long at least.
TIMES, LEAST = 5.0, 120.0
_SPAN = re.compile(r"(\d+(?:[.,]\d+)?)\s*(s|sec|min|m|h|hour)", re.IGNORECASE)
_UNITS = {"s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "hour": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtime:
    """A step that takes too long, and what it is measured by, in words."""

    run: Run
    step: Step
    elapsed: float
    measure: str


def overtime(voice: Voice) -> Overtime | None:
    """The step under way, if it is far over its time."""
    scene = voice.scene
    run = scene.change.run
    step = run.unfinished if run else None
    if run is None or step is None or step.state != "running":
        return None
    elapsed = (scene.now - step.started).total_seconds()
    if elapsed < LEAST:
        return None
    before = _before(voice, run, step)
    if before and elapsed > TIMES * before[1]:
        measure = f"took {seconds(before[1])} in {before[0]}"
        return Overtime(run=run, step=step, elapsed=elapsed, measure=measure)
    words = scene.plan.notes.expected.get(run.phase, "")
    expected = span(words) if run.direction is Direction.FORWARD else 0.0
    whole = (scene.now - run.started).total_seconds() if run.started else 0.0
    if expected and whole > 2 * expected:
        measure = f"belongs to a phase that is expected to take {plain(words, 60)}"
        return Overtime(run=run, step=step, elapsed=elapsed, measure=measure)
    return None


def _before(voice: Voice, run: Run, step: Step) -> tuple[str, float] | None:
    """The longest that the same step took in another phase."""
    known = [
        (other.phase.value, there.seconds)
        for other in voice.scene.change.runs.values()
        if other.id != run.id and other.direction == run.direction
        for there in [other.steps.get(step.key)]
        if there and there.state == "done"
    ]
    return max(known, key=lambda pair: pair[1], default=None)


def span(words: str) -> float:
    """Seconds in "10 min", "2 h 30 min" or "about 45 s"; 0 when there are none."""
    return sum(float(n.replace(",", ".")) * _UNITS[unit.lower()] for n, unit in _SPAN.findall(words))


def overtime_said(over: Overtime, seq: int, voice: Voice) -> Said:
    """The alert: how long it takes, measured by what, and what can be done."""
    n = voice.scene.change.id
    text = (
        f"{Sign.SLOW} *{plain(over.step.title, 160)}* on {code(over.run.target)} has been running for"
        f" {seconds(over.elapsed)}; it {over.measure}. It goes on by itself."
        f" {code(f'/migrate why {n}')} says what it waits for, {code(f'/migrate abort {n}')} stops after it."
        f"\n{voice.call(over.run.phase)}"
    )
    return Said(seq=seq, text=text.rstrip(), alert=True)
