"""Facts about a change: past tense, written once, never altered. Times in seconds, moments in UTC.

An Entry is a fact with its place in the journal. `kind` in the store is the class's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.change_events import *  # noqa: F403  # one name for all facts: `events`
from bot.core.event import Event as Event
from bot.core.measures import Direction as Direction
from bot.core.run_events import *  # noqa: F403

KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in the journal: `seq` counts from 1 within its change; `by`: a person's id or "whimbrel"."""

    change: int
    seq: int
    at: datetime
    by: str
    event: Event
