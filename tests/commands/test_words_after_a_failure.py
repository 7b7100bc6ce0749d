"""rollback, keep, settle."""

from __future__ import annotations

import pytest

from bot.core import events as e
from bot.core.events import Direction
from bot.core.moves import Status
from bot.core.targets import Phase


@pytest.fixture
def applied(talk):
    """Development is done, with three revisions."""
    talk.approved()
    talk.says("developer", "run development")
    talk.carries("a1", "b2", "c3")
    return talk


def test_a_rollback_is_asked_first_and_shows_what_would_be_reversed(applied) -> None:
    reply = applied.says("developer", "rollback")

    assert reply.public
    assert (
        "On development, 3 revisions of change 1 would be reversed, newest first: `c3`, `b2` and `a1`."
        in (reply.text)
    )
    assert "Someone who holds dev-lead confirms it with this button." in reply.text
    (button,) = reply.buttons
    assert (button.style, button.words) == ("danger", "rollback development 1 confirmed")
    assert button.confirm
    assert len(applied.change().runs) == 1


def test_only_a_holder_of_the_phases_roles_confirms_a_rollback(applied) -> None:
    words = applied.says("developer", "rollback").buttons[0].words

    refused = applied.says("qa", words, via="button")
    done = applied.says("dev-lead", words, via="button")

    assert "⛔ Only dev-lead may take development back." in refused.text
    assert (
        done.text
    ) == "⚠️ dev-lead confirmed: 3 revisions of change 1 on development are reversed, newest first."
    run = applied.change().run
    assert (run.direction, run.revisions) == (Direction.BACK, ("c3", "b2", "a1"))


def test_a_confirmation_without_its_phase_is_asked_again(applied) -> None:
    reply = applied.says("dev-lead", "rollback 1 confirmed")

    assert reply.buttons
    assert len(applied.change().runs) == 1


def test_with_nothing_applied_there_is_nothing_to_reverse(talk) -> None:
    talk.says("developer", "start shop")

    assert "⛔ Change 1 has nothing applied." in talk.says("developer", "rollback").text


def test_what_a_failure_left_is_kept_by_those_who_decide(talk) -> None:
    talk.approved()
    talk.says("developer", "run development")
    talk.carries("a1", ends=False)
    talk.happens(
        e.StepStarted(run="1.1", step="apply:b2", title="Apply b2"),
        e.RunFailed(run="1.1", step="apply:b2", reason="No.", hint="", remains="a1 is applied."),
        e.DecisionAsked(run="1.1", phase=Phase.DEVELOPMENT, deadline=talk.now),
    )

    assert "⛔ Only dev-lead may decide that." in talk.says("qa", "keep").text
    reply = talk.says("dev-lead", "keep 1")

    assert (
        reply.text
        == "✅ dev-lead leaves what change 1 applied on development as it is. Nothing is taken back."
    )
    assert Status.OPEN is talk.change().status


@pytest.fixture
def held(talk):
    """Nobody knows whether b2 happened on development."""
    talk.approved()
    talk.says("developer", "run development")
    talk.carries("a1", ends=False)
    talk.happens(
        e.StepStarted(run="1.1", step="apply:b2", title="Apply b2"),
        e.OutcomeLost(run="1.1", step="apply:b2", truth="The history has a1.", cures=("DROP INDEX x;",)),
    )
    return talk


@pytest.mark.parametrize(
    ("word", "applied", "clean", "said"),
    [
        ("applied", True, False, "the step is applied; the run goes on after it"),
        ("absent", False, False, "nothing of the step is there; it is tried again"),
        ("clean", False, True, "what the step left half-done is cleared away, then it is tried again"),
    ],
)
def test_a_person_says_what_is_true(held, word: str, applied: bool, clean: bool, said: str) -> None:
    reply = held.says("dev-lead", f"settle 1 {word}")

    assert f"✅ dev-lead looked at development of change 1: {said}." == reply.text
    event = held.store.journal.read(1)[-1].event
    assert isinstance(event, e.OutcomeSettled)
    assert (applied, clean) == (event.applied, event.clean)


def test_a_truth_that_is_none_gets_the_nearest_one(held) -> None:
    reply = held.says("dev-lead", "settle 1 aplied")

    assert "Did you mean `/migrate settle 1 applied`?" in reply.text
    assert Status.HELD is held.change().status
