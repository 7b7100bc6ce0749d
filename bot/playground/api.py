"""The Web API: who calls, whether they may, how often; then the method."""

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bot.playground.methods import METHODS, Method
from bot.playground.methods_conversations import KINDS
from bot.playground.scopes import for_kind
from bot.playground.values import Json, Refused
from bot.playground.world import Call, World

log = logging.getLogger(__name__)

_STRUCTURED = ("[", "{")
_PARSED = frozenset(
    {
        *("blocks", "attachments", "metadata", "view", "files", "message", "unfurls", "channel_ids"),
        *("user_ids", "changes", "criteria", "document_content"),
    }
)


async def arguments(request: web.Request) -> Json:
    """From a form, from JSON, from the address, or from nothing."""
    found: Json = dict(request.query)
    kind = request.content_type
    if kind == "multipart/form-data":
        found |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    else:
        found |= _read(await request.text(), kind)
    return {key: _parsed(key, value) for key, value in found.items()}


def _read(raw: str, kind: str) -> Json:
    if raw.lstrip().startswith("{") or (kind == "application/json" and raw.strip()):
        try:
            body = json.loads(raw)
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        return body
    return dict(parse_qsl(raw, keep_blank_values=True))


def _parsed(name: str, value: Any) -> Any:
    if name not in _PARSED or not isinstance(value, str) or not value.lstrip().startswith(_STRUCTURED):
        return value
    try:
        return json.loads(value)
    except ValueError:
        error = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
        raise Refused(error) from None


class Api:
    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        faults = self._world.faults
        await asyncio.sleep(faults.latency)
        if faults.silent:
            return drop(request)
        if faults.hits("server_errors", name):
            return self._noted(name, {}, web.json_response({"ok": False, "error": "fatal_error"}, status=500))
        if faults.hits("storms", name):
            return self._noted(name, {}, _too_many(faults.retry_after))
        args: Json = {}
        try:
            args = await arguments(request)
            answer = self._answered(name, args, request)
        except Refused as refused:
            answer = web.json_response(refused.body())
        except (KeyError, TypeError, ValueError, AttributeError):
            log.exception("%s was called with what it cannot read", name)
            answer = web.json_response({"ok": False, "error": "invalid_arguments"})
        self._noted(name, args, answer)
        return drop(request) if faults.hits("lost_answers", name) else answer

    def _answered(self, name: str, args: Json, request: web.Request) -> web.Response:
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.get("token", ""))
        args.pop("token", None)
        self._admit(method, token, args)
        channel = self._place(args) if method.posts else None
        wait = self._world.rates.allow(name, method.tier, channel)
        if wait:
            return _too_many(wait)
        body = {"ok": True, **method.run(self._world, args)}
        return web.json_response(body, headers=self._headers())

    def _place(self, args: Json) -> str:
        """One channel, however it was named."""
        try:
            return self._world.space.channel_named(str(args.get("channel", ""))).id
        except Refused:
            return ""

    def _headers(self) -> dict[str, str]:
        scopes = self._world.seed.scopes
        return {"X-OAuth-Scopes": ",".join(sorted(scopes))} if scopes is not None else {}

    def _admit(self, method: Method, token: str, args: Json) -> None:
        """The token's kind first, then its scopes."""
        seed = self._world.seed
        if method.caller == "anyone":
            return
        if not token:
            raise Refused("not_authed")
        if token not in (seed.bot_token, seed.app_token):
            raise Refused("invalid_auth")
        if method.caller != "any" and (method.caller == "app") != (token == seed.app_token):
            raise Refused("not_allowed_token_type")
        if token == seed.bot_token and self._world.faults.revoked:
            raise Refused("token_revoked")
        for needed in self._needed(method, args):
            if seed.scopes is not None and not set(needed) & seed.scopes:
                raise Refused(
                    "missing_scope", needed=",".join(needed), provided=",".join(sorted(seed.scopes))
                )

    def _needed(self, method: Method, args: Json) -> list[tuple[str, ...]]:
        """Sets of scopes; of each set, one is needed."""
        if not method.scope:
            return []
        if not method.by_kind:
            return [method.scope]
        where = self._place(args)
        if where:
            return [for_kind(method.scope, self._world.space.channels[where].kind)]
        kinds = str(args.get("types") or "").split(",") if "channel" not in args else []
        known = [one.strip() for one in kinds if one.strip() in KINDS]
        return [for_kind(method.scope, one) for one in known] or [method.scope]

    def _noted(self, name: str, args: Json, answer: web.Response) -> web.Response:
        ok = answer.status == 200 and json.loads(answer.text or "{}").get("ok") is True
        call = Call(at=time.monotonic(), method=name, args=args, status=answer.status, ok=ok)
        self._world.calls.append(call)
        return answer


def _too_many(wait: int) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": str(wait)})


def drop(request: web.Request) -> web.Response:
    """The connection breaks, as when a network fails."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
