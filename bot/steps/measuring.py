"""The steps of a rehearsal that run the rendered SQL, a statement at a time, at two sizes."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.codec import read, written
from bot.core.errors import LockTimeout, StepFailed, WhimbrelError
from bot.core.events import Direction
from bot.core.lab import ANOTHER, CopyOrder, lacks
from bot.core.measures import Copied, Copying, Measured
from bot.core.plans import Script
from bot.core.targets import Target
from bot.core.text import seconds
from bot.course import Course, Done
from bot.steps.rehearsal import base, lab, name, references, scratch, scripts, session

#: The second size, for the law of growth: this share of the first one's rows.
SMALLER = 0.25


def sql(course: Course) -> Done:
    """The rendered SQL, a statement at a time, with the locks that it takes."""
    with scratch(course, "sql") as target:
        found = [one for some in measured(course, target, "sql") for one in some]
        ended = course.database.fingerprint(target).digest
    took, locks = sum(m.seconds for m in found), sum(len(m.locks) for m in found)
    code = sum(not script.rendered for script in scripts(course))
    many = f"{code} revision with code was" if code == 1 else f"{code} revisions with code were"
    more = f"; {many} carried by the tool" if code else ""
    said = f"{len(found)} statements in {seconds(took)}, {locks} locks{more}"
    return Done(evidence=said, facts={"statements": written(found), "sql": ended})


def growth(course: Course) -> Done:
    """The same at a second size."""
    first = read(Copied, course.fact("copy", "copied"))[0]
    rows = max(1, int(max(first.rows.values(), default=0) * SMALLER))
    made = Copying.MADE if first.how is Copying.MADE else Copying.SAMPLE
    order = CopyOrder(how=made, tables=course.plan.tables, rows=rows, references=references(course))
    target, copied = lab(course).scratches.make(
        name(course, "small"), course.environment(base(course)), order, lambda _: None
    )
    found: list[Measured] = []
    stopped = ""
    try:
        for some in measured(course, target, "small"):
            found += some
    except LockTimeout:
        raise  # the step is tried again
    except StepFailed as error:
        stopped = f"; no further, for other rows break it: {error.message}"
    lab(course).scratches.drop(name(course, "small"))
    took = sum(m.seconds for m in found)
    said = f"{sum(copied.rows.values()):,} rows: {seconds(took)}{stopped}"
    return Done(evidence=said, facts={"copied": written([copied]), "statements": written(found)})


def measured(course: Course, target: Target, part: str) -> Iterator[list[Measured]]:
    """What the statements of each revision did on this scratch database. What the SQL does not show, the
    project's own tool does there, for the next revision stands on it. StepFailed at the first that fails."""
    unrecorded: list[str] = []
    for number, script in enumerate(scripts(course)):
        course.progress(part, number / len(scripts(course)), script.revision)
        if script.rendered:
            yield _statements(course, target, script)
            unrecorded.append(script.revision)
        else:
            yield _aside(course, script, part)
            _carried(course, target, unrecorded, script.revision)
            unrecorded = []


def _aside(course: Course, script: Script, part: str) -> list[Measured]:
    """As much of it as its SQL shows, on a copy that is thrown away."""
    scratches, beside = lab(course).scratches, name(course, f"{part}_aside")
    scratches.drop(beside)
    try:
        return _statements(course, scratches.clone(name(course, part), beside), script)
    finally:
        scratches.drop(beside)


def _statements(course: Course, target: Target, script: Script) -> list[Measured]:
    found = list(lab(course).meter.measure(target, script, Direction.FORWARD))
    if found and found[-1].error:
        raise _stuck(course, f"{script.revision} fails on the copy: {found[-1].error}")
    return found


def _carried(course: Course, target: Target, done: list[str], revision: str) -> None:
    """By the tool, whose history table first learns of what was done without it."""
    with session(course, target) as carry:
        for before in done:
            carry.carry(before, Direction.FORWARD, record=True)
        try:
            carry.carry(revision, Direction.FORWARD)
        except LockTimeout:
            raise  # the step is tried again
        except WhimbrelError as error:
            raise _stuck(course, f"On the copy, {error.message}") from error


def _stuck(course: Course, said: str) -> StepFailed:
    mend = f"Mend the script, or the rows that it stumbles over, then /migrate plan {course.change.id}"
    return StepFailed(said, hint=ANOTHER if lacks(said) else mend)
