"""What people do in Slack is kept, acknowledged, carried out once, and answered."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from bot.chat import Ask, Attachment, Button, Choice, Command, Field, Form, Reply
from bot.core.targets import Secret
from bot.playground.client import Person, Unwelcome
from bot.playground.server import Playground
from bot.slack.heard import Heard
from bot.slots import Rest
from bot.store.store import SqlStore, store, upgrade
from tests.slack.stage import Scene, seed, until


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(seed()) as one:
        yield one


@pytest.fixture
def dba(slack: Playground) -> Person:
    return Person(slack.url, "dba")


class Words:
    """A few words of our own, and what was carried out by them."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, str]] = []
        self.gate = Event()

    def known(self) -> dict[str, Command]:
        words: dict[str, Callable[..., Reply]] = {
            "say": self.say,
            "slow": self.slow,
            "ask": self.ask,
            "press": self.press,
            "sql": self.sql,
            "confirm": self.confirm,
        }
        return {name: Command.of(name, run) for name, run in words.items()}

    def say(self, desk: object, ask: Ask, what: Rest) -> Reply:
        """Say it."""
        self.done.append((ask.via, ask.person, what))
        return Reply(text=f"You said {what}.")

    def slow(self, desk: object, ask: Ask) -> Reply:
        """Answer when the gate opens."""
        self.gate.wait(20)
        return Reply(text="At last.")

    def ask(self, desk: object, ask: Ask) -> Reply:
        """Ask with a form."""
        fields = (
            Field(name="project", label="Project", choices=(Choice(label="Shop", value="the shop"),)),
            Field(name="to", label="Up to", optional=True),
        )
        return Reply(text="Type `/migrate say`.", form=Form(title="Which?", words="say", fields=fields))

    def press(self, desk: object, ask: Ask) -> Reply:
        """Offer a button."""
        return Reply(text="Press it.", buttons=(Button(label="Go", words="say pressed"),))

    def sql(self, desk: object, ask: Ask, change: int) -> Reply:
        """Give a file."""
        return Reply(
            text="The plan.", file=Attachment(name="plan.sql", text="select 1;\n" * 400), change=change
        )

    def confirm(self, desk: object, ask: Ask, change: int) -> Reply:
        """Ask everyone."""
        return Reply(
            text="Reverse it?", public=True, change=change, buttons=(Button(label="Yes", words="say yes"),)
        )


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


# -- never late, never twice, never lost ---------------------------------------------------------------


def test_eight_slow_answers_do_not_delay_the_acknowledgement_of_a_ninth(
    scene: Scene, words: Words, dba: Person
) -> None:
    for _ in range(8):
        dba.say("changes", "/migrate slow")

    took = []
    for _ in range(10):
        began = time.monotonic()
        dba.say("changes", "/migrate say hello")
        took.append(time.monotonic() - began)

    assert max(took) < 1.0
    assert words.done == []
    words.gate.set()
    until(lambda: len(words.done) == 10)


def test_thirty_people_at_once_are_all_acknowledged(scene: Scene, words: Words, dba: Person) -> None:
    for _ in range(8):
        dba.say("changes", "/migrate slow")

    with ThreadPoolExecutor(30) as pool:
        said = [pool.submit(dba.say, "changes", f"/migrate say {n}") for n in range(30)]
        assert all(one.result()["ok"] for one in said)
    words.gate.set()
    until(lambda: len(words.done) == 30)


def test_the_same_event_twice_is_answered_once(slack: Playground) -> None:
    with Scene(slack) as scene:
        _, told = scene.opened(by="qa")
        slack.faults.set(duplicates=-1, lost_acks=2)

        scene.person("dev-lead").react("changes", told.ts, "+1")

        scene.person("dev-lead").wait_for_message("changes", "do not hold", ephemeral=True)
        time.sleep(0.6)
        assert len(scene.person("dev-lead").ephemerals("changes")) == 1


