"""The page's way in, and what it is told as it happens."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
import websocket
from slack_sdk import WebClient

from bot.playground.blocks import blocks_wrong
from bot.playground.client import Person, Unwelcome
from bot.playground.rates import Rates
from bot.playground.seed import seed_from
from bot.playground.server import Playground


def listen(slack: Playground, who: Person, since: int) -> websocket.WebSocket:
    address = slack.url.replace("http", "ws", 1)
    return websocket.create_connection(f"{address}/person/live?as={who.id}&since={since}", timeout=5)


def test_a_page_is_told_what_its_person_may_see_and_catches_up(
    slack: Playground, web: WebClient, dba: Person
) -> None:
    seq = dba.state()["seq"]
    ts = dba.say("changes", "one")["ts"]
    web.chat_postEphemeral(channel="changes", user=Person(slack.url, "qa").id, text="not for the dba")
    page = listen(slack, dba, seq)
    try:
        dba.react("changes", ts, "eyes")
        told = [json.loads(page.recv()) for _ in range(2)]
    finally:
        page.close()
    assert [one["type"] for one in told] == ["message", "message_changed"]
    assert told[1]["message"]["reactions"][0]["users"] == [dba.id]
    assert seq < told[0]["seq"] < told[1]["seq"]


def test_a_page_that_is_ahead_of_the_server_starts_afresh(slack: Playground, dba: Person) -> None:
    page = listen(slack, dba, 1000)
    try:
        assert json.loads(page.recv())["type"] == "reset"
    finally:
        page.close()


def test_what_is_typed_is_stored_escaped_with_its_mentions(dba: Person) -> None:
    ts = dba.say("changes", "@qa and @dbas: is 1 < 2 & <!channel>? me@example.org @nobody")["ts"]
    state = dba.state()
    qa = next(one["id"] for one in state["users"] if one["name"] == "qa")
    group = state["usergroups"][0]["id"]
    assert dba.message("changes", ts)["text"] == (
        f"<@{qa}> and <!subteam^{group}>: is 1 &lt; 2 &amp; <!channel>? me@example.org @nobody"
    )


def test_what_is_typed_reaches_the_app_as_rich_text_too(web: WebClient, dba: Person) -> None:
    dba.say("changes", "@qa, <https://example.org/a?b=1&c=2|see> 1 < 2 <!here>")
    message = web.conversations_history(channel=dba.channel("changes"))["messages"][0]
    qa = next(one["id"] for one in dba.everyone() if one["name"] == "qa")
    pieces = message["blocks"][0]["elements"][0]["elements"]
    assert pieces[0] == {"type": "user", "user_id": qa}
    assert pieces[-1] == {"type": "broadcast", "range": "here"}
    assert blocks_wrong(message["blocks"], "M") == []
    assert "".join(one.get("text", "") for one in pieces).startswith(", ")
    assert " 1 < 2 " in "".join(one.get("text", "") for one in pieces)


def test_a_person_sees_no_private_place_of_others_and_cannot_speak_there(
    slack: Playground, dba: Person
) -> None:
    qa = Person(slack.url, "qa")
    dba.say("vault", "secret")
    assert "vault" not in [one["name"] for one in qa.state()["channels"]]
    with pytest.raises(LookupError):
        qa.say("vault", "let me in")


def test_a_person_presses_only_what_is_there(web: WebClient, dba: Person) -> None:
    sent = web.chat_postMessage(channel="changes", text="nothing to press")
    body = {"channel": dba.channel("changes"), "message_ts": sent["ts"], "block_id": "b"}
    with pytest.raises(Unwelcome, match="not there any more"):
        dba._do("act", **body, action={"type": "button", "action_id": "go", "value": "run 1"})


def test_the_app_is_invited_into_a_channel(web: WebClient, dba: Person) -> None:
    dba.say("lounge", "/invite @app")
    assert web.chat_postMessage(channel="lounge", text="thanks")["ok"]


def test_no_token_is_ever_shown_to_a_page(slack: Playground, dba: Person) -> None:
    shown = json.dumps(dba.state())
    assert slack.bot_token not in shown
    assert slack.app_token not in shown
    assert slack.signing_secret not in shown


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_other_sites_do_not_get_in(slack: Playground, headers: dict[str, str]) -> None:
    request = urllib.request.Request(f"{slack.url}/person/state", headers=headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=5)
    caught.value.close()
    assert caught.value.code == 403


def test_a_thread_counts_its_replies_and_is_seen_whole(web: WebClient, dba: Person) -> None:
    root = web.chat_postMessage(channel="changes", text="plan")
    dba.say("changes", "fine", thread_ts=root["ts"])
    seen = dba.thread("changes", root["ts"])
    assert [one["text"] for one in seen] == ["plan", "fine"]
    assert seen[0]["reply_count"] == 1


def test_a_manifest_decides_commands_scopes_and_events() -> None:
    manifest: dict[str, Any] = {
        "features": {
            "bot_user": {"display_name": "Bird"},
            "slash_commands": [{"command": "/fly", "description": "goes", "usage_hint": "far"}],
        },
        "oauth_config": {"scopes": {"bot": ["chat:write"]}},
        "settings": {"event_subscriptions": {"bot_events": ["reaction_added"]}},
    }
    seed = seed_from({"users": [{"name": "dba"}]}, manifest)
    assert (seed.app_name, seed.commands[0].command) == ("Bird", "/fly")
    assert seed.scopes == frozenset({"chat:write"})
    assert seed.bot_events == frozenset({"reaction_added"})
    with pytest.raises(ValueError, match=r"users\[0\]: unknown nmae"):
        seed_from({"users": [{"nmae": "dba"}]})


def test_rates_are_those_of_slacks_tiers() -> None:
    now = [0.0]
    rates = Rates(on=True, now=lambda: now[0])
    assert [rates.allow("chat.update", 3) for _ in range(50)] == [0] * 50
    assert rates.allow("chat.update", 3) == 60
    assert rates.allow("users.info", 4) == 0
    now[0] = 60.0
    assert rates.allow("chat.update", 3) == 0
    assert [rates.allow("chat.postMessage", None, "C1") for _ in range(5)] == [0, 0, 0, 0, 1]
    assert rates.allow("chat.postMessage", None, "C2") == 0
    now[0] = 61.0
    assert rates.allow("chat.postMessage", None, "C1") == 0
    assert Rates(on=False).allow("chat.update", 3) == 0
