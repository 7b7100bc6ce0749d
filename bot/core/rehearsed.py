"""One revision as it was rehearsed, and what it comes to elsewhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.core.events import Direction
from bot.core.growing import Scale, bare
from bot.core.locks import shuts
from bot.core.measures import Block, Expected, LockHeld, Measured, Rehearsal, Span
from bot.core.widths import Width

#: No revision is expected to take less: a connection, a commit to disk, the tool's own table.
FLOOR = Span(low=0.005, high=0.1)
#: No lock is expected to be held for less at the high end: the commit has to reach the disk.
_HELD = 0.05
#: From this share of a table's rows on, changing them keeps writers of the whole table out.
_MOST = 0.5
#: Statements that change rows which others may want to write.
_CHANGES = re.compile(r"\b(update|delete|merge)\b", re.IGNORECASE)
_NOTHING = Span(low=0.0, high=0.0)


class Rehearsed:
    """What the rehearsal measured of one revision."""

    def __init__(self, rehearsal: Rehearsal, revision: str) -> None:
        self.revision = revision
        self._own = [s for s in rehearsal.statements if s.revision == revision]
        carried = [
            c for c in rehearsal.carried if c.revision == revision and c.direction is Direction.FORWARD
        ]
        self._took = [c.seconds for c in carried]
        self._rows = carried[0].rows if carried else None
        self._copy = {bare(name): rows for name, rows in rehearsal.copied.rows.items()}
        #: Nobody was in these before the plan made them.
        self._new = {bare(n) for s in rehearsal.statements for n in s.created} - self._copy.keys()
        self.blind = not self._own or any(s.error for s in self._own)
        self.timed = bool(self._took) or not self.blind

    def expected(self, scaled: Scale, wide: Width, patience: float) -> Expected:
        """Scaled to an environment. `patience`: seconds for which it queues for each lock, holding others."""
        sql = sum(s.seconds for s in self._own)
        took = self._took or [sql]
        low, high = scaled.low * wide.low, scaled.high * wide.high
        # What the tool took longer than its SQL, it may have taken while it held its locks.
        more = max(0.0, max(took) - sql) * high + scaled.cold
        span = Span(low=max(FLOOR.low, min(took) * low), high=max(FLOOR.high, max(took) * high + scaled.cold))
        locks = [] if self.blind else self._felt()
        closed = _union(lock for lock in locks if self._shuts_table(lock))
        shut = Span(low=closed * low, high=max(_HELD, closed * high + more)) if closed else _NOTHING
        return Expected(
            revision=self.revision,
            seconds=span,
            blocks=tuple(
                Block(
                    table=bare(lock.relation),
                    mode=lock.mode,
                    seconds=Span(low=lock.seconds * low, high=max(_HELD, lock.seconds * high + more)),
                    queued=patience * _later(lock, locks),
                )
                for lock in locks
            ),
            shut=Span(low=0.0, high=span.high) if self.blind else shut,
            rows=None if self._rows is None or scaled.rows is None else round(self._rows * scaled.rows),
            blind=self.blind,
        )

    def _felt(self) -> list[LockHeld]:
        """The longest lock of each mode on each table, of those that keep others from something."""
        felt: dict[tuple[str, str], LockHeld] = {}
        for lock in (lock for s in self._own for lock in s.locks):
            key = (bare(lock.relation), lock.mode)
            kind = shuts(lock.mode)
            if not kind or key[0] in self._new or (kind == 1 and not self._changed(key[0])):
                continue
            if key not in felt or lock.seconds > felt[key].seconds:
                felt[key] = lock
        return [lock for lock in felt.values() if not self._of_its_table(lock, felt.values())]

    def _of_its_table(self, lock: LockHeld, all_locks: Iterable[LockHeld]) -> bool:
        """A lock on an index goes with the one on its table, which people know by name."""
        return bare(lock.relation) not in self._copy and any(
            bare(other.relation) in self._copy
            and shuts(other.mode) > 1
            and other.begin <= lock.begin
            and other.begin + other.seconds >= lock.begin + lock.seconds - 0.01
            for other in all_locks
        )

    def _changed(self, table: str) -> int:
        """Rows of a table that were there before and that it changes."""
        return sum(_written(s, table) for s in self._own if _CHANGES.search(s.sql))

    def _shuts_table(self, lock: LockHeld) -> bool:
        if shuts(lock.mode) > 1:
            return True
        name = bare(lock.relation)
        return self._changed(name) >= max(1, _MOST * self._copy.get(name, 0))


def _written(statement: Measured, table: str) -> int:
    return sum(rows for name, rows in statement.rows.items() if bare(name) == table)


def _later(lock: LockHeld, locks: Sequence[LockHeld]) -> int:
    """How many locks the transaction asks for while it holds this one."""
    until = lock.begin + lock.seconds
    return sum(1 for other in locks if lock.begin < other.begin < until and shuts(other.mode) > 1)


def _union(locks: Iterable[LockHeld]) -> float:
    """Seconds in which at least one of the locks is held."""
    total, end = 0.0, float("-inf")
    for lock in sorted(locks, key=lambda one: one.begin):
        until = lock.begin + lock.seconds
        total += max(0.0, until - max(end, lock.begin))
        end = max(end, until)
    return total
