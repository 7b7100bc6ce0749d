"""`python -m bot.playground`: a Slack for any app."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.playground.client import Person
from tests.playground.ear import Ear

ROOT = Path(__file__).parents[2]
MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Bird"},
    "features": {
        "bot_user": {"display_name": "bird"},
        "slash_commands": [{"command": "/fly", "description": "goes", "usage_hint": "far"}],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "channels:history"]}},
    "settings": {"event_subscriptions": {"bot_events": ["message.channels"]}, "socket_mode_enabled": True},
}
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    begun: list[subprocess.Popen[str]] = []

    def run(manifest: Any, *more: str) -> subprocess.Popen[str]:
        file = tmp_path / "manifest.json"
        file.write_text(json.dumps(manifest))
        words = [sys.executable, "-m", "bot.playground", "--manifest", str(file), *more]
        pipe = subprocess.PIPE
        begun.append(subprocess.Popen(words, cwd=ROOT, stdout=pipe, stderr=pipe, text=True))
        return begun[-1]

    yield run
    for one in begun:
        if one.poll() is None:
            one.kill()
        one.communicate(timeout=10)


def told(program: subprocess.Popen[str], ending: str) -> dict[str, str]:
    """What it prints, up to a line with this in it: names and their values."""
    found: dict[str, str] = {}
    assert program.stdout is not None
    for line in program.stdout:
        name, _, value = line.strip().partition("=")
        found[name] = value
        if ending in line:
            return found
    raise AssertionError("it ended before that")


def test_with_a_manifest_alone_it_serves_an_app_and_ends_when_it_is_told(start: Start) -> None:
    program = start(MANIFEST)
    found = told(program, "SLACK_SIGNING_SECRET")
    web = WebClient(found["SLACK_BOT_TOKEN"], base_url=found["SLACK_API_URL"])
    ear = Ear(web, found["SLACK_APP_TOKEN"])
    operator = Person(found["SLACK_API_URL"], "operator")
    operator.say("general", "/fly south")
    assert ear.heard[0]["payload"]["command"] == "/fly"
    assert web.auth_test()["user"] == "bird"
    assert web.chat_postMessage(channel="general", text="gone")["ok"]
    ear.close()
    program.send_signal(signal.SIGTERM)
    assert program.wait(10) == 0


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({**MANIFEST, "oauth_config": {}}, "message.channels needs the scope channels:history"),
        ({**MANIFEST, "features": []}, None),
        ({**MANIFEST, "settings": [1]}, "settings: an object was expected"),
        ([], "manifest.json: an object was expected at the top"),
    ],
)
def test_a_manifest_that_slack_would_not_take_is_refused(
    start: Start, manifest: Any, said: str | None
) -> None:
    program = start(manifest)
    if said is None:  # nothing there is nothing asked for
        told(program, "SLACK_SIGNING_SECRET")
        return
    _, wrong = program.communicate(timeout=20)
    assert program.returncode == 2
    assert said in wrong


def test_for_an_app_in_http_mode_it_waits_until_the_app_is_there(start: Start) -> None:
    settings = {**MANIFEST["settings"], "socket_mode_enabled": False}
    program = start({**MANIFEST, "settings": settings}, "--http", "http://127.0.0.1:9/slack/events")
    told(program, "No app yet at http://127.0.0.1:9/slack/events: connection_failed")
    program.send_signal(signal.SIGINT)
    assert program.wait(10) == 0
