"""The manifest asks for what the code uses: no scope is missing, and none is more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot.playground.methods import METHODS
from bot.slack.listen import COMMAND
from bot.slack.manifest import EVENT_SCOPES, SCOPES, SCOPES_OF, manifest

ROOT = Path(__file__).parents[2]
_FAMILIES = "apps auth bookmarks bots calls canvases chat conversations dnd emoji files pins reactions"
_FAMILIES += " reminders team usergroups users views"
_CALL = re.compile(rf"({'|'.join(_FAMILIES.split())})_[a-zA-Z_0-9]+")
_NAME = re.compile(rf"({'|'.join(_FAMILIES.split())})\.[a-zA-Z.]+")


def called() -> set[str]:
    """Every Web API method that the bot's code calls, as Slack names it."""
    files = [*(ROOT / "bot/slack").glob("*.py"), ROOT / "bot/doctor.py", ROOT / "bot/app.py"]
    return {name for path in files if path.exists() for name in calls_in(ast.parse(path.read_text()))}


def calls_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _CALL.fullmatch(node.attr):
            yield node.attr.replace("_", ".")
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            first = str(node.args[0].value)
            if _NAME.fullmatch(first):
                yield first


def test_the_table_of_methods_holds_each_that_is_called_and_no_other() -> None:
    assert called() == set(SCOPES_OF)


def test_each_scope_is_asked_for_by_a_method_an_event_or_the_command() -> None:
    used = {scope for scopes in (*SCOPES_OF.values(), *EVENT_SCOPES.values()) for scope in scopes}

    assert set(SCOPES) - {"commands"} == used


def test_slack_lets_the_bot_call_every_method_with_these_scopes() -> None:
    for method, scopes in SCOPES_OF.items():
        asked = METHODS["files.completeUploadExternal" if method == "files.upload.v2" else method].scope
        if asked:
            assert set(asked) & set(SCOPES), method
            assert set(scopes) <= set(asked), method


def test_every_event_that_is_heard_is_subscribed_to() -> None:
    events = manifest()["settings"]["event_subscriptions"]["bot_events"]

    assert set(events) == set(EVENT_SCOPES)
    assert "message.channels" not in events


def test_without_an_address_it_is_socket_mode_and_with_one_slack_calls_there() -> None:
    socket, called_at = manifest(), manifest("https://bot.example.com/")

    assert socket["settings"]["socket_mode_enabled"] is True
    assert "url" not in socket["features"]["slash_commands"][0]
    assert called_at["settings"]["socket_mode_enabled"] is False
    address = "https://bot.example.com/slack/events"
    assert called_at["features"]["slash_commands"][0]["url"] == address
    assert called_at["settings"]["event_subscriptions"]["request_url"] == address
    assert called_at["settings"]["interactivity"]["request_url"] == address


def test_it_keeps_within_slacks_limits() -> None:
    made = manifest()
    (command,) = made["features"]["slash_commands"]

    assert command["command"] == COMMAND
    assert command["usage_hint"]
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    assert len(made["features"]["bot_user"]["display_name"]) <= 80
    assert re.fullmatch(r"#[0-9a-f]{6}", made["display_information"]["background_color"])
    assert made["features"]["app_home"]["home_tab_enabled"] is True
