"""Socket Mode: the app's connections, the envelopes sent through them, and their acknowledgements."""

import asyncio
import contextlib
import json
import random
import secrets
import uuid
from typing import Literal

from aiohttp import WSMsgType, web

from bot.playground.delivery import NotDelivered, Parcel
from bot.playground.faults import Faults
from bot.playground.limits import bounds, most
from bot.playground.seed import Seed
from bot.playground.timers import Timers
from bot.playground.values import Json

CLOSING = bounds("socket.closing_seconds")[1]  # to wait for the other side to say good-bye too
Cut = Literal["abort", "close", "refresh", "disable"]
_SAID = {"refresh": "refresh_requested", "disable": "link_disabled"}


class Sockets:
    def __init__(self, seed: Seed, faults: Faults, timers: Timers, app_id: str) -> None:
        self._seed = seed
        self._faults = faults
        self._timers = timers
        self._app_id = app_id
        self._tickets: dict[str, float] = {}
        self._open: dict[web.WebSocketResponse, web.Request] = {}
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self.opened = 0

    @property
    def count(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """A new connection's address works once, and not for long."""
        ticket = secrets.token_urlsafe(18)
        self._tickets[ticket] = self._timers.now() + most("socket.ticket_seconds")
        return f"ticket={ticket}&app_id={self._app_id}"

    # -- one connection -----------------------------------------------------------------------

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if self._tickets.pop(request.query.get("ticket", ""), 0.0) < self._timers.now():
            return web.Response(status=403, text="invalid ticket")
        ws = web.WebSocketResponse(timeout=CLOSING)
        await ws.prepare(request)
        if self.count >= most("sockets"):
            await ws.send_json(_farewell("too_many_websockets"))
            await ws.close()
            return ws
        self._open[ws] = request
        self.opened += 1
        try:
            await self._talk(ws)
        finally:
            self._open.pop(ws, None)
        return ws

    async def _talk(self, ws: web.WebSocketResponse) -> None:
        life = self._seed.connection_seconds or most("socket.seconds")
        await ws.send_json(
            {
                "type": "hello",
                "num_connections": self.count,
                "debug_info": {
                    "host": "playground",
                    "build_number": 1,
                    "approximate_connection_time": life,
                },
                "connection_info": {"app_id": self._app_id},
            }
        )
        ending = asyncio.get_running_loop().create_task(self._age(ws, life))
        try:
            async for message in ws:
                if message.type == WSMsgType.TEXT:
                    self._hear(message.data)
        finally:
            ending.cancel()

    async def _age(self, ws: web.WebSocketResponse, life: float) -> None:
        """A warning a while before the end, and then the wish that the app comes anew."""
        notice = min(float(most("socket.warning_seconds")), life / 2)
        await self._timers.sleep(life - notice)
        with contextlib.suppress(ConnectionError):
            await ws.send_json(_farewell("warning"))
            await self._timers.sleep(notice)
            await self._dismiss(ws, "refresh_requested")

    async def _dismiss(self, ws: web.WebSocketResponse, reason: str) -> None:
        """Nothing more is sent through it; what was sent may still be acknowledged for a moment.

        Slack then drops the connection itself: @slack/socket-mode's release notes, 3.1.1.
        """
        self._open.pop(ws, None)
        await ws.send_json(_farewell(reason))
        task = asyncio.get_running_loop().create_task(self._hang_up(ws))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    @staticmethod
    async def _hang_up(ws: web.WebSocketResponse) -> None:
        await asyncio.sleep(CLOSING)
        with contextlib.suppress(ConnectionError):
            await ws.close()

    def _hear(self, text: str) -> None:
        try:
            answer = json.loads(text)
            ident = answer["envelope_id"]
        except (ValueError, KeyError, TypeError):
            return
        waiting = self._waiting.get(ident)
        if waiting is None or waiting.done() or self._faults.hits("lost_acks"):
            return
        payload = answer.get("payload")
        waiting.set_result(payload if isinstance(payload, dict) else {})

    # -- all connections ----------------------------------------------------------------------

    async def send(self, parcel: Parcel) -> Json:
        if not self._open:
            raise NotDelivered("connection_failed")
        ident = str(uuid.uuid4())
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[ident] = waiting
        try:
            ws = random.choice(list(self._open))  # noqa: S311  (any of them may be chosen)
            if self._faults.hits("drops"):
                self._break(ws)
                raise NotDelivered("connection_failed")
            await ws.send_json(_envelope(ident, parcel))
            return await asyncio.wait_for(waiting, self._seed.ack_seconds)
        except TimeoutError:
            raise NotDelivered("timeout") from None
        except ConnectionError:
            raise NotDelivered("connection_failed") from None
        finally:
            del self._waiting[ident]

    async def cut(self, how: Cut) -> None:
        """End every connection as a network does (abort), a server (close) or Slack (refresh, disable)."""
        for ws, request in list(self._open.items()):
            with contextlib.suppress(ConnectionError):
                if how in _SAID:
                    await self._dismiss(ws, _SAID[how])
                elif how == "close":
                    await ws.close()
                elif request.transport is not None:
                    request.transport.abort()
            self._open.pop(ws, None)

    def _break(self, ws: web.WebSocketResponse) -> None:
        request = self._open.pop(ws)
        if request.transport is not None:
            request.transport.abort()


def _farewell(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}


def _envelope(ident: str, parcel: Parcel) -> Json:
    envelope: Json = {
        "envelope_id": ident,
        "type": parcel.kind,
        "payload": parcel.payload,
        "accepts_response_payload": parcel.kind != "events_api",
    }
    if parcel.kind == "events_api":
        envelope["retry_attempt"] = parcel.attempt
        envelope["retry_reason"] = parcel.reason
    return envelope
