"""carry_out: yields facts. Whoever drives it writes them down, and adds them to the course's change, before
asking for the next. So after a crash a step that was begun and not finished is exactly "outcome unknown", and
is settled by asking the target.

The end of one step and the start of the next are written together where nobody has wished for anything: to
have written after the newest entry that was read proves that nobody has.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from threading import Event as Flag
from threading import Thread
from types import TracebackType
from uuid import uuid4

from bot.core import events as e
from bot.core.errors import (
    Lapsed,
    LockTimeout,
    NotBegun,
    OutcomeUnknown,
    ScriptMoved,
    StepFailed,
    WhimbrelError,
)
from bot.core.events import Direction, Event
from bot.core.targets import ENVIRONMENTS, Blocker
from bot.core.text import listed
from bot.course import Course, Move
from bot.settling import settle
from bot.steps import rehearsal
from bot.steps.order import moves
from bot.tripwire import wired

log = logging.getLogger(__name__)

#: How often the sessions in our way are looked up while a revision runs, in seconds.
WATCH_EVERY = 0.5
#: The name of the sessions of steps that only look.
LOOKS_AS = "whimbrel"


#: Facts to be written together. The first is certain; one that follows it holds only if nobody has written
#: anything since: else it is left out, and what they wrote is looked at first.
Facts = tuple[Event, ...]


def carry_out(course: Course) -> Iterator[Facts]:
    """The facts of the run, from where its record ends. Ends early at a wish, or when the process stops."""
    run = course.run
    try:
        if begun := run.unfinished:
            course.guard.cut_off(course.target, course.application)
            yield (settle(course, begun.key),)
        way = _Way(course, () if run.unfinished else moves(course))
        while move := way.step():
            if _state(course, move) in ("", "done"):
                if (wished := _wished(course)) is not None:
                    yield from wished
                    return
                yield (_start(course, move),)
            yield from _attempt(course, move, way)
            if move.key not in run.steps:  # a wish came while a lock was waited for
                yield from _wished(course) or ()
                return
            if run.steps[move.key].state != "done":
                return
        if not run.unfinished:
            # A phase that only looks leaves nothing behind: no environment has moved.
            changes = run.phase in ENVIRONMENTS
            revision = course.tool.history(course.target).current if changes else ""
            yield (e.RunFinished(run=run.id, revision=revision, schema=course.fact("after", "schema")),)
    finally:
        course.close()
        if not run.live:
            _clear(course)


class _Way:
    """The moves that are not made yet, of which the next one can be looked at ahead."""

    def __init__(self, course: Course, every: Iterable[Move]) -> None:
        self._moves = (m for m in every if _state(course, m) != "done" or not m.there(course))
        self._ahead: Move | None = None

    def ahead(self) -> Move | None:
        """The move after the newest one; None after the last."""
        self._ahead = self._ahead or next(self._moves, None)
        return self._ahead

    def step(self) -> Move | None:
        """Go on to it."""
        move, self._ahead = self.ahead(), None
        return move


def _clear(course: Course) -> None:
    """However the run ended, its scratch databases go; what cannot be reached now is looked for later."""
    try:
        rehearsal.clear(course)
    except WhimbrelError as error:
        log.warning("scratch databases of run %s are left for now: %s", course.run.id, error.message)


def _state(course: Course, move: Move) -> str:
    step = course.run.steps.get(move.key)
    return step.state if step else ""


def _start(course: Course, move: Move) -> Event:
    return e.StepStarted(run=course.run.id, step=move.key, title=move.title)


def _at_once(course: Course, move: Move | None) -> Facts:
    """The start of the next step, where it may be written with the end of the one before.

    Not that of a revision that commits as it goes: from its start on, a crash may leave an unknown outcome.
    """
    if move is None or course.run.wish or course.stopping():
        return ()
    if move.revision and not course.plan.script(move.revision).transactional:
        return ()
    return (_start(course, move),)


def _wished(course: Course) -> list[Facts] | None:
    """What ends the run here: a wish's event, or nothing at all when the process stops. None: go on."""
    course.refresh()
    run = course.run
    if run.wish == "abort":
        return [(e.RunAborted(run=run.id),)]
    if run.wish == "pause":
        return [(e.RunPaused(run=run.id),)]
    return [] if course.stopping() else None


