"""The in-memory double of the store: the same contracts, gone with the process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock

from bot.core.errors import NotFound, Overtaken, Repeated
from bot.core.events import Entry
from bot.core.keeping import Note, Progress, Telling
from bot.core.plans import Plan


class MemoryJournal:
    """Implements core.ports.Journal."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._entries: dict[int, list[Entry]] = {}
        self._causes: dict[tuple[str, str], int] = {}

    def open(self, note: Note) -> Sequence[Entry]:
        """A new change, or the one that this cause opened before."""
        with self._lock:
            for (cause, _), change in self._causes.items():
                if note.cause and cause == note.cause:
                    return self.read(change)
            return self.add(max(self._entries, default=0) + 1, 0, note)

    def add(self, change: int, after: int, note: Note) -> Sequence[Entry]:
        """Add all events or none."""
        with self._lock:
            kinds = [(note.cause, type(event).__name__) for event in note.events]
            if note.cause and any(kind in self._causes for kind in kinds):
                raise Repeated("This has been carried out already.")
            mine = self._entries.setdefault(change, [])
            if len(mine) != after:
                raise Overtaken(f"Change {change} moved on meanwhile.", hint=f"/migrate status {change}")
            if note.cause:
                self._causes.update(dict.fromkeys(kinds, change))
            added = [
                Entry(change=change, seq=after + place, at=note.at, by=note.by, event=event)
                for place, event in enumerate(note.events, start=1)
            ]
            mine.extend(added)
            return added

    def read(self, change: int, after: int = 0) -> Sequence[Entry]:
        """A change's entries above `after`."""
        with self._lock:
            return list(self._entries.get(change, ())[after:])

    def newest(self) -> Mapping[int, int]:
        """change -> the seq of its newest entry."""
        with self._lock:
            return {change: len(entries) for change, entries in self._entries.items() if entries}


class MemoryPlans:
    """Implements core.ports.Plans."""

    def __init__(self) -> None:
        self._plans: dict[str, Plan] = {}

    def keep(self, plan: Plan) -> None:
        """Keep a plan by its fingerprint."""
        self._plans[plan.fingerprint] = plan

    def get(self, fingerprint: str) -> Plan:
        """NotFound when no such plan was kept."""
        if fingerprint not in self._plans:
            raise NotFound(f"There is no plan {fingerprint}.")
        return self._plans[fingerprint]


class MemoryInbox:
    """Implements core.ports.Inbox."""

    def __init__(self) -> None:
        self._asks: dict[str, dict[str, str] | None] = {}
        self._lock = RLock()

    def put(self, key: str, data: dict[str, str], at: datetime) -> bool:  # noqa: ARG002  # kept in order
        """Keep an ask; false when its key was kept before."""
        with self._lock:
            if key in self._asks:
                return False
            self._asks[key] = dict(data)
            return True

    def waiting(self) -> Sequence[tuple[str, dict[str, str]]]:
        """Asks not answered yet, oldest first."""
        with self._lock:
            return [(key, dict(data)) for key, data in self._asks.items() if data is not None]

    def done(self, key: str) -> None:
        """The ask is answered."""
        with self._lock:
            if key in self._asks:
                self._asks[key] = None


class MemoryTellings:
    """Implements core.ports.Tellings."""

    def __init__(self) -> None:
        self._tellings: dict[tuple[str, str], Telling] = {}

    def newest(self, change: int) -> Telling | None:
        """The message that now stands for the change."""
        mine = [t for t in list(self._tellings.values()) if t.change == change]
        return max(mine, key=lambda t: t.ts, default=None)

    def at(self, channel: str, ts: str) -> Telling | None:
        """The telling behind a message."""
        return self._tellings.get((channel, ts))

    def put(self, telling: Telling) -> None:
        """Keep or replace the telling of one message."""
        self._tellings[telling.channel, telling.ts] = telling


class MemoryBoard:
    """Implements core.ports.Board."""

    def __init__(self) -> None:
        self._progress: dict[str, Progress] = {}

    def show(self, progress: Progress) -> None:
        """Replace what was known of the run's step."""
        self._progress[progress.run] = progress

    def of(self, run: str) -> Progress | None:
        """How far the run's step has come."""
        return self._progress.get(run)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryStore:
    """Every part of the store, in memory."""

    journal: MemoryJournal = field(default_factory=MemoryJournal)
    plans: MemoryPlans = field(default_factory=MemoryPlans)
    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    tellings: MemoryTellings = field(default_factory=MemoryTellings)
    board: MemoryBoard = field(default_factory=MemoryBoard)
