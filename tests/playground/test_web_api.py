"""The Web API, called by Slack's own client library."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.playground.client import Person
from bot.playground.seed import Seed
from bot.playground.server import Playground

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "first"}}


def error_of(deed: Callable[[], Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        deed()
    return str(caught.value.response["error"])


def post(slack: Playground, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(slack.url + path, body, headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def test_forms_json_and_empty_bodies_are_understood(slack: Playground) -> None:
    token = {"Authorization": f"Bearer {slack.bot_token}"}
    form = {"Content-Type": "application/x-www-form-urlencoded", **token}
    kind = {"Content-Type": "application/json; charset=utf-8", **token}
    assert post(slack, "/api/auth.test", b"", form)["user"] == "app"
    assert post(slack, "/api/chat.postMessage", b"channel=changes&text=one", form)["ok"]
    body = json.dumps({"channel": "changes", "text": "two"}).encode()
    assert post(slack, "/api/chat.postMessage", body, kind)["message"]["text"] == "two"


def test_a_message_is_changed_in_place_and_keeps_its_reactions(web: WebClient, dba: Person) -> None:
    sent = web.chat_postMessage(channel="changes", text="plan", blocks=[SECTION])
    dba.react("changes", sent["ts"], "+1")
    web.chat_update(channel=sent["channel"], ts=sent["ts"], text="plan, again", blocks=[SECTION])
    seen = dba.message("changes", sent["ts"])
    assert seen["text"] == "plan, again"
    assert seen["reactions"] == [{"name": "+1", "users": [dba.id], "count": 1}]
    assert seen["edited"]["ts"] > sent["ts"]
    web.chat_update(channel=sent["channel"], ts=sent["ts"], text="words only")
    assert "blocks" not in dba.message("changes", sent["ts"])


def test_times_of_messages_are_never_the_same(web: WebClient) -> None:
    found = [web.chat_postMessage(channel="changes", text=str(n))["ts"] for n in range(20)]
    assert sorted(set(found)) == found


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        (lambda web, ts: web.chat_postMessage(channel="nowhere", text="x"), "channel_not_found"),
        (lambda web, ts: web.chat_postMessage(channel="lounge", text="x"), "not_in_channel"),
        (lambda web, ts: web.chat_postMessage(channel="vault", text="x"), "channel_not_found"),
        (lambda web, ts: web.api_call("chat.postMessage", params={"channel": "changes"}), "no_text"),
        (lambda web, ts: web.chat_update(channel="changes", ts="1.000001", text="x"), "message_not_found"),
        (lambda web, ts: web.chat_update(channel="changes", ts=ts, text="x"), "cant_update_message"),
        (
            lambda web, ts: web.chat_postEphemeral(channel="changes", user="U1", text="x"),
            "user_not_in_channel",
        ),
        (lambda web, ts: web.reactions_remove(channel="changes", timestamp=ts, name="+1"), "no_reaction"),
        (lambda web, ts: web.api_call("chat.sing"), "unknown_method"),
        (lambda web, ts: web.views_open(trigger_id="1.2.3", view=modal()), "invalid_trigger_id"),
        (lambda web, ts: web.users_info(user="U404"), "user_not_found"),
        (
            lambda web, ts: web.chat_postMessage(channel="changes", thread_ts="1.1", text="x"),
            "thread_not_found",
        ),
        (lambda web, ts: WebClient("xoxb-other", base_url=web.base_url).auth_test(), "invalid_auth"),
        (lambda web, ts: web.apps_connections_open(app_token=web.token or ""), "not_allowed_token_type"),
    ],
)
def test_refusals_have_slacks_own_names(web: WebClient, dba: Person, deed: Any, error: str) -> None:
    ts = dba.say("changes", "hello")["ts"]
    assert error_of(lambda: deed(web, ts)) == error


def modal(text: str = "x") -> dict[str, Any]:
    title = {"type": "plain_text", "text": "t"}
    return {
        "type": "modal",
        "title": title,
        "blocks": [{**SECTION, "text": {"type": "mrkdwn", "text": text}}],
    }


def test_the_same_reaction_twice_is_refused(web: WebClient, dba: Person) -> None:
    where = {
        "channel": dba.channel("changes"),
        "timestamp": dba.say("changes", "hello")["ts"],
        "name": "eyes",
    }
    web.reactions_add(**where)
    assert error_of(lambda: web.reactions_add(**where)) == "already_reacted"


def test_blocks_that_break_a_limit_are_refused_with_the_place(web: WebClient) -> None:
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    with pytest.raises(SlackApiError) as caught:
        web.chat_postMessage(channel="changes", text="x", blocks=[SECTION, long])
    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    ]
    wide = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5
    assert (
        error_of(lambda: web.chat_postMessage(channel="changes", text="x", blocks=wide))
        == "msg_blocks_too_long"
    )


def test_metadata_comes_back_when_it_is_asked_for(web: WebClient) -> None:
    metadata = {"event_type": "change", "event_payload": {"id": 42}}
    sent = web.chat_postMessage(channel="changes", text="plan", metadata=metadata)
    reply = web.chat_postMessage(channel="changes", text="log", thread_ts=sent["ts"], metadata=metadata)
    history = web.conversations_history(channel=sent["channel"], include_all_metadata=True)["messages"]
    assert [(one["ts"], one["metadata"]) for one in history] == [(sent["ts"], metadata)]
    thread = web.conversations_replies(channel=sent["channel"], ts=sent["ts"])["messages"]
    assert [one["ts"] for one in thread] == [sent["ts"], reply["ts"]]
    assert thread[0]["reply_count"] == 1
    assert "metadata" not in thread[1]


def test_a_file_is_sent_in_three_steps_and_read_in_the_thread(web: WebClient, dba: Person) -> None:
    root = web.chat_postMessage(channel="changes", text="plan")
    web.files_upload_v2(
        channel=root["channel"],
        thread_ts=root["ts"],
        content="select 1;",
        filename="plan.sql",
        title="The SQL",
    )
    shown = dba.thread("changes", root["ts"])[-1]["files"][0]
    assert shown["title"] == "The SQL"
    assert dba.file(shown["url_private"]) == b"select 1;"
    assert web.files_info(file=shown["id"])["file"]["shares"]["public"]


def test_a_list_comes_in_pages(web: WebClient) -> None:
    for n in range(5):
        web.chat_postMessage(channel="changes", text=str(n))
    channel = web.conversations_list()["channels"][0]["id"]
    assert [len(page["messages"]) for page in web.conversations_history(channel=channel, limit=2)] == [
        2,
        2,
        1,
    ]


def test_groups_need_a_paid_plan(seed: Callable[..., Seed], web: WebClient, dba: Person) -> None:
    group = web.usergroups_list()["usergroups"][0]["id"]
    assert web.usergroups_users_list(usergroup=group)["users"] == [dba.id]
    with Playground(seed(plan_is_free=True)) as free:
        poor = WebClient(free.bot_token, base_url=free.api_url)
        assert error_of(poor.usergroups_list) == "plan_upgrade_required"


def test_only_the_scopes_of_the_manifest_are_granted(seed: Callable[..., Seed]) -> None:
    with Playground(seed(scopes=frozenset({"chat:write", "chat:write.public"}))) as strict:
        web = WebClient(strict.bot_token, base_url=strict.api_url)
        assert web.chat_postMessage(channel="lounge", text="public, so allowed")["ok"]
        with pytest.raises(SlackApiError) as caught:
            web.users_list()
    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "users:read"


def test_a_home_that_changed_meanwhile_is_not_overwritten(web: WebClient, dba: Person) -> None:
    view = {"type": "home", "blocks": [SECTION]}
    old = web.views_publish(user_id=dba.id, view=view)["view"]
    web.views_publish(user_id=dba.id, view=view, hash=old["hash"])
    assert error_of(lambda: web.views_publish(user_id=dba.id, view=view, hash=old["hash"])) == "hash_conflict"


def test_above_the_rate_slack_says_when_to_come_back(seed: Callable[..., Seed]) -> None:
    with Playground(seed(rates=True)) as strict:
        web = WebClient(strict.bot_token, base_url=strict.api_url)
        for n in range(4):
            web.chat_postMessage(channel="changes", text=str(n))
        with pytest.raises(SlackApiError) as caught:
            web.chat_postMessage(channel="changes", text="too soon")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "1"
        web.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=2))
        assert web.chat_postMessage(channel="changes", text="patient")["ok"]


def test_faults_hit_as_often_as_they_are_told_to(slack: Playground, web: WebClient, dba: Person) -> None:
    slack.faults.set(server_errors=1)
    with pytest.raises(SlackApiError):
        web.chat_postMessage(channel="changes", text="one")
    slack.faults.set(storms=1, retry_after=7, methods=("chat.postMessage",))
    assert web.auth_test()["ok"]
    with pytest.raises(SlackApiError) as caught:
        web.chat_postMessage(channel="changes", text="two")
    assert caught.value.response.headers["Retry-After"] == "7"
    slack.faults.clear()
    slack.faults.set(latency=0.1)
    began = time.monotonic()
    web.chat_postMessage(channel="changes", text="three")
    assert time.monotonic() - began >= 0.1
    slack.faults.clear()
    assert [one["text"] for one in dba.messages("changes")] == ["three"]
    assert [one.status for one in slack.calls if one.method == "chat.postMessage"] == [500, 429, 200]


def test_a_lost_answer_leaves_what_was_done(slack: Playground, web: WebClient, dba: Person) -> None:
    web.retry_handlers.clear()
    slack.faults.set(lost_answers=1)
    with pytest.raises(OSError):  # noqa: PT011  (whichever way the network fails)
        web.chat_postMessage(channel="changes", text="once")
    assert [one["text"] for one in dba.messages("changes")] == ["once"]


def test_blocks_are_looked_at_without_a_token(slack: Playground) -> None:
    bad = json.dumps({"blocks": [{"type": "bogus"}]}).encode()
    answer = post(slack, "/api/blocks.validate", bad, {"Content-Type": "application/json"})
    assert (answer["ok"], answer["error"]) == (False, "invalid_blocks")
    assert answer["errors"][0]["pointer"] == "/0/type"
    good = json.dumps({"blocks": [SECTION]}).encode()
    assert post(slack, "/api/blocks.validate", good, {"Content-Type": "application/json"}) == {"ok": True}
