"""The time left of a run goes by what the same steps took in another phase."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core import events as e
from bot.core.changes import Change
from bot.core.events import Direction, Entry, Event
from bot.core.targets import Phase
from bot.slack.estimate import left

NOW = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
REVISIONS = ("a", "b", "c")


def run(number: int, phase: Phase, *seconds: float, ends: bool) -> list[Event]:
    name = f"1.{number}"
    events: list[Event] = [
        e.RunRequested(run=name, phase=phase, direction=Direction.FORWARD, target="t", revisions=REVISIONS),
        e.RunStarted(run=name, driver="d"),
    ]
    for revision, took in zip(REVISIONS, seconds, strict=False):
        step = f"apply:{revision}"
        events.append(e.StepStarted(run=name, step=step, title=step))
        events.append(e.StepFinished(run=name, step=step, seconds=took, evidence="", facts={}))
    return [*events, *([e.RunFinished(run=name, revision="c", schema="s")] if ends else [])]


def change(*events: Event) -> Change:
    opened = e.ChangeOpened(project="p", title="t", fingerprint="f", channel="C")
    return Change.of(
        Entry(change=1, seq=n, at=NOW, by="w", event=event) for n, event in enumerate((opened, *events), 1)
    )


def test_what_is_ahead_is_scaled_by_how_much_slower_it_goes_here() -> None:
    known = change(
        *run(1, Phase.STAGING, 1.0, 2.0, 3.0, ends=True), *run(2, Phase.PRODUCTION, 10.0, ends=False)
    )

    assert left(known, known.runs["1.2"], 0.0) == (pytest.approx(50.0), Phase.STAGING)
    assert left(known, known.runs["1.2"], 12.0) == (pytest.approx(38.0), Phase.STAGING)
    assert left(known, known.runs["1.2"], 99.0) == (0.0, Phase.STAGING)


def test_nothing_is_guessed_where_no_phase_has_gone_before() -> None:
    first = change(*run(1, Phase.DEVELOPMENT, 1.0, ends=False))

    assert left(first, first.runs["1.1"], 0.0) is None
