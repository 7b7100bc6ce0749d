"""Never late, never twice, never lost: asks are kept, acknowledged, carried out once and answered."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat import Ask
from bot.core.targets import Secret
from bot.playground.client import Person, Unwelcome
from bot.playground.server import Playground
from bot.slack.heard import Heard
from bot.store.store import SqlStore, store, upgrade
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
    # An answered ask leaves the inbox a moment after its words are in the channel.
    until(lambda: [key for key, _ in scene.kept.inbox.waiting()] == ["k3"])


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
