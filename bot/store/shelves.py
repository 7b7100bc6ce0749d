"""What the store keeps beside the journal: plans, asks, tellings, progress."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.errors import NotFound
from bot.core.keeping import Progress, Telling
from bot.core.plans import Plan
from bot.store.codec import dump, load
from bot.store.sql import Memory
from bot.store.tables import asks, plans, progress, tellings

#: How many plans are kept as they were made; they are made anew when there are more.
_PLANS_AT_HAND = 64


def _upsert(memory: Memory, table: sa.Table, row: dict[str, Any]) -> sa.Insert:
    """An insert that replaces the row with the same primary key."""
    keys = [c.name for c in table.primary_key]
    rest = {name: value for name, value in row.items() if name not in keys}
    if memory.dialect == "sqlite":
        return sqlite.insert(table).values(row).on_conflict_do_update(index_elements=keys, set_=rest)
    return postgresql.insert(table).values(row).on_conflict_do_update(index_elements=keys, set_=rest)


class SqlPlans:
    """Implements core.ports.Plans."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        #: Plans as they were read last, with the text that they were made of. Making one of its text is slow.
        self._made: dict[str, tuple[str, Plan]] = {}

    def keep(self, plan: Plan) -> None:
        """Keep a plan; the same fingerprint again replaces only its facts and words."""
        with self._memory.begin() as c:
            row = {"fingerprint": plan.fingerprint, "body": dump(plan)}
            c.execute(_upsert(self._memory, plans, row))

    def get(self, fingerprint: str) -> Plan:
        """NotFound when no such plan was kept."""
        with self._memory.look() as c:
            query = sa.select(plans.c.body).where(plans.c.fingerprint == fingerprint)
            body = c.execute(query).scalar()
        if body is None:
            raise NotFound(f"There is no plan {fingerprint}.")
        text, plan = self._made.get(fingerprint, ("", None))
        if plan is None or text != body:
            plan = load(Plan, body)
            if len(self._made) >= _PLANS_AT_HAND:
                self._made.clear()
            self._made[fingerprint] = (body, plan)
        return plan


class SqlInbox:
    """Implements core.ports.Inbox."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def put(self, key: str, data: dict[str, str], at: datetime) -> bool:
        """Keep an ask; false when its key was kept before."""
        row = {"key": key, "data": json.dumps(data), "received": at.isoformat(), "answered": False}
        dialect = sqlite if self._memory.dialect == "sqlite" else postgresql
        with self._memory.begin() as c:
            kept = dialect.insert(asks).values(row).on_conflict_do_nothing().returning(asks.c.key)
            return c.execute(kept).first() is not None

    def waiting(self) -> Sequence[tuple[str, dict[str, str]]]:
        """Asks not answered yet, oldest first."""
        query = sa.select(asks.c.key, asks.c.data).where(asks.c.answered.is_(False)).order_by(asks.c.received)
        with self._memory.look() as c:
            return [(key, json.loads(data)) for key, data in c.execute(query)]

    def done(self, key: str) -> None:
        """The ask is answered; its key stays, so that a second delivery is known."""
        with self._memory.begin() as c:
            c.execute(sa.update(asks).where(asks.c.key == key).values(answered=True, data="{}"))


class SqlTellings:
    """Implements core.ports.Tellings. Slack's ts grows with time, so the highest is the newest."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def newest(self, change: int) -> Telling | None:
        """The message that now stands for the change."""
        query = sa.select(tellings).where(tellings.c.change == change).order_by(tellings.c.ts.desc()).limit(1)
        return self._one(query)

    def at(self, channel: str, ts: str) -> Telling | None:
        """The telling behind a message."""
        return self._one(sa.select(tellings).where(tellings.c.channel == channel, tellings.c.ts == ts))

    def put(self, telling: Telling) -> None:
        """Keep or replace the telling of one message."""
        row = {name: getattr(telling, name) for name in tellings.c.keys()}  # noqa: SIM118  # a column collection
        with self._memory.begin() as c:
            c.execute(_upsert(self._memory, tellings, row))

    def _one(self, query: sa.Select[Any]) -> Telling | None:
        with self._memory.look() as c:
            row = c.execute(query).mappings().first()
        return Telling(**row) if row else None


class SqlBoard:
    """Implements core.ports.Board."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def show(self, progress_: Progress) -> None:
        """Replace what was known of the run's step."""
        row = {
            "run": progress_.run,
            "step": progress_.step,
            "share": progress_.share,
            "text": progress_.text,
            "at": progress_.at.isoformat(),
        }
        with self._memory.begin() as c:
            c.execute(_upsert(self._memory, progress, row))

    def of(self, run: str) -> Progress | None:
        """How far the run's step has come."""
        with self._memory.look() as c:
            row = c.execute(sa.select(progress).where(progress.c.run == run)).mappings().first()
        return Progress(**{**row, "at": datetime.fromisoformat(row["at"])}) if row else None
