"""Slack calls us: signed or refused, once or repeated, and anyone may ask how the process is."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_sdk import WebClient

from bot.chat import Ask, Command, Reply
from bot.core.targets import Secret
from bot.playground.server import Playground
from bot.slack.connect import Door, bolt, connect
from bot.slack.http import MOST, Port
from tests.slack.stage import Scene, seed, until


class Heard:
    """A word, and how often it was carried out."""

    def __init__(self) -> None:
        self.count = 0

    def say(self, desk: object, ask: Ask) -> Reply:
        """Say it."""
        self.count += 1
        return Reply(text="Said.")


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(seed()) as one:
        yield one


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def scene(slack: Playground, heard: Heard) -> Iterator[Scene]:
    with Scene(slack, {"say": Command.of("say", heard.say)}, http=True) as one:
        slack.use_http(f"http://127.0.0.1:{one.line.port}/slack/events")
        yield one


def called(
    port: int, body: bytes | str, headers: dict[str, str], path: str = "/slack/events", verb: str = "POST"
) -> tuple[int, str]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request(verb, path, body, headers)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def signed(secret: str, body: str, at: float | None = None) -> dict[str, str]:
    moment = str(int(at or time.time()))
    digest = hmac.new(secret.encode(), f"v0:{moment}:{body}".encode(), hashlib.sha256).hexdigest()
    kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
    return {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": f"v0={digest}",
    }


def typed(person: str, channel: str) -> str:
    return urlencode(
        {
            "command": "/migrate",
            "text": "say",
            "user_id": person,
            "channel_id": channel,
            "team_id": "T000000001",
            "trigger_id": "1.2.3",
            "response_url": "",
        }
    )


def test_what_is_typed_clicked_and_reacted_arrives_by_http(scene: Scene, heard: Heard) -> None:
    dba = scene.person("dba")

    dba.say("changes", "/migrate say")

    dba.wait_for_message("changes", "Said.", ephemeral=True)
    assert heard.count == 1


def test_reactions_approve_by_http_and_retries_of_an_event_count_once(slack: Playground) -> None:
    with Scene(slack, http=True) as scene:
        slack.use_http(f"http://127.0.0.1:{scene.line.port}/slack/events")
        _, told = scene.opened(by="qa")
        slack.faults.set(lost_acks=3)

        scene.person("dev-lead").react("changes", told.ts, "+1")
        scene.person("dba").react("changes", told.ts, "+1")

        until(lambda: scene.approved(1) == {"dba": "dba"})
        scene.person("dev-lead").wait_for_message("changes", "do not hold", ephemeral=True)
        time.sleep(0.6)
        assert len(scene.person("dev-lead").ephemerals("changes")) == 1


def test_a_bad_an_old_and_a_missing_signature_are_refused(scene: Scene, heard: Heard) -> None:
    dba = scene.person("dba")
    body, port = typed(dba.id, dba.channel("changes")), scene.line.port
    good = signed(scene.slack.signing_secret, body)

    assert called(port, body, signed("another secret", body))[0] == 401
    assert called(port, body + "&x=1", good)[0] == 401
    assert called(port, body, signed(scene.slack.signing_secret, body, time.time() - 400))[0] == 401
    assert called(port, body, {"Content-Type": "application/x-www-form-urlencoded"})[0] == 401
    assert heard.count == 0
    assert called(port, body, good)[0] == 200
    until(lambda: heard.count == 1)


def test_the_same_request_again_is_acknowledged_and_not_carried_out(scene: Scene, heard: Heard) -> None:
    dba = scene.person("dba")
    body = typed(dba.id, dba.channel("changes"))
    for _ in range(3):
        assert called(scene.line.port, body, signed(scene.slack.signing_secret, body))[0] == 200

    dba.wait_for_message("changes", "Said.", ephemeral=True)
    assert heard.count == 1


def test_the_challenge_comes_back_to_whoever_signed_it(scene: Scene) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c-1"})

    status, answer = called(scene.line.port, body, signed(scene.slack.signing_secret, body))

    assert (status, "c-1" in answer) == (200, True)


def test_what_is_too_long_or_of_unknown_length_or_elsewhere_is_not_read(scene: Scene) -> None:
    port = scene.line.port

    assert called(port, b"", {"Content-Length": str(MOST + 1)})[0] == 413
    assert called(port, b"", {"Content-Length": "-1"})[0] == 411
    assert called(port, b"", {"Content-Length": "many"})[0] == 411
    assert called(port, b"\xff\xfe", {})[0] == 400
    assert called(port, b"x", {}, path="/elsewhere")[0] == 404
    assert called(port, b"", {}, path="/elsewhere", verb="GET")[0] == 404


def test_a_client_that_says_half_and_waits_holds_up_nobody(scene: Scene) -> None:
    with socket.create_connection(("127.0.0.1", scene.line.port)) as idle:
        idle.sendall(b"POST /slack/events HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")

        assert called(scene.line.port, b"", {}, path="/healthz", verb="GET")[0] == 200


def test_the_process_says_that_it_lives_and_whether_it_is_ready() -> None:
    problems: list[str] = []
    port = Port(0, lambda: list(problems), host="127.0.0.1")
    port.start()
    try:
        alive = called(port.port, b"", {}, path="/healthz", verb="GET")
        ready = called(port.port, b"", {}, path="/readyz?x=1", verb="GET")
        problems.append("The store cannot be reached.")
        not_ready = called(port.port, b"", {}, path="/readyz", verb="GET")
        no_slack = called(port.port, b"{}", {})
    finally:
        port.close()

    assert alive == (200, '{"ok": true}')
    assert ready[0] == 200
    assert not_ready[0] == 503
    assert json.loads(not_ready[1])["problems"] == ["The store cannot be reached."]
    assert no_slack[0] == 404


def test_nothing_that_strangers_send_is_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    called(scene.line.port, "text=forged-line", signed("another secret", "text=forged-line"))

    assert "forged-line" not in caplog.text


# -- the socket ------------------------------------------------------------------------------------------


def test_a_lost_socket_comes_back_and_what_follows_a_connection_is_done_again(
    slack: Playground,
) -> None:
    joined: list[float] = []
    with socketed(slack, joined) as line:
        until(lambda: joined and not line.problems())
        slack.cut("abort")

        until(lambda: len(joined) == 2 and slack.connections == 1)
        assert line.problems() == []


def test_the_bot_starts_while_slack_is_away_and_joins_when_it_is_back(slack: Playground) -> None:
    joined: list[float] = []
    slack.faults.set(server_errors=-1)
    with socketed(slack, joined) as line:
        until(lambda: any(call.method == "apps.connections.open" for call in slack.calls))
        assert line.problems() == ["There is no connection to Slack."]

        slack.faults.set(server_errors=0)

        until(lambda: joined and not line.problems())


def test_an_end_does_not_take_long(slack: Playground) -> None:
    with socketed(slack, []) as line:
        until(lambda: not line.problems())
        began = time.monotonic()

    assert time.monotonic() - began < 4


class socketed:  # noqa: N801  # reads as a word
    """A connection by socket, with nothing that listens behind it."""

    def __init__(self, slack: Playground, joined: list[float]) -> None:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url, timeout=5)
        door = Door(app_token=Secret(slack.app_token), host="127.0.0.1")
        app = bolt(client, Secret(""))
        self.line = connect(app, door, joined=lambda: joined.append(time.monotonic()))

    def __enter__(self) -> Any:
        self.line.start()
        return self.line

    def __exit__(self, *_: object) -> None:
        self.line.close()
