"""What goes wrong in the middle of a revision, tried on copies: a lock that is not granted, a connection that
is cut, a statement that is cancelled. Afterwards the database is asked what is left of it.

Every try has a copy of its own, and goes through the project's own tool, as a run would.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.errors import WhimbrelError
from bot.core.events import Direction
from bot.core.intruders import Intruders
from bot.core.lab import Scratches
from bot.core.measures import Fault, Faulted, Measured
from bot.core.plans import Limits, Script
from bot.core.ports import Tool, World
from bot.core.targets import Target
from bot.core.text import listed
from bot.rehearsal.aims import aims
from bot.rehearsal.strikes import APPLICATION, Scene, Strike
from bot.rehearsal.traces import State, judged, state_of

#: Seconds that a try is thought to take before any has been made: a copy, a child of the tool, a look.
_FIRST = 3.0
_ADVANCING = Limits(lock_timeout=10.0, step_timeout=1800.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where faults are tried, and with what."""

    #: A scratch database that stands right before the first revision, with nobody joined to it.
    start: str
    scratches: Scratches
    tool: Tool
    world: World
    intruders: Intruders
    #: The tables whose rows are looked at, beside those that a revision was measured to touch.
    tables: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Tried:
    """What came of it. `untried` has a sentence for everything that was not tried, with the reason."""

    faulted: list[Faulted] = field(default_factory=list)
    untried: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Course:
    """A walk over the revisions: how far the base has come, and what is left of the time."""

    ground: Ground
    measured: Mapping[str, Sequence[Measured]]
    until: float
    now: Callable[[], float]
    tried: Tried
    #: As they were approved: the tool runs no other.
    scripts: Sequence[Script]
    longest: float = 0.0

    @property
    def base(self) -> str:
        return f"{self.ground.start[:50]}_base"

    @property
    def copy(self) -> str:
        return f"{self.ground.start[:50]}_fault"

    def statements(self, revision: str) -> Sequence[Measured]:
        return self.measured.get(revision, ())

    def has_time(self, revisions: Sequence[str]) -> bool:
        """Whether a try that carries these will likely end in time."""
        seconds = sum(statement.seconds for name in revisions for statement in self.statements(name))
        return self.now() + max(self.longest or _FIRST, 1.5 * seconds) <= self.until


def try_faults(
    ground: Ground,
    scripts: Sequence[Script],
    measured: Sequence[Measured],
    budget: float,
    now: Callable[[], float] = time.monotonic,
) -> Tried:
    """Try every fault in every script, for about `budget` seconds: the last try may run a little over.

    `measured` is what the forward SQL did statement by statement; it says where to strike. The most telling
    revisions come first: those that commit as they go, rewrite a table or change rows; then the others.
    No copy is left, and `ground.start` is not touched.
    """
    by_revision: dict[str, list[Measured]] = {}
    for statement in measured:
        by_revision.setdefault(statement.revision, []).append(statement)
    course = _Course(
        ground=ground, measured=by_revision, until=now() + budget, now=now, tried=Tried(), scripts=scripts
    )
    telling = [script for script in scripts if _telling(script, course.statements(script.revision))]
    try:
        for chosen in (telling, [script for script in scripts if script not in telling]):
            _walk(course, scripts, chosen)
    finally:
        ground.scratches.drop(course.copy)
        ground.scratches.drop(course.base)
    order = [script.revision for script in scripts]
    course.tried.faulted.sort(key=lambda found: order.index(found.revision))
    return course.tried


def _telling(script: Script, statements: Sequence[Measured]) -> bool:
    return not script.transactional or any(s.rewritten or s.rows for s in statements)


def _walk(course: _Course, scripts: Sequence[Script], chosen: Sequence[Script]) -> None:
    """Try the chosen ones in their order, over a base that is carried along."""
    base: Target | None = None
    ahead: list[str] = []
    for script in scripts if chosen else ():
        if script in chosen:
            rest = chosen[chosen.index(script) :]
            if _late(course, rest, next(iter(Fault)), ahead):
                return
            base = base or _fresh(course, course.ground.start, course.base)
            if not _advanced(course, base, ahead, script):
                return
            ahead = []
            attempt = _attempt(course, base, script)
            for fault in Fault:
                if _late(course, rest, fault, ahead):
                    return
                _try(course, attempt, fault)
        ahead.append(script.revision)


