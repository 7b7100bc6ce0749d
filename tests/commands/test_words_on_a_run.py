"""run, pause, resume, abort."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core import events as e
from bot.core.moves import Status


def test_a_phase_starts_and_everyone_is_told(talk) -> None:
    talk.approved()

    reply = talk.says("developer", "run dev")

    assert reply.text == "ℹ️ developer started development of change 1: 3 revisions."
    assert reply.public
    assert Status.QUEUED is talk.change().status


def test_a_phase_without_its_approvals_is_refused_with_who_is_missing(talk) -> None:
    talk.says("developer", "start shop")

    reply = talk.says("developer", "run development")

    assert reply.text == (
        "⛔ Development waits for the approval of dev-lead.\n"
        "React with ✅ on the plan, or `/migrate approve 1`"
    )
    assert not reply.public


def test_a_phase_out_of_order_is_refused_with_the_next_step(talk) -> None:
    talk.approved()

    reply = talk.says("developer", "run production")

    assert (
        reply.text == "⛔ Production comes after development and staging, which have not passed yet.\n"
        "`/migrate run development 1`"
    )


def test_a_mistyped_word_and_a_mistyped_phase_get_the_nearest_ones(talk) -> None:
    talk.approved()

    assert "Did you mean `/migrate approve 1`?" in talk.says("qa", "aprove 1").text
    assert "Did you mean `/migrate run development`?" in talk.says("qa", "run develpoment").text
    assert "Did you mean `/migrate run production 1`?" in talk.says("qa", "run productio 1").text
    assert not talk.change().started


def test_a_second_word_for_a_run_under_way_starts_none(talk) -> None:
    talk.approved()

    talk.says("developer", "run development")
    second = talk.says("dev-lead", "run development")

    assert second.text.startswith("⛔ Development of change 1 is queued.")
    assert len(talk.change().runs) == 1


def test_a_pause_waits_for_the_end_of_the_step_under_way(talk) -> None:
    talk.approved()
    talk.says("developer", "run development")
    talk.carries(ends=False)
    talk.happens(e.StepStarted(run="1.1", step="apply:a1", title="Apply a1"))

    reply = talk.says("dba", "pause")

    assert reply.text == (
        "⏳ dba asked development of change 1 to pause. It does so when this step has ended: Apply a1."
        " Go on with `/migrate resume 1`."
    )
    assert reply.public
    assert talk.change().run.wish == "pause"


def test_a_run_that_has_not_begun_pauses_at_once_and_goes_on_when_told(talk) -> None:
    talk.approved()
    talk.says("developer", "run development")

    assert talk.says("dba", "pause 1").text.startswith("⏳ dba paused development of change 1.")
    assert talk.says("qa", "resume").text == "ℹ️ qa resumed development of change 1."
    assert Status.QUEUED is talk.change().status


@pytest.mark.parametrize("word", ["pause", "resume"])
def test_with_nothing_under_way_there_is_nothing_to_steer(talk, word: str) -> None:
    talk.says("developer", "start shop")

    assert talk.says("developer", word).text == "⛔ Nothing of change 1 is running.\n`/migrate status 1`"


def test_an_abort_says_what_stays_applied(talk) -> None:
    talk.approved()
    talk.says("developer", "run development")
    talk.carries("a1", "b2", ends=False)

    reply = talk.says("dba", "abort")

    assert reply.text.startswith("⚠️ dba stops development of change 1 at the next step boundary.")
    assert "Development keeps a1 and b2; `/migrate rollback development 1` takes it back." in reply.text
    assert reply.public


def test_an_abort_with_nothing_under_way_ends_the_change(talk) -> None:
    talk.says("developer", "start shop")

    reply = talk.says("developer", "abort 1")

    assert reply.text == "⚠️ developer ended change 1. Nothing of it is applied."
    assert Status.ABORTED is talk.change().status


def test_a_change_that_is_ended_after_a_phase_keeps_what_is_applied(talk) -> None:
    talk.approved()
    talk.says("developer", "run development")
    talk.carries("a1", "<!here>")

    reply = talk.says("developer", "abort")

    assert reply.text.startswith("⚠️ developer ended change 1. Development keeps a1 and &lt;!here&gt;;")
    assert Status.ABORTED is talk.change().status


def test_a_date_is_set_told_to_all_and_dropped(talk) -> None:
    talk.approved()

    reply = talk.says("developer", "schedule development tomorrow 22:00 #1")

    assert "developer set development of change 1 for <!date^" in reply.text
    assert "2026-11-24 22:00 UTC" in reply.text
    assert reply.public
    assert datetime(2026, 11, 24, 22, tzinfo=UTC) == talk.change().schedule.at
    assert talk.says("qa", "unschedule").text.startswith("ℹ️ qa dropped the date of development of change 1")
    assert talk.change().schedule is None


def test_a_date_that_is_past_is_refused_with_what_was_understood(talk) -> None:
    talk.approved()

    reply = talk.says("developer", "schedule development 9:00")

    assert "⛔ I understood `2026-11-23 09:00 UTC`, which was 11 h 42 min ago." in reply.text
    assert talk.change().schedule is None
