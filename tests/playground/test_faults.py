"""What goes wrong on purpose: alone, together, and by the admin API."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.client import Person, Unwelcome
from bot.playground.delivery import Delivery, NotDelivered, Parcel
from bot.playground.faults import MIXED, Faults
from bot.playground.seed import Seed
from bot.playground.server import Playground
from bot.playground.timers import Timers
from bot.playground.values import Refused
from tests.playground.ear import Ear

Until = Callable[..., Any]
PLAN = {"type": "plan", "title": "Change 42", "tasks": []}
WORDS = {"type": "section", "text": {"type": "mrkdwn", "text": "Change 42"}}


@pytest.fixture
def ear(slack: Playground, web: WebClient) -> Iterator[Ear]:
    one = Ear(web, slack.app_token)
    yield one
    one.close()


def error_of(web: WebClient, method: str, **args: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        web.api_call(method, json=args)
    return str(caught.value.response["error"])


# -- one at a time ----------------------------------------------------------------------------


def test_a_delivery_that_breaks_the_connection_is_an_event_to_come_again_and_a_command_that_failed(
    slack: Playground, web: WebClient, ear: Ear, until: Until, dba: Person
) -> None:
    slack.faults.set(drops=1)
    with pytest.raises(Unwelcome, match="could not be reached"):
        dba.say("changes", "/migrate status")
    until(lambda: slack.connections == 0)
    second = Ear(web, slack.app_token)
    dba.say("changes", "hello")
    until(lambda: slack.quiet)
    assert [one["type"] for one in second.heard] == ["events_api"]
    slack.faults.set(drops=1)
    dba.say("changes", "lost at first")
    third = Ear(web, slack.app_token)
    until(lambda: third.heard)
    assert third.heard[0]["payload"]["event"]["text"] == "lost at first"
    assert third.heard[0]["retry_attempt"] >= 1
    assert third.heard[0]["retry_reason"] == "connection_failed"
    second.close()
    third.close()


def test_an_event_changes_places_with_the_next(
    slack: Playground, ear: Ear, until: Until, dba: Person
) -> None:
    slack.faults.set(reorders=1)
    dba.say("changes", "first")
    dba.say("changes", "second")
    until(lambda: slack.quiet)
    assert [one["payload"]["event"]["text"] for one in ear.heard] == ["second", "first"]


def test_an_event_with_no_next_arrives_all_the_same(
    slack: Playground, ear: Ear, until: Until, dba: Person
) -> None:
    slack.faults.set(reorders=1)
    dba.say("changes", "alone")
    until(lambda: ear.heard)


def test_a_workspace_without_the_new_blocks_refuses_them_and_says_where(
    slack: Playground, web: WebClient, dba: Person
) -> None:
    assert web.chat_postMessage(channel="changes", text="x", blocks=[WORDS, PLAN])["ok"]
    slack.faults.set(no_new_blocks=True)
    with pytest.raises(SlackApiError) as caught:
        web.chat_postMessage(channel="changes", text="x", blocks=[WORDS, PLAN])
    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["errors"] == ["unsupported type: plan [json-pointer:/blocks/1/type]"]
    assert web.chat_postMessage(channel="changes", text="x", blocks=[WORDS])["ok"]


def test_a_workspace_without_groups_says_that_it_would_have_to_pay(slack: Playground, web: WebClient) -> None:
    slack.faults.set(no_groups=True)
    assert error_of(web, "usergroups.list") == "plan_upgrade_required"
    slack.faults.clear()
    assert web.usergroups_list()["ok"]


def test_a_revoked_token_opens_nothing_and_the_app_is_told(
    slack: Playground, web: WebClient, ear: Ear, until: Until
) -> None:
    slack.revoke()
    assert error_of(web, "auth.test") == "token_revoked"
    assert error_of(web, "chat.postMessage", channel="changes", text="x") == "token_revoked"
    until(lambda: ear.heard)
    assert ear.heard[0]["payload"]["event"]["type"] == "tokens_revoked"


def test_after_an_hour_of_silence_nothing_of_it_is_sent_any_more(
    seed: Callable[..., Seed], until: Until
) -> None:
    with Playground(seed(retry_delays=(0.0, 60.0, 300.0))) as slack:
        web, dba = WebClient(slack.bot_token, base_url=slack.api_url), Person(slack.url, "dba")
        slack.silence()
        dba.say("changes", "nobody hears this")
        began = time.monotonic()
        slack.skip(3600)
        until(lambda: slack.quiet)
        slack.speak()
        ear = Ear(web, slack.app_token)
        dba.say("changes", "hello")
        until(lambda: ear.heard)
        assert [one["payload"]["event"]["text"] for one in ear.heard] == ["hello"]
        assert time.monotonic() - began < 30
        ear.close()


def test_an_event_is_tried_at_once_after_a_minute_and_after_five_more() -> None:
    timers, tried = Timers(), []

    class Deaf:
        async def send(self, parcel: Parcel) -> dict[str, Any]:
            tried.append((parcel.attempt, parcel.reason, timers.now()))
            raise NotDelivered("timeout")

    async def ten_minutes() -> None:
        delivery = Delivery(Seed(), Faults(), timers)
        delivery.line = Deaf()
        delivery.event({})
        for _ in range(600):
            for _ in range(5):
                await asyncio.sleep(0)
            timers.skip(1)
        assert delivery.quiet

    began = timers.now()
    # A browser that another test keeps open has an event loop of its own in this thread.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, ten_minutes()).result()
    assert [(attempt, reason) for attempt, reason, _ in tried] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
        (3, "timeout"),
    ]
    for (_, _, at), due in zip(tried, (0, 0, 60, 360), strict=True):
        assert due <= at - began < due + 30


def status_of(url: str, **body: Any) -> int:
    request = urllib.request.Request(url, json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return 0


def test_a_response_address_fails_when_it_is_named(slack: Playground, ear: Ear, dba: Person) -> None:
    dba.say("changes", "/migrate status")
    url = ear.heard[0]["payload"]["response_url"]
    slack.faults.set(server_errors=1)
    assert status_of(url, text="one") == 200  # without a name, only the Web API is hit
    slack.faults.set(server_errors=1, storms=1, lost_answers=1, methods=["response_url"])
    assert [status_of(url, text=word) for word in ("two", "three", "four", "five")] == [500, 429, 0, 200]
    assert [one["text"] for one in dba.ephemerals("changes")] == ["one", "four", "five"]


# -- together ---------------------------------------------------------------------------------


def thrown(seed: int, times: int = 400) -> list[str]:
    faults = Faults()
    faults.mix(seed)
    return [name for _ in range(times) for name in MIXED if faults.hits(name)]


def test_one_seed_throws_the_same_dice_and_each_fault_as_often_as_it_should() -> None:
    assert thrown(7) == thrown(7)
    assert thrown(7) != thrown(8)
    found = Counter(thrown(7, 4000))
    for name, chance in MIXED.items():
        assert chance * 4000 / 2 < found[name] < chance * 4000 * 2, name


def test_under_everything_at_once_what_is_tried_again_gets_through(
    slack: Playground, web: WebClient, until: Until, dba: Person
) -> None:
    """An app that opens another connection when it lost one hears of every event, some twice."""
    seed = 20261125
    print(f"seed {seed}")
    ears = [Ear(web, slack.app_token) for _ in range(5)]
    slack.mix(seed)
    said = [dba.say("changes", f"word {n}")["ts"] for n in range(40)]
    until(lambda: slack.quiet, 30)
    slack.faults.clear()
    heard = Counter(one["payload"]["event"]["ts"] for ear in ears for one in ear.heard)
    assert set(heard) == set(said)
    assert max(heard.values()) > 1
    for ear in ears:
        ear.close()


# -- the admin API ----------------------------------------------------------------------------


def asked(slack: Playground, path: str, body: Any = None, verb: str | None = None) -> tuple[int, Any]:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{slack.url}/admin/{path}", content, method=verb)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status), json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            text = refused.read().decode()
            return refused.code, json.loads(text) if text.startswith("{") else text


def test_faults_are_set_looked_at_and_taken_back(slack: Playground, web: WebClient) -> None:
    assert asked(slack, "faults", {"storms": 1, "retry_after": 9})[1]["storms"] == 1
    assert asked(slack, "faults")[1]["retry_after"] == 9
    assert error_of(web, "auth.test") == "ratelimited"
    asked(slack, "faults", {"no_groups": True})
    assert error_of(web, "usergroups.list") == "plan_upgrade_required"
    assert asked(slack, "faults", verb="DELETE")[1] == Faults().shown()
    assert web.usergroups_list()["ok"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"strom": 1}, "known are latency"),
        ({"storms": "many"}, "storms is int, not str"),
        ({"silent": 1}, "silent is bool, not int"),
        ({"chances": {"storms": 2}}, "numbers from 0 to 1"),
        ({"chances": {"silent": 0.5}}, "numbers from 0 to 1"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_and_nothing_is_set(
    slack: Playground, wanted: dict[str, Any], said: str
) -> None:
    status, answer = asked(slack, "faults", wanted)
    assert status == 400
    assert said in answer["message"]
    assert asked(slack, "faults")[1] == Faults().shown()
    with pytest.raises(Refused):
        Faults().set(**wanted)


def test_everything_else_is_done_from_outside_too(
    slack: Playground, web: WebClient, ear: Ear, until: Until, dba: Person
) -> None:
    assert asked(slack, "mix", {"seed": 7})[1]["chances"] == MIXED
    assert asked(slack, "mix", {})[1]["seed"] >= 0
    asked(slack, "faults", verb="DELETE")
    assert asked(slack, "user", {"name": "qa", "deleted": True})[1]["user"]["deleted"] is True
    assert asked(slack, "group", {"handle": "dbas", "users": ["dev-lead"]})[1]["usergroup"]["users"] != [
        dba.id
    ]
    assert asked(slack, "skip", {"seconds": 1})[0] == 200
    assert asked(slack, "skip", {"seconds": -1})[0] == 400
    assert asked(slack, "skip", {})[0] == 400
    assert asked(slack, "cut?how=never", {})[0] == 400
    assert asked(slack, "nothing", {})[0] == 404
    assert asked(slack, "http", {"url": "http://127.0.0.1:9/"})[1]["error"] == "url_verification_failed"
    assert asked(slack, "event", {"type": "emoji_changed"})[0] == 200
    until(lambda: any(one["payload"]["event"]["type"] == "emoji_changed" for one in ear.heard))
    web.auth_test()
    calls = asked(slack, "calls")[1]["calls"]
    assert "auth.test" in [one["method"] for one in calls]
    people = asked(slack, "people")[1]
    assert {one["name"] for one in people["users"]} >= {"dba", "qa"}
    assert slack.bot_token not in json.dumps([calls, people, asked(slack, "faults")])
    asked(slack, "silence", {})
    until(lambda: slack.connections == 0)
    asked(slack, "speak", {})
    assert web.auth_test()["ok"]
    asked(slack, "revoke", {})
    assert error_of(web, "auth.test") == "token_revoked"
