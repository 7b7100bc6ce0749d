"""Forecasts beside what became of them: how good they were, in figures and in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.changes import Change
from bot.core.events import Direction
from bot.core.measures import Forecast, Span
from bot.core.runs import Run, RunState
from bot.core.spans import between, figure
from bot.core.targets import Phase
from bot.core.text import seconds

#: So many of the newest forecasts are looked at: older ones were made on other data and other machines.
NEWEST = 10
#: Of a run's steps, what a lock was seen to keep others from: "held <table>", in seconds.
HELD = "held "


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What was forecast, and what it came to, in seconds."""

    forecast: Span
    actual: float

    @property
    def off(self) -> float:
        """0 inside the range; else the distance to its nearest end, as a share of what it came to.

        What came to less than 0.1 s counts as that: nobody feels less.
        """
        low, high = self.forecast.low, self.forecast.high
        if low <= self.actual <= high:
            return 0.0
        nearest = low if self.actual < low else high
        return abs(self.actual - nearest) / max(self.actual, 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How good the newest forecasts were."""

    count: int
    #: How many of them came to lie inside their range.
    inside: int
    #: The worst of them was off by this share.
    within: float
    #: How far the ranges' ends lie apart at the median, as a quotient: a range of any width is easily met.
    width: float

    @property
    def sentence(self) -> str:
        """For people: what the forecasts were worth."""
        many = "The last forecast was" if self.count == 1 else f"The last {self.count} forecasts were"
        wide = f"a range's high end was {figure(self.width)} times its low one"
        if self.inside == self.count:
            return f"{many} right: what it came to lay inside the range ({wide})."
        rest = f"; {self.inside} lay inside the range" if self.inside else ""
        return f"{many} within {max(1, round(self.within * 100))} %{rest} ({wide})."


def accuracy(pairs: Sequence[Pair]) -> Accuracy | None:
    """Over the newest pairs (they stand last); None when there is none."""
    newest = pairs[-NEWEST:]
    if not newest:
        return None
    offs = [pair.off for pair in newest]
    widths = sorted(pair.forecast.high / max(pair.forecast.low, 1e-3) for pair in newest)
    return Accuracy(
        count=len(newest),
        inside=sum(off == 0 for off in offs),
        within=max(offs),
        width=widths[len(widths) // 2],
    )


def pairs(changes: Iterable[Change], phase: Phase) -> tuple[Pair, ...]:
    """Of each change that was forecast for the phase and went through it: what it took beside that."""
    made = []
    for change in changes:
        done = [r for r in change.runs_of(phase) if r.direction is Direction.FORWARD]
        cast = change.forecasts.get(phase)
        if cast and done and done[-1].state is RunState.FINISHED and done[-1].revisions:
            made.append(Pair(forecast=cast.duration, actual=took(done[-1])))
    return tuple(made)


def took(run: Run) -> float:
    """Seconds that the run's revisions took: what `Forecast.duration` foretells."""
    return sum(step.seconds for key, step in run.steps.items() if _carries(key) and step.state == "done")


def shut(run: Run) -> float:
    """Seconds for which locks were seen to keep others out: the longest table of each step, added up."""
    return sum(
        max((float(value) for name, value in step.facts.items() if name.startswith(HELD)), default=0.0)
        for key, step in run.steps.items()
        if _carries(key)
    )


def beside(forecast: Forecast, run: Run) -> tuple[str, ...]:
    """After a phase: each figure of the forecast and what it came to, as sentences."""
    lines = [_line("The revisions took", took(run), forecast.duration)]
    if any(name.startswith(HELD) for step in run.steps.values() for name in step.facts):
        lines.append(_line("Locks were seen to keep others out for", shut(run), forecast.downtime))
    if tries := sum(step.waits for key, step in run.steps.items() if _carries(key)):
        lines.append(f"A lock was not granted {'once' if tries == 1 else f'{tries} times'} on the way.")
    return tuple(lines)


def _line(what: str, actual: float, span: Span) -> str:
    off = Pair(forecast=span, actual=actual).off
    verdict = "inside it" if off == 0 else f"off by {max(1, round(off * 100))} %"
    return f"{what} {seconds(actual)}; the forecast was {between(span)}: {verdict}."


def _carries(key: str) -> bool:
    return key.startswith("apply:")
