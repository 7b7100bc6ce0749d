"""Slack fails at just the wrong moment: nobody's word is lost by it, and nothing is said or done twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from slack_sdk import WebClient

from bot.chat import Ask
from bot.core.errors import Conflict
from bot.core.keeping import Telling
from bot.playground.client import Person, read
from bot.playground.server import Playground
from bot.slack.heard import Heard
from bot.slack.reactions import SEED as MARK
from bot.slack.roles import SlackPeople
from tests.slack.small_words import Words
from tests.slack.stage import Roster, Scene, seed, until
from tests.slack.telling import SEED, Desk


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


def typed(dba: Person, text: str) -> Heard:
    """An ask as an earlier connection heard it: without an address for its answer."""
    place = dba.channel("changes")
    return Heard(
        ask=Ask(key="k1", text=text, person=dba.id, channel=place, via="typed", at=datetime.now(UTC))
    )


def test_the_first_words_are_heard_although_slack_fails_at_every_question(
    scene: Scene, words: Words, dba: Person
) -> None:
    scene.slack.faults.set(server_errors=-1)

    dba.say("changes", "/migrate say hello")

    dba.wait_for_message("changes", "You said hello.", ephemeral=True)
    assert len(words.done) == 1
    assert "auth.test" not in {call.method for call in scene.slack.calls}


def test_an_answer_is_sent_when_a_token_that_was_taken_away_is_given_back(
    scene: Scene, words: Words, dba: Person
) -> None:
    heard = typed(dba, "say hello")
    scene.kept.inbox.put("k1", heard.to_data(), heard.ask.at)
    scene.slack.revoke()
    scene.answers.take(heard)
    until(lambda: any(not call.ok for call in scene.slack.calls))
    assert scene.waiting() == 1

    scene.slack.faults.set(revoked=False)

    dba.wait_for_message("changes", "You said hello.", ephemeral=True)
    until(lambda: not scene.waiting())
    assert len(words.done) == 1
    assert len(dba.ephemerals("changes")) == 1


def test_an_ask_that_a_new_connection_answered_is_not_answered_by_who_handed_it_over(
    scene: Scene, words: Words, dba: Person
) -> None:
    heard = typed(dba, "say hello")
    scene.kept.inbox.put("k1", heard.to_data(), heard.ask.at)
    assert scene.answers.again() == 1
    until(lambda: not scene.waiting() and dba.ephemerals("changes"))

    scene.answers.take(heard)
    time.sleep(0.5)

    assert len(words.done) == 1
    assert len(dba.ephemerals("changes")) == 1


def test_a_reaction_that_is_older_than_our_knowledge_of_the_message_counts(slack: Playground) -> None:
    with Scene(slack) as scene:
        change, told = scene.opened()
        post = scene.client.chat_postMessage(channel=told.channel, text="The same plan, its answer lost")
        scene.person("dba").react("changes", post["ts"], "+1")
        until(lambda: slack.quiet)
        assert scene.approved(change.id) == {}

        newer = Telling(change=change.id, channel=told.channel, ts=post["ts"], fingerprint=change.fingerprint)
        scene.kept.tellings.put(newer)
        scene.client.reactions_add(channel=told.channel, timestamp=post["ts"], name=MARK)

        until(lambda: scene.approved(change.id) == {"dba": "dba"})
        assert slack.connections == 1


def test_who_was_seen_before_slack_told_of_it_is_not_told_that_they_came_too_late(
    slack: Playground,
) -> None:
    with Scene(slack) as scene:
        change, told = scene.opened()
        slack.faults.set(reorders=1)  # held for a second
        scene.person("dba").react("changes", told.ts, "+1")
        scene.reactions.look_again(change.id)
        assert scene.approved(change.id) == {"dba": "dba"}

        answer = scene.person("dba").wait_for_message("changes", "approved change 1", ephemeral=True)

        assert "✅ You approved change 1: your reaction was seen" in read(answer)
        assert scene.approved(change.id) == {"dba": "dba"}


def test_our_own_mark_approves_nothing(slack: Playground) -> None:
    with Scene(slack) as scene:
        change, told = scene.opened()
        scene.client.reactions_add(channel=told.channel, timestamp=told.ts, name=MARK)
        until(lambda: any(call.method == "reactions.get" for call in slack.calls))
        until(lambda: slack.quiet)
        assert scene.approved(change.id) == {}
        assert scene.waiting() == 0
        assert not [call for call in slack.calls if call.method == "chat.postEphemeral"]


@pytest.mark.parametrize("fault", ["chat.postMessage", "reactions.add"])
def test_a_plan_bears_the_mark_to_click_also_when_an_answer_was_lost(fault: str) -> None:
    with Playground(SEED) as slack:
        desk = Desk(slack=slack)
        slack.faults.set(methods=[fault], **{"lost_answers" if "post" in fault else "server_errors": 1})
        desk.tell(desk.story().opened())
        assert [mark["name"] for mark in desk.roots()[0]["reactions"]] == [MARK]
        assert len(desk.roots()) == 1


def test_a_drawing_shows_the_roles_last_known_while_slack_does_not_say(slack: Playground) -> None:
    client = WebClient(token=slack.bot_token, base_url=slack.api_url, timeout=5)
    people, strangers = SlackPeople(Roster(), client), SlackPeople(Roster(), client)
    known = people.drawn("shop")
    people.forget()
    slack.silence()

    assert people.drawn("shop") == known
    with pytest.raises(Conflict, match="did not say who holds the roles"):
        strangers.drawn("shop")
    people.close()
    strangers.close()
