"""The app in HTTP mode: signed requests, answered within the time, or tried again."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from slack_bolt import Ack, App, BoltRequest, Respond
from slack_sdk import WebClient

from bot.playground.client import Person, Unwelcome
from bot.playground.http_delivery import signed
from bot.playground.server import Playground
from bot.playground.values import Refused


class Door(ThreadingHTTPServer):
    """Serves a Bolt app; turns away as many requests as it is told to."""

    def __init__(self, app: App) -> None:
        super().__init__(("127.0.0.1", 0), Knock)
        self.app = app
        self.turned_away = 0
        self.statuses: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/slack/events"


class Knock(BaseHTTPRequestHandler):
    server: Door

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers: dict[str, Any] = {key: [value] for key, value in self.headers.items()}
        if self.server.turned_away:
            self.server.turned_away -= 1
            status, text, sent = 503, "", {}
        else:
            answer = self.server.app.dispatch(BoltRequest(body=body, headers=headers))
            status, text, sent = answer.status, answer.body, answer.first_headers()
        self.server.statuses.append(status)
        self.send_response(status)
        for key, value in sent.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def open_door() -> Iterator[Callable[[App], Door]]:
    doors: list[Door] = []

    def serve(app: App) -> Door:
        door = Door(app)
        threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.02}).start()
        doors.append(door)
        return door

    yield serve
    for door in doors:
        door.shutdown()
        door.server_close()
        door.app.listener_runner.listener_executor.shutdown()


@pytest.fixture
def signing_app(slack: Playground, web: WebClient) -> App:
    return App(client=web, signing_secret=slack.signing_secret)


def test_signed_commands_and_events_reach_the_app(
    slack: Playground, signing_app: App, open_door: Callable[[App], Door], until: Any, dba: Person
) -> None:
    heard: list[str] = []

    @signing_app.command("/migrate")
    def migrate(ack: Ack, respond: Respond) -> None:
        ack("at once")
        respond("later")

    signing_app.event("reaction_added")(lambda event: heard.append(event["reaction"]))
    signing_app.event("message")(lambda event: None)
    slack.use_http(open_door(signing_app).url)
    dba.say("changes", "/migrate status")
    assert dba.wait_for_message("changes", "at once")
    assert dba.wait_for_message("changes", "later")
    dba.react("changes", dba.say("changes", "hello")["ts"], "tada")
    until(lambda: heard == ["tada"])


def test_an_app_that_keeps_another_secret_is_not_accepted(
    slack: Playground, web: WebClient, open_door: Callable[[App], Door], dba: Person
) -> None:
    door = open_door(App(client=web, signing_secret="another"))
    with pytest.raises(Refused, match="url_verification_failed"):
        slack.use_http(door.url)
    assert door.statuses == [401]


def test_an_event_is_tried_again_and_says_so(
    slack: Playground, signing_app: App, open_door: Callable[[App], Door], until: Any, dba: Person
) -> None:
    heard: list[Any] = []

    @signing_app.event("reaction_added")
    def added(request: BoltRequest) -> None:
        heard.append((request.headers["x-slack-retry-num"], request.headers["x-slack-retry-reason"]))

    signing_app.event("message")(lambda event: None)
    door = open_door(signing_app)
    slack.use_http(door.url)
    ts = dba.say("changes", "hello")["ts"]
    until(lambda: door.statuses == [200, 200])
    door.turned_away = 2
    dba.react("changes", ts, "+1")
    until(lambda: heard)
    assert heard == [(["2"], ["http_error"])]


def test_a_command_is_not_tried_again(
    slack: Playground, signing_app: App, open_door: Callable[[App], Door], dba: Person
) -> None:
    door = open_door(signing_app)
    slack.use_http(door.url)
    door.turned_away = 1
    with pytest.raises(Unwelcome, match="dispatch failed"):
        dba.say("changes", "/migrate status")
    time.sleep(0.2)
    assert door.statuses == [200, 503]


def test_a_signature_is_the_one_slack_documents() -> None:
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = signed("8f742231b10e8888abcd99yyyzzz85a5", body, now=1531420618)
    assert headers["X-Slack-Signature"] == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )
