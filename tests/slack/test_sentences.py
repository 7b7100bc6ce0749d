"""What the thread says, from real events folded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.events import Direction
from bot.core.targets import ENVIRONMENTS, Blocker, Phase
from bot.slack.overtime import overtime, span
from bot.slack.samples import HOLDERS, Story
from bot.slack.voice import Said

HOSTILE = "x` <!channel> <@U1> *b* _i_ ~s~ @here & ``` \u202e"


def opened() -> Story:
    return Story().opened()


def ready() -> Story:
    return opened().approved()


def failing() -> Story:
    story = ready().passed(Phase.DEVELOPMENT).passed(Phase.STAGING).wanted(Phase.PRODUCTION).started()
    return story.carried(2).failed("apply:0003")


def deciding() -> Story:
    story = failing()
    until = story.at + timedelta(minutes=15)
    return story.note(e.DecisionAsked(run=story.run, phase=Phase.PRODUCTION, deadline=until))


def last(story: Story) -> Said:
    return story.said()[-1]


def test_an_opened_change_calls_the_roles_of_the_first_phase_by_name() -> None:
    said = last(opened())
    assert said.alert
    assert "<!subteam^S-dev-lead>" in said.text
    assert "<!subteam^S-dba>" not in said.text
    assert "Later phases also ask dba, qa and sre" in said.text
    assert [b.words for b in said.buttons] == ["approve 42", "reject 42"]


def test_nobody_is_called_for_an_approval_that_was_given_meanwhile() -> None:
    assert not any(s.alert for s in ready().said())


def test_a_role_that_nobody_holds_is_named_as_such() -> None:
    story = Story(holders={**HOLDERS, "dev-lead": []}).opened()
    assert "Nobody holds dev-lead yet" in last(story).text


def test_the_next_phase_calls_its_roles_when_the_one_before_is_done() -> None:
    said = last(opened().approved("dev-lead").passed(Phase.DEVELOPMENT))
    assert said.alert
    assert "Staging needs the approval of <!subteam^S-qa>" in said.text


def test_a_phase_with_every_approval_names_the_words_and_wakes_nobody() -> None:
    said = last(ready().passed(Phase.DEVELOPMENT))
    assert not said.alert
    assert "`/migrate run staging 42`" in said.text


def test_a_revised_plan_says_what_moved_and_that_approvals_are_void() -> None:
    said = last(opened().approved("dev-lead").revised())
    assert said.alert
    assert "revision 0003" in said.text
    assert "void" in said.text


def test_a_failure_says_why_what_remains_and_whom_it_concerns() -> None:
    said = last(failing())
    assert said.alert
    assert said.text.startswith("❌")
    for part in ("already exists.", "Nothing of 0003 remains", "<!subteam^S-dba> <!subteam^S-sre>"):
        assert part in said.text


def test_a_failure_that_was_put_right_meanwhile_wakes_nobody() -> None:
    story = ready().wanted(Phase.DEVELOPMENT).started().failed("reach").passed(Phase.DEVELOPMENT)
    assert not any(s.alert for s in story.said() if s.text.startswith("❌"))


def test_a_taken_back_phase_is_an_alert_that_says_what_is_applied() -> None:
    story = ready().wanted(Phase.DEVELOPMENT).started().carried(2).failed("apply:0003")
    story.wanted(Phase.DEVELOPMENT, Direction.BACK, by="whimbrel").started().carried().finished()
    said = last(story)
    assert said.alert
    assert "Nothing of this change is applied anywhere" in said.text


def test_a_decision_says_what_is_applied_until_when_and_offers_both_ways() -> None:
    said = last(deciding())
    assert said.alert
    assert "`shop/production` has `0001` and `0002`" in said.text
    assert "<!date^" in said.text
    assert [b.words for b in said.buttons] == ["rollback production 42", "keep 42"]


def test_an_answered_decision_loses_its_buttons() -> None:
    story = deciding().note(e.LeftKept(run="42.3"), by="U3")
    asked = next(s for s in story.said() if s.text.startswith("🙋"))
    assert not asked.alert
    assert not asked.buttons


def test_an_overdue_decision_is_said_again() -> None:
    said = last(deciding().note(e.DecisionOverdue(run="42.3"), after=900))
    assert said.alert
    assert "Nobody has answered in time" in said.text


def test_an_unknown_outcome_names_what_is_left_its_cure_and_every_way_out() -> None:
    story = ready().wanted(Phase.DEVELOPMENT).started().carried(2).begins("apply:0003")
    left = e.OutcomeLost(
        run=story.run,
        step="apply:0003",
        truth="The connection was cut.",
        leftovers=("index ix",),
        cures=("DROP INDEX ix",),
    )
    said = last(story.note(left))
    assert said.alert
    assert said.text.startswith("❓")
    for part in (
        "`index ix`",
        "`DROP INDEX ix`",
        "settle 42 applied`",
        "settle 42 absent`",
        "settle 42 clean`",
    ):
        assert part in said.text
    assert [b.words.split()[-1] for b in said.buttons] == ["applied", "absent", "clean"]


def left() -> Story:
    story = ready().passed(Phase.DEVELOPMENT).wanted(Phase.STAGING).started().carried(0).begins("apply:0001")
    what = ("0001 has held orders for 14 s; the rehearsal expected at most 2.0 s.", HOSTILE)
    return story.note(e.EnvelopeLeft(run=story.run, step="apply:0001", what=what))


def test_what_was_not_rehearsed_is_an_alert_to_the_phases_roles_with_every_way_on() -> None:
    said = last(left())
    assert said.alert
    for part in (
        "14 s; the rehearsal expected at most 2.0 s",
        "`/migrate resume 42`",
        "`/migrate rollback staging 42`",
        "<!subteam^S-dev-lead> <!subteam^S-qa>",
    ):
        assert part in said.text
    assert "<!channel>" not in said.text
    assert "@here" not in said.text


def test_what_was_not_rehearsed_wakes_nobody_once_it_was_let_go_on() -> None:
    story = left().note(e.PauseDropped(run="42.2"), by="U5")
    told = next(s for s in story.said() if "not rehearsed" in s.text)
    assert not told.alert
    assert "resume" not in told.text


@pytest.mark.parametrize(("attempt", "alert"), [(1, False), (2, True)])
def test_waiting_for_a_lock_names_the_session_and_calls_from_the_second_try_on(
    attempt: int, alert: bool
) -> None:
    story = ready().wanted(Phase.DEVELOPMENT).started().begins("apply:0001")
    blocker = Blocker(pid=4711, user="reporting", application="nightly", query="select 1", seconds=61)
    for n in range(1, attempt + 1):
        event = e.LockWaited(run=story.run, step="apply:0001", attempt=n, attempts=6, blockers=(blocker,))
        story.note(event)
    said = last(story)
    assert said.alert is alert
    assert "pid 4711, user `reporting`, application `nightly`, open for 1 min 1 s: `select 1`" in said.text


def test_a_window_that_opens_is_an_alert_until_it_is_called_off() -> None:
    story = ready()
    at = story.at + timedelta(hours=1)
    scheduled = e.RunScheduled(schedule="s", phase=Phase.DEVELOPMENT, at=at, person="U4")
    story.note(scheduled, by="U4").note(e.ReminderDue(schedule="s"))
    assert last(story).alert
    story.note(e.ScheduleEnded(schedule="s", why="sre called it off"))
    assert not any(s.alert for s in story.said())
    assert "sre called it off" in last(story).text


def test_the_end_in_production_is_an_alert_to_every_role() -> None:
    story = ready()
    for phase in ENVIRONMENTS:
        story.passed(phase)
    said = last(story.note(e.ChangeFinished()))
    assert said.alert
    for role in ("dev-lead", "qa", "dba", "sre"):
        assert f"<!subteam^S-{role}>" in said.text


def test_a_step_far_over_its_time_is_measured_by_the_phase_before() -> None:
    story = ready().passed(Phase.DEVELOPMENT).wanted(Phase.STAGING).started().begins("backup")
    assert overtime(story.voice(later=100)) is None
    over = overtime(story.voice(later=130))
    assert over
    assert over.measure == "took 1.6 s in development"


def test_a_step_is_measured_by_the_expected_time_where_nothing_else_is_known() -> None:
    story = ready().passed(Phase.DEVELOPMENT).passed(Phase.STAGING).wanted(Phase.PRODUCTION).started()
    story.begins("restore", "A step that no other phase had")
    assert overtime(story.voice(later=470)) is None
    assert overtime(story.voice(later=490))


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("10 min", 600), ("2 h 30 min", 9000), ("about 45 s", 45), ("1.5 hours", 5400), ("", 0)],
)
def test_expected_durations_are_read_as_people_write_them(words: str, seconds: float) -> None:
    assert span(words) == seconds


def test_text_from_outside_can_neither_ping_nor_break_out() -> None:
    story = Story().opened(title=HOSTILE)
    story.note(e.RoleRejected(role="dev-lead", person="U2", why=HOSTILE), by="U2").approved()
    story.wanted(Phase.DEVELOPMENT).started()
    story.step("reach", evidence=HOSTILE, title=HOSTILE).begins("apply:0001", HOSTILE)
    blocker = Blocker(pid=1, user=HOSTILE, application=HOSTILE, query=HOSTILE * 200)
    for attempt in (1, 2):
        waited = e.LockWaited(
            run=story.run, step="apply:0001", attempt=attempt, attempts=2, blockers=(blocker,)
        )
        story.note(waited)
    lost = e.OutcomeLost(
        run=story.run, step="apply:0001", truth=HOSTILE, leftovers=(HOSTILE,), cures=(HOSTILE,)
    )
    story.note(lost)
    for said in story.said():
        bare = said.text.replace("<!subteam^S-", "")
        assert "<!" not in bare
        assert "<@" not in bare
        assert "\u202e" not in bare
        assert bare.count("`") % 2 == 0
        assert "```" not in bare
        assert len(said.text) < 6000
