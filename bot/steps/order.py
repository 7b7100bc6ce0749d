"""Which steps a run has, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bot.core.events import Direction
from bot.core.targets import ENVIRONMENTS, Phase
from bot.course import Course, Move
from bot.steps import both_ways, ending, looking, measuring, rehearsal, verdict
from bot.steps.environment import (
    after,
    analyze,
    approvals,
    backup,
    before,
    carrying,
    clean,
    facts,
    history,
    look,
    plan,
    reach,
    recording,
)
from bot.steps.hooks import hooks


def moves(course: Course) -> Iterator[Move]:
    """The steps of the run in their order."""
    if course.run.phase is Phase.TEST:
        return _rehearsal(course)
    if course.run.phase not in ENVIRONMENTS:
        return _looking(course)
    return _environment(course)


def _looking(course: Course) -> Iterator[Move]:
    """What can be known before anything is tried."""
    yield Move(key="plan", title="Plan is the one that was opened", do=plan)
    groups = looking.PLAN if course.run.phase is Phase.PLAN else looking.SCRIPTS
    for key, title, asked in groups:
        yield Move(key=key, title=title, do=looking.asking(key, asked))
    if course.run.phase is Phase.PLAN:
        yield Move(key="document", title="The affected tables are described", do=looking.document)


def _rehearsal(course: Course) -> Iterator[Move]:
    yield Move(key="plan", title="Plan is the approved one", do=plan)
    golden, changed = partial(rehearsal.there, part="golden"), partial(rehearsal.there, part="tool")
    yield Move(key="copy", title="A copy is made", do=rehearsal.copy, there=golden)
    yield Move(key="sql", title="The SQL, statement by statement", do=measuring.sql)
    title = "The tool under load: forward, back, forward"
    yield Move(key="tool", title=title, do=both_ways.tool, there=changed)
    yield Move(key="late", title="The way back with rows in the new shape", do=both_ways.late)
    yield Move(key="faults", title="Faults in the middle of each revision", do=rehearsal.faults)
    yield Move(key="growth", title="The SQL at a second size", do=measuring.growth)
    yield from hooks(course, early=True)
    yield from hooks(course, early=False)
    yield Move(key="forecast", title="What it means for each environment", do=verdict.judge)
    yield Move(key="drop", title="Scratch databases are dropped", do=rehearsal.drop)


def _environment(course: Course) -> Iterator[Move]:
    forward = course.run.direction is Direction.FORWARD
    yield Move(key="reach", title="Target reachable and privileged", do=reach)
    if course.run.clean:
        yield Move(key="clean", title="What a half-done statement left is cleared away", do=clean)
    if forward:
        yield Move(key="approvals", title="Every role has approved", do=approvals)
        yield Move(key="plan", title="Plan is the approved one", do=plan)
    yield Move(key="history", title="History in step with the scripts", do=history)
    yield Move(key="before", title="State before", do=before)
    yield from _opening(course) if forward else ()
    if course.stage.backup:
        yield Move(key="backup", title="Backup, read back in full", do=backup)
    yield from _revisions(course, "apply" if forward else "reverse")
    yield Move(key="analyze", title="Statistics of the tables that changed", do=analyze)
    yield Move(key="after", title="State after", do=after)
    yield from _closing(course) if forward else ()


def _revisions(course: Course, verb: str) -> Iterator[Move]:
    for revision in course.run.revisions:
        script = course.plan.script(revision)
        if not script.transactional:
            yield Move(key=f"look:{revision}", title=f"Schema recorded before {revision}", do=look)
        title = f"{verb.capitalize()} {revision}: {script.title}"
        yield Move(key=f"{verb}:{revision}", title=title, do=carrying(revision), revision=revision)
        if course.run.steps[f"{verb}:{revision}"].attested:
            title = f"History table learns of {revision}"
            yield Move(key=f"record:{revision}", title=title, do=recording(revision))


def _opening(course: Course) -> Iterator[Move]:
    """Before anything is written: facts as they were approved, and what the team does first."""
    if ending.asked(course):
        yield Move(key="facts", title="Facts are as they were approved", do=facts)
    if course.run.phase is Phase.STAGING and course.plan.lines:
        yield Move(key="rights", title="Who may do what, before", do=ending.rights)
    yield from hooks(course, early=True)


def _closing(course: Course) -> Iterator[Move]:
    """After everything is written: what the team does then, and how it compares."""
    yield from hooks(course, early=False)
    if ending.asked(course):
        yield Move(key="ending", title="What it took beside the forecast", do=ending.ending)
