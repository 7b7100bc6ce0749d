"""Ranges of time, and what a lock does to others, as people say it. Pure."""

from __future__ import annotations

from bot.core.locks import shuts
from bot.core.measures import Block, Forecast, Span

_UNITS = ((1.0, "s", 120.0), (60.0, "min", 7200.0), (3600.0, "h", float("inf")))
_KEPT = {1: "writes to the rows that it changes in", 2: "writes to", 3: "reads and writes of"}


def between(span: Span) -> str:
    """ "12 to 40 s", "2 to 7 min", "about 12 s", "up to 0.3 s", "no time"."""
    if span.high <= 0:
        return "no time"
    scale, unit, _ = next(row for row in _UNITS if span.high < row[2])
    low, high = _number(span.low / scale), _number(span.high / scale)
    if high == "0":
        return f"under 0.1 {unit}"
    if low == "0":
        return f"up to {high} {unit}"
    return f"about {high} {unit}" if low == high else f"{low} to {high} {unit}"


def figure(value: float) -> str:
    """A factor with two digits, and never as a power of ten: "0.067", "1.3", "15", "1,300"."""
    return f"{value:.2g}" if value < 100 else f"{value:,.0f}"


def kept_from(mode: str) -> str:
    """What people cannot do meanwhile, to be followed by the table: "writes to"; "" for nothing."""
    return _KEPT.get(shuts(mode), "")


def effect(revision: str, block: Block) -> str:
    """ "0009 blocks writes to orders for 0.3 to 1 s"."""
    return f"{revision} blocks {kept_from(block.mode)} {block.table} for {between(block.seconds)}"


def effects(forecast: Forecast) -> tuple[str, ...]:
    """Every lock that others feel, the longest first; a revision whose locks nobody measured says so."""
    felt = [(block.seconds.high, effect(e.revision, block)) for e in forecast.revisions for block in e.blocks]
    blind = [
        (e.seconds.high, f"{e.revision} may block any table for {between(Span(low=0, high=e.seconds.high))}")
        for e in forecast.revisions
        if e.blind
    ]
    return tuple(words for _, words in sorted([*felt, *blind], key=lambda pair: -pair[0]))


def _number(value: float) -> str:
    """One digit behind the point below ten, none above."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")
