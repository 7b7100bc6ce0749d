"""What lasts a short while only: trigger ids, response addresses; and the stack of modals."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import Ack, App

from bot.playground.client import Person
from bot.playground.seed import Seed
from bot.playground.server import Playground
from bot.playground.values import Refused
from bot.playground.views import Views
from bot.playground.workspace import Workspace

PLAIN = {"type": "plain_text", "text": "x"}
MODAL = {"type": "modal", "title": PLAIN, "blocks": [{"type": "section", "text": PLAIN}]}


@pytest.fixture
def shown() -> Views:
    return Views(Workspace(Seed()))


def test_a_trigger_opens_one_modal(shown: Views) -> None:
    trigger = shown.trigger("U1")
    assert shown.open(trigger, MODAL)["type"] == "modal"
    with pytest.raises(Refused, match="exchanged_trigger_id"):
        shown.open(trigger, MODAL)
    with pytest.raises(Refused, match="invalid_trigger_id"):
        shown.open("1.2.3", MODAL)


def test_a_trigger_lasts_three_seconds(shown: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    trigger = shown.trigger("U1")
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + 3.1)
    with pytest.raises(Refused, match="expired_trigger_id"):
        shown.open(trigger, MODAL)


def test_a_modal_that_breaks_a_rule_leaves_the_trigger_unused(shown: Views) -> None:
    trigger = shown.trigger("U1")
    with pytest.raises(Refused, match="invalid_arguments"):
        shown.open(trigger, {**MODAL, "title": {"type": "plain_text", "text": "x" * 25}})
    assert shown.open(trigger, MODAL)


def test_three_modals_lie_on_one_another_and_no_fourth(shown: Views) -> None:
    first = shown.open(shown.trigger("U1"), MODAL)
    second = shown.push(shown.trigger("U1"), MODAL)
    assert (second["root_view_id"], second["previous_view_id"]) == (first["id"], first["id"])
    shown.push(shown.trigger("U1"), MODAL)
    with pytest.raises(Refused, match="push_limit_reached"):
        shown.push(shown.trigger("U1"), MODAL)


def test_a_view_that_changed_meanwhile_is_not_overwritten(shown: Views) -> None:
    view = shown.open(shown.trigger("U1"), MODAL)
    after = shown.update(MODAL, view["id"], None, view["hash"])
    assert after["id"] == view["id"]
    with pytest.raises(Refused, match="hash_conflict"):
        shown.update(MODAL, view["id"], None, view["hash"])


def answer(url: str, **body: Any) -> int:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as found:
            return int(found.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


def test_a_response_address_replaces_takes_away_and_ends_after_five_uses(
    app: App, connect: Callable[[], Any], until: Callable[..., Any], dba: Person
) -> None:
    urls: list[str] = []
    row = {"type": "actions", "elements": [{"type": "button", "action_id": "go", "text": PLAIN}]}

    @app.action("go")
    def go(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        urls.append(body["response_url"])

    connect()
    posted = app.client.chat_postMessage(channel="changes", text="one", blocks=[row])
    app.client.chat_postEphemeral(channel=posted["channel"], user=dba.id, text="two", blocks=[row])
    whisper = dba.ephemerals("changes")[0]["ts"]
    dba.click("changes", posted["ts"], "go")
    dba.click("changes", whisper, "go")
    assert answer(urls[0], replace_original=True, text="three") == 200
    assert dba.message("changes", posted["ts"])["text"] == "three"
    assert answer(urls[1], replace_original=True, text="four") == 200
    assert [one["text"] for one in dba.ephemerals("changes")] == ["four"]
    assert answer(urls[1], delete_original=True) == 200
    assert dba.ephemerals("changes") == []
    assert [answer(urls[0], text=str(n)) for n in range(5)] == [200, 200, 200, 200, 404]
    assert answer(urls[0] + "x", text="nobody") == 404


def test_an_event_may_come_twice_under_one_id(
    slack: Playground, app: App, connect: Callable[[], Any], until: Callable[..., Any], dba: Person
) -> None:
    heard: list[str] = []
    app.event("reaction_added")(lambda body: heard.append(body["event_id"]))
    app.event("message")(lambda event: None)
    connect()
    ts = dba.say("changes", "hello")["ts"]
    until(lambda: slack.quiet)
    slack.faults.set(duplicates=1)
    dba.react("changes", ts, "+1")
    until(lambda: len(heard) == 2)
    assert heard[0] == heard[1]
