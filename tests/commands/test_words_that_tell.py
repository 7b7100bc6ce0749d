"""status, why, list, help: said to the person alone, and nothing is changed by them."""

from __future__ import annotations

import re

import pytest

import commands
from bot.chat import discover
from bot.core import events as e
from bot.core.keeping import Progress


@pytest.fixture
def under_way(talk):
    """Staging is at its second revision; qa's approval came last."""
    talk.approved()
    talk.says("developer", "run development")
    talk.carries("a1", "b2", "c3")
    talk.says("developer", "run staging")
    talk.carries("a1", ends=False)
    talk.happens(e.StepStarted(run="1.2", step="apply:b2", title="Apply b2"))
    return talk


def test_the_status_has_phases_steps_and_approvals(under_way) -> None:
    under_way.store.board.show(Progress(run="1.2", step="apply:b2", share=0.4, text="40 %", at=under_way.now))

    text = under_way.says("qa", "status").text

    assert "ℹ️ *Change 1: Notes on orders* (shop)" in text
    assert "✅ Development: finished in 7.0 s, 3 of 3 revisions" in text
    assert "⏳ Staging: running, 1 of 3 revisions" in text
    assert "✅ Apply a1, 1.2 s" in text
    assert "⏳ Apply b2, begun 0.0 s ago (40 %)" in text
    assert "– Production: not run yet, 3 pending" in text
    assert text.index("Staging: running") < text.rindex("Apply b2") < text.index("Production: not run yet")
    assert "✅ dba: approved by dba <!date^" in text
    assert text.index("Next: `/migrate pause 1`") < text.index("Development: finished")


def test_the_status_says_which_roles_are_missing_and_who_rejected(talk) -> None:
    talk.says("developer", "start shop")
    talk.says("dev-lead", "approve")
    talk.says("qa", "reject too slow")

    text = talk.says("developer", "status 1").text

    assert "✅ dev-lead: approved by dev-lead" in text
    assert "⏳ dba: approval is missing" in text
    assert "⛔ qa: rejected by qa: too slow" in text


def test_the_status_has_the_date_and_who_set_it(talk) -> None:
    talk.approved()
    talk.says("dba", "schedule development in 2 hours")

    assert "⏳ Development starts by itself at <!date^" in talk.says("qa", "status").text
    assert "set by dba." in talk.says("qa", "status").text


def test_a_failed_phase_says_why_and_how_often_it_was_tried(talk) -> None:
    talk.approved()
    for _ in range(2):
        talk.says("developer", "run development")
        run = talk.carries(ends=False).run.id
        talk.happens(
            e.StepStarted(run=run, step="reach", title="Reachable"),
            e.RunFailed(run=run, step="reach", reason="It <@U1> sleeps.", hint="", remains=""),
        )

    text = talk.says("qa", "status").text

    assert "⛔ Development: failed in 2.0 s, 0 of 3 revisions, try 2: It &lt;" in text
    assert "<@" not in text


def test_why_gives_the_reason_whose_turn_since_when_and_what_to_type(talk) -> None:
    talk.says("developer", "start shop")

    reply = talk.says("qa", "why")

    assert not reply.public
    assert reply.text.startswith("ℹ️ Development waits for the approval of dev-lead. So it is since <!date^")
    assert reply.text.endswith("Next: `/migrate approve 1`")


def test_the_list_has_live_changes_and_all_of_them_when_told(talk) -> None:
    assert "No change is under way. Open one with `/migrate start`." in talk.says("qa", "list").text
    talk.says("developer", "start shop")
    talk.says("developer", "start shop", channel="C2")
    talk.says("developer", "abort 1")

    waits = ["*Change 2: Notes on orders* (shop)", "Development waits for the approval of dev-lead."]
    assert talk.says("qa", "list").text.splitlines() == waits
    ended = ["*Change 1: Notes on orders* (shop)", "Change 1 was ended before production."]
    assert talk.says("qa", "list all").text.splitlines() == waits + ended


def test_a_long_list_is_cut_at_a_line_and_says_how_much_is_left(talk) -> None:
    for _ in range(14):
        talk.says("developer", "start shop")
        talk.says("dev-lead", f"reject {len(talk.desk.changes())} {'word ' * 60}")

    text = talk.says("qa", "list").text

    assert len(text) < 3000
    assert re.search(r"\n… and \d+ more lines$", text)


def test_a_change_that_is_not_there_or_not_clear_is_said(talk) -> None:
    assert talk.says("qa", "status").text == "⛔ No change is under way in this channel.\n`/migrate start`"
    talk.says("developer", "start shop")
    talk.says("developer", "start shop")

    assert talk.says("qa", "why #7").text == "⛔ There is no change 7.\n`/migrate list`"
    assert "⛔ Several changes are under way here: 2 (shop) or 1 (shop)." in talk.says("qa", "why").text


@pytest.mark.parametrize("text", ["status", "why", "list", "help", "plan"])
def test_what_only_tells_is_said_to_the_person_alone(under_way, text: str) -> None:
    before = under_way.change().seq

    reply = under_way.says("product-owner", text)

    assert not reply.public
    assert len(reply.text) < 3000
    assert before == under_way.change().seq


def test_help_lists_every_word_with_its_usage_and_what_it_is_for(talk) -> None:
    text = talk.says("qa", "").text

    for command in discover(commands).values():
        shown = f"`/migrate {command.usage}`".replace("<", "&lt;").replace(">", "&gt;")
        assert f"{shown}  {command.help}" in text
    assert text == talk.says("qa", "help").text
    assert text.index("/migrate start") < text.index("/migrate run") < text.index("/migrate status")


def test_help_on_a_word_tells_it_in_full(talk) -> None:
    text = talk.says("qa", "help schedule").text

    assert "`/migrate schedule &lt;phase&gt; &lt;when&gt; [change]`" in text
    assert "monday 06:30 Europe/Berlin" in text
    assert "Did you mean `/migrate help schedule`?" in talk.says("qa", "help shedule").text
