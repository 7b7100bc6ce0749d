"""One script on its way through a scratch database, and what is known of its statements so far."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.core.locks import blocked, strength
from bot.core.measures import LockHeld, Measured
from bot.databases.postgresql_copy_source import HISTORIES
from bot.databases.postgresql_meter_locks import Hold, LockWatch, strongest
from bot.databases.postgresql_meter_look import (
    INDEXES,
    LOOK_INSIDE,
    LOOK_OUTSIDE,
    Difference,
    Look,
    Relation,
    difference,
    parsed,
)
from bot.databases.postgresql_meter_wire import Answer, Wire

#: Statements that the server takes by themselves only, or that may commit as they go.
_ALONE = re.compile(
    r"CALL\b|VACUUM\b|(CREATE|DROP|REINDEX|ALTER)\b.*\bCONCURRENTLY\b|DO\b.*\b(COMMIT|ROLLBACK)\b",
    re.IGNORECASE | re.DOTALL,
)
_IN_PARTS = re.compile(r"(DO|CALL)\b", re.IGNORECASE)
#: SQLSTATE: may not run inside a transaction; may not end a transaction here.
_NOT_INSIDE = ("25001", "2D000")
#: Statements that say nothing of relations; the first of them must come before any look.
_SILENT = re.compile(r"(SET|RESET|SHOW|SAVEPOINT|RELEASE|ROLLBACK|LISTEN|NOTIFY)\b", re.IGNORECASE)
#: Statements that read all of a table because they must.
_READS_ALL = re.compile(r"(ALTER|CREATE|REINDEX|CLUSTER|VACUUM|REFRESH)\b", re.IGNORECASE)
#: Statements after which the session has nothing prepared.
_FORGETS = re.compile(r"(DISCARD|DEALLOCATE)\b", re.IGNORECASE)
_LOOK = "EXECUTE whimbrel_look"
_BARRED_TABLES = 500


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A statement whose locks may still be held."""

    sql: str
    told: bool
    answer: Answer
    holds: list[Hold] = field(default_factory=list)
    what: Difference | None = None
    wal: int = 0
    temp: int = 0
    error: str = ""


