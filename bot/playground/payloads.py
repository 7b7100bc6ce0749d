"""The shapes Slack sends to an app."""

import time
from copy import deepcopy

from bot.playground.objects import team_domain
from bot.playground.places import Channel, User
from bot.playground.spoken import rich_text
from bot.playground.values import Json, new_id
from bot.playground.workspace import Workspace

TOKEN = "verification-token-of-the-playground"  # noqa: S105  (deprecated by Slack, sent all the same)
INSIDE = frozenset({"channel", "ephemeral"})  # fields of ours, not of Slack's messages


def as_sent(message: Json) -> Json:
    """A message as Slack's API shows it."""
    shown = {key: deepcopy(value) for key, value in message.items() if key not in INSIDE}
    if not shown.get("reactions"):
        shown.pop("reactions", None)
    shown.pop("metadata", None)
    if "client_msg_id" in shown and shown.get("text"):
        shown.setdefault("blocks", rich_text(shown["text"], shown["ts"]))
    return shown


def _who(space: Workspace, user: User) -> Json:
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": space.team_id}


def _frame(space: Workspace, user: User) -> Json:
    return {
        "user": _who(space, user),
        "api_app_id": space.app_id,
        "token": TOKEN,
        "team": {"id": space.team_id, "domain": team_domain(space)},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def slash(space: Workspace, user: User, channel: Channel, typed: tuple[str, str]) -> Json:
    return {
        "token": TOKEN,
        "team_id": space.team_id,
        "team_domain": team_domain(space),
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_im else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": typed[0],
        "text": typed[1],
        "api_app_id": space.app_id,
        "is_enterprise_install": "false",
    }


def clicked(space: Workspace, user: User, action: Json, trigger: str) -> Json:
    return {
        "type": "block_actions",
        **_frame(space, user),
        "trigger_id": trigger,
        "state": {"values": {}},
        "actions": [{**action, "action_ts": space.clock.ts()}],
    }


def typed_into(space: Workspace, user: User, element: Json, block_id: str, typed: str) -> Json:
    """What was typed into a menu whose options the app knows."""
    return {
        "type": "block_suggestion",
        **_frame(space, user),
        "action_id": element["action_id"],
        "block_id": block_id,
        "value": typed,
    }


def on_message(space: Workspace, message: Json, values: Json) -> Json:
    """What a click on a message adds. Slack does not show the message when it was for one person's eyes."""
    channel = space.channel_named(message["channel"])
    hidden = bool(message.get("ephemeral"))
    container = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": hidden,
    }
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    found: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": "directmessage" if channel.is_im else channel.name},
        "state": {"values": values},
    }
    return found if hidden else {**found, "message": as_sent(message)}


def on_view(view: Json) -> Json:
    return {"container": {"type": "view", "view_id": view["id"]}, "view": view, "state": view["state"]}


def shortcut(space: Workspace, user: User, callback_id: str, trigger: str) -> Json:
    """A global shortcut, chosen anywhere."""
    frame = _frame(space, user)
    del frame["api_app_id"], frame["user"]["name"]
    return {
        "type": "shortcut",
        **frame,
        "callback_id": callback_id,
        "trigger_id": trigger,
        "action_ts": space.clock.ts(),
    }


def shortcut_on(space: Workspace, user: User, message: Json, callback_id: str, trigger: str) -> Json:
    """A message shortcut, chosen from a message's menu; its response_url is still to be added."""
    where = space.channel_named(message["channel"])
    return {
        **shortcut(space, user, callback_id, trigger),
        "type": "message_action",
        "user": {"id": user.id, "name": user.name, "team_id": space.team_id},
        "message_ts": message["ts"],
        "message": as_sent(message),
        "channel": {"id": where.id, "name": "directmessage" if where.is_im else where.name},
    }


def submitted(space: Workspace, user: User, view: Json, trigger: str) -> Json:
    return {
        "type": "view_submission",
        **_frame(space, user),
        "trigger_id": trigger,
        "view": view,
        "response_urls": [],
    }


def closed(space: Workspace, user: User, view: Json, *, cleared: bool) -> Json:
    return {"type": "view_closed", **_frame(space, user), "view": view, "is_cleared": cleared}


def event(space: Workspace, inner: Json) -> Json:
    return {
        "token": TOKEN,
        "team_id": space.team_id,
        "context_team_id": space.team_id,
        "context_enterprise_id": None,
        "api_app_id": space.app_id,
        "event": inner,
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": space.team_id,
                "user_id": space.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": new_id("EC"),
    }
