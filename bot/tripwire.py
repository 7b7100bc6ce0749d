"""Stands beside a revision while it runs, and says at once when it leaves what its rehearsal measured."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from threading import Thread

from bot.core.envelopes import Envelope, Seen, envelope, left, trips
from bot.core.errors import WhimbrelError
from bot.core.events import Direction, EnvelopeLeft, Event
from bot.core.forecasts import forecast
from bot.core.growing import bare
from bot.core.locks import shuts
from bot.core.measures import LockHeld, Storage
from bot.core.records import HELD
from bot.core.targets import Phase
from bot.course import Course, Done, Move

log = logging.getLogger(__name__)

#: How often the locks are looked at, in seconds.
LOOK_EVERY = 0.5
#: In development anything may happen: it is there to try things out.
WIRED = (Phase.STAGING, Phase.PRODUCTION)


def wired(course: Course, move: Move) -> Generator[tuple[Event, ...], None, Done]:
    """Make the move, and yield what of it leaves the envelope, while it runs and when it is done.

    A move that has no envelope is simply made. Raises what the move raises.
    """
    wire = _wire(course, move)
    if wire is None:
        return move.do(course)
    deed = _Deed(course, move)
    try:
        while not deed.over(LOOK_EVERY):
            if news := wire.look():
                yield (EnvelopeLeft(run=course.run.id, step=move.key, what=news),)
    finally:
        deed.join()  # whoever drives us may have stepped back; the revision cannot
    done = deed.result()
    if news := wire.after(done.facts):
        yield (EnvelopeLeft(run=course.run.id, step=move.key, what=news),)
    return replace(done, facts=done.facts | wire.held())


def _wire(course: Course, move: Move) -> _Wire | None:
    """The envelope's edge for this move; None where there is none, or where it cannot be watched."""
    run = course.run
    watched = move.revision and run.phase in WIRED and run.direction is Direction.FORWARD
    if not watched or course.rehearsal is None:
        return None
    try:
        cast = forecast(course.plan, run.phase, course.rehearsal)
        around = envelope(course.rehearsal, cast) if cast else None
    except Exception:
        # A fault of our own in the reckoning must neither stop nor harm what was approved.
        log.exception("%s has no trip-wire: its envelope could not be worked out", move.revision)
        return None
    return _Wire(course, around, move.revision) if around and move.revision in around.edges else None


class _Wire:
    """What has been seen of one revision so far."""

    def __init__(self, course: Course, around: Envelope, revision: str) -> None:
        self._course, self._envelope, self._revision = course, around, revision
        #: (transaction, table, mode) -> when it was first and last seen. A lock's age at the first look is
        #: not known, so what is said of it is what it has been held for at least.
        self._seen: dict[tuple[str, str, str], list[float]] = {}
        self._told: set[str] = set()
        self._began = time.monotonic()
        self._before = self._storages()

    def look(self) -> tuple[str, ...]:
        """Look at the locks now: a sentence for each table that is held far longer than foretold, once."""
        course = self._course
        try:
            holdings = course.guard.locks(course.target, course.application)
        except WhimbrelError as error:
            log.info("cannot look at the locks of %s: %s", self._revision, error.message)
            return ()
        now = time.monotonic()
        there = {(one.transaction, bare(one.relation), one.mode) for one in holdings}
        for key in there:
            self._seen.setdefault(key, [now, now])[1] = now
        edge = self._envelope.edges[self._revision]
        locks = [self._lock(key) for key in there if key[1] not in self._told]
        tripping = tuple(lock for lock in locks if trips(edge, lock))
        self._told |= {lock.relation for lock in tripping}
        return left(self._envelope, self._revision, Seen(locks=tripping))

    def after(self, facts: dict[str, str]) -> tuple[str, ...]:
        """What the revision has left behind: rows far more than foretold, tables written anew."""
        rows = int(facts["rows"]) if facts.get("rows", "").isdigit() else None
        nodes = {one.identity: one.node for one in self._storages()}
        anew = [one.name for one in self._before if nodes.get(one.identity, one.node) != one.node]
        return left(self._envelope, self._revision, Seen(rows=rows, rewritten=tuple(anew)))

    def held(self) -> dict[str, str]:
        """For the record: for how long each table was seen to keep others out, in seconds."""
        longest: dict[str, float] = {}
        for (_, table, mode), (first, last) in self._seen.items():
            if shuts(mode) > 1:
                longest[table] = max(longest.get(table, 0.0), last - first)
        return {f"{HELD}{table}": f"{seconds:.1f}" for table, seconds in longest.items()}

    def _lock(self, key: tuple[str, str, str]) -> LockHeld:
        first, last = self._seen[key]
        return LockHeld(relation=key[1], mode=key[2], begin=first - self._began, seconds=last - first)

    def _storages(self) -> Sequence[Storage]:
        try:
            return self._course.guard.storages(self._course.target, self._course.plan.tables)
        except WhimbrelError as error:
            log.warning("cannot see whether %s writes a table anew: %s", self._revision, error.message)
            return ()


class _Deed:
    """A move that is made by a thread of its own, so that somebody can look meanwhile."""

    def __init__(self, course: Course, move: Move) -> None:
        self._course, self._move = course, move
        self._done: Done | None = None
        self._error: BaseException | None = None
        self._thread = Thread(target=self._make, name=f"carry {move.key}", daemon=True)
        self._thread.start()

    def over(self, seconds: float) -> bool:
        """Whether it is over, waited for that long at most."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def join(self) -> None:
        """Wait for its end, which comes: the step's time is limited."""
        self._thread.join()

    def result(self) -> Done:
        """What the move says; raises what it raised."""
        if self._error:
            raise self._error
        assert self._done is not None
        return self._done

    def _make(self) -> None:
        try:
            self._done = self._move.do(self._course)
        except BaseException as error:
            self._error = error
