"""What a plan may cost at most, as its project declared it, beside its forecast. Pure."""

from __future__ import annotations

from bot.core.measures import Forecast, Span
from bot.core.plans import Limits
from bot.core.spans import between
from bot.core.targets import Phase
from bot.core.text import listed, seconds


def beyond(limits: Limits, phase: Phase, forecast: Forecast | None) -> tuple[str, ...]:
    """A sentence for each declared limit that the forecast passes, or may pass; none: it stays within.

    What was not forecast is not within its limit: that is a sentence too.
    """
    costs: tuple[tuple[str, dict[str, float], Span | None], ...] = (
        ("the revisions may take", limits.duration, forecast.duration if forecast else None),
        ("one statement of an application may wait", limits.wait, forecast.wait if forecast else None),
        ("tables may be shut for", limits.downtime, forecast.downtime if forecast else None),
    )
    declared = [(what, most[phase], span) for what, most, span in costs if phase in most]
    said = [line for what, most, span in declared if (line := _beyond(phase, what, most, span))]
    if declared and forecast and forecast.missing:
        said.append(
            f"{phase.title()}: {listed(forecast.missing)} was not rehearsed, so its cost is not known."
        )
    return tuple(said)


def _beyond(phase: Phase, what: str, most: float, span: Span | None) -> str:
    limit = f"{phase.title()}: {what} {seconds(most)} at most"
    if span is None:
        return f"{limit}, and nothing was forecast: rehearse it first."
    if span.high <= most:
        return ""
    sure = "that is over it" if span.low > most else "it may come to more"
    return f"{limit}, and the forecast is {between(span)}: {sure}."
