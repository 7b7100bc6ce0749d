"""Events as plain values for the store, and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from bot.core.events import KINDS, Direction, Event
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
    **dict.fromkeys(("moved", "revisions", "leftovers", "cures", "what"), tuple),
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