@dataclass(slots=True, kw_only=True)
class MeteredRun:
    """Runs the statements and looks after each. Methods that run something answer whether it may go on."""

    wire: Wire
    watch: LockWatch
    revision: str
    #: Whether a transaction is open.
    open: bool = False
    _drafts: list[_Draft] = field(default_factory=list)
    _known: dict[int, Relation] = field(default_factory=dict)
    #: Relations that the script made itself: nobody else knows them, so nobody waits for them.
    _made: set[int] = field(default_factory=set)
    #: The strongest mode that the open transaction holds on each relation.
    _strongest: dict[int, str] = field(default_factory=dict)
    #: Holds that last to the open transaction's end.
    _lasting: list[Hold] = field(default_factory=list)
    _histories: frozenset[int] = frozenset()
    _wal: int = 0
    _barred: tuple[str, ...] = ()

    def prepare(self, *, with_barrier: bool) -> None:
        """Learn what is there."""
        self.watch.prepare()
        self._prepare_look()
        self._histories = frozenset(int(row[0]) for row in self.wire.ask(HISTORIES))
        self._take(self._look(LOOK_OUTSIDE))
        if with_barrier:
            tables = [r.name for r in self._known.values() if r.kind in "rp" and not r.history]
            self._barred = tuple(tables[:_BARRED_TABLES])

    def begin(self, sql: str = "BEGIN") -> bool:
        """Open a transaction."""
        answer = self.wire.run(sql)
        self.open = not answer.error
        return self._unless(answer, sql)

    def end(self, sql: str) -> bool:
        """End the open transaction; what it held is free now. A refused COMMIT counts as a statement."""
        self.watch.start(closely=True)
        answer = self.wire.run(sql, self.watch.meanwhile)
        self._let_go(answer.end, watched=True)
        return self._unless(answer, sql)

    def statement(self, sql: str, said: str, *, told: bool) -> bool:
        """Run one statement, inside the open transaction or by itself. `said`: without leading comments."""
        if self.open:
            draft = self._inside(sql, said, told)
            if draft.error:
                self.wire.run("ROLLBACK")
                self._let_go(draft.answer.end)
            return not draft.error
        if not _ALONE.match(said) and not _FORGETS.match(said):
            going = self._by_itself(sql, said, told)
            if going is not None:
                return going
        return not self._alone(sql, said, told).error

    def measured(self) -> list[Measured]:
        """What there is to tell, in order."""
        told = [draft for draft in self._drafts if draft.told or draft.error]
        begin = self._drafts[0].answer.begin if self._drafts else 0.0
        return [self._measured(number, draft, begin) for number, draft in enumerate(told, 1)]

    def _by_itself(self, sql: str, said: str, told: bool) -> bool | None:
        """In a transaction of its own, so that it can be asked what it holds; None when it takes none."""
        self.wire.run("BEGIN")
        self.open = True
        draft = self._inside(sql, said, told)
        if draft.error:
            self.wire.run("ROLLBACK")
            self._let_go(draft.answer.end)
            if draft.answer.state in _NOT_INSIDE:
                self._drafts.pop()
                return None
            return False
        return self.end("COMMIT")

    def _inside(self, sql: str, said: str, told: bool) -> _Draft:
        self.watch.start()
        answer = self.wire.run(sql, self.watch.meanwhile)
        draft = self._drafted(sql, told, answer)
        if answer.error:
            # What it held went with the error.
            seen = [hold for hold in self.watch.stop(answer.end) if self._newly(hold.oid, hold.mode)]
            draft.holds = self._named(seen)
        elif _FORGETS.match(said):
            self._prepare_look()
        elif not _SILENT.match(said):
            self._after(draft, said, self._look(_LOOK))
        return draft

    def _prepare_look(self) -> None:
        # It is asked after each statement: to plan it would take longer than to run it.
        self.wire.ask(f"PREPARE whimbrel_look AS {LOOK_INSIDE}")

    def _alone(self, sql: str, said: str, told: bool) -> _Draft:
        self.watch.bar(self._barred)
        self.watch.start(closely=True, in_parts=bool(_IN_PARTS.match(said)))
        answer = self.wire.run(sql, self.watch.meanwhile)
        draft = self._drafted(sql, told, answer)
        if _FORGETS.match(said):
            self._prepare_look()
        look = self._look(LOOK_OUTSIDE)
        gone = self._known.keys() - look.relations.keys()
        look.relations.update(dict.fromkeys(gone))
        # Rows come to an index with its table; one that goes is nobody's any more when it is locked to go.
        seen = [
            hold
            for hold in self.watch.stop(answer.end)
            if not self._is_index(hold.oid) or (hold.oid not in gone and blocked(hold.mode))
        ]
        draft.holds = self._named(_without_weaker(seen))
        draft.what = difference(self._known, look, empty_counts=bool(_READS_ALL.match(said)))
        self._take(look, draft)
        return draft

    def _after(self, draft: _Draft, said: str, look: Look) -> None:
        """What the statement did, and which locks it took that last."""
        draft.what = difference(self._known, look, empty_counts=bool(_READS_ALL.match(said)))
        for oid, modes in look.modes.items():
            mode = strongest(modes)
            if oid in self._known and self._newly(oid, mode):
                hold = Hold(oid=oid, mode=mode, begin=self.watch.begin_of(oid, mode))
                self._strongest[oid] = mode
                draft.holds.append(hold)
                self._lasting.append(hold)
        draft.holds = self._named(self._telling(draft.holds))
        self._take(look, draft)

    def _newly(self, oid: int, mode: str) -> bool:
        held = self._strongest.get(oid)
        return held is None or strength(mode) > strength(held)

    def _is_index(self, oid: int) -> bool:
        return oid in self._known and self._known[oid].kind in INDEXES

    def _telling(self, holds: Iterable[Hold]) -> Iterator[Hold]:
        """Without an index whose table is locked as strongly: who comes to the index comes by the table."""
        for hold in holds:
            table = self._strongest.get(self._known[hold.oid].of, "") if self._is_index(hold.oid) else ""
            if not table or strength(hold.mode) > strength(table):
                yield hold

    def _named(self, holds: Iterable[Hold]) -> list[Hold]:
        """Of the project's relations that were there before the script, each by its name at this moment."""
        known = [(self._known[hold.oid], hold) for hold in holds if hold.oid in self._known]
        for relation, hold in known:
            hold.name = relation.name
        return [hold for relation, hold in known if not relation.history and hold.oid not in self._made]

    def _take(self, look: Look, draft: _Draft | None = None) -> None:
        if draft:
            draft.wal = max(0, look.wal - self._wal)
        self._wal = look.wal
        for oid, relation in look.relations.items():
            if draft and oid not in self._known:
                self._made.add(oid)
            if relation:
                self._known[oid] = relation

    def _look(self, query: str) -> Look:
        return parsed(self.wire.ask(query), self._histories)

    def _drafted(self, sql: str, told: bool, answer: Answer) -> _Draft:
        draft = _Draft(sql=sql, told=told, answer=answer, error=answer.error, temp=self.wire.temporary())
        self._drafts.append(draft)
        return draft

    def _let_go(self, end: float, *, watched: bool = False) -> None:
        for hold in self._lasting:
            hold.end = self.watch.end_of(hold.oid, hold.mode, end) if watched else end
        self._lasting, self._strongest, self.open = [], {}, False

    def _unless(self, answer: Answer, sql: str) -> bool:
        if answer.error:
            self._drafted(sql, True, answer)
        return not answer.error

    def _measured(self, number: int, draft: _Draft, begin: float) -> Measured:
        what = draft.what
        locks = [
            LockHeld(
                relation=hold.name, mode=hold.mode, begin=max(0.0, hold.begin - begin), seconds=hold.seconds
            )
            for hold in sorted(draft.holds, key=lambda hold: (hold.begin, hold.name))
        ]
        return Measured(
            revision=self.revision,
            number=number,
            sql=draft.sql,
            seconds=draft.answer.seconds,
            locks=tuple(locks),
            rewritten=what.rewritten if what else (),
            scanned=what.scanned if what else {},
            rows=what.rows if what else {},
            created=what.created if what else (),
            dropped=what.dropped if what else (),
            wal=draft.wal,
            temp=draft.temp,
            error=draft.error,
        )


def _without_weaker(holds: Iterable[Hold]) -> list[Hold]:
    """Without modes that a stronger one on the same relation outlasts."""
    all_ = list(holds)
    return [
        hold
        for hold in all_
        if not any(
            other.oid == hold.oid
            and strength(other.mode) > strength(hold.mode)
            and other.seconds >= hold.seconds
            for other in all_
        )
    ]
