"""What a test, a script or the page does to the playground itself: below /admin/, all of it JSON.

GET  faults, calls, people            what is set; what the app called; tokens are never shown
POST faults {name: value}             sets what is named; DELETE faults sets all back
POST mix {seed?}                      everything at once by chance; the answer names the seed
POST cut {how}                        abort, close, refresh, disable: every connection of the app
POST silence, speak {}                the network goes, and comes back
POST skip {seconds}                   so much later, for everything that waits or expires
POST revoke {}                        the bot's token is taken back
POST event {...}                      any event, as it stands, to the app
POST group {handle, users}            who is in a user group
POST user {name, ...}                 deleted, is_restricted, is_admin
POST http {url}                       the app is reached there, if it passes Slack's check
"""

import json
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.playground.http_delivery import HttpDelivery
from bot.playground.objects import group_of, user_of
from bot.playground.payloads import event
from bot.playground.socket import Cut
from bot.playground.values import Json, Refused
from bot.playground.world import World

_USER = frozenset({"deleted", "is_restricted", "is_admin", "email", "title", "real_name"})


class Admin:
    def __init__(self, world: World) -> None:
        self._world = world
        self._deeds: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "faults": self._faults,
            "mix": self._mix,
            "cut": self._cut,
            "silence": self._silence,
            "speak": self._speak,
            "skip": self._skip,
            "revoke": self._revoke,
            "event": self._event,
            "group": self._group,
            "user": self._user,
            "http": self._http,
        }

    # -- the wire -----------------------------------------------------------------------------

    async def look(self, request: web.Request) -> web.Response:
        world = self._world
        match request.match_info["what"]:
            case "faults":
                return web.json_response(world.faults.shown())
            case "calls":
                found = [
                    {"at": one.at, "method": one.method, "args": one.args, "status": one.status, "ok": one.ok}
                    for one in world.calls
                ]
                return web.json_response({"calls": found})
            case "people":
                people = [user_of(world.space, one) for one in world.space.users.values()]
                groups = [group_of(world.space, one) for one in world.space.groups.values()]
                return web.json_response({"users": people, "usergroups": groups})
        raise web.HTTPNotFound

    async def do(self, request: web.Request) -> web.Response:
        deed = self._deeds.get(request.match_info["what"])
        if deed is None:
            raise web.HTTPNotFound
        try:
            text = await request.text()
            body = {**request.query, **(json.loads(text) if text.strip() else {})}
            return web.json_response(await deed(body))
        except Refused as refused:
            return web.json_response(refused.body(), status=400)
        except (ValueError, TypeError, KeyError) as wrong:
            return web.json_response(
                {"ok": False, "error": "invalid_arguments", "message": str(wrong)}, status=400
            )

    async def clear(self, request: web.Request) -> web.Response:
        if request.match_info["what"] != "faults":
            raise web.HTTPNotFound
        self._world.faults.clear()
        return web.json_response(self._world.faults.shown())

    # -- deeds --------------------------------------------------------------------------------

    async def _faults(self, wanted: Json) -> Json:
        was = self._world.faults.revoked
        self._world.faults.set(**wanted)
        if self._world.faults.silent:
            await self._world.sockets.cut("abort")
        if self._world.faults.revoked and not was:
            self._world.space.tell("tokens_revoked")
        return self._world.faults.shown()

    async def _mix(self, body: Json) -> Json:
        seed = int(body.get("seed", secrets.randbelow(10**6)))
        self._world.faults.mix(seed)
        return {"seed": seed, **self._world.faults.shown()}

    async def _cut(self, body: Json) -> Json:
        how: Cut = body.get("how", "abort")
        if how not in ("abort", "close", "refresh", "disable"):
            raise Refused("unknown_cut", message="abort, close, refresh or disable")
        await self._world.sockets.cut(how)
        return {"ok": True}

    async def _silence(self, body: Json) -> Json:
        del body
        return await self._faults({"silent": True})

    async def _speak(self, body: Json) -> Json:
        del body
        return await self._faults({"silent": False})

    async def _skip(self, body: Json) -> Json:
        seconds = float(body["seconds"])
        if not 0 <= seconds <= 10**7:
            raise Refused("invalid_seconds", message="from 0 to 10,000,000")
        self._world.timers.skip(seconds)
        return {"ok": True}

    async def _revoke(self, body: Json) -> Json:
        del body
        return await self._faults({"revoked": True})

    async def _event(self, body: Json) -> Json:
        self._world.delivery.event(event(self._world.space, body))
        return {"ok": True}

    async def _group(self, body: Json) -> Json:
        group = self._world.space.set_group(str(body["handle"]), [str(one) for one in body["users"]])
        return {"usergroup": group_of(self._world.space, group)}

    async def _user(self, body: Json) -> Json:
        changes = {key: value for key, value in body.items() if key != "name"}
        if not set(changes) <= _USER:
            raise Refused("unknown_field", message=f"known are {', '.join(sorted(_USER))}")
        return {"user": user_of(self._world.space, self._world.space.set_user(str(body["name"]), **changes))}

    async def _http(self, body: Json) -> Json:
        await use_http(self._world, str(body["url"]))
        return {"ok": True}


async def use_http(world: World, url: str) -> None:
    """From now on the app is reached at this address. Raises Refused when it fails Slack's check."""
    line = HttpDelivery(world.seed, world.faults, url)
    try:
        await line.verify()
    except BaseException:
        await line.close()
        raise
    old, world.delivery.line = world.delivery.line, line
    if isinstance(old, HttpDelivery):
        await old.close()
