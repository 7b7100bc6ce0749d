"""A driver carries one run: it holds the target, writes each fact down, and steps back when it must.

Any number of drivers may be told to drive the same run. One gets the target's lock; the others leave.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event as Flag
from typing import TypeVar

from bot.core import events as e
from bot.core.aftermath import follows
from bot.core.changes import Change
from bot.core.errors import Conflict, Overtaken, Refusal, StepFailed, StoreGone, WhimbrelError
from bot.core.events import Event
from bot.core.keeping import (
    Board,
    Journal,
    Note,
    Plans,
    Progress,
)
from bot.core.moves import Status
from bot.core.policy import Missing
from bot.core.ports import Projects, World
from bot.core.quiet import Quiet
from bot.core.records import Pair, pairs
from bot.core.runs import Run
from bot.core.targets import ENVIRONMENTS, Phase, Target
from bot.course import Course
from bot.runner import carry_out

log = logging.getLogger(__name__)

WHIMBREL = "whimbrel"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Garage:
    """Everything that a driver needs, made once."""

    journal: Journal
    plans: Plans
    board: Board
    projects: Projects
    world: World
    lacking: Callable[[Change, Phase], tuple[Missing, ...]]
    now: Callable[[], datetime]
    #: Told after each fact, so that the chat is drawn at once.
    nudge: Callable[[int], None]
    #: Unique and stable for this process.
    worker: str
    stopping: Flag
    #: The changes without a live run, so that they are not read at every sweep.
    idle: Quiet = field(default_factory=Quiet)

    def change(self, number: int) -> Change:
        """The change as the journal has it; NotFound-like Conflict when it has no events."""
        return Change.of(self.journal.read(number))

    def live(self) -> list[Change]:
        """Every change with a run that holds its target or waits for it."""
        runs = self.idle.rest(self.journal.newest(), self.change, lambda c: bool(c.run and c.run.live))
        return runs[::-1]


class NotMine(Exception):
    """Another driver has taken the run, or it has ended: write nothing more."""


class Driver:
    """Drives one run once, from where its record ends."""

    def __init__(self, garage: Garage, change: Change, run: Run) -> None:
        self._garage, self._change, self._run = garage, change, run
        self._name = f"{garage.worker}/{time.monotonic_ns()}"

    def drive(self) -> None:
        """Hold the target and carry the run out; return when it has ended, stopped, or is not ours."""
        garage, run = self._garage, self._run
        if self._change.status not in (Status.QUEUED, Status.RUNNING) or self._waits():
            return
        with ExitStack() as stack:
            try:
                target = garage.projects.target(self._change.project, run.target)
                hold = garage.world.guard(target).hold(target, str(self._change.id))
                free = stack.enter_context(hold)
            except (StepFailed, Refusal) as error:
                self._unreachable(error)
                return
            if not free:
                log.info("run %s: its target is held by another driver", run.id)
                return
            self._note(e.RunStarted(run=run.id, driver=self._name))
            for facts in carry_out(self._course(target)):
                self._note(*facts)

    def _unreachable(self, error: WhimbrelError) -> None:
        """A run that has done nothing fails; one that was under way waits until its target can be had."""
        run = self._run
        if run.steps:
            log.warning("run %s waits: %s", run.id, error.message)
            step = run.unfinished.key if run.unfinished else ""
            text = f"waits: {error.message}"
            self._show(Progress(run=run.id, step=step, share=None, text=text, at=self._garage.now()))
            return
        self._note(e.RunStarted(run=run.id, driver=self._name))
        self._note(e.StepStarted(run=run.id, step="reach", title="Target reachable and privileged"))
        remains = f"{run.target} was not touched."
        self._note(
            e.RunFailed(run=run.id, step="reach", reason=error.message, hint=error.hint, remains=remains)
        )

    def _waits(self) -> bool:
        """Another change holds the target: say so once, and come again when the sweep finds it free."""
        run = self._run
        if run.state != "queued" or run.started:
            return False
        ahead = [c.id for c in self._garage.live() if c.id != self._change.id and _before(c, run)]
        if ahead and run.behind != ahead[0]:
            self._note(e.RunQueued(run=run.id, behind=ahead[0]))
        return bool(ahead)

    def _course(self, target: Target) -> Course:
        garage, change = self._garage, self._change
        plan = garage.plans.get(change.fingerprint)
        projects = garage.projects
        looks = self._run.phase not in ENVIRONMENTS
        return Course(
            change=change,
            run=self._run,
            plan=plan,
            target=target,
            tool=garage.projects.tool(change.project),
            database=garage.world.database(target),
            world=garage.world,
            guard=garage.world.guard(target),
            vault=garage.world.vault(target),
            now=garage.now,
            lacking=lambda: garage.lacking(change, self._run.phase),
            again=lambda: garage.projects.again(plan, self._run.phase),
            show=self._show,
            refresh=self._refresh,
            stopping=garage.stopping.is_set,
            rehearsal=change.rehearsal,
            environment=lambda phase: projects.target(change.project, phase.value),
            hooks=projects.hooks(change.project),
            text=lambda path: projects.text(change.project, path),
            record=self._record,
            earlier=self._earlier,
            facts=projects.facts(change.project, garage.world.backups),
            lab=garage.world.lab(target.kind, projects.rehearsal_server(change.project)) if looks else None,
        )

    def _record(self, phase: Phase) -> Sequence[Pair]:
        """What earlier changes of the project were forecast to take there, and took."""
        return pairs(self._others(), phase)

    def _earlier(self, step: str, name: str) -> Sequence[str]:
        runs = [run for change in self._others() for run in change.runs.values()]
        return [run.steps[step].facts[name] for run in runs if name in _facts(run, step)][-10:]

    def _others(self) -> Iterator[Change]:
        """The project's other changes, oldest first."""
        numbers = sorted(self._garage.journal.newest())
        others = (self._garage.change(n) for n in numbers if n != self._change.id)
        return (c for c in others if c.project == self._change.project)

    def _show(self, progress: Progress) -> None:
        try:
            self._garage.board.show(progress)
            self._garage.nudge(self._change.id)
        except StoreGone:
            log.info("progress of run %s is not shown: the store is out of reach", self._run.id)

    def _refresh(self) -> None:
        """Take in what others have written; NotMine when another driver has taken over."""
        for entry in self._patiently(lambda: self._garage.journal.read(self._change.id, self._change.seq)):
            self._change.take(entry)
        if self._run.driver and self._run.driver != self._name and self._run.state == "running":
            raise NotMine

    def _note(self, event: Event, *then: Event) -> None:
        """Write an event and what follows from it; again after others have written, never after a driver.

        `then` is written with it, if nobody has written anything meanwhile; if somebody has, it is left out.
        """
        garage, change = self._garage, self._change
        while True:
            change.check(event)
            seq, at = change.seq, garage.now()
            events = (event, *self._follows(event, at), *then)
            try:
                entries = garage.journal.add(change.id, seq, Note(events=events, by=WHIMBREL, at=at))
            except Overtaken:
                entries = ()
            except StoreGone:
                log.warning("run %s waits for the store", self._run.id)
                time.sleep(0.5)
                entries = ()
            if entries:
                for entry in entries:
                    change.take(entry)
                break
            if self._written(seq, event):
                break
            then = ()
        garage.nudge(change.id)

    def _written(self, seq: int, event: Event) -> bool:
        """Take in what is there now; true when our own event is: its answer was lost on the way."""
        fresh = self._patiently(lambda: self._garage.journal.read(self._change.id, seq))
        mine = any(entry.event == event and entry.by == WHIMBREL for entry in fresh)
        started = isinstance(event, e.RunStarted)
        for entry in fresh:
            self._change.take(entry)
        if not mine and not started and self._run.driver not in ("", self._name):
            raise NotMine
        return mine

    def _follows(self, event: Event, now: datetime) -> tuple[Event, ...]:
        if not isinstance(event, e.RunFailed | e.RunFinished):
            return ()
        plan = self._patiently(lambda: self._garage.plans.get(self._change.fingerprint))
        return follows(self._change, plan, self._run, event, now)

    def _patiently(self, read: Callable[[], T]) -> T:
        """Ask the store until it answers: nothing may go on without it."""
        while True:
            try:
                return read()
            except StoreGone:
                log.warning("run %s waits for the store", self._run.id)
                time.sleep(0.5)


def _facts(run: Run, step: str) -> Mapping[str, str]:
    known = run.steps.get(step)
    return known.facts if known else {}


def drive(garage: Garage, change: int, run: str) -> None:
    """Drive a run, if it is there to be driven. Never raises: the sweep comes again."""
    try:
        found = garage.change(change)
        while run in found.runs:
            Driver(garage, found, found.runs[run]).drive()
            newest = found.run  # a failed run may have brought the one that takes it back
            if newest is None or newest.id == run or garage.stopping.is_set():
                return
            run = newest.id
    except (NotMine, Conflict) as left:
        log.info("run %s is not driven on: %s", run, left)
    except WhimbrelError as error:
        log.warning("run %s cannot be driven now: %s", run, error.message)
    except Exception:
        log.exception("a fault of our own while driving run %s", run)


def _before(other: Change, run: Run) -> bool:
    """The other change's run comes first on the same target."""
    theirs = other.run
    assert theirs is not None
    if theirs.target != run.target or not theirs.live:
        return False
    return theirs.started is not None or (theirs.requested, theirs.id) < (run.requested, run.id)