def test_an_answer_reaches_slack_although_slack_is_busy_and_breaks(scene: Scene, dba: Person) -> None:
    scene.slack.faults.set(server_errors=1, storms=1, retry_after=1)
    ask = Ask(
        key="k2",
        text="say hi",
        person=dba.id,
        channel=dba.channel("changes"),
        via="typed",
        at=datetime.now(UTC),
    )

    scene.answers.take(Heard(ask=ask))

    dba.wait_for_message("changes", "You said hi.", ephemeral=True)


def test_one_answer_that_fails_stops_no_other_and_is_tried_again_later(
    scene: Scene, words: Words, dba: Person
) -> None:
    nobody = Ask(key="k3", text="say lost", person="U0NOBODY", channel="", via="typed", at=datetime.now(UTC))
    scene.kept.inbox.put("k3", Heard(ask=nobody).to_data(), nobody.at)
    scene.answers.take(Heard(ask=nobody))

    dba.say("changes", "/migrate say fine")

    dba.wait_for_message("changes", "You said fine.", ephemeral=True)
    until(lambda: len(words.done) == 2)
    assert [key for key, _ in scene.kept.inbox.waiting()] == ["k3"]


def test_what_is_not_kept_is_not_acknowledged(slack: Playground, tmp_path: Path, dba: Person) -> None:
    kept = store(Secret(f"sqlite:///{tmp_path / 'store.db'}"))
    with Scene(slack, Words().known(), kept):
        with pytest.raises(Unwelcome, match="dispatch_failed"):
            dba.say("changes", "/migrate say hello")
        assert dba.ephemerals("changes") == []
    kept.close()


def test_words_left_for_too_long_are_not_carried_out_and_the_person_is_told(
    scene: Scene, words: Words, dba: Person
) -> None:
    for key, minutes in (("old", 11), ("new", 9)):
        at = datetime.now(UTC) - timedelta(minutes=minutes)
        ask = Ask(
            key=key, text=f"say {key}", person=dba.id, channel=dba.channel("changes"), via="typed", at=at
        )
        scene.kept.inbox.put(key, Heard(ask=ask).to_data(), at)

    assert scene.answers.again() == 2

    dba.wait_for_message("changes", "You said new.", ephemeral=True)
    dba.wait_for_message("changes", "say old", "I could not answer then", ephemeral=True)
    until(lambda: not scene.waiting())
    assert [what for _, _, what in words.done] == ["new"]


DYING = """
import sys, time
from bot.core.targets import Secret
from bot.playground.server import Playground
from bot.store.store import store
from tests.slack.stage import Scene
from bot.chat import Command

class There:
    url, api_url, bot_token, app_token, signing_secret, connections = sys.argv[1], *sys.argv[2:5], "", 1

def say(desk, ask, what: str):
    print("begun", flush=True)
    time.sleep(60)

Scene(There, {"say": Command.of("say", say)}, store(Secret(sys.argv[5]))).__enter__()
print("joined", flush=True)
time.sleep(60)
"""


def test_what_was_acknowledged_before_a_kill_is_answered_after_the_next_start(
    slack: Playground, words: Words, dba: Person, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    kept: SqlStore = store(Secret(url))
    upgrade(kept.memory)
    command = [sys.executable, "-c", DYING, slack.url, slack.api_url, slack.bot_token, slack.app_token, url]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."}
    ) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "joined\n"
        assert dba.say("changes", "/migrate say hello")["ok"]
        assert bot.stdout.readline() == "begun\n"
        bot.send_signal(signal.SIGKILL)
    until(lambda: slack.connections == 0)
    assert dba.ephemerals("changes") == []

    with Scene(slack, words.known(), kept) as scene:
        assert scene.answers.again() == 1
        dba.wait_for_message("changes", "You said hello.", ephemeral=True)
        until(lambda: not scene.waiting())
        assert scene.answers.again() == 0
    kept.close()
