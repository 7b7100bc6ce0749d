"""What a sentence brings into the thread, over the local Slack's real Web API: in order, once, and in words
where it cannot be sent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from slack_sdk import WebClient

from bot.chat import Attachment, Reply
from bot.core.keeping import Telling
from bot.playground.server import Playground
from bot.slack.delivery import Delivery
from bot.slack.sample_measures import FINDINGS
from bot.slack.sample_stories import rehearsed
from bot.slack.samples import Story
from bot.slack.wire import Wire
from tests.slack.telling import SEED, Desk

ENDS = ["locks-42.1.png", "tables-42.1.png", "schema-42.1.md"]


class Knowing(Desk):
    """A desk whose teller knows what was measured."""

    def rehearsal(self, **known: Any) -> Story:
        story = rehearsed(**known)
        self.known = story.known
        return story

    def order(self) -> list[str]:
        """The thread: files by their names, messages by the part they are or the entry they end with."""
        return [name for m in self.messages() if m.get("thread_ts", m["ts"]) != m["ts"] for name in names(m)]

    def pictures(self) -> list[bytes]:
        return [content for content in self.slack.world.space.contents.values() if content[:4] == b"\x89PNG"]


def names(message: dict[str, Any]) -> list[str]:
    if files := message.get("files"):
        return [file["name"] for file in files]
    about = message.get("metadata", {}).get("event_payload", {})
    return [about.get("part") or f"told {about.get('seq')}"]


@pytest.fixture
def desk() -> Iterator[Knowing]:
    with Playground(SEED) as slack:
        yield Knowing(slack=slack)


def test_a_rehearsals_end_brings_its_messages_and_files_after_its_sentence_in_their_order(
    desk: Knowing,
) -> None:
    story = desk.rehearsal(findings=FINDINGS)
    desk.tell(story)
    order = desk.order()
    last = order.index(f"told {len(story.entries)}")
    assert order[last + 1 :] == ["tables rehearsed", "findings rehearsed", *ENDS]
    assert order[:2] == ["told 1", "details"]
    assert len(order) == len(set(order))
    assert len(desk.pictures()) == 3
    for picture in desk.pictures():
        with Image.open(BytesIO(picture)) as drawn:
            assert drawn.format == "PNG"
    calls = [c.args for c in desk.slack.calls if c.method == "files.getUploadURLExternal"]
    described = {c["filename"]: c.get("alt_txt", "") for c in calls}
    assert described["locks-42.1.png"].startswith("Blocked in the rehearsal: orders")
    assert not described["schema-42.1.md"]


@pytest.mark.parametrize("lost", range(1, 7))
def test_a_crash_between_two_pieces_brings_none_of_them_twice_and_none_is_left_out(
    desk: Knowing, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = desk.rehearsal(findings=FINDINGS)
    desk.tell(Story(**{**_fields(story), "entries": story.entries[:-1]}))
    left = lost

    def dies(real: Any) -> Any:
        def call(*given: Any, **more: Any) -> Any:
            nonlocal left
            answer = real(*given, **more)
            left -= 1
            if left == 0:
                raise KeyboardInterrupt  # the answer came, and nothing of ours saw it
            return answer

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Wire, "post", dies(Wire.post))
        patch.setattr(Wire, "upload", dies(Wire.upload))
        with pytest.raises(KeyboardInterrupt):
            desk.tell(story)
    desk.restart()
    desk.turns(20.0)
    order = desk.order()
    assert order[order.index(f"told {len(story.entries)}") + 1 :] == [
        "tables rehearsed",
        "findings rehearsed",
        *ENDS,
    ]
    assert len(order) == len(set(order))


def _fields(story: Story) -> dict[str, Any]:
    return {name: getattr(story, name) for name in ("plan", "number", "channel", "holders", "at", "known")}


def test_a_file_whose_answer_was_lost_is_looked_for_before_it_is_sent_again(desk: Knowing) -> None:
    desk.slack.faults.set(lost_answers=4, methods=["files.completeUploadExternal"])
    desk.tell(desk.rehearsal())
    assert desk.slack.faults.lost_answers == 0
    order = desk.order()
    assert len(order) == len(set(order))
    assert order[-3:] == ENDS


def test_where_files_may_not_be_sent_their_facts_are_said_in_words_and_nothing_is_held_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seed = replace(
        SEED, scopes=frozenset({"chat:write", "reactions:write", "channels:history", "users:read"})
    )
    with Playground(seed) as slack:
        desk = Knowing(slack=slack)
        desk.tell(desk.rehearsal())
        order = desk.order()
        assert order[-3:] == ENDS
        texts = desk.thread()
        assert any(
            "`locks-42.1.png` could not be attached here.\nBlocked in the rehearsal" in t for t in texts
        )
        assert any("plan-42.sql` could not be attached" in t and "ADD COLUMN currency_1" in t for t in texts)
        assert not desk.pictures()
    assert "missing_scope" in caplog.text


def test_an_upload_that_never_answers_is_said_in_words_after_some_tries(
    desk: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def never(self: WebClient, **given: Any) -> Any:
        tried.append(given["filename"])
        raise TimeoutError

    monkeypatch.setattr(WebClient, "files_upload_v2", never)
    desk.tell(desk.story().opened(), seconds=30)
    assert tried == ["plan-1.sql"] * 3
    assert any("plan-1.sql` could not be attached here" in text for text in desk.thread())
    assert desk.teller.settled


def test_a_picture_that_cannot_be_drawn_keeps_nothing_untold(
    desk: Knowing, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any, **more: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "save", full)
    desk.tell(desk.rehearsal())
    texts = desk.thread()
    assert any("`tables-42.1.png` could not be made; the log says why." in text for text in texts)
    assert "locks-42.1.png" in desk.order()
    assert "could not be made" in caplog.text


def test_a_workspace_without_the_new_blocks_gets_the_same_in_plain_text(
    desk: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.playground import block_types

    for kind in ("data_table", "table"):
        monkeypatch.delitem(block_types.BLOCKS, kind)
    story = desk.rehearsal()
    desk.tell(story)
    found = next(m for m in desk.messages() if "tables rehearsed" in names(m))
    assert "```" in found["blocks"][1]["text"]["text"]
    assert "data_table" not in str(found["blocks"])
    assert desk.order()[-3:] == ENDS


def test_a_sentence_is_in_the_thread_before_what_it_brings_and_counts_as_told_after_all_of_it(
    desk: Knowing,
) -> None:
    story = desk.rehearsal()
    desk.note(story)
    while "told 1" not in desk.order():
        desk.teller.turn()
        time.sleep(0.01)
    (room,) = desk.teller._rooms.values()
    assert room.spoken == 1
    assert room.told == 0
    assert not desk.teller.settled
    desk.turns(20.0)
    assert room.told == len(story.entries)


def test_a_new_message_of_a_deleted_plan_goes_on_where_the_thread_was(desk: Knowing) -> None:
    story = desk.rehearsal()
    desk.tell(story)
    client = WebClient(token=desk.slack.bot_token, base_url=desk.slack.api_url)
    for message in desk.messages()[::-1]:
        client.chat_delete(channel="C1", ts=message["ts"])
    before = len(desk.messages())
    desk.tell(story.approved("dev-lead"))
    assert [m["text"] for m in desk.messages()[before:] if "approved for dev-lead" in m["text"]]


def test_an_answers_picture_goes_into_the_thread_with_its_bytes(desk: Knowing) -> None:
    desk.tell(desk.story().opened())
    client = WebClient(token=desk.slack.bot_token, base_url=desk.slack.api_url)
    file = Attachment(name="x.png", data=b"\x89PNG\r\n", kind="image/png", alt="A picture.")
    told = desk.store.tellings.newest(1)
    assert isinstance(told, Telling)
    delivery = Delivery(client, desk.store.tellings)
    assert delivery._uploaded(file, told)
    assert desk.pictures() == [b"\x89PNG\r\n"]
    reply = delivery._with_file(Reply(text="Look.", change=1), file, None)
    assert reply.text == "Look.\nA picture."
