"""The teller against the local Slack, over its real Web API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from slack_sdk import WebClient

from bot.core import events as e
from bot.core.events import Direction
from bot.core.keeping import Progress
from bot.core.targets import ENVIRONMENTS, Phase
from bot.playground.server import Playground
from tests.slack.telling import SEED, Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Playground(SEED) as slack:
        yield Desk(slack=slack)


def test_a_new_change_gets_a_message_with_an_invitation_its_plan_and_a_call(
    desk: Desk,
) -> None:
    desk.tell(desk.story().opened())
    (root,) = desk.roots()
    assert root["metadata"]["event_type"] == "whimbrel_change"
    assert [r["name"] for r in root["reactions"]] == ["white_check_mark"]
    replies = [m for m in desk.messages() if m is not root]
    assert replies[0]["subtype"] == "thread_broadcast"
    assert "<@U2>" in replies[0]["text"]
    assert replies[1]["text"].startswith("The plan of change 1")
    assert [f["name"] for f in replies[2]["files"]] == ["plan-1.sql"]
    assert len(replies) == 3
    sql = b"".join(desk.slack.world.space.contents.values()).decode()
    assert sql.index("ADD COLUMN currency_3") < sql.index("DROP COLUMN currency_3")


def test_the_live_message_ends_with_the_final_state_and_the_thread_with_the_end(desk: Desk) -> None:
    story = desk.story().opened().approved()
    for phase in ENVIRONMENTS:
        story.passed(phase)
    desk.tell(story.note(e.ChangeFinished()))
    (root,) = desk.roots()
    assert root["text"].startswith("🏁")
    assert "is in production" in desk.thread()[-2]
    assert [file["name"] for file in desk.messages()[-1]["files"]] == ["record-1.md"]
    assert desk.seqs() == sorted(set(desk.seqs()))
    assert desk.seqs()[-1] == len(story.entries)


def test_an_alert_is_a_message_of_its_own_that_the_channel_shows(desk: Desk) -> None:
    story = (
        desk.story().opened().approved().passed(Phase.DEVELOPMENT).wanted(Phase.STAGING).started().carried(1)
    )
    story.failed("apply:0002").wanted(Phase.STAGING, Direction.BACK, by="whimbrel").started()
    desk.tell(story)
    loud = [m for m in desk.messages() if m.get("subtype") == "thread_broadcast"]
    failed = [m for m in loud if m["text"].startswith("❌")]
    assert len(failed) == 1
    assert "<@U2>" in failed[0]["text"]
    assert "already exists" in failed[0]["text"]


def test_a_revised_plan_gets_a_message_of_its_own_and_the_old_one_is_folded(desk: Desk) -> None:
    story = desk.story().opened().approved("dev-lead")
    desk.tell(story)
    desk.tell(story.revised())
    old, new = (m for m in desk.roots() if not m["text"].startswith("📄 The plan"))
    assert "replaced by a newer one" in old["text"]
    assert "actions" not in [b["type"] for b in old["blocks"]]
    assert desk.store.tellings.newest(1).ts == new["ts"]  # type: ignore[union-attr]
    assert desk.store.tellings.at("C1", old["ts"]).fingerprint != story.plan.fingerprint  # type: ignore[union-attr]
    replies = [m for m in desk.messages() if m.get("thread_ts") == new["ts"] and m is not new]
    assert any("void" in m["text"] for m in replies)
    assert any(m.get("files") for m in replies)


def test_what_happened_before_a_revision_is_told_in_the_thread_of_the_old_plan(desk: Desk) -> None:
    story = desk.story().opened()
    desk.tell(story)
    desk.tell(story.approved("dev-lead").revised().approved("qa"))
    old, new = desk.roots()
    told = [m["text"] for m in desk.messages() if m.get("thread_ts") == old["ts"]]
    assert any("approved for dev-lead" in text for text in told)
    assert not any("approved for qa" in text for text in told)
    assert any("approved for qa" in m["text"] for m in desk.messages() if m.get("thread_ts") == new["ts"])


def test_a_deleted_message_is_posted_anew(desk: Desk) -> None:
    story = desk.story().opened()
    desk.tell(story)
    first = desk.roots()[0]
    client = WebClient(token=desk.slack.bot_token, base_url=desk.slack.api_url)
    for message in desk.messages()[::-1]:
        client.chat_delete(channel="C1", ts=message["ts"])
    desk.tell(story.approved("dev-lead"))
    alive = [m for m in desk.roots() if m.get("subtype") != "tombstone"]
    assert [m["ts"] for m in alive] != [first["ts"]]
    assert "approved for dev-lead" in desk.thread()[-1]


def test_a_channel_without_the_bot_does_not_keep_other_changes_from_being_told(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.note(desk.story(1, channel="C2").opened())
    desk.note(desk.story(2).opened())
    desk.turns(2.0, settle=False)
    assert len(desk.roots()) == 1
    told = [r.getMessage() for r in caplog.records if "cannot be told" in r.getMessage()]
    assert told == ["change 1 cannot be told (not_in_channel); it is tried again now and then"]


def test_a_step_far_over_its_time_is_said_once_also_after_a_restart(desk: Desk) -> None:
    story = desk.story()
    story.at -= timedelta(minutes=30)
    story.opened().approved().passed(Phase.DEVELOPMENT).wanted(Phase.STAGING).started().begins("backup")
    desk.tell(story)
    desk.turns(1.0, settle=False)
    desk.restart()
    desk.turns(1.0, settle=False)
    slow = [text for text in desk.thread() if text.startswith("🐢")]
    assert len(slow) == 1
    assert "took 1.6 s in development" in slow[0]


def test_progress_is_drawn_while_a_step_runs(desk: Desk) -> None:
    story = desk.story().opened().approved().wanted(Phase.DEVELOPMENT).started().begins("backup")
    desk.tell(story)
    progress = Progress(run=story.run, step="backup", share=0.42, text="writing", at=datetime.now(UTC))
    desk.store.board.show(progress)
    desk.turns(1.0, settle=False)
    assert "▰▰▰▰▱▱▱▱▱▱ 42%" in str(desk.roots()[0]["blocks"])
    desk.store.board.show(replace(progress, share=0.9))
    desk.turns(1.0, settle=False)
    assert "▰▰▰▰▰▰▰▰▰▱ 90%" in str(desk.roots()[0]["blocks"])


def test_it_serves_in_a_thread_of_its_own_until_it_is_stopped(desk: Desk) -> None:
    thread = Thread(target=desk.teller.serve)
    thread.start()
    try:
        desk.note(desk.story().opened())
        end = time.monotonic() + 10
        while not (desk.seqs() and desk.teller.settled) and time.monotonic() < end:
            time.sleep(0.02)
        assert desk.seqs() == [1]
    finally:
        desk.teller.stop()
        thread.join(10)
    assert not thread.is_alive()