def _attempt(course: Course, move: Move, way: _Way) -> Iterator[Facts]:
    """Make a move, again after each lock that was not granted, until it is done or cannot be."""
    limits, run = course.plan.limits, course.run.id
    for attempt in range(1, limits.lock_retries + 2):
        began = time.monotonic()
        watch = _Watch(course, move)
        try:
            with watch:
                done = yield from wired(course, move)
        except LockTimeout as error:
            yield (
                e.LockWaited(
                    run=run,
                    step=move.key,
                    attempt=attempt,
                    attempts=limits.lock_retries + 1,
                    blockers=watch.blockers or error.blockers,
                ),
            )
            if attempt > limits.lock_retries:
                yield from _failed(course, move, error)
            elif not _rest(course, min(limits.lock_backoff * 2 ** (attempt - 1), limits.lock_backoff_most)):
                yield (e.StepSettled(run=run, step=move.key, applied=False, how="No lock was granted."),)
                return
        except WhimbrelError as error:
            yield from _failed(course, move, error)
        except Exception as error:
            reference = uuid4().hex[:8]
            log.exception("fault %s in step %s of run %s", reference, move.key, run)
            fault = OutcomeUnknown(f"A fault of Whimbrel's own stopped the step (reference {reference}).")
            fault.__cause__ = error
            yield from _failed(course, move, fault)
        else:
            took = round(time.monotonic() - began, 3)
            for event in done.events:
                yield (event,)
            end = e.StepFinished(
                run=run,
                step=move.key,
                seconds=took,
                evidence=done.evidence,
                facts=done.facts,
                answers=done.answers,
            )
            yield (end, *_at_once(course, way.ahead()))
        if _over(course, move):
            return


def _over(course: Course, move: Move) -> bool:
    """The step is done, failed or unknown, or the run ended."""
    step = course.run.steps.get(move.key)
    return step is None or step.state != "running"


def _rest(course: Course, seconds: float) -> bool:
    """Wait; false when a wish came or the process is asked to stop."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if _wished(course) is not None:
            return False
        time.sleep(min(0.2, max(0.0, until - time.monotonic())))
    return True


def _failed(course: Course, move: Move, error: WhimbrelError) -> Iterator[Facts]:
    """What is true after a move that did not end well; the target is asked where nobody else knows."""
    run = course.run
    sure = isinstance(error, NotBegun) or (
        isinstance(error, StepFailed)
        and (not move.revision or course.plan.script(move.revision).transactional)
    )
    if move.revision and not sure:
        course.close()
        course.guard.cut_off(course.target, course.application)
        found = settle(course, move.key)
        if isinstance(found, e.OutcomeLost):
            truth = f"{error.message} {found.truth}"
            yield (replace(found, truth=truth),)
            return
        yield (found,)
        if isinstance(found, e.StepSettled) and found.applied:
            return
    if isinstance(error, OutcomeUnknown) and isinstance(lost := settle(course, move.key), e.OutcomeLost):
        yield (replace(lost, truth=f"{error.message} {lost.truth}"),)
        return
    for event in error.events if isinstance(error, Lapsed) else ():
        yield (event,)
    hint = f"/migrate plan {course.change.id}" if isinstance(error, ScriptMoved) else error.hint
    remains = _remains(course, move)
    yield (e.RunFailed(run=run.id, step=move.key, reason=error.message, hint=hint, remains=remains),)


def _remains(course: Course, move: Move) -> str:
    """What is true of the target now, in one sentence."""
    if course.run.phase not in ENVIRONMENTS:
        return "No environment was touched."
    there = course.change.applied(course.run.phase)
    name = course.target.id
    left = f"{listed(there)} {'is' if len(there) == 1 else 'are'} applied to {name}" if there else ""
    if move.revision and course.run.direction is Direction.FORWARD:
        gone = f"Nothing of {move.revision} remains"
        return f"{gone}; {left}." if left else f"{gone}; {name} is as it was."
    return f"{left[:1].upper()}{left[1:]}." if left else f"{name} is as it was."


class _Watch:
    """Looks, while a revision runs, who is in its way; the last answer is kept."""

    def __init__(self, course: Course, move: Move) -> None:
        self.blockers: tuple[Blocker, ...] = ()
        self._course, self._move, self._over = course, move, Flag()
        self._thread: Thread | None = None

    def __enter__(self) -> _Watch:
        self._thread = Thread(target=self._serve, name=f"watch {self._move.key}", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def _serve(self) -> None:
        course, carries = self._course, bool(self._move.revision)
        application = course.application if carries else LOOKS_AS
        while not self._over.wait(WATCH_EVERY):
            try:
                text = ""
                if found := tuple(course.guard.blockers(course.target, application)):
                    self.blockers = found
                    text = f"waits for pid {found[0].pid} ({found[0].application or found[0].user})"
                if text or carries:
                    course.progress(self._move.key, None, text)  # also says that the driver lives
            except WhimbrelError as error:
                log.info("cannot look for blockers: %s", error.message)