def _fresh(course: _Course, of: str, name: str) -> Target:
    course.ground.scratches.drop(name)
    return course.ground.scratches.clone(of, name)


def _late(course: _Course, rest: Sequence[Script], fault: Fault, ahead: Sequence[str]) -> bool:
    """Whether there is no time for the fault in the first of `rest`, and for carrying what is `ahead` of it.

    If so it is said of all that is not tried.
    """
    if course.has_time([*ahead, rest[0].revision]):
        return False
    faults = list(Fault)
    if fault is not faults[0]:
        names = listed([f.value for f in faults[faults.index(fault) :]])
        course.tried.untried.append(f"For lack of time {rest[0].revision} was not tried with: {names}.")
        rest = rest[1:]
    if rest:
        names = listed([script.revision for script in rest])
        course.tried.untried.append(f"For lack of time no fault was tried in {names}.")
    return True


def _advanced(course: _Course, base: Target, revisions: Sequence[str], script: Script) -> bool:
    """Carry the base up to the script; false when a revision on the way fails by itself."""
    if not revisions:
        return True
    session = course.ground.tool.open(base, _ADVANCING, APPLICATION, course.scripts)
    try:
        for revision in revisions:
            session.carry(revision, Direction.FORWARD)
    except WhimbrelError as error:
        said = f"No fault was tried in {script.revision} and after it: {error.message}"
        course.tried.untried.append(said)
        return False
    finally:
        session.close()
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """A script that is to be struck, and how a copy stands before it."""

    script: Script
    statements: Sequence[Measured]
    #: The tables that were there before it, of those that it touches.
    known: frozenset[str]
    #: Those whose rows are looked at.
    looked_at: tuple[str, ...]
    before: State


def _attempt(course: _Course, base: Target, script: Script) -> _Attempt:
    ground, statements = course.ground, course.statements(script.revision)
    written = [name for statement in statements for name in statement.rows]
    locked = [lock.relation for statement in statements for lock in statement.locks]
    names = tuple(dict.fromkeys([*ground.tables, *written]))
    known = ground.world.database(base).tables(base, [*locked, *written])
    return _Attempt(
        script=script,
        statements=statements,
        known=frozenset(facts.name for facts in known),
        looked_at=names,
        before=state_of(ground.world, ground.tool, base, names),
    )


def _try(course: _Course, attempt: _Attempt, fault: Fault) -> None:
    began, revision = course.now(), attempt.script.revision
    try:
        found = _tried(course, attempt, fault)
    except WhimbrelError as error:
        course.tried.untried.append(f"{revision}, {fault.value}: {error.message}")
    else:
        if found:
            course.tried.faulted.append(found)
        else:
            why = "it is too quick, and waits for no lock that can be held"
            course.tried.untried.append(f"{revision} was not hit ({fault.value}): {why}.")
    course.longest = max(course.longest, course.now() - began)


def _tried(course: _Course, attempt: _Attempt, fault: Fault) -> Faulted | None:
    """The first way of striking it that succeeds; None when none did."""
    for aim in aims(attempt.statements, attempt.known, refuse=fault is Fault.LOCK_REFUSED):
        copy = _fresh(course, course.base, course.copy)
        try:
            if found := _struck(course.ground, copy, attempt, Strike(fault=fault, aim=aim)):
                return found
        finally:
            course.ground.scratches.drop(course.copy)
    return None


def _struck(ground: Ground, copy: Target, attempt: _Attempt, strike: Strike) -> Faulted | None:
    revision = attempt.script.revision
    with ground.intruders.join(copy) as intruder:
        scene = Scene(
            tool=ground.tool,
            guard=ground.world.guard(copy),
            intruder=intruder,
            target=copy,
            script=attempt.script,
            statements=attempt.statements,
        )
        number = scene.struck(strike)
        if number is None:
            return None
        after = state_of(ground.world, ground.tool, copy, attempt.looked_at)
        state, clean = judged(revision, attempt.before, after, intruder.written(attempt.looked_at))
    return Faulted(revision=revision, fault=strike.fault, number=number, state=state, clean=clean)
