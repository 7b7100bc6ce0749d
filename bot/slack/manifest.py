"""The app's manifest: what to paste into api.slack.com/apps. No scope that is not used."""

from __future__ import annotations

from typing import Any

from bot.slack.listen import COMMAND, HOME, PEOPLE, REACTIONS

#: What each Web API method that we call asks for; several: it needs each for its kind of channel.
SCOPES_OF: dict[str, tuple[str, ...]] = {
    "auth.test": (),
    "apps.connections.open": (),  # the app token's own scope, connections:write
    "chat.getPermalink": (),
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.replies": ("channels:history", "groups:history"),
    "conversations.list": ("channels:read", "groups:read"),
    "files.upload.v2": ("files:write",),
    "reactions.add": ("reactions:write",),
    "reactions.get": ("reactions:read",),
    "usergroups.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "views.open": (),
    "views.publish": (),
}
#: What each event asks for.
EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(REACTIONS, ("reactions:read",)),
    "subteam_members_changed": ("usergroups:read",),
    "subteam_updated": ("usergroups:read",),
    "user_change": ("users:read",),
    HOME: (),
}
#: "commands" is for the slash command itself.
SCOPES = tuple(
    sorted({"commands"}.union(*SCOPES_OF.values(), *EVENT_SCOPES.values())),
)

_ABOUT = "Carries a database change from plan to production."


def manifest(url: str | None = None) -> dict[str, Any]:
    """The manifest: Socket Mode, or with the public https address at which Slack reaches the bot."""
    address = f"{url.rstrip('/')}/slack/events" if url else ""
    command = {
        "command": COMMAND,
        "description": "Plan, approve, run and watch database changes",
        "usage_hint": "start | status | approve | run <phase> | help",
        "should_escape": False,
    }
    events: dict[str, Any] = {"bot_events": sorted((*REACTIONS, *PEOPLE, HOME))}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if address:
        command["url"] = events["request_url"] = interactivity["request_url"] = address
    return {
        "display_information": {"name": "Whimbrel", "description": _ABOUT, "background_color": "#3b2f2a"},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "whimbrel", "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": not address,
            "token_rotation_enabled": False,
        },
    }
