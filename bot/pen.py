"""How facts about a change come to be written: read, decide, write; again when someone else wrote first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.book import Book
from bot.core.changes import Change
from bot.core.errors import Conflict, Overtaken, Repeated
from bot.core.events import Event
from bot.core.keeping import Note
from bot.queue import Queue

if TYPE_CHECKING:
    from bot.chat import Ask

#: How often a decision is made again after someone else wrote first.
_TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen(Book):
    """Writes at most one note for each ask."""

    queue: Queue
    #: Told after each fact, so that the chat is drawn at once.
    nudge: Callable[[int], None]

    def decide(self, change: Change, ask: Ask, decide: Callable[[Change], tuple[Event, ...]]) -> Change:
        """Note what `decide` says of the change as it is; again when someone else wrote first."""
        for _ in range(_TRIES):
            events = decide(change)
            change.check(events[0])
            note = Note(events=events, by=ask.person, at=self.now(), cause=ask.key)
            try:
                for entry in self.journal.add(change.id, change.seq, note):
                    change.take(entry)
            except Overtaken:
                change = self.change(change.id)
                continue
            except Repeated:
                return self.change(change.id)
            self.nudge(change.id)
            return change
        raise Conflict(f"Change {change.id} moves too fast; nothing was changed.", hint="Say it again.")

    def by_clock(self, change: Change, event: Event) -> None:
        """Note it, unless the change has moved since the clock looked."""
        change.check(event)
        self.journal.add(change.id, change.seq, Note(events=(event,), by="whimbrel", at=self.now()))
        self.nudge(change.id)
