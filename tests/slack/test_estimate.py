"""The time left of a run goes by another phase, by its own pace, or by what people expect."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core import events as e
from bot.core.changes import Change
from bot.core.events import Direction, Entry, Event
from bot.core.plans import Plan, Stage
from bot.core.targets import Phase
from bot.slack.estimate import Guess, left
from bot.slack.phases import phase_lines
from bot.slack.scene import Scene

NOW = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
REVISIONS = ("a", "b", "c")
FIVE = ("a", "b", "c", "d", "e")


def run(
    number: int,
    phase: Phase,
    *seconds: float,
    ends: bool,
    direction: Direction = Direction.FORWARD,
    revisions: tuple[str, ...] = REVISIONS,
) -> list[Event]:
    name, verb = f"1.{number}", "apply" if direction is Direction.FORWARD else "reverse"
    events: list[Event] = [
        e.RunRequested(run=name, phase=phase, direction=direction, target="t", revisions=revisions),
        e.RunStarted(run=name, driver="d"),
    ]
    for revision, took in zip(revisions, seconds, strict=False):
        step = f"{verb}:{revision}"
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

    expected = "1 h"  # what was measured has the word
    for elapsed, ahead in ((0.0, 50.0), (12.0, 38.0), (99.0, 0.0)):
        guess = left(known, known.runs["1.2"], elapsed, expected)
        assert guess == Guess(seconds=pytest.approx(ahead), by="staging")


def test_the_first_phase_goes_by_what_people_expect_and_then_by_its_own_pace() -> None:
    expected = "about 2 min"
    before = change(*run(1, Phase.DEVELOPMENT, ends=False))
    one = change(*run(1, Phase.DEVELOPMENT, 10.0, ends=False))
    two = change(*run(1, Phase.DEVELOPMENT, 10.0, 30.0, ends=False))

    assert left(before, before.runs["1.1"], 5.0, expected) == Guess(seconds=115.0, by="the plan file")
    assert left(one, one.runs["1.1"], 0.0, expected) == Guess(seconds=110.0, by="the plan file")
    assert left(two, two.runs["1.1"], 0.0, expected) == Guess(seconds=20.0, by="the revisions so far")


def test_a_revision_that_takes_longer_than_the_others_leaves_the_rest_its_time() -> None:
    begun = e.StepStarted(run="1.1", step="apply:c", title="c")
    known = change(*run(1, Phase.DEVELOPMENT, 10.0, 30.0, ends=False, revisions=FIVE), begun)

    assert left(known, known.runs["1.1"], 5.0) == Guess(seconds=55.0, by="the revisions so far")
    assert left(known, known.runs["1.1"], 500.0) == Guess(seconds=40.0, by="the revisions so far")


def test_a_step_that_only_looks_takes_nothing_off_the_revisions_ahead() -> None:
    begun = e.StepStarted(run="1.1", step="look:c", title="c")
    known = change(*run(1, Phase.DEVELOPMENT, 10.0, 30.0, ends=False), begun)

    assert left(known, known.runs["1.1"], 7.0) == Guess(seconds=20.0, by="the revisions so far")


def test_what_was_settled_by_asking_the_target_shows_no_pace() -> None:
    began = e.StepStarted(run="1.1", step="apply:b", title="b")
    asked = e.StepSettled(run="1.1", step="apply:b", applied=True, how="The history table has b.")
    known = change(*run(1, Phase.DEVELOPMENT, 10.0, ends=False), began, asked)

    assert left(known, known.runs["1.1"], 0.0) is None


def test_what_people_expect_of_a_phase_says_nothing_of_its_way_back() -> None:
    known = change(*run(1, Phase.DEVELOPMENT, ends=False, direction=Direction.BACK))
    pace = change(*run(1, Phase.DEVELOPMENT, 4.0, 6.0, ends=False, direction=Direction.BACK))

    assert left(known, known.runs["1.1"], 0.0, "2 min") is None
    assert left(pace, pace.runs["1.1"], 0.0, "2 min") == Guess(seconds=5.0, by="the revisions so far")


def test_nothing_is_guessed_where_there_is_nothing_to_go_by() -> None:
    first = change(*run(1, Phase.DEVELOPMENT, 1.0, ends=False))

    assert left(first, first.runs["1.1"], 0.0) is None
    assert left(first, first.runs["1.1"], 0.0, "as long as it takes") is None


def test_the_live_message_says_how_long_and_by_what() -> None:
    known = change(*run(1, Phase.DEVELOPMENT, 10.0, 30.0, ends=False))
    stage = Stage(phase=Phase.DEVELOPMENT, target="t", place="here", roles=())
    plan = Plan(project="p", tool="sql", scripts=(), stages=(stage,))
    text = "\n".join(phase_lines(Scene(change=known, plan=plan, lacking={}, now=NOW)))

    assert "67% · 2 of 3 revisions · about 20 s left, going by the revisions so far" in text
