"""The playground's sense of time: an hour can pass at once, for everything that waits or expires."""

import asyncio
import contextlib
import time


class Timers:
    """Seconds on a clock of its own. Message times and signatures keep the real time."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._moved = asyncio.Event()

    def now(self) -> float:
        return time.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        """So much later, now: what waits for less wakes up."""
        self._skipped += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def until(self, moment: float) -> None:
        while (left := moment - self.now()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), left)

    async def sleep(self, seconds: float) -> None:
        await self.until(self.now() + seconds)
