"""Making messages: the app's from what it sent, a person's from what was typed."""

import re
import uuid
from typing import Any

from bot.playground.blocks import with_ids
from bot.playground.limits import most
from bot.playground.objects import bot_of
from bot.playground.values import Json
from bot.playground.workspace import Workspace

_TOKEN = re.compile(r"<[@#!][A-Za-z0-9^|_. -]+>")
_AT = re.compile(r"(?<![\w@])@([a-z0-9][\w.-]*)", re.IGNORECASE)


def composed(space: Workspace, body: Json) -> Json:
    """The app's message; Slack names the blocks that have no name."""
    made: Json = {
        "user": space.bot_user,
        "bot_id": space.bot_id,
        "app_id": space.app_id,
        "bot_profile": bot_of(space),
        "text": str(body.get("text") or "")[: most("message.text")],
    }
    if body.get("blocks"):
        made["blocks"] = with_ids(body["blocks"])
    if body.get("attachments"):
        made["attachments"] = [_attachment(one, n) for n, one in enumerate(body["attachments"], 1)]
    if body.get("metadata"):
        made["metadata"] = body["metadata"]
    return made


def _attachment(one: Any, number: int) -> Json:
    made = {"id": number, "fallback": "[no preview available]", **one}
    if made.get("blocks"):
        made["blocks"] = with_ids(made["blocks"])
    return made


def said(space: Workspace, person: str, text: str) -> Json:
    """A person's message, as they typed it."""
    return {"user": person, "client_msg_id": str(uuid.uuid4()), "text": typed(space, text)}


def as_command(space: Workspace, text: str) -> str:
    """A command's words with `should_escape`: people and channels by their ids, and by their names."""
    names = {f"@{one.name}": f"<@{one.id}|{one.name}>" for one in space.users.values()}
    names |= {f"@{one.handle}": f"<!subteam^{one.id}|@{one.handle}>" for one in space.groups.values()}
    places = space.channels.values()
    names |= {f"#{one.name}": f"<#{one.id}|{one.name}>" for one in places if not one.is_im}
    return " ".join(names.get(word, escaped(word)) for word in text.split(" "))


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(space: Workspace, text: str) -> str:
    """What a person typed, as Slack stores it: escaped, with names turned into mentions."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"\0{len(kept) - 1}\0"

    safe = escaped(_TOKEN.sub(keep, text.replace("\0", "")))
    safe = _AT.sub(lambda found: _mention(space, found), safe)
    return re.sub(r"\0(\d+)\0", lambda found: kept[int(found.group(1))], safe)


def _mention(space: Workspace, found: re.Match[str]) -> str:
    name = found.group(1)
    if name in ("here", "channel", "everyone"):
        return f"<!{name}>"
    for user in space.users.values():
        if user.name == name:
            return f"<@{user.id}>"
    for group in space.groups.values():
        if group.handle == name:
            return f"<!subteam^{group.id}>"
    return found.group()
