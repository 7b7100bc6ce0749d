"""Every Web API method there is here: what it does, the scopes of which it needs one, tier and caller."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.playground import methods_chat as chat
from bot.playground import methods_files as files
from bot.playground import methods_marks as marks
from bot.playground import methods_places as places
from bot.playground import methods_views as views
from bot.playground.values import Json
from bot.playground.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    run: Callable[[World, Json], Json]
    scope: tuple[str, ...] = ()
    tier: int | None = None
    posts: bool = False
    caller: Literal["bot", "app", "any", "anyone"] = "bot"  # whose token; anyone needs none


def _row(run: Callable[[World, Json], Json], tier: int, *scope: str) -> Method:
    return Method(run=run, tier=tier, scope=scope)


_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

METHODS: dict[str, Method] = {
    "api.test": Method(run=places.api_test, caller="anyone"),
    "auth.test": Method(run=places.auth_test, tier=5, caller="any"),
    "apps.connections.open": Method(run=places.connections_open, tier=3, caller="app"),
    "blocks.validate": Method(run=views.blocks_validate, caller="anyone"),
    "chat.postMessage": Method(run=chat.post_message, scope=("chat:write",), posts=True),
    "chat.postEphemeral": _row(chat.post_ephemeral, 4, "chat:write"),
    "chat.update": _row(chat.update, 3, "chat:write"),
    "chat.delete": _row(chat.delete, 3, "chat:write"),
    "chat.getPermalink": _row(chat.permalink, 5),
    "conversations.list": _row(places.conversations_list, 2, *_READ),
    "conversations.info": _row(places.conversations_info, 3, *_READ),
    "conversations.members": _row(places.conversations_members, 4, *_READ),
    "conversations.join": _row(places.conversations_join, 3, "channels:join"),
    "conversations.open": _row(places.conversations_open, 3, "im:write", "mpim:write"),
    "conversations.history": _row(chat.history, 3, *_HISTORY),
    "conversations.replies": _row(chat.replies, 3, *_HISTORY),
    "users.info": _row(places.users_info, 4, "users:read"),
    "users.list": _row(places.users_list, 2, "users:read"),
    "usergroups.list": _row(places.usergroups_list, 2, "usergroups:read"),
    "usergroups.users.list": _row(places.usergroups_users, 2, "usergroups:read"),
    "reactions.add": _row(marks.reactions_add, 3, "reactions:write"),
    "reactions.remove": _row(marks.reactions_remove, 2, "reactions:write"),
    "reactions.get": _row(marks.reactions_get, 3, "reactions:read"),
    "pins.add": _row(marks.pins_add, 2, "pins:write"),
    "pins.remove": _row(marks.pins_remove, 2, "pins:write"),
    "pins.list": _row(marks.pins_list, 2, "pins:read"),
    "bookmarks.add": _row(marks.bookmarks_add, 2, "bookmarks:write"),
    "bookmarks.list": _row(marks.bookmarks_list, 3, "bookmarks:read"),
    "views.open": _row(views.views_open, 4),
    "views.push": _row(views.views_push, 4),
    "views.update": _row(views.views_update, 4),
    "views.publish": _row(views.views_publish, 4),
    "files.getUploadURLExternal": _row(files.upload_url, 4, "files:write"),
    "files.completeUploadExternal": _row(files.complete, 4, "files:write"),
    "files.info": _row(files.info, 4, "files:read"),
}
