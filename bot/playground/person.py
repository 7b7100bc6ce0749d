"""The page's own way in: what a person sees, says, presses and fills in."""

import json
import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.playground.live import Live, channel_shown
from bot.playground.messages import said
from bot.playground.methods_marks import NAME
from bot.playground.places import Channel, User
from bot.playground.values import Json, Refused
from bot.playground.world import World

_COMMAND = re.compile(r"/[a-z0-9][\w-]*", re.IGNORECASE)


class Person:
    def __init__(self, world: World, live: Live) -> None:
        self._world = world
        self._live = live
        self._verbs: dict[str, Callable[[User, Json], Awaitable[Json]]] = {
            "say": self._say,
            "dismiss": self._dismiss,
            "react": self._react,
            "unreact": self._unreact,
            "act": self._act,
            "suggest": self._suggest,
            "submit": self._submit,
            "close": self._close,
            "home": self._home,
            "shortcut": self._shortcut,
            "edit": self._edit,
            "delete": self._delete,
            "join": self._join,
        }

    async def post(self, request: web.Request) -> web.Response:
        """Every deed of a person answers ok, or says what went wrong in words a person reads."""
        try:
            answer = {"ok": True, **await self._done(request)}
        except Refused as refused:
            answer = {"message": refused.error.replace("_", " "), **refused.body()}
        except (json.JSONDecodeError, UnicodeDecodeError):
            answer = {"ok": False, "error": "invalid_json", "message": "That was not JSON."}
        return web.json_response(answer)

    async def _done(self, request: web.Request) -> Json:
        verb = self._verbs.get(request.match_info["verb"])
        if verb is None:
            raise Refused("unknown_verb")
        body = await request.json()
        if not isinstance(body, dict):
            raise Refused("invalid_json")
        return await verb(self._world.space.user(str(body.get("as", ""))), body)

    # -- deeds --------------------------------------------------------------------------------

    def _place(self, user: User, body: Json) -> Channel:
        where = self._world.space.channel_named(str(body.get("channel", "")))
        if user.id not in where.members:
            raise Refused("not_in_channel", message=f"You are not in #{where.name}.")
        return where

    async def _say(self, user: User, body: Json) -> Json:
        where, text = self._place(user, body), str(body.get("text", "")).strip()
        if not text:
            raise Refused("no_text", message="There is nothing to say.")
        thread = body.get("thread_ts")
        if text.startswith("/invite "):
            return self._invite(user, where, text)
        if _COMMAND.match(text):
            await self._world.dialogue.command(user, where, text, str(thread) if thread else None)
            return {}
        if where.is_archived:
            raise Refused("is_archived", message=f"#{where.name} is archived.")
        message = said(self._world.space, user.id, text)
        if thread:
            message["thread_ts"] = str(thread)
        return {"ts": self._world.space.post(where.id, message)["ts"]}

    def _invite(self, user: User, where: Channel, text: str) -> Json:
        """Slack's own command: lets people or the app into the channel."""
        for name in text.split()[1:]:
            self._world.space.join(where.id, self._world.space.user_named(name.lstrip("@")).id, user.id)
        return {}

    async def _react(self, user: User, body: Json) -> Json:
        name = str(body.get("name", "")).strip(":")
        if not NAME.fullmatch(name):
            raise Refused("invalid_name")
        self._world.space.react(user.id, self._place(user, body).id, str(body.get("ts")), name)
        return {}

    async def _unreact(self, user: User, body: Json) -> Json:
        name = str(body.get("name", "")).strip(":")
        self._world.space.unreact(user.id, self._place(user, body).id, str(body.get("ts")), name)
        return {}

    async def _act(self, user: User, body: Json) -> Json:
        if body.get("channel"):
            self._place(user, body)
        await self._world.dialogue.act(user, body)
        return {}

    async def _suggest(self, user: User, body: Json) -> Json:
        if body.get("channel"):
            self._place(user, body)
        return await self._world.dialogue.suggest(user, body)

    async def _submit(self, user: User, body: Json) -> Json:
        values = body.get("values")
        if not isinstance(values, dict):
            raise Refused("invalid_arguments", message="The form's values are missing.")
        await self._world.dialogue.submit(user, str(body.get("view_id")), values)
        return {}

    async def _close(self, user: User, body: Json) -> Json:
        await self._world.dialogue.close(user, str(body.get("view_id")))
        return {}

    async def _shortcut(self, user: User, body: Json) -> Json:
        message = None
        if body.get("ts"):
            message = self._world.space.message(self._place(user, body).id, str(body["ts"]))
        await self._world.dialogue.shortcut(user, str(body.get("callback_id")), message)
        return {}

    def _own(self, user: User, body: Json) -> Json:
        message = self._world.space.message(self._place(user, body).id, str(body.get("ts")))
        if message["user"] != user.id:
            raise Refused("not_yours", message="Only who wrote a message can change it.")
        return message

    async def _edit(self, user: User, body: Json) -> Json:
        message, space = self._own(user, body), self._world.space
        new = said(space, user.id, str(body.get("text", "")).strip())
        if not new["text"]:
            raise Refused("no_text", message="There is nothing to say.")
        edited = {"user": user.id, "ts": space.clock.ts()}
        space.change(message["channel"], message["ts"], {"text": new["text"], "edited": edited})
        return {}

    async def _delete(self, user: User, body: Json) -> Json:
        message = self._own(user, body)
        self._world.space.delete(message["channel"], message["ts"])
        return {}

    async def _join(self, user: User, body: Json) -> Json:
        where = self._world.space.channel_named(str(body.get("channel", "")))
        if where.kind != "public_channel":
            raise Refused("channel_not_found", message="There is no such channel.")
        self._world.space.join(where.id, user.id)
        return {}

    async def _home(self, user: User, body: Json) -> Json:
        del body
        self._world.dialogue.home(user)
        return {}

    async def _dismiss(self, user: User, body: Json) -> Json:
        """Away with a message that only this person sees; one that is gone already is fine too."""
        self._world.space.unwhisper(user.id, str(body.get("ts")))
        return {}

    # -- sight --------------------------------------------------------------------------------

    async def state(self, request: web.Request) -> web.Response:
        world = self._world
        people = [one for one in world.space.users.values() if not one.is_bot and not one.deleted]
        who = request.query.get("as") or (people[0].id if people else world.space.bot_user)
        try:
            world.space.user(who)
        except Refused as refused:
            return web.json_response({**refused.body(), "message": "There is no such person."}, status=404)
        return web.json_response(self._state(who))

    async def wait(self, request: web.Request) -> web.Response:
        since, seconds = int(request.query.get("since", "0")), float(request.query.get("seconds", "1"))
        return web.json_response({"seq": await self._live.wait(since, min(seconds, 30.0))})

    def _state(self, who: str) -> Json:
        space, views = self._world.space, self._world.views
        visible = [
            one for one in space.channels.values() if who in one.members or one.kind == "public_channel"
        ]
        return {
            "team": {"id": space.team_id, "name": self._world.seed.team},
            "me": who,
            "seq": self._live.seq,
            "deeds": sorted(self._verbs),
            "users": [_user(one) for one in space.users.values()],
            "usergroups": [
                {"id": one.id, "handle": one.handle, "name": one.name, "users": list(one.users)}
                for one in space.groups.values()
            ],
            "channels": [channel_shown(self._world, one.id, who) for one in visible],
            "shortcuts": [
                {
                    "callback_id": one.callback_id,
                    "name": one.name,
                    "type": one.type,
                    "description": one.description,
                }
                for one in self._world.seed.shortcuts
            ],
            "commands": [
                {
                    "command": one.command,
                    "usage_hint": one.usage_hint,
                    "description": one.description,
                    "words": list(one.words),
                    "hints": list(one.hints),
                }
                for one in self._world.seed.commands
            ],
            "messages": {one.id: self._messages(one, who) for one in visible if who in one.members},
            "home": views.homes.get(who),
            "modals": views.stacks.get(who, []),
        }

    def _messages(self, channel: Channel, who: str) -> list[Json]:
        whispered = self._world.space.whispers.get(who, {}).values()
        found = [*channel.messages.values(), *(one for one in whispered if one["channel"] == channel.id)]
        return sorted(found, key=lambda one: float(one["ts"]))


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "title": user.title,
        "is_bot": user.is_bot,
        "color": user.color,
        "deleted": user.deleted,
        "is_restricted": user.is_restricted,
    }
