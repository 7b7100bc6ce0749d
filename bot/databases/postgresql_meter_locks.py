"""Which locks a session holds on relations, and from when to when: seen from a second session, every 5 ms."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field

from bot.core.locks import strength
from bot.databases.postgresql_meter_wire import Wire

#: Seconds between two looks: what others feel is told within 20 ms.
_EVERY = 0.005
#: A statement that cannot be asked afterwards is looked at without a pause for so long.
_CLOSELY = 0.05
#: So long a barrier may stand with nothing to be seen.
_BARRIER = 0.1
_PREPARE = """
PREPARE whimbrel_locks (int) AS
SELECT relation, mode, granted, virtualtransaction FROM pg_locks
WHERE pid = $1 AND locktype = 'relation' AND relation >= 16384
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(slots=True, kw_only=True)
class Hold:
    """One lock on one relation, from and to by `time.perf_counter`."""

    oid: int
    mode: str
    #: The relation's, when it was locked.
    name: str = ""
    begin: float
    end: float = 0.0
    transaction: str = ""

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@dataclass(slots=True)
class LockWatch:
    """Looks at one session's locks while a statement of it runs."""

    wire: Wire
    pid: int
    #: What is held now, by relation and mode.
    held: dict[tuple[int, str], Hold] = field(default_factory=dict)
    #: What was let go before the statement's end.
    past: list[Hold] = field(default_factory=list)
    _begin: float = 0.0
    _last: float = 0.0
    _next: float = 0.0
    _closely: bool = False
    _in_parts: bool = False
    _barrier: bool = False

    def prepare(self) -> None:
        """Once, before the first statement."""
        self.wire.ask(_PREPARE)

    def start(self, *, closely: bool = False, in_parts: bool = False) -> None:
        """A statement goes. `closely`: it cannot be asked. `in_parts`: it may commit on its way."""
        self.held, self.past = {}, []
        self._begin = self._last = time.perf_counter()
        self._closely, self._in_parts = closely, in_parts
        self._next = self._begin + (0 if closely else _EVERY)

    def meanwhile(self) -> float:
        """Look when it is time to; the seconds until the next look."""
        now = time.perf_counter()
        if now < self._next:
            return self._next - now
        self._look()
        now = time.perf_counter()
        closely = self._closely and now < self._begin + _CLOSELY
        self._next = now if closely else now + _EVERY
        return 0.0 if closely else _EVERY

    def stop(self, end: float) -> list[Hold]:
        """The statement has ended; whatever was seen, the longest hold of each lock."""
        self.lift()
        for hold in self.held.values():
            hold.end = end
        longest: dict[tuple[int, str], Hold] = {}
        for hold in (*self.past, *self.held.values()):
            known = longest.get((hold.oid, hold.mode))
            if known is None or hold.seconds > known.seconds:
                longest[hold.oid, hold.mode] = hold
        return list(longest.values())

    def begin_of(self, oid: int, mode: str) -> float:
        """When a lock that is held at the end of a statement was granted."""
        hold = self.held.get((oid, mode))
        # Unseen until now: since the last look, or since the statement began when there was none.
        return hold.begin if hold else self._last

    def end_of(self, oid: int, mode: str, ended: float) -> float:
        """When a lock went that was held before: a COMMIT frees what it holds, and then removes files."""
        if self._last <= self._begin or (oid, mode) in self.held:
            return ended
        return next((hold.end for hold in self.past if (hold.oid, hold.mode) == (oid, mode)), self._last)

    def bar(self, tables: Collection[str]) -> None:
        """Make a statement that commits as it goes wait until it was seen, however quick it is.

        CREATE INDEX CONCURRENTLY waits for older snapshots, DROP INDEX CONCURRENTLY for the table's readers.
        The barrier falls at the first sight of a lock.
        """
        self.wire.ask("BEGIN ISOLATION LEVEL REPEATABLE READ")
        self.wire.ask("SELECT count(*) FROM pg_class")
        if tables:
            self.wire.ask(f"LOCK TABLE {', '.join(f'ONLY {name}' for name in tables)} IN ACCESS SHARE MODE")
        self._barrier = True

    def lift(self) -> None:
        """Let the statement go on."""
        if self._barrier:
            self._barrier = False
            self.wire.ask("ROLLBACK")

    def _look(self) -> None:
        rows = self.wire.ask(f"EXECUTE whimbrel_locks ({self.pid})")
        now = time.perf_counter()
        seen: set[tuple[int, str]] = set()
        for oid, mode, granted, transaction in rows:
            if granted == "t":
                seen.add(self._see(int(oid), mode.removesuffix("Lock"), transaction, now))
        for key in self.held.keys() - seen:
            self._over(key, now)
        self._last = now
        if rows or now > self._begin + _BARRIER:
            self.lift()

    def _see(self, oid: int, mode: str, transaction: str, now: float) -> tuple[int, str]:
        key = (oid, mode)
        known = self.held.get(key)
        if known and self._in_parts and known.transaction != transaction:
            self._over(key, now)
            known = None
        if known is None:
            first = self._last <= self._begin
            begin = self._begin if first else (self._last + now) / 2
            self.held[key] = Hold(oid=oid, mode=mode, begin=begin, transaction=transaction)
        return key

    def _over(self, key: tuple[int, str], now: float) -> None:
        hold = self.held.pop(key)
        hold.end = (self._last + now) / 2
        self.past.append(hold)


def strongest(modes: Collection[str]) -> str:
    """The mode that keeps others from most; "" for none."""
    return max(modes, key=strength, default="")
