"""Facts about a change: past tense, written once, never altered. Times in seconds, moments in UTC.

An Entry is a fact with its place in the journal. `kind` in the store is the class's name.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from bot.core.answers import Answer
from bot.core.change_events import *  # noqa: F403  # one name for all facts: `events`
from bot.core.codec import made
from bot.core.event import Event as Event
from bot.core.measures import Direction as Direction
from bot.core.measures import Forecast, Rehearsal
from bot.core.run_events import *  # noqa: F403
from bot.core.targets import Blocker, Phase

KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in the journal: `seq` counts from 1 within its change; `by`: a person's id or "whimbrel"."""

    change: int
    seq: int
    at: datetime
    by: str
    event: Event


def to_data(event: Event) -> dict[str, Any]:
    """Plain JSON values of an event."""
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(event).items()}


_LOAD: dict[str, Any] = {
    "phase": Phase,
    "direction": Direction,
    "at": datetime.fromisoformat,
    "deadline": datetime.fromisoformat,
    "blockers": lambda rows: tuple(Blocker(**row) for row in rows),
    "answers": lambda rows: tuple(made(Answer, row) for row in rows),
    "rehearsal": lambda row: made(Rehearsal, row),
    "forecasts": lambda rows: {phase: made(Forecast, row) for phase, row in rows.items()},
    **dict.fromkeys(("moved", "revisions", "leftovers", "cures", "rests_on", "lines"), tuple),
}
_SPECIAL = {
    name: [(f.name, _LOAD[f.name]) for f in fields(kind) if f.name in _LOAD] for name, kind in KINDS.items()
}


def from_data(kind: str, data: dict[str, Any]) -> Event:
    """The event of a stored kind; KeyError for a kind that this version does not know."""
    for name, load in _SPECIAL[kind]:
        if name in data:
            data[name] = load(data[name])
    return KINDS[kind](**data)
