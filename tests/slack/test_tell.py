"""The teller against the local Slack, over its real Web API."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.core import events as e
from bot.core.events import Direction
from bot.core.policy import RoleSource
from bot.core.ports import Note, Progress, Telling
from bot.core.targets import Phase
from bot.playground.seed import ChannelSeed, GroupSeed, Seed, UserSeed
from bot.playground.server import Playground
from bot.slack.samples import HOLDERS, NAMES, Story
from bot.slack.tell import Sources, Teller
from bot.store.memory import MemoryStore

SPEED = 20.0
PEOPLE = tuple(UserSeed(name=name, id=person) for person, name in NAMES.items())
SEED = Seed(
    users=PEOPLE,
    usergroups=(GroupSeed(handle="dba", id="S1", users=("dba",)),),
    channels=(ChannelSeed(name="changes", id="C1"), ChannelSeed(name="closed", id="C2", app=False)),
    rate_scale=SPEED,
)


class Company:
    """Who holds what, and where; as `whimbrel.yaml` and Slack would say it."""

    def holders(self, project: str) -> dict[str, Any]:
        return dict(HOLDERS)

    def name(self, person: str) -> str:
        return NAMES.get(person, person)

    def roles(self, project: str) -> dict[str, RoleSource]:
        return {role: RoleSource(people=tuple(people)) for role, people in HOLDERS.items()}

    def channels(self, project: str) -> tuple[str, ...]:
        return ()

    def alert_roles(self, project: str) -> tuple[str, ...]:
        return ("sre",)


@dataclass(kw_only=True)
class Desk:
    """A playground, a store and a teller whose clock runs fast, like the playground's limits."""

    slack: Playground
    store: MemoryStore = field(default_factory=MemoryStore)
    told: dict[int, int] = field(default_factory=Counter)
    teller: Teller = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """What a new process would begin with."""
        company = Company()
        sources = Sources(
            journal=self.store.journal,
            plans=self.store.plans,
            tellings=self.store.tellings,
            board=self.store.board,
            people=company,
            team=company,
            mention=lambda project, role: f"<@{next(iter(HOLDERS[role]))}>",
            now=lambda: datetime.now(UTC),
        )
        client = WebClient(token=self.slack.bot_token, base_url=self.slack.api_url)
        self.teller = Teller(sources, client, tick=lambda: time.monotonic() * SPEED)

    def story(self, number: int = 1, channel: str = "C1") -> Story:
        return Story(number=number, channel=channel, at=datetime.now(UTC))

    def note(self, story: Story) -> None:
        """Write down what of the story is not in the journal yet."""
        self.store.plans.keep(story.plan)
        for entry in story.entries[self.told[story.number] :]:
            note = Note(events=(entry.event,), by=entry.by, at=entry.at)
            self.store.journal.add(story.number, entry.seq - 1, note)
            self.teller.nudge(story.number)
        self.told[story.number] = len(story.entries)

    def turns(self, seconds: float, *, settle: bool = True) -> None:
        """Let the teller work until it has nothing to do."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            wait = self.teller.turn()
            if settle and self.teller.settled:
                return
            time.sleep(min(wait / SPEED, 0.05))
        assert not settle, "the teller did not come to an end"

    def tell(self, story: Story, seconds: float = 20.0) -> None:
        self.note(story)
        self.turns(seconds)

    def messages(self, channel: str = "C1") -> list[dict[str, Any]]:
        return list(self.slack.world.space.channels[channel].messages.values())

    def roots(self) -> list[dict[str, Any]]:
        return [m for m in self.messages() if m.get("thread_ts", m["ts"]) == m["ts"]]

    def thread(self) -> list[str]:
        return [m["text"] for m in self.messages() if m.get("thread_ts", m["ts"]) != m["ts"]]

    def seqs(self) -> list[int]:
        """The entries that the thread's posts end with."""
        about = [m.get("metadata", {}) for m in self.messages()]
        return [a["event_payload"]["seq"] for a in about if a.get("event_type") == "whimbrel_told"]


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
    assert replies[0]["text"].startswith("The plan of change 1")
    assert [f["name"] for f in replies[1]["files"]] == ["plan-1.sql"]
    assert replies[2]["subtype"] == "thread_broadcast"
    assert "<@U2>" in replies[2]["text"]
    assert len(replies) == 3
    sql = b"".join(desk.slack.world.space.contents.values()).decode()
    assert sql.index("ADD COLUMN currency_3") < sql.index("DROP COLUMN currency_3")


def test_the_live_message_ends_with_the_final_state_and_the_thread_with_the_end(desk: Desk) -> None:
    story = desk.story().opened().approved()
    for phase in Phase:
        story.passed(phase)
    desk.tell(story.note(e.ChangeFinished()))
    (root,) = desk.roots()
    assert root["text"].startswith("🏁")
    assert "is in production" in desk.thread()[-1]
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
    assert "▓▓▓▓░░░░░░ 42%" in str(desk.roots()[0]["blocks"])
    desk.store.board.show(replace(progress, share=0.9))
    desk.turns(1.0, settle=False)
    assert "▓▓▓▓▓▓▓▓▓░ 90%" in str(desk.roots()[0]["blocks"])


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
