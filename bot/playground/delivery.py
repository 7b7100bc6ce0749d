"""Getting payloads to the app: events are tried again, a person's command or click never is."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from bot.playground.faults import Faults
from bot.playground.seed import Seed
from bot.playground.values import Json


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
    def __init__(self, seed: Seed, faults: Faults) -> None:
        self._seed = seed
        self._faults = faults
        self._under_way: set[asyncio.Task[None]] = set()
        self.line: Line | None = None

    @property
    def quiet(self) -> bool:
        """Nothing is on its way to the app."""
        return not self._under_way

    async def ask(self, kind: str, payload: Json) -> Json:
        """Once; a person waits for the answer."""
        return await self._send(Parcel(kind=kind, payload=payload))

    def event(self, payload: Json) -> None:
        self.spawn(self._insist(payload))
        if self._faults.hits("duplicates"):
            self.spawn(self._insist(payload))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def stop(self) -> None:
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _insist(self, payload: Json) -> None:
        await asyncio.sleep(self._faults.delay())
        reason = ""
        for attempt, pause in enumerate((0.0, *self._seed.retry_delays)):
            await asyncio.sleep(pause)
            try:
                await self._send(Parcel(kind="events_api", payload=payload, attempt=attempt, reason=reason))
            except NotDelivered as failed:
                reason = failed.reason
                if failed.final:
                    return
            else:
                return

    async def _send(self, parcel: Parcel) -> Json:
        if self._faults.silent or self.line is None:
            raise NotDelivered("connection_failed")
        return await self.line.send(parcel)
