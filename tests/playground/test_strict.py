"""What Slack holds an app to beside its blocks: scopes, tokens, its manifest, and the size of things."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.client import Person, Unwelcome
from bot.playground.rates import PER_MINUTE, Rates
from bot.playground.seed import CommandSeed, Seed, ShortcutSeed, read_seed
from bot.playground.server import Playground
from bot.playground.socket import Cut
from bot.playground.views import Views
from bot.playground.workspace import Workspace
from tests.playground.ear import Ear
from tests.playground.stage import wait_until

PLAIN = {"type": "plain_text", "text": "x"}
MODAL = {"type": "modal", "title": PLAIN, "blocks": [{"type": "section", "text": PLAIN}]}
MakeSeed = Callable[..., Seed]


def refusal(web: WebClient, method: str, **args: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        web.api_call(method, json=args)
    found = caught.value.response.data
    assert isinstance(found, dict)
    return found


def test_a_scope_is_asked_for_by_the_kind_of_conversation(seed: MakeSeed) -> None:
    granted = frozenset({"channels:history", "channels:read", "im:write"})
    with Playground(seed(scopes=granted)) as slack:
        web = WebClient(slack.bot_token, base_url=slack.api_url)
        assert web.conversations_history(channel="changes")["ok"]
        direct = web.conversations_open(users=Person(slack.url, "dba").id)["channel"]["id"]
        refused = refusal(web, "conversations.history", channel=direct)
        assert (refused["error"], refused["needed"]) == ("missing_scope", "im:history")
        assert refused["provided"] == "channels:history,channels:read,im:write"
        assert refusal(web, "conversations.info", channel="vault")["needed"] == "groups:read"
        kinds = "public_channel,private_channel"
        assert refusal(web, "conversations.list", types=kinds)["needed"] == "groups:read"
        assert web.conversations_list()["ok"]
        assert web.conversations_list().headers["X-OAuth-Scopes"] == "channels:history,channels:read,im:write"


def test_an_app_hears_only_of_what_its_scopes_let_it_see(seed: MakeSeed) -> None:
    with Playground(seed(scopes=frozenset({"channels:history"}))) as slack:
        web = WebClient(slack.bot_token, base_url=slack.api_url)
        ear = Ear(web, slack.app_token)
        dba = Person(slack.url, "dba")
        ts = dba.say("changes", "hello")["ts"]
        dba.react("changes", ts, "eyes")
        dba.say("changes", "again")
        wait_until(lambda: slack.quiet)
        assert [one["payload"]["event"]["type"] for one in ear.heard] == ["message", "message"]
        ear.close()


def test_each_token_opens_its_own_doors(slack: Playground) -> None:
    app = WebClient(slack.app_token, base_url=slack.api_url)
    assert refusal(app, "chat.postMessage", channel="changes", text="x")["error"] == "not_allowed_token_type"
    assert refusal(WebClient("", base_url=slack.api_url), "auth.test")["error"] == "not_authed"
    assert app.auth_test()["ok"]


def test_the_body_must_be_an_object(slack: Playground) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {slack.bot_token}"}
    for body, error in ((b"[]", "json_not_object"), (b"{", "invalid_json")):
        request = urllib.request.Request(f"{slack.api_url}auth.test", body, headers)
        with urllib.request.urlopen(request, timeout=5) as told:
            assert json.loads(told.read())["error"] == error


def manifest(**more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "display_information": {"name": "Bird"},
        "features": {"slash_commands": [{"command": "/fly", "description": "goes"}]},
        "oauth_config": {"scopes": {"bot": ["commands", "reactions:read"]}},
        "settings": {
            "event_subscriptions": {"bot_events": ["reaction_added"]},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
        },
    }
    return {**made, **more}


def written(folder: Path, body: dict[str, Any]) -> Path:
    file = folder / "manifest.json"
    file.write_text(json.dumps(body))
    return file


def test_a_manifest_must_ask_for_the_scopes_of_what_it_wants(tmp_path: Path) -> None:
    poor = manifest(oauth_config={"scopes": {"bot": ["chat:write"]}})
    with pytest.raises(ValueError, match="reaction_added needs the scope reactions:read; slash commands"):
        read_seed(None, written(tmp_path, poor))
    seed = read_seed(None, written(tmp_path, manifest()))
    assert [one.name for one in seed.users] == ["developer", "reviewer", "operator"]


def test_what_a_manifest_leaves_out_is_off(tmp_path: Path) -> None:
    bare = manifest(settings={}, features={})
    with Playground(read_seed(None, written(tmp_path, bare))) as slack:
        web = WebClient(slack.bot_token, base_url=slack.api_url)
        refused = refusal(WebClient(slack.app_token, base_url=slack.api_url), "apps.connections.open")
        assert refused["error"] == "socket_mode_not_enabled"
        home = {"type": "home", "blocks": []}
        who = Person(slack.url, "operator")
        assert refusal(web, "views.publish", user_id=who.id, view=home)["error"] == "not_enabled"
        with pytest.raises(Unwelcome, match="not configured"):
            who.shortcut("any")


def test_a_view_has_a_size_and_a_name_of_its_own() -> None:
    shown = Views(Workspace(Seed()))
    shown.open(shown.trigger("U1"), {**MODAL, "external_id": "one"})
    with pytest.raises(Exception, match="duplicate_external_id"):
        shown.open(shown.trigger("U2"), {**MODAL, "external_id": "one"})
    huge = {**MODAL, "blocks": [{"type": "section", "text": {**PLAIN, "text": "x" * 2990}}] * 90}
    with pytest.raises(Exception, match="view_too_large"):
        shown.open(shown.trigger("U1"), huge)


@pytest.mark.parametrize("tier", [2, 3, 4, 5])
def test_every_tier_has_its_calls_a_minute_and_then_a_wait(tier: int) -> None:
    now = [0.0]
    rates = Rates(on=True, now=lambda: now[0])
    assert {rates.allow("any", tier) for _ in range(PER_MINUTE[tier])} == {0}
    assert rates.allow("any", tier) == 60
    assert rates.allow("other", tier) == 0
    now[0] = 59.0
    assert rates.allow("any", tier) == 1


# -- socket mode ------------------------------------------------------------------------------


def test_with_several_connections_any_of_them_gets_the_payload(slack: Playground, web: WebClient) -> None:
    ears = [Ear(web, slack.app_token) for _ in range(3)]
    assert [one.hello["num_connections"] for one in ears] == [1, 2, 3]
    dba = Person(slack.url, "dba")
    for n in range(40):
        dba.say("changes", str(n))
    wait_until(lambda: slack.quiet)
    assert sum(len(one.heard) for one in ears) == 40
    assert all(one.heard for one in ears)  # all three missed by chance: 3 * (2/3)^40
    for one in ears:
        one.close()


def test_an_eleventh_connection_is_turned_away(slack: Playground, web: WebClient) -> None:
    ears = [Ear(web, slack.app_token) for _ in range(10)]
    last = Ear(web, slack.app_token)
    assert (last.hello["type"], last.hello["reason"]) == ("disconnect", "too_many_websockets")
    assert slack.connections == 10
    for one in [*ears, last]:
        one.close()


def test_a_connection_is_warned_before_it_ends_and_then_asked_to_come_anew(
    slack: Playground, web: WebClient
) -> None:
    ear = Ear(web, slack.app_token)
    assert ear.hello["debug_info"]["approximate_connection_time"] == 3600
    slack.skip(3591)
    wait_until(lambda: len(ear.farewells) == 1)
    assert slack.connections == 1
    slack.skip(10)
    wait_until(lambda: len(ear.farewells) == 2)
    assert [one["reason"] for one in ear.farewells] == ["warning", "refresh_requested"]
    assert slack.connections == 0
    ear.close()


@pytest.mark.parametrize(("how", "reason"), [("refresh", "refresh_requested"), ("disable", "link_disabled")])
def test_slack_ends_a_connection_with_a_reason(
    slack: Playground, web: WebClient, how: Cut, reason: str
) -> None:
    ear = Ear(web, slack.app_token)
    slack.cut(how)
    wait_until(lambda: ear.farewells)
    assert ear.farewells[0]["reason"] == reason
    ear.close()


# -- people -----------------------------------------------------------------------------------


def test_shortcuts_are_chosen_from_anywhere_and_from_a_message(seed: MakeSeed) -> None:
    known = (ShortcutSeed(callback_id="new"), ShortcutSeed(callback_id="about", type="message"))
    with Playground(seed(shortcuts=known)) as slack:
        web = WebClient(slack.bot_token, base_url=slack.api_url)
        ear, dba = Ear(web, slack.app_token), Person(slack.url, "dba")
        ts = dba.say("changes", "hello")["ts"]
        dba.shortcut("new")
        dba.shortcut("about", "changes", ts)
        with pytest.raises(Unwelcome, match="no global shortcut about"):
            dba.shortcut("about")
        told = [one["payload"] for one in ear.heard if one["type"] == "interactive"]
        assert [(one["type"], one["callback_id"]) for one in told] == [
            ("shortcut", "new"),
            ("message_action", "about"),
        ]
        assert told[1]["message"]["text"] == "hello"
        assert "response_url" not in told[0]
        assert web.views_open(trigger_id=told[0]["trigger_id"], view=MODAL)["ok"]
        ear.close()


def test_an_app_that_wants_names_as_ids_gets_them(seed: MakeSeed) -> None:
    with Playground(seed(commands=(CommandSeed(command="/ask", should_escape=True),))) as slack:
        ear = Ear(WebClient(slack.bot_token, base_url=slack.api_url), slack.app_token)
        dba = Person(slack.url, "dba")
        dba.say("changes", "/ask @dba in #changes, 1 < 2")
        place = dba.channel("changes")
        assert ear.heard[0]["payload"]["text"] == f"<@{dba.id}|dba> in #changes, 1 &lt; 2"
        dba.say("changes", "/ask #changes")
        assert ear.heard[1]["payload"]["text"] == f"<#{place}|changes>"
        ear.close()


def test_a_person_changes_and_takes_back_only_what_is_theirs(slack: Playground, web: WebClient) -> None:
    dba, qa = Person(slack.url, "dba"), Person(slack.url, "qa")
    ts = dba.say("changes", "helo")["ts"]
    with pytest.raises(Unwelcome, match="Only who wrote"):
        qa.edit("changes", ts, "mine")
    dba.edit("changes", ts, "hello")
    assert dba.message("changes", ts)["edited"]["user"] == dba.id
    with pytest.raises(Unwelcome):
        qa.delete("changes", ts)
    dba.delete("changes", ts)
    assert dba.messages("changes") == []
    app = web.chat_postMessage(channel="changes", text="plan")["ts"]
    with pytest.raises(Unwelcome):
        dba.edit("changes", app, "mine")


def test_above_the_rate_of_events_they_are_dropped_and_the_app_is_told_once(seed: MakeSeed) -> None:
    with Playground(seed(rates=True, rate_scale=0.0001)) as slack:  # 3 of 30,000 an hour
        ear = Ear(WebClient(slack.bot_token, base_url=slack.api_url), slack.app_token)
        dba = Person(slack.url, "dba")
        for n in range(6):
            dba.say("changes", str(n))
        wait_until(lambda: slack.quiet)
        kinds = [one["payload"]["type"] for one in ear.heard]
        assert kinds.count("event_callback") == 3
        assert kinds.count("app_rate_limited") in (1, 2)  # once a minute, and a minute may just begin
        slack.skip(3600)
        dba.say("changes", "an hour later")
        wait_until(lambda: slack.quiet)
        assert ear.heard[-1]["payload"]["event"]["text"] == "an hour later"
        ear.close()
