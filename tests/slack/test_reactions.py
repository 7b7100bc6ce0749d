"""Approvals by reaction: whose counts, for which plan, and what happens when Slack and we disagree."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.errors import Conflict
from bot.playground.server import Playground
from bot.slack.reactions import says
from tests.slack.stage import Scene, plan_of, seed, until


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Playground(seed()) as slack, Scene(slack) as one:
        yield one


@pytest.mark.parametrize(
    "name", ["+1", "thumbsup", "white_check_mark", "heavy_check_mark", "+1::skin-tone-4"]
)
def test_each_reaction_that_says_yes_approves_for_the_role_that_the_person_holds(
    scene: Scene, name: str
) -> None:
    change, told = scene.opened()

    scene.person("dba").react("changes", told.ts, name)

    until(lambda: scene.approved(change.id) == {"dba": "dba"})
    assert scene.desk.change(change.id).approvals["dba"].via == "reaction"
    assert scene.desk.change(change.id).approvals["dba"].fingerprint == told.fingerprint


def test_a_removed_reaction_withdraws_the_approval_and_a_new_one_gives_it_again(scene: Scene) -> None:
    change, told = scene.opened()
    dba = scene.person("dba")
    dba.react("changes", told.ts, "+1")
    until(lambda: scene.approved(change.id))

    dba.unreact("changes", told.ts, "+1")
    until(lambda: not scene.approved(change.id))
    dba.react("changes", told.ts, "+1")

    until(lambda: scene.approved(change.id))


def test_an_approval_stands_as_long_as_one_of_two_reactions_stands(scene: Scene) -> None:
    change, told = scene.opened()
    dba = scene.person("dba")
    dba.react("changes", told.ts, "+1")
    dba.react("changes", told.ts, "white_check_mark")
    until(lambda: scene.approved(change.id) and not scene.waiting())

    dba.unreact("changes", told.ts, "+1")
    until(lambda: len(scene.slack.calls) and not scene.waiting())

    assert scene.approved(change.id) == {"dba": "dba"}


def test_who_does_not_hold_a_role_and_who_opened_the_change_are_told_why_they_do_not_count(
    scene: Scene,
) -> None:
    change, told = scene.opened(by="qa")

    scene.person("dev-lead").react("changes", told.ts, "+1")
    scene.person("qa").react("changes", told.ts, "+1")

    scene.person("dev-lead").wait_for_message("changes", "do not hold", ephemeral=True)
    scene.person("qa").wait_for_message("changes", "You opened this change", ephemeral=True)
    assert scene.approved(change.id) == {}


def test_a_reaction_on_an_earlier_plan_is_explained_and_does_not_count(scene: Scene) -> None:
    change, told = scene.opened()
    scene.posted(change.id, scene.revised(change.id, "select 2"))

    scene.person("dba").react("changes", told.ts, "+1")

    scene.person("dba").wait_for_message("changes", "earlier plan", ephemeral=True)
    assert scene.approved(change.id) == {}


def test_a_reaction_does_not_count_for_a_plan_that_moved_before_its_message_came(scene: Scene) -> None:
    change, told = scene.opened()
    scene.revised(change.id, "select 2")

    scene.person("dba").react("changes", told.ts, "+1")

    scene.person("dba").wait_for_message("changes", "earlier plan", ephemeral=True)
    assert scene.approved(change.id) == {}


def test_a_reaction_that_says_no_asks_for_the_reason(scene: Scene) -> None:
    _, told = scene.opened()

    scene.person("dba").react("changes", told.ts, "no_entry")

    scene.person("dba").wait_for_message("changes", "/migrate reject 1 &lt;why&gt;", ephemeral=True)


def test_reactions_on_other_messages_and_of_other_names_are_nobodys_business(scene: Scene) -> None:
    change, told = scene.opened()
    dba = scene.person("dba")
    other = dba.say("changes", "Lunch?")

    dba.react("changes", other["ts"], "+1")
    dba.react("changes", told.ts, "tada")
    scene.person("qa").react("changes", told.ts, "+1")

    until(lambda: scene.approved(change.id))
    assert scene.approved(change.id) == {"qa": "qa"}
    assert dba.ephemerals("changes") == []
    assert says("tada") == ""


def test_a_late_event_does_not_bring_back_what_was_removed_meanwhile(scene: Scene) -> None:
    change, told = scene.opened()
    dba = scene.person("dba")
    stale = {
        "type": "reaction_added",
        "user": dba.id,
        "reaction": "+1",
        "item": {"type": "message", "channel": told.channel, "ts": told.ts},
        "event_ts": told.ts,
    }

    scene.slack.send_event(stale)
    until(lambda: any(call.method == "reactions.get" for call in scene.slack.calls) and not scene.waiting())

    assert scene.approved(change.id) == {}


def test_events_in_any_order_and_twice_end_where_the_reactions_end(scene: Scene) -> None:
    change, told = scene.opened()
    dba = scene.person("dba")
    scene.slack.faults.set(event_delay=0.2, duplicates=-1)

    for _ in range(5):
        dba.react("changes", told.ts, "+1")
        dba.unreact("changes", told.ts, "+1")
    dba.react("changes", told.ts, "+1")

    until(lambda: sum(call.method == "reactions.get" for call in scene.slack.calls) >= 11)
    until(lambda: not scene.waiting() and scene.approved(change.id) == {"dba": "dba"})


# -- reconciling ----------------------------------------------------------------------------------------


def test_what_was_missed_while_slack_was_silent_is_made_right_by_reconciling(scene: Scene) -> None:
    change, told = scene.opened()
    scene.person("dba").react("changes", told.ts, "+1")
    until(lambda: scene.approved(change.id))
    scene.slack.faults.set(silent=True)
    scene.person("dba").unreact("changes", told.ts, "+1")
    scene.person("qa").react("changes", told.ts, "thumbsup")
    scene.person("guest").react("changes", told.ts, "thumbsup")
    scene.slack.faults.set(silent=False)

    scene.reactions.reconcile(scene.desk.change(change.id))

    assert scene.approved(change.id) == {"qa": "qa"}


def test_a_phase_does_not_run_on_an_approval_whose_reaction_was_removed_unheard(scene: Scene) -> None:
    change, told = scene.opened()
    for name in ("dba", "qa"):
        scene.person(name).react("changes", told.ts, "+1")
    until(lambda: len(scene.approved(change.id)) == 2)
    scene.slack.faults.set(silent=True)
    scene.person("qa").unreact("changes", told.ts, "+1")
    scene.slack.faults.set(silent=False)

    scene.person("dba").say("changes", f"/migrate run development {change.id}")

    scene.person("dba").wait_for_message("changes", "waits for the approval of qa", ephemeral=True)
    assert scene.desk.change(change.id).runs == {}


def test_after_an_outage_one_change_that_slack_says_nothing_of_stops_no_other(scene: Scene) -> None:
    first, _ = scene.opened()
    second, also = scene.opened()
    scene.slack.faults.set(silent=True)
    scene.person("dba").react("changes", also.ts, "+1")
    scene.slack.faults.set(silent=False, server_errors=3, methods=("reactions.get",))

    scene.reactions.after_outage([first, second])

    assert scene.approved(second.id) == {"dba": "dba"}


def test_reconciling_twice_adds_nothing(scene: Scene) -> None:
    change, told = scene.opened()
    scene.slack.faults.set(silent=True)
    scene.person("qa").react("changes", told.ts, "thumbsup")
    scene.slack.faults.set(silent=False)
    scene.reactions.reconcile(scene.desk.change(change.id))
    seq = scene.desk.change(change.id).seq

    scene.reactions.reconcile(scene.desk.change(change.id))

    assert scene.desk.change(change.id).seq == seq == 2


def test_reconciling_leaves_typed_approvals_and_rejections_as_they_are(scene: Scene) -> None:
    change, told = scene.opened()
    scene.person("qa").react("changes", told.ts, "+1")
    until(lambda: scene.approved(change.id))
    scene.person("qa").say("changes", f"/migrate reject {change.id} no index")
    scene.person("dba").say("changes", f"/migrate approve {change.id}")
    until(lambda: scene.approved(change.id) == {"dba": "dba"})

    scene.reactions.reconcile(scene.desk.change(change.id))

    assert scene.approved(change.id) == {"dba": "dba"}
    assert set(scene.desk.change(change.id).rejections) == {"qa"}


def test_reconciling_refuses_when_slack_does_not_say(scene: Scene) -> None:
    change, _ = scene.opened()
    scene.slack.faults.set(server_errors=-1, methods=("reactions.get",))

    with pytest.raises(Conflict, match="did not say who has reacted"):
        scene.reactions.reconcile(scene.desk.change(change.id))


def test_an_approval_of_a_plan_that_the_person_did_not_see_is_refused_by_the_desk(scene: Scene) -> None:
    change, told = scene.opened()
    scene.posted(change.id, scene.revised(change.id, "select 3"))

    assert plan_of().fingerprint == told.fingerprint != scene.desk.change(change.id).fingerprint
    reply = scene.reactions.superseded(told)
    assert reply is not None
    assert "earlier plan" in reply.text
