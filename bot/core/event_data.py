"""Events as plain values for the store, and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from bot.core.answers import Answer
from bot.core.codec import made
from bot.core.events import KINDS, Direction, Event
from bot.core.measures import Forecast, Rehearsal
from bot.core.targets import Blocker, Phase


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
    **dict.fromkeys(("moved", "revisions", "leftovers", "cures", "rests_on", "lines", "what"), tuple),
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
