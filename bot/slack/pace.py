"""How often we may write, over all changes. Pure but for the clock that is handed in.

Slack: one post a second in a channel, about fifty edits a minute in a workspace.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

#: Seconds between two posts in a channel, between two edits of a message.
POST_GAP, EDIT_GAP = 1.0, 1.2
#: Between two edits of a message that show mere progress, and of any two such edits.
PROGRESS_GAP, PROGRESS_SHARED = 3.0, 1.6
#: Edits in a minute; a little below Slack's fifty, for its minute is not ours.
EDITS, MINUTE = 48, 60.0
#: So many edits in a minute are free; what is left then is shared out, so that no message stands still.
FREE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A message that wants to be edited. `urgent`: the change moved on; else it is mere progress."""

    key: int
    urgent: bool


class Pace:
    """Says when, and whose turn it is; only the newest state is ever asked for."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._posts: dict[str, float] = {}
        self._edits: dict[int, float] = {}
        self._minute: deque[float] = deque()
        self._progress = float("-inf")
        self._held: dict[str, float] = {}

    def hold(self, what: str, seconds: float) -> None:
        """Nothing of this sort before so many seconds have gone: Slack asked for it."""
        self._held[what] = max(self._held.get(what, 0.0), self._now() + seconds)

    def post_in(self, channel: str) -> float:
        """Seconds until the next post in a channel."""
        last = self._posts.get(channel, float("-inf"))
        return max(0.0, last + POST_GAP - self._now(), self._held.get(channel, 0.0) - self._now())

    def posted(self, channel: str) -> None:
        self._posts[channel] = self._now()

    def turn(self, wishes: Iterable[Wish]) -> tuple[int | None, float]:
        """The message whose edit may go now, or None and the seconds until one may."""
        now = self._now()
        ready = [(self._ready(wish), wish) for wish in wishes]
        if not ready:
            return None, float("inf")
        due = [wish for at, wish in ready if at <= now]
        if not due:
            return None, min(at for at, _ in ready) - now
        # Those that moved on first; among equals who was drawn longest ago.
        return min(due, key=lambda w: (not w.urgent, self._edits.get(w.key, float("-inf")))).key, 0.0

    def edited(self, key: int, *, urgent: bool) -> None:
        now = self._now()
        self._edits[key] = now
        self._minute.append(now)
        if not urgent:
            self._progress = now

    def forget(self, key: int) -> None:
        self._edits.pop(key, None)

    def _ready(self, wish: Wish) -> float:
        gap = EDIT_GAP if wish.urgent else PROGRESS_GAP
        at = max(self._edits.get(wish.key, float("-inf")) + gap, self._held.get("edits", 0.0))
        if not wish.urgent:
            at = max(at, self._progress + PROGRESS_SHARED)
        while self._minute and self._minute[0] <= self._now() - MINUTE:
            self._minute.popleft()
        most = EDITS if wish.urgent else EDITS - 8  # a share is kept for changes that move on
        made = len(self._minute)
        if made >= most:
            at = max(at, self._minute[made - most] + MINUTE)
        elif made >= FREE:
            at = max(at, self._minute[-1] + (self._minute[0] + MINUTE - self._minute[-1]) / (most - made + 1))
        return at
