"""What open pages are told as it happens, and the numbering by which they catch up."""

import asyncio
import contextlib
from collections import deque

from aiohttp import WSMsgType, web

from bot.playground.values import Json, News
from bot.playground.world import World

KEPT = 500
_SAME = frozenset({"message", "ephemeral", "modal", "home", "notice", "modal_errors"})
_CHANGED = frozenset({"message_changed", "message_counted", "reaction_added", "reaction_removed"})

_PLACES = frozenset(
    {
        "channel",
        "member_joined_channel",
        "member_left_channel",
        "pin_added",
        "pin_removed",
        "channel_archive",
        "channel_unarchive",
    }
)


class Live:
    def __init__(self, world: World) -> None:
        self._world = world
        self._news: deque[tuple[int, str | None, Json]] = deque(maxlen=KEPT)
        self._pages: dict[web.WebSocketResponse, tuple[str, asyncio.Queue[Json]]] = {}
        self._stirred = asyncio.Event()
        self.seq = 0
        world.space.listeners.append(self._hear)

    # -- writing down -------------------------------------------------------------------------

    def _hear(self, news: News) -> None:
        body = self._shown(news)
        if body is None:
            return
        self.seq += 1
        line = {"seq": self.seq, **body}
        self._news.append((self.seq, news.to, line))
        for who, queue in self._pages.values():
            if self._may_see(who, news.to, line):
                queue.put_nowait(line)
        self._stirred.set()
        self._stirred = asyncio.Event()

    def _shown(self, news: News) -> Json | None:
        if news.kind in _SAME:
            return {"type": news.kind, **news.body}
        if news.kind in _CHANGED:
            channel, message = news.body["channel"], news.body["message"]
            return {"type": "message_changed", "channel": channel, "message": message}
        if news.kind == "message_deleted":
            return {"type": news.kind, "channel": news.body["channel"], "ts": news.body["ts"]}
        if news.kind in _PLACES:
            return {"type": "channel", "channel": news.body["channel"]}
        if news.kind in ("user_change", "subteam_members_changed", "subteam_created", "subteam_updated"):
            return {"type": "reset"}
        return None

    def _may_see(self, who: str, to: str | None, line: Json) -> bool:
        if to is not None:
            return to == who
        where = self._world.space.channels.get(line.get("channel", ""))
        return where is None or line["type"] == "channel" or who in where.members

    def _for(self, who: str, line: Json) -> Json:
        """A channel is told as this person sees it."""
        if line["type"] != "channel":
            return line
        return {**line, "channel": channel_shown(self._world, line["channel"], who)}

    # -- reading out --------------------------------------------------------------------------

    def since(self, who: str, seq: int) -> list[Json]:
        oldest = self._news[0][0] if self._news else self.seq + 1
        if seq > self.seq or seq < oldest - 1:
            return [{"seq": self.seq, "type": "reset"}]
        return [line for at, to, line in self._news if at > seq and self._may_see(who, to, line)]

    async def wait(self, seq: int, seconds: float) -> int:
        """Until something newer than `seq` happened, or the time is over."""
        if self.seq <= seq:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), seconds)
        return self.seq

    async def connect(self, request: web.Request) -> web.StreamResponse:
        who, since = request.query.get("as", ""), int(request.query.get("since") or self.seq)
        self._world.space.user(who)
        ws = web.WebSocketResponse(heartbeat=20)
        await ws.prepare(request)
        queue: asyncio.Queue[Json] = asyncio.Queue()
        for line in self.since(who, since):
            queue.put_nowait(line)
        self._pages[ws] = (who, queue)
        telling = asyncio.get_running_loop().create_task(self._tell(ws, who, queue))
        try:
            async for message in ws:
                if message.type == WSMsgType.ERROR:
                    break
        finally:
            del self._pages[ws]
            telling.cancel()
        return ws

    async def _tell(self, ws: web.WebSocketResponse, who: str, queue: asyncio.Queue[Json]) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                line = await queue.get()
                await ws.send_json(self._for(who, line))

    async def stop(self) -> None:
        for ws in list(self._pages):
            await ws.close()


def channel_shown(world: World, ident: str, who: str) -> Json:
    channel = world.space.channels[ident]
    return {
        "id": channel.id,
        "name": world.seed.app_name if channel.is_im else channel.name,
        "is_member": who in channel.members,
        "is_im": channel.is_im,
        "is_private": channel.is_private,
        "topic": channel.topic,
        "pins": [one["ts"] for one in channel.pins],
        "bookmarks": channel.bookmarks,
    }
