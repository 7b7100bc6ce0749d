"""The teller when Slack is gone, slow or in doubt: nothing twice, nothing lost, never too fast."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.keeping import Progress, Telling
from bot.core.targets import Phase
from bot.playground.server import Playground
from tests.slack.telling import SEED, SPEED, Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Playground(SEED) as slack:
        yield Desk(slack=slack)


def test_after_a_long_silence_the_channel_is_made_right_with_no_message_twice(desk: Desk) -> None:
    story = desk.story().opened().approved("dev-lead")
    desk.tell(story)
    posts = len(desk.messages())
    desk.slack.silence()
    desk.turns(0.3, settle=False)
    story.at -= timedelta(hours=1)
    story.approved("qa", "dba", "sre").passed(Phase.DEVELOPMENT).passed(Phase.STAGING)
    story.wanted(Phase.PRODUCTION).started().carried(2)
    desk.note(story)
    desk.turns(1.0, settle=False)
    assert len(desk.messages()) == posts
    desk.slack.speak()
    desk.turns(20.0)
    new = desk.messages()[posts:]
    assert 1 <= len(new) <= 5
    assert not [m for m in new if m.get("subtype") == "thread_broadcast" and "approval" in m["text"]]
    assert all(len(m["text"]) <= 3000 for m in new)
    said = "\n".join(m["text"] for m in new)
    assert said.count("Apply 0002") == 3
    assert "Production is running" in desk.roots()[0]["text"]
    assert desk.seqs() == sorted(set(desk.seqs()))


def test_a_post_whose_answer_was_lost_is_not_sent_again(desk: Desk) -> None:
    desk.slack.faults.set(lost_answers=3, methods=["chat.postMessage"])
    story = desk.story().opened().approved()
    desk.tell(story)
    assert desk.slack.faults.lost_answers == 0
    assert len(desk.roots()) == 1
    texts = desk.thread()
    assert len(texts) == len(set(texts))
    assert desk.seqs() == sorted(set(desk.seqs()))
    assert sum(1 for m in desk.messages() if m.get("files")) == 1


def test_a_file_whose_answer_was_lost_is_not_sent_again(desk: Desk) -> None:
    desk.slack.faults.set(lost_answers=1, methods=["files.completeUploadExternal"])
    desk.tell(desk.story().opened())
    assert desk.slack.faults.lost_answers == 0
    assert sum(1 for m in desk.messages() if m.get("files")) == 1


@pytest.mark.parametrize("lost", range(6))
def test_a_crash_between_a_post_and_its_cursor_posts_nothing_twice(desk: Desk, lost: int) -> None:
    story = desk.story().opened().approved().passed(Phase.DEVELOPMENT).passed(Phase.STAGING)
    desk.note(story)
    keep = desk.store.tellings.put
    left = lost

    def dies(telling: Telling) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        keep(telling)

    desk.store.tellings.put = dies  # type: ignore[method-assign]
    try:
        desk.turns(20.0)
    except KeyboardInterrupt:
        desk.store.tellings.put = keep  # type: ignore[method-assign]
        desk.restart()
        desk.turns(20.0)
    texts = desk.thread()
    assert len(desk.roots()) == 1
    assert len(texts) == len(set(texts))
    assert "Staging is done" in texts[-1]
    assert desk.seqs() == sorted(set(desk.seqs()))
    assert sum(1 for m in desk.messages() if m.get("files")) == 1


def test_twenty_running_changes_keep_to_the_rates_and_end_right(desk: Desk) -> None:
    stories = [desk.story(n).opened().approved().wanted(Phase.DEVELOPMENT).started() for n in range(1, 21)]
    for story in stories:
        desk.note(story)
    end = time.monotonic() + 6
    count = 0
    while time.monotonic() < end:
        story = stories[count % 20]
        if count < 60:
            desk.note(story.step(f"apply:{count // 20 + 1:04d}", f"step {count}", 0.1))
        count += 1
        desk.teller.turn()
        time.sleep(0.005)
        story_run = story.change.run
        assert story_run
        share = (count % 100) / 100
        progress = Progress(run=story_run.id, step="x", share=share, text="", at=datetime.now(UTC))
        desk.store.board.show(progress)
    for story in stories:
        desk.note(story.finished())
    desk.turns(30.0)
    calls = desk.slack.calls
    assert not [c for c in calls if c.status == 429]
    edits = [c.at for c in calls if c.method == "chat.update"]
    assert len(edits) > 20
    for at in edits:
        assert sum(1 for other in edits if at <= other < at + 60 / SPEED) <= 50
    for root in desk.roots():
        assert "Nothing stands in the way of staging" in root["text"]
    by_message = Counter(c.args["ts"] for c in calls if c.method == "chat.update")
    assert set(by_message) == {root["ts"] for root in desk.roots()}


def test_slack_asking_to_wait_is_obeyed_and_nothing_is_lost(desk: Desk) -> None:
    desk.slack.faults.set(storms=3, retry_after=1)
    desk.tell(desk.story().opened().approved())
    asked = [c for c in desk.slack.calls if c.status == 429]
    assert len(asked) == 3
    assert len(desk.roots()) == 1
    assert desk.seqs()[-1] == 6 - 1
