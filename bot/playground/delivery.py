"""Getting payloads to the app: events are tried again, a person's command or click never is."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from bot.playground.faults import Faults
from bot.playground.limits import most
from bot.playground.seed import Seed
from bot.playground.timers import Timers
from bot.playground.values import Json

HELD = 1.0  # seconds an event that changes places waits for the next one


class NotDelivered(Exception):
    """The app did not take it: `reason` in the words of Slack's retry header."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final  # the app asked not to be told again


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    kind: str  # events_api, slash_commands, interactive
    payload: Json
    attempt: int = 0
    reason: str = ""


class Line(Protocol):
    """One way to reach the app. Returns what the app put in its acknowledgement."""

    async def send(self, parcel: Parcel) -> Json: ...


class Delivery:
    def __init__(self, seed: Seed, faults: Faults, timers: Timers) -> None:
        self._seed = seed
        self._faults = faults
        self._timers = timers
        self._under_way: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Event()
        self._hour: deque[float] = deque()
        self._told = 0
        self.line: Line | None = None

    @property
    def quiet(self) -> bool:
        """Nothing is on its way to the app."""
        return not self._under_way

    async def ask(self, kind: str, payload: Json) -> Json:
        """Once; a person waits for the answer."""
        return await self._send(Parcel(kind=kind, payload=payload))

    def event(self, payload: Json) -> None:
        """Soon, and again when it is not taken. Above the rate it is dropped."""
        if self._too_many():
            self._say_so(payload)
            return
        self.spawn(self._held(payload) if self._faults.hits("reorders") else self._insist(payload))
        if self._faults.hits("duplicates"):
            self.spawn(self._insist(payload))

    def _too_many(self) -> bool:
        now, limit = self._timers.now(), most("events.per_hour")
        while self._hour and self._hour[0] <= now - 3600:
            self._hour.popleft()
        if self._seed.rates and len(self._hour) >= limit * self._seed.rate_scale:
            return True
        self._hour.append(now)
        return False

    def _say_so(self, payload: Json) -> None:
        """Once a minute: app_rate_limited."""
        minute = int(time.time()) // 60 * 60
        if minute != self._told:
            self._told = minute
            kept = {key: payload[key] for key in ("token", "team_id", "api_app_id")}
            self.spawn(self._insist({**kept, "type": "app_rate_limited", "minute_rate_limited": minute}))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def stop(self) -> None:
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _held(self, payload: Json) -> None:
        """Behind the next one that arrives."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._arrived.wait(), HELD)
        await self._insist(payload)

    async def _insist(self, payload: Json) -> None:
        await asyncio.sleep(self._faults.delay())
        reason, due = "", self._timers.now()
        for attempt, pause in enumerate((0.0, *self._seed.retry_delays)):
            due += pause
            await self._timers.until(due)
            try:
                await self._send(Parcel(kind="events_api", payload=payload, attempt=attempt, reason=reason))
            except NotDelivered as failed:
                reason = failed.reason
                if failed.final:
                    return
            else:
                self._arrived.set()
                self._arrived = asyncio.Event()
                return

    async def _send(self, parcel: Parcel) -> Json:
        if self._faults.silent or self.line is None:
            raise NotDelivered("connection_failed")
        return await self.line.send(parcel)
