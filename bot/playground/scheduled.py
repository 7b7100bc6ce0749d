"""Messages to be posted later."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.limits import most
from bot.playground.timers import Timers
from bot.playground.values import Json, Refused, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """`post_at` and `created` in seconds since 1970."""

    id: str
    channel: str
    post_at: int
    created: int
    message: Json


class Scheduled:
    """`post` puts a message into its channel when its time has come."""

    def __init__(self, timers: Timers, post: Callable[[Later], None]) -> None:
        self._timers = timers
        self._post = post
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self.rows: dict[str, Later] = {}

    def add(self, channel: str, post_at: int, message: Json) -> Later:
        wait = post_at - time.time()
        if wait <= 0:
            raise Refused("time_in_past")
        if wait > most("schedule.seconds"):
            raise Refused("time_too_far")
        window = most("schedule.window_seconds")
        there = [one for one in self.rows.values() if one.channel == channel]
        near = [one for one in there if abs(one.post_at - post_at) < window]
        if len(near) >= most("schedule.per_window"):
            raise Refused("restricted_too_many")
        made = Later(
            id=new_id("Q"), channel=channel, post_at=post_at, created=int(time.time()), message=message
        )
        self.rows[made.id] = made
        self._waiting[made.id] = asyncio.get_running_loop().create_task(self._due(made, wait))
        return made

    async def _due(self, later: Later, wait: float) -> None:
        await self._timers.sleep(wait)
        del self.rows[later.id], self._waiting[later.id]
        self._post(later)

    def drop(self, channel: str, ident: str) -> None:
        found = self.rows.get(ident)
        if found is None or found.channel != channel:
            raise Refused("invalid_scheduled_message_id")
        del self.rows[ident]
        self._waiting.pop(ident).cancel()

    async def stop(self) -> None:
        tasks = list(self._waiting.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
