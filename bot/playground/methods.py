"""Every Web API method there is here: what it does, the scopes of which it needs one, tier and caller.

Tiers and scopes: java-slack-sdk's metadata/web-api/rate_limit_tiers.json and docs:reference/methods.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.playground import methods_canvases as canvases
from bot.playground import methods_chat as chat
from bot.playground import methods_conversations as conversations
from bot.playground import methods_files as files
from bot.playground import methods_groups as groups
from bot.playground import methods_history as history
from bot.playground import methods_marks as marks
from bot.playground import methods_pins as pins
from bot.playground import methods_users as users
from bot.playground import methods_views as views
from bot.playground.scopes import HISTORY, INVITE, READ, TOPIC, WRITE
from bot.playground.values import Json
from bot.playground.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """`by_kind`: of the scopes, the one for the channel's kind is needed; else any one of them will do."""

    run: Callable[[World, Json], Json]
    scope: tuple[str, ...] = ()
    tier: int | None = None
    posts: bool = False
    by_kind: bool = False
    caller: Literal["bot", "app", "any", "anyone"] = "bot"  # whose token; anyone needs none


def _row(run: Callable[[World, Json], Json], tier: int, *scope: str) -> Method:
    return Method(run=run, tier=tier, scope=scope)


def _by_kind(run: Callable[[World, Json], Json], tier: int, scope: tuple[str, ...]) -> Method:
    return Method(run=run, tier=tier, scope=scope, by_kind=True)


METHODS: dict[str, Method] = {
    "api.test": Method(run=users.api_test, caller="anyone"),
    "apps.connections.open": Method(run=users.connections_open, tier=3, caller="app"),
    "auth.test": Method(run=users.auth_test, tier=5, caller="any"),
    "blocks.validate": Method(run=views.validate, caller="anyone"),
    "bookmarks.add": _row(pins.bookmark, 2, "bookmarks:write"),
    "bookmarks.edit": _row(pins.edit_bookmark, 2, "bookmarks:write"),
    "bookmarks.list": _row(pins.bookmarks, 3, "bookmarks:read"),
    "bookmarks.remove": _row(pins.remove_bookmark, 2, "bookmarks:write"),
    "bots.info": _row(users.bot, 3, "users:read"),
    "canvases.access.delete": _row(canvases.access, 3, "canvases:write"),
    "canvases.access.set": _row(canvases.access, 3, "canvases:write"),
    "canvases.create": _row(canvases.create, 2, "canvases:write"),
    "canvases.delete": _row(canvases.delete, 3, "canvases:write"),
    "canvases.edit": _row(canvases.edit, 3, "canvases:write"),
    "canvases.sections.lookup": _row(canvases.lookup, 3, "canvases:read"),
    "chat.delete": _row(chat.delete, 3, "chat:write"),
    "chat.deleteScheduledMessage": _row(chat.unschedule, 3, "chat:write"),
    "chat.getPermalink": _row(chat.permalink, 5),
    "chat.meMessage": _row(chat.me_message, 3, "chat:write"),
    "chat.postEphemeral": _row(chat.post_ephemeral, 4, "chat:write"),
    "chat.postMessage": Method(run=chat.post_message, scope=("chat:write",), posts=True),
    "chat.scheduleMessage": _row(chat.schedule, 3, "chat:write"),
    "chat.scheduledMessages.list": _row(chat.scheduled, 3),
    "chat.update": _row(chat.update, 3, "chat:write"),
    "conversations.archive": _by_kind(conversations.archive, 2, WRITE),
    "conversations.canvases.create": _row(canvases.create_in_channel, 2, "canvases:write"),
    "conversations.create": _row(conversations.create, 2, *WRITE),
    "conversations.history": _by_kind(history.history, 3, HISTORY),
    "conversations.info": _by_kind(conversations.info, 3, READ),
    "conversations.invite": _by_kind(conversations.invite, 3, INVITE),
    "conversations.join": _row(conversations.join, 3, "channels:join"),
    "conversations.kick": _by_kind(conversations.kick, 3, WRITE),
    "conversations.leave": _by_kind(conversations.leave, 3, WRITE),
    "conversations.list": _by_kind(conversations.listed, 2, READ),
    "conversations.members": _by_kind(conversations.members, 4, READ),
    "conversations.open": _row(conversations.opened, 3, "im:write", "mpim:write"),
    "conversations.replies": _by_kind(history.replies, 3, HISTORY),
    "conversations.setPurpose": _by_kind(conversations.purpose, 2, TOPIC),
    "conversations.setTopic": _by_kind(conversations.topic, 2, TOPIC),
    "conversations.unarchive": _by_kind(conversations.unarchive, 2, WRITE),
    "emoji.list": _row(users.emoji, 2, "emoji:read"),
    "files.completeUploadExternal": _row(files.complete, 4, "files:write"),
    "files.delete": _row(files.delete, 3, "files:write"),
    "files.getUploadURLExternal": _row(files.upload_url, 4, "files:write"),
    "files.info": _row(files.info, 4, "files:read"),
    "files.list": _row(files.listed, 3, "files:read"),
    "pins.add": _row(pins.add, 2, "pins:write"),
    "pins.list": _row(pins.listed, 2, "pins:read"),
    "pins.remove": _row(pins.remove, 2, "pins:write"),
    "reactions.add": _row(marks.add, 3, "reactions:write"),
    "reactions.get": _row(marks.get, 3, "reactions:read"),
    "reactions.list": _row(marks.listed, 2, "reactions:read"),
    "reactions.remove": _row(marks.remove, 2, "reactions:write"),
    "team.info": _row(users.team, 3, "team:read"),
    "usergroups.create": _row(groups.create, 2, "usergroups:write"),
    "usergroups.disable": _row(groups.disable, 2, "usergroups:write"),
    "usergroups.enable": _row(groups.enable, 2, "usergroups:write"),
    "usergroups.list": _row(groups.listed, 2, "usergroups:read"),
    "usergroups.update": _row(groups.update, 2, "usergroups:write"),
    "usergroups.users.list": _row(groups.users, 2, "usergroups:read"),
    "usergroups.users.update": _row(groups.set_users, 2, "usergroups:write"),
    "users.conversations": _by_kind(conversations.of_user, 2, READ),
    "users.getPresence": _row(users.presence, 3, "users:read"),
    "users.info": _row(users.info, 4, "users:read"),
    "users.list": _row(users.listed, 2, "users:read"),
    "users.lookupByEmail": _row(users.by_email, 3, "users:read.email"),
    "users.profile.get": _row(users.profile, 4, "users.profile:read"),
    "views.open": _row(views.open_, 4),
    "views.publish": _row(views.publish, 4),
    "views.push": _row(views.push, 4),
    "views.update": _row(views.update, 4),
}
