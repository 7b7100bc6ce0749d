"""What goes wrong in the middle of a revision, tried on copies: a lock that is not granted, a connection that
is cut, a statement that is cancelled. Afterwards the database is asked what is left of it.

Every try has a copy of its own, and goes through the project's own tool, as a run would.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from bot.rehearsal.aims import Aim, aims
from bot.rehearsal.strikes import APPLICATION, Scene, Strike
from bot.rehearsal.traces import judged, state_of

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

    def statements(self, script: Script) -> Sequence[Measured]:
        return self.measured.get(script.revision, ())

    def has_time(self, script: Script) -> bool:
        """Whether another try will likely end in time."""
        needed = max(self.longest or _FIRST, 1.5 * sum(s.seconds for s in self.statements(script)))
        return self.now() + needed <= self.until


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
    telling = [script for script in scripts if _telling(script, course.statements(script))]
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
    if not chosen:
        return
    late = _late(course, chosen)
    if late(chosen[0]):
        return
    base = _fresh(course, course.ground.start, course.base)
    waiting: list[str] = []
    for script in scripts:
        if script in chosen:
            if late(script) or not _advanced(course, base, waiting, script):
                return
            waiting = []
            for fault in Fault:
                if late(script, fault):
                    return
                _try(course, base, script, fault)
        waiting.append(script.revision)
        if script is chosen[-1]:
            return


def _fresh(course: _Course, of: str, name: str) -> Target:
    course.ground.scratches.drop(name)
    return course.ground.scratches.clone(of, name)


def _late(course: _Course, chosen: Sequence[Script]) -> Callable[..., bool]:
    """Whether there is no time left; if so it is said of all that is not tried."""

    def late(script: Script, fault: Fault | None = None) -> bool:
        if course.has_time(script):
            return False
        faults = list(Fault)
        rest = [s.revision for s in chosen[chosen.index(script) + (fault not in (None, faults[0])) :]]
        if fault and fault is not faults[0]:
            names = listed([f.value for f in faults[faults.index(fault) :]])
            course.tried.untried.append(f"For lack of time {script.revision} was not tried with: {names}.")
        if rest:
            course.tried.untried.append(f"For lack of time no fault was tried in {listed(rest)}.")
        return True

    return late


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


def _try(course: _Course, base: Target, script: Script, fault: Fault) -> None:
    began = course.now()
    try:
        found = _tried(course, base, script, fault)
    except WhimbrelError as error:
        course.tried.untried.append(f"{script.revision}, {fault.value}: {error.message}")
    else:
        if found:
            course.tried.faulted.append(found)
        else:
            said = f"{script.revision} was too quick to be struck, and waited for nothing: {fault.value}."
            course.tried.untried.append(said)
    course.longest = max(course.longest, course.now() - began)


def _tried(course: _Course, base: Target, script: Script, fault: Fault) -> Faulted | None:
    """The first way of striking it that succeeds; None when none did."""
    ground = course.ground
    for aim in _aims(course, base, script, fault):
        copy = _fresh(course, course.base, course.copy)
        try:
            if found := _struck(course, copy, script, Strike(fault=fault, aim=aim)):
                return found
        finally:
            ground.scratches.drop(course.copy)
    return None


def _aims(course: _Course, base: Target, script: Script, fault: Fault) -> Iterator[Aim]:
    statements = course.statements(script)
    names = {lock.relation for s in statements for lock in s.locks} | {
        name for s in statements for name in s.rows
    }
    tables = {facts.name for facts in course.ground.world.database(base).tables(base, sorted(names))}
    yield from aims(statements, tables, refuse=fault is Fault.LOCK_REFUSED)


def _struck(course: _Course, copy: Target, script: Script, strike: Strike) -> Faulted | None:
    ground, statements = course.ground, course.statements(script)
    names = tuple(dict.fromkeys([*ground.tables, *(name for s in statements for name in s.rows)]))
    before = state_of(ground.world, ground.tool, copy, names)
    with ground.intruders.join(copy) as intruder:
        scene = Scene(
            tool=ground.tool,
            guard=ground.world.guard(copy),
            intruder=intruder,
            target=copy,
            script=script,
            statements=statements,
        )
        number = scene.struck(strike)
        if number is None:
            return None
        after = state_of(ground.world, ground.tool, copy, names)
        state, clean = judged(script.revision, before, after, intruder.written(names))
    return Faulted(revision=script.revision, fault=strike.fault, number=number, state=state, clean=clean)
