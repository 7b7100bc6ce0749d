"""The journal in SQL. `unique (change, seq)` is the fence: who writes second is Overtaken."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.core.errors import Conflict, Overtaken, Repeated
from bot.core.event_data import from_data, to_data
from bot.core.events import Entry
from bot.core.keeping import Note
from bot.store.sql import Memory
from bot.store.tables import events

_COLUMNS = (events.c.seq, events.c.at, events.c.by, events.c.kind, events.c.data)


class SqlJournal:
    """Implements core.ports.Journal."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def open(self, note: Note) -> Sequence[Entry]:
        """A new change; its number is one more than the highest."""
        for _ in range(20):  # a number taken by another process is taken once; the next try has a higher one
            if known := self._caused(note.cause):
                return self.read(known)
            with self._memory.look() as c:
                highest = c.execute(sa.select(sa.func.coalesce(sa.func.max(events.c.change), 0))).scalar_one()
            try:
                return self.add(highest + 1, 0, note)
            except (Overtaken, Repeated):
                continue
        raise Conflict("Too many changes were opened at the same moment.", hint="/migrate start")

    def add(self, change: int, after: int, note: Note) -> Sequence[Entry]:
        """Add all of the note's events after entry `after`, or none."""
        entries = [
            Entry(change=change, seq=after + place, at=note.at, by=note.by, event=event)
            for place, event in enumerate(note.events, start=1)
        ]
        # A cause is spent by the first event of a kind: one ask may tick five lines.
        firsts = {type(entry.event): entry.seq for entry in reversed(entries)}
        rows = [
            {
                "change": change,
                "seq": entry.seq,
                "kind": type(entry.event).__name__,
                "at": note.at.isoformat(),
                "by": note.by,
                "cause": note.cause if note.cause and firsts[type(entry.event)] == entry.seq else None,
                "data": json.dumps(to_data(entry.event), ensure_ascii=False),
            }
            for entry in entries
        ]
        try:
            with self._memory.begin() as c:
                c.execute(sa.insert(events), rows)
        except IntegrityError as error:
            if self._caused(note.cause):
                raise Repeated("This has been carried out already.") from error
            raise Overtaken(
                f"Change {change} moved on meanwhile.", hint=f"/migrate status {change}"
            ) from error
        return entries

    def read(self, change: int, after: int = 0) -> Sequence[Entry]:
        """A change's entries with a seq above `after`, oldest first."""
        query = (
            sa.select(*_COLUMNS).where(events.c.change == change, events.c.seq > after).order_by(events.c.seq)
        )
        with self._memory.look() as c:
            rows = c.execute(query).all()
        # One text for all events: a JSON decoder called for each takes as long as all the rest.
        known = json.loads(f"[{','.join(row.data for row in rows)}]")
        return [
            Entry(change=change, seq=seq, at=datetime.fromisoformat(at), by=by, event=from_data(kind, data))
            for (seq, at, by, kind, _), data in zip(rows, known, strict=True)
        ]

    def newest(self) -> Mapping[int, int]:
        """change -> the seq of its newest entry."""
        query = sa.select(events.c.change, sa.func.max(events.c.seq).label("seq")).group_by(events.c.change)
        with self._memory.look() as c:
            return {row.change: row.seq for row in c.execute(query)}

    def _caused(self, cause: str) -> int:
        if not cause:
            return 0
        with self._memory.look() as c:
            query = sa.select(events.c.change).where(events.c.cause == cause).limit(1)
            return c.execute(query).scalar() or 0
