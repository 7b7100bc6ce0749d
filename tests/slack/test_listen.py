"""What people do in Slack becomes words, and the answer finds its way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.chat import Ask
from bot.playground.client import Person
from bot.playground.server import Playground
from bot.slack.heard import Heard, clicked
from tests.slack.small_words import Words
from tests.slack.stage import Scene, seed, until


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(seed()) as one:
        yield one


@pytest.fixture
def dba(slack: Playground) -> Person:
    return Person(slack.url, "dba")


@pytest.fixture
def words() -> Words:
    return Words()


@pytest.fixture
def scene(slack: Playground, words: Words) -> Iterator[Scene]:
    with Scene(slack, words.known()) as one:
        yield one
        words.gate.set()


def test_typed_words_are_answered_for_the_person_alone(scene: Scene, words: Words, dba: Person) -> None:
    dba.say("changes", "/migrate say hello there")

    dba.wait_for_message("changes", "You said hello there.", ephemeral=True)
    assert words.done == [("typed", dba.id, "hello there")]
    assert scene.person("qa").messages("changes") == []


def test_words_work_in_a_channel_that_the_bot_is_not_in(scene: Scene, dba: Person) -> None:
    dba.say("lounge", "/migrate say hello")

    dba.wait_for_message("lounge", "You said hello.", ephemeral=True)


def test_a_button_says_its_words_and_the_answer_takes_the_place_of_what_was_asked(
    scene: Scene, words: Words, dba: Person
) -> None:
    dba.say("changes", "/migrate press")
    asked = dba.wait_for_message("changes", "Press it.", ephemeral=True)

    dba.click("changes", asked["ts"], "Go")

    dba.wait_for_message("changes", "You said pressed.")
    assert words.done == [("button", dba.id, "pressed")]
    assert len(dba.ephemerals("changes")) == 1


@pytest.mark.parametrize(
    ("message", "container", "thread"),
    [
        ({}, {"message_ts": "1.1", "thread_ts": "1.1"}, ""),
        ({"subtype": "thread_broadcast"}, {"message_ts": "1.2", "thread_ts": "1.1"}, ""),
        ({}, {"message_ts": "1.2", "thread_ts": "1.1"}, "1.1"),
    ],
)
def test_a_click_on_what_stands_in_the_channel_is_answered_there(
    message: dict[str, str], container: dict[str, str], thread: str
) -> None:
    action = {"type": "button", "value": "approve 1", "action_ts": "1.3"}
    heard = clicked({"actions": [action], "container": container, "message": message, "user": {"id": "U1"}})
    assert heard is not None
    assert heard.thread == thread


def test_a_form_opens_and_its_values_become_words(scene: Scene, words: Words, dba: Person) -> None:
    dba.say("changes", "/migrate ask")
    view = dba.wait_for(lambda state: state["modals"])[-1]

    dba.submit(view["id"], {"project": {"value": chosen("the shop")}, "to": {"value": {"value": "42ab"}}})

    dba.wait_for_message("changes", "You said the shop to 42ab.", ephemeral=True)
    assert words.done == [("form", dba.id, "the shop to 42ab")]
    assert dba.modals() == []


def chosen(value: str) -> dict[str, object]:
    return {
        "type": "static_select",
        "selected_option": {"text": {"type": "plain_text", "text": "Shop"}, "value": value},
    }


def test_a_form_that_comes_too_late_for_slack_is_said_in_words(scene: Scene, dba: Person) -> None:
    ask = Ask(
        key="k1",
        text="ask",
        person=dba.id,
        channel=dba.channel("changes"),
        via="typed",
        at=datetime.now(UTC),
        trigger="expired",
    )

    scene.answers.take(Heard(ask=ask))

    dba.wait_for_message("changes", "Type", "/migrate say", ephemeral=True)


def test_the_reject_button_asks_why_and_what_is_filled_in_is_the_reason(slack: Playground) -> None:
    with Scene(slack) as scene:
        change, told = scene.opened()
        button = {"type": "button", "action_id": "words-0", "text": {"type": "plain_text", "text": "Reject…"}}
        blocks = [{"type": "actions", "elements": [{**button, "value": f"reject {change.id}"}]}]
        scene.client.chat_update(channel=told.channel, ts=told.ts, text="Plan", blocks=blocks)
        qa = scene.person("qa")

        qa.click("changes", told.ts, "Reject…")
        view = qa.wait_for(lambda state: state["modals"])[-1]
        qa.submit(view["id"], {"why": {"value": {"value": 'it\'s "too" slow\nand $(big)'}}})

        until(lambda: scene.desk.change(change.id).rejections)
        assert scene.desk.change(change.id).rejections["qa"].why == 'it\'s "too" slow\nand $(big)'


def test_an_approve_button_of_an_earlier_plan_does_not_count(slack: Playground) -> None:
    with Scene(slack) as scene:
        change, told = scene.opened()
        button = {"type": "button", "action_id": "words-0", "text": {"type": "plain_text", "text": "Approve"}}
        blocks = [{"type": "actions", "elements": [{**button, "value": f"approve {change.id}"}]}]
        scene.client.chat_update(channel=told.channel, ts=told.ts, text="Plan", blocks=blocks)
        scene.revised(change.id, "select 2")

        scene.person("dba").click("changes", told.ts, "Approve")

        scene.person("dba").wait_for_message("changes", "earlier plan", ephemeral=True)
        assert scene.approved(change.id) == {}


def test_what_asks_everyone_goes_into_the_thread_and_the_person_is_led_there(
    scene: Scene, dba: Person
) -> None:
    change, told = scene.opened()

    dba.say("changes", f"/migrate confirm {change.id}")

    asked = dba.wait_for_message("changes", "Reverse it?", ephemeral=False)
    assert asked["thread_ts"] == told.ts
    dba.wait_for_message("changes", f"the thread of change {change.id}", ephemeral=True)


def test_a_file_goes_into_the_thread_of_its_change(scene: Scene, dba: Person) -> None:
    change, told = scene.opened()

    dba.say("changes", f"/migrate sql {change.id}")

    dba.wait_for_message("changes", "The plan.", ephemeral=True)
    shown = next(m for m in dba.thread("changes", told.ts) if m.get("files"))
    assert dba.file(shown["files"][0]["url_private"]).decode() == "select 1;\n" * 400


def test_a_file_without_a_thread_is_shown_in_short(scene: Scene, dba: Person) -> None:
    dba.say("changes", "/migrate sql 99")

    dba.wait_for_message("changes", "The plan.", "select 1;", "more lines", ephemeral=True)


def test_the_home_shows_what_waits_for_whoever_looks(slack: Playground) -> None:
    with Scene(slack) as scene:
        scene.opened()
        qa = scene.person("qa")

        qa.home()

        qa.wait_for(lambda state: state["home"] and "Your approval as qa" in str(state["home"]))
        qa.click_view("Approve")
        until(lambda: scene.approved(1) == {"qa": "qa"})
