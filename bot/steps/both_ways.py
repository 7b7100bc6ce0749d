"""The steps of a rehearsal in which the project's own tool goes forward under load, back, and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bot.core.codec import written
from bot.core.errors import LockTimeout, StepFailed, WhimbrelError
from bot.core.events import Direction
from bot.core.lab import Workload
from bot.core.measures import Carrying, Felt
from bot.core.plans import Script
from bot.core.ports import Session
from bot.core.targets import Target
from bot.core.text import listed, seconds
from bot.course import Course, Done
from bot.steps.comparing import Comparison
from bot.steps.rehearsal import base, lab, name, scratch, scripts, session

#: How long a workload runs before the first revision and after the last, in seconds.
QUIET = 1.0
#: Rows that are written to each table in the new shape before the way back is tried once more.
NEW_ROWS = 50


def tool(course: Course) -> Done:
    """The project's own tool, as it will run: forward while people work, back, and forward again."""
    order, back = [s.revision for s in scripts(course)], _way_back(scripts(course))
    with scratch(course, "tool", keep=True) as target:
        looks = Comparison.begun(course, target, course.environment(base(course)))
        with session(course, target) as carry:
            forth, felt = _under_load(
                course, target, lambda: _carried(course, carry, order, Direction.FORWARD)
            )
            looks.changed()
            facts = {"forward": _print(course, target), "felt": written(felt)}
            reverse = _carried(course, carry, back, Direction.BACK)
            facts["back"] = _print(course, target)
            facts["not restored"] = ", ".join(looks.restored()) if len(back) == len(order) else ""
            again, facts["stuck"] = _again(course, carry, back[::-1])
            facts["again"] = _print(course, target)
        if facts["stuck"] or facts["not restored"] or _left(course, facts, len(order) - len(back)):
            _anew(course, order)
        facts["shapes"] = written(course.database.shapes(target, course.plan.tables))
    facts |= {"carried": written([*forth, *reverse, *again]), "stays": str(len(order) - len(back))}
    said = f"{_took(forth)} forward, {_took(reverse)} back, {_took(again)} again{_felt(felt)}"
    return Done(evidence=said, facts=facts, answers=tuple(looks.answers()))


def _again(course: Course, carry: Session, order: Sequence[str]) -> tuple[list[Carrying], str]:
    """Forward once more; with what the database said, where the way back has left something in the way."""
    try:
        return _carried(course, carry, order, Direction.FORWARD), ""
    except Stuck as stuck:
        return [], stuck.said


def _left(course: Course, facts: dict[str, str], stays: int) -> bool:
    """Whether the way back, where it goes all the way, has left something of the change in the schema."""
    return not stays and facts["back"] != course.fact("copy", "start")


def _anew(course: Course, order: Sequence[str]) -> None:
    """The copy as production will have it: later steps are not to stumble over what a way back has left."""
    scratches = lab(course).scratches
    scratches.drop(name(course, "tool"))
    with session(course, scratches.clone(name(course, "golden"), name(course, "tool"))) as carry:
        _carried(course, carry, order, Direction.FORWARD)


def late(course: Course) -> Done:
    """The way back once people have written rows as the new schema allows them."""
    scratches = lab(course).scratches
    scratches.drop(name(course, "late"))
    target = scratches.clone(name(course, "tool"), name(course, "late"))
    new = lab(course).loads.write_new_shape(target, course.plan.tables, NEW_ROWS)
    said = f"{sum(new.values()):,} rows were written as the new schema allows them"
    try:
        with session(course, target) as carry:
            _carried(course, carry, _way_back(scripts(course)), Direction.BACK)
    except Stuck as stuck:
        facts = {"stuck": stuck.revision, "why": stuck.said}
        return Done(
            evidence=f"{said}; then {stuck.revision} could not be taken back: {stuck.said}", facts=facts
        )
    facts = {"back": _print(course, target)}
    scratches.drop(name(course, "late"))
    return Done(evidence=f"{said}, and all of it could still be taken back", facts=facts)


class Stuck(StepFailed):
    """A revision that the tool could not carry on the copy."""

    def __init__(self, revision: str, said: str, message: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.revision, self.said = revision, said


def _print(course: Course, target: Target) -> str:
    return course.database.fingerprint(target).digest


def _carried(course: Course, carry: Session, order: Sequence[str], way: Direction) -> list[Carrying]:
    found: list[Carrying] = []
    for number, revision in enumerate(order):
        course.progress("tool", number / max(1, len(order)), f"{revision} {way}")
        began = time.monotonic()
        try:
            done = carry.carry(revision, way)
        except LockTimeout:
            raise  # the step is tried again
        except WhimbrelError as error:
            said = "on the way forward" if way is Direction.FORWARD else "on the way back"
            raise Stuck(
                revision,
                error.message,
                f"On the copy, {said}: {error.message}",
                error.hint or f"Mend its script, then /migrate plan {course.change.id}",
            ) from error
        took = round(time.monotonic() - began, 3)
        found.append(Carrying(revision=revision, direction=way, seconds=took, rows=done.rows))
    return found


def _way_back(pending: Sequence[Script]) -> list[str]:
    """The revisions that can be reversed, newest first, up to the first that cannot."""
    order: list[str] = []
    for script in reversed(pending):
        if not script.reversible:
            break
        order.append(script.revision)
    return order


def _under_load(
    course: Course, target: Target, carry: Callable[[], list[Carrying]]
) -> tuple[list[Carrying], list[Felt]]:
    """Carry while a workload runs; without one where the affected tables are not there yet."""
    loads, workload = lab(course).loads, _workload(course, target)
    if workload is None:
        return carry(), []
    with loads.play(target, workload) as load:
        _pause(course, QUIET)
        load.mark("during")
        forth = carry()
        load.mark("after")
        _pause(course, QUIET)
        return forth, [load.felt()]


def _workload(course: Course, target: Target) -> Workload | None:
    """The project's own script, else what the lab finds; None where there is nothing to read or write."""
    file, loads = course.plan.rehearsing.workload, lab(course).loads
    if file:
        return loads.scripted(file, course.text(file))
    known = [t.name for t in course.database.tables(target, course.plan.tables)]
    return loads.workload(course.environment(base(course)), target, known) if known else None


def _pause(course: Course, length: float) -> None:
    until = time.monotonic() + length
    while time.monotonic() < until and not course.stopping():
        time.sleep(0.05)


def _took(carried: Sequence[Carrying]) -> str:
    return seconds(sum(c.seconds for c in carried))


def _felt(found: Sequence[Felt]) -> str:
    if not found:
        return "; no table was there to be worked with meanwhile"
    felt = found[0]
    worst = f"; the longest wait of {felt.statements:,} statements meanwhile was {seconds(felt.worst)}"
    broken = f"; {listed(list(felt.errors)[:2])}" if felt.errors else ""
    return f"{worst} ({felt.source}){broken}"
