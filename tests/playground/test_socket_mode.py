"""A real Bolt app, over Socket Mode, with people who type, click, fill in and react."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import websocket
from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.client import Person, Unwelcome, read
from bot.playground.server import Playground

BUTTON = {"type": "button", "action_id": "go", "value": "run 1", "text": {"type": "plain_text", "text": "Go"}}
ROW = {"type": "actions", "block_id": "row", "elements": [BUTTON]}
FORM = {
    "type": "modal",
    "callback_id": "ask",
    "private_metadata": "42",
    "title": {"type": "plain_text", "text": "Why"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Why?"},
            "element": {"type": "plain_text_input", "action_id": "words"},
        }
    ],
}
# the client library leaves a socket to the garbage collector when Slack hangs up during its handshake
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. .socket.socket:pytest.PytestUnraisableExceptionWarning"
)
Connect = Callable[[], Any]
Until = Callable[..., Any]


def test_a_typed_command_reaches_the_app_and_its_answers_come_back(
    app: App, connect: Connect, dba: Person
) -> None:
    heard: list[dict[str, Any]] = []

    @app.command("/migrate")
    def migrate(ack: Ack, respond: Respond, command: dict[str, Any]) -> None:
        heard.append(command)
        ack("at once")
        respond("to you")
        respond("to all", response_type="in_channel")

    connect()
    dba.say("changes", "/migrate start shop")
    assert (heard[0]["command"], heard[0]["text"]) == ("/migrate", "start shop")
    assert heard[0]["user_id"] == dba.id
    assert heard[0]["channel_name"] == "changes"
    assert dba.wait_for_message("changes", "at once")["ephemeral"]
    assert dba.wait_for_message("changes", "to you")["ephemeral"]
    assert "ephemeral" not in dba.wait_for_message("changes", "to all")


def test_an_ephemeral_answer_is_seen_by_one_person_only(
    slack: Playground, web: WebClient, dba: Person
) -> None:
    channel = dba.channel("changes")
    web.chat_postEphemeral(channel=channel, user=dba.id, text="between us")
    assert [one["text"] for one in dba.ephemerals("changes")] == ["between us"]
    assert Person(slack.url, "qa").messages("changes") == []
    assert web.conversations_history(channel=channel)["messages"] == []


def test_a_command_the_app_does_not_acknowledge_fails_where_it_was_typed(
    slack: Playground, app: App, connect: Connect, dba: Person
) -> None:
    app.command("/migrate")(lambda ack: time.sleep(0))
    connect()
    slack.faults.set(lost_acks=1)
    with pytest.raises(Unwelcome, match="dispatch failed") as caught:
        dba.say("changes", "/migrate status")
    assert caught.value.error == "dispatch_failed"


def test_a_command_fails_at_once_when_no_app_is_connected(dba: Person) -> None:
    with pytest.raises(Unwelcome, match="dispatch failed"):
        dba.say("changes", "/migrate status")


def test_a_pressed_button_opens_a_form_whose_mistakes_are_told_and_whose_values_arrive(
    app: App, web: WebClient, connect: Connect, dba: Person
) -> None:
    heard: list[dict[str, Any]] = []
    failed: list[str] = []

    @app.action("go")
    def go(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        heard.append(body)
        client.views_open(trigger_id=body["trigger_id"], view=FORM)
        try:
            client.views_open(trigger_id=body["trigger_id"], view=FORM)
        except SlackApiError as refused:
            failed.append(refused.response["error"])

    @app.view("ask")
    def ask(ack: Ack, view: dict[str, Any]) -> None:
        typed = view["state"]["values"]["why"]["words"]["value"]
        heard.append(view)
        if typed == "because":
            ack(response_action="errors", errors={"why": "say more"})
        else:
            ack()

    connect()
    ts = web.chat_postMessage(channel="changes", text="plan", blocks=[ROW])["ts"]
    dba.click("changes", str(ts), "Go")
    view = dba.wait_for(lambda state: state["modals"])[0]
    assert heard[0]["actions"][0]["value"] == "run 1"
    assert heard[0]["message"]["ts"] == heard[0]["container"]["message_ts"] == ts
    with pytest.raises(Unwelcome, match="required"):
        dba.submit(view["id"], {"words": ""})
    with pytest.raises(Unwelcome, match="say more"):
        dba.submit(view["id"], {"words": "because"})
    dba.submit(view["id"], {"words": "the index is slow"})
    assert dba.modals() == []
    assert heard[-1]["private_metadata"] == "42"
    assert len(heard) == 3  # the page itself refused the empty one
    assert failed == ["exchanged_trigger_id"]


def test_reactions_are_told_when_they_come_and_when_they_go(
    slack: Playground, app: App, web: WebClient, connect: Connect, until: Until, dba: Person
) -> None:
    heard: list[dict[str, Any]] = []
    app.event("reaction_added")(lambda event: heard.append(event))
    app.event("reaction_removed")(lambda event: heard.append(event))
    connect()
    posted = web.chat_postMessage(channel="changes", text="plan")
    dba.react("changes", posted["ts"], "white_check_mark")
    until(lambda: len(heard) == 1)
    dba.unreact("changes", posted["ts"], "white_check_mark")
    until(lambda: len(heard) == 2)
    assert [one["type"] for one in heard] == ["reaction_added", "reaction_removed"]
    for one in heard:
        assert one["user"] == dba.id
        assert one["item"] == {"type": "message", "channel": posted["channel"], "ts": posted["ts"]}
        assert one["item_user"] == slack.world.space.bot_user


def test_an_event_that_was_not_acknowledged_comes_again_with_its_number(
    slack: Playground, app: App, web: WebClient, connect: Connect, until: Until, dba: Person
) -> None:
    heard: list[tuple[str, Any]] = []

    @app.event("reaction_added")
    def added(body: dict[str, Any], request: Any) -> None:
        heard.append((body["event_id"], request.headers["x-slack-retry-num"][0]))

    connect()
    posted = web.chat_postMessage(channel="changes", text="plan")
    until(lambda: slack.quiet)
    slack.faults.set(lost_acks=1)
    dba.react("changes", posted["ts"], "+1")
    until(lambda: len(heard) == 2)
    assert heard[0][0] == heard[1][0]
    assert [number for _, number in heard] == ["0", "1"]


@pytest.mark.parametrize("how", ["abort", "close"])
def test_a_lost_connection_is_made_again(
    slack: Playground, app: App, connect: Connect, until: Until, dba: Person, how: Any
) -> None:
    app.command("/migrate")(lambda ack: ack("here"))
    connect()
    opened = slack.world.sockets.opened
    slack.cut(how)
    until(lambda: slack.world.sockets.opened > opened and slack.connections == 1)
    dba.say("changes", "/migrate status")
    assert dba.wait_for_message("changes", "here")


def test_slack_says_when_a_connection_is_to_be_made_anew_and_takes_a_ticket_once(
    slack: Playground, web: WebClient, until: Until
) -> None:
    address = str(web.apps_connections_open(app_token=slack.app_token)["url"])
    line = websocket.create_connection(address, timeout=5)
    try:
        assert json.loads(line.recv())["num_connections"] == 1
        slack.cut("refresh")
        assert json.loads(line.recv())["reason"] == "refresh_requested"
        assert slack.connections == 0  # nothing more comes through it
    finally:
        line.close()
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(address, timeout=5)


def test_after_an_hour_of_silence_the_app_is_back_and_can_find_out_what_it_missed(
    slack: Playground, app: App, web: WebClient, connect: Connect, until: Until, dba: Person
) -> None:
    heard: list[Any] = []
    app.event("reaction_added")(lambda event: heard.append(event))
    app.command("/migrate")(lambda ack: ack("here"))
    connect()
    posted = web.chat_postMessage(channel="changes", text="plan")
    slack.silence()
    with pytest.raises(OSError):  # noqa: PT011  (whichever way the network fails)
        web.chat_postMessage(channel="changes", text="nobody hears this")
    dba.react("changes", posted["ts"], "+1")
    with pytest.raises(Unwelcome, match="dispatch failed"):
        dba.say("changes", "/migrate status")
    time.sleep(0.4)  # longer than the last retry of the event
    slack.speak()
    until(lambda: slack.connections == 1)
    dba.say("changes", "/migrate status")
    assert heard == []
    marks = web.reactions_get(channel=posted["channel"], timestamp=posted["ts"], full=True)["message"]
    assert marks["reactions"] == [{"name": "+1", "users": [dba.id], "count": 1}]


def test_the_home_is_published_and_opened(slack: Playground, app: App, connect: Connect, dba: Person) -> None:
    @app.event("app_home_opened")
    def opened(event: dict[str, Any], client: WebClient) -> None:
        text = {"type": "mrkdwn", "text": "nothing waits"}
        view = {"type": "home", "blocks": [{"type": "section", "text": text}]}
        client.views_publish(user_id=event["user"], view=view)

    connect()
    dba.home()
    home = dba.wait_for(lambda state: state["home"])
    assert "nothing waits" in read(home)
    assert Person(slack.url, "qa").state()["home"] is None
