"""How often an app may call: Slack's tiers per method, and one message a second per channel."""

import math
import time
from collections import deque
from collections.abc import Callable

from bot.playground.limits import most

PER_MINUTE = {tier: most(f"calls.tier{tier}_per_minute") for tier in (1, 2, 3, 4, 5)}
POSTS_PER_SECOND = float(most("posts.per_second_per_channel"))
POST_BURST = float(most("posts.burst"))


class Rates:
    """`allow` returns 0 when the call may go ahead, else the whole seconds to wait."""

    def __init__(self, *, on: bool, scale: float = 1.0, now: Callable[[], float] = time.monotonic) -> None:
        self.on = on
        self._scale = scale
        self._now = now
        self._calls: dict[str, deque[float]] = {}
        self._posts: dict[str, tuple[float, float]] = {}  # channel -> (posts still free, when that was so)

    def allow(self, method: str, tier: int | None, channel: str | None = None) -> int:
        if not self.on:
            return 0
        if channel is not None:
            wait = self._post(channel)
            return wait or self._window("posts", most("posts.per_minute"))
        return self._window(method, PER_MINUTE[tier]) if tier else 0

    def _window(self, name: str, per_minute: int) -> int:
        now, limit = self._now(), max(1, int(per_minute * self._scale))
        calls = self._calls.setdefault(name, deque())
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) >= limit:
            return max(1, math.ceil(calls[0] + 60 - now))
        calls.append(now)
        return 0

    def _post(self, channel: str) -> int:
        now, pace = self._now(), POSTS_PER_SECOND * self._scale
        left, since = self._posts.get(channel, (POST_BURST, now))
        left = min(POST_BURST, left + (now - since) * pace)
        if left < 1:
            self._posts[channel] = (left, now)
            return max(1, math.ceil((1 - left) / pace))
        self._posts[channel] = (left - 1, now)
        return 0
