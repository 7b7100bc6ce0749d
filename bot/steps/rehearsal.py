"""The steps of the phase test: a copy of production, and the change carried on it, both ways and under load.

Every step begins from a fresh clone of the copy, so that each can be done again after a crash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from bot.checks import demands
from bot.checks.statements import read as read_acts
from bot.core.codec import read, written
from bot.core.errors import StepFailed
from bot.core.lab import CopyOrder, Lab, Reference
from bot.core.measures import Copying, Measured
from bot.core.plans import Script
from bot.core.ports import Session
from bot.core.targets import ENVIRONMENTS, Phase, Target
from bot.core.text import seconds, size
from bot.course import Course, Done
from bot.rehearsal.faults import Ground, try_faults

#: Bytes of the affected tables up to which all of their rows are copied when the project says nothing.
SMALL = 500_000_000


def lab(course: Course) -> Lab:
    """The rehearsal server. Raises StepFailed when this process has none for the target's kind."""
    if course.lab is None:
        raise StepFailed("There is no rehearsal server here.", hint="`rehearsal` in whimbrel.yaml names one.")
    return course.lab


def base(course: Course) -> Phase:
    """The environment that is copied: production, or the last one on which something is pending."""
    pending = [p for p in ENVIRONMENTS if course.plan.stage(p).pending]
    return pending[-1] if pending else Phase.PRODUCTION


def scripts(course: Course) -> tuple[Script, ...]:
    """The scripts that are pending where the copy is taken from."""
    pending = set(course.plan.stage(base(course)).pending)
    return tuple(s for s in course.plan.scripts if s.revision in pending)


def name(course: Course, part: str) -> str:
    """The name of one of the run's scratch databases."""
    return lab(course).name(course.change.id, course.run.id, part)


def there(course: Course, part: str) -> bool:
    """Whether a scratch database that later steps need is on the server that this process uses: where each
    has one of its own, a process that takes a run over has none of what the first one made."""
    if "forecast" in course.run.steps:
        return True  # nothing is asked of it any more, and it may be gone
    return name(course, part) in lab(course).scratches.names()


def copy(course: Course) -> Done:
    """The schema by dump, the data as the project says."""
    how, source = course.plan.rehearsing, course.environment(base(course))
    order = CopyOrder(
        how=_copying(course), tables=course.plan.tables, rows=how.rows, references=references(course)
    )
    target, copied = lab(course).scratches.make(
        name(course, "golden"), source, order, lambda share: course.progress("copy", share)
    )
    start = course.database.fingerprint(target).digest
    shapes = course.database.shapes(target, course.plan.tables)
    rows = sum(copied.rows.values())
    words = {Copying.FULL: "every row", Copying.SAMPLE: "a sample", Copying.MADE: "made rows"}
    said = f"{words.get(copied.how, copied.how)} of {source.id}: {rows:,} rows, {size(copied.bytes)}"
    notes = "".join(f". {note.rstrip('.')}" for note in copied.notes)
    facts = {"copied": written([copied]), "start": start, "shapes": written(shapes)}
    return Done(evidence=f"{said}, in {seconds(copied.seconds)}{notes}", facts=facts)


def references(course: Course) -> tuple[Reference, ...]:
    """The foreign keys that the scripts add: what they are proved against has to be whole on the copy."""
    kind = course.environment(base(course)).kind
    return tuple(
        Reference(table=d.table, columns=d.columns, parent=d.parent, parent_columns=d.parent_columns)
        for d in demands.keys(read_acts(scripts(course), kind), kind)
    )


def _copying(course: Course) -> Copying:
    """As the project says; else every row of the affected tables, unless they are large."""
    known = sum(table.bytes for table in course.plan.stage(base(course)).tables)
    return course.plan.rehearsing.data or (Copying.FULL if known <= SMALL else Copying.SAMPLE)


def faults(course: Course) -> Done:
    """What a revision leaves when a lock is refused, the connection is cut, or it is cancelled half-way."""
    here = lab(course)
    if here.intruders is None:
        return Done(evidence="Faults are not tried here: nobody can meet this kind of server's sessions")
    ground = Ground(
        start=name(course, "golden"),
        scratches=here.scratches,
        tool=course.tool,
        world=course.world,
        intruders=here.intruders,
        tables=course.plan.tables,
    )
    measured = read(Measured, course.fact("sql", "statements"))
    tried = try_faults(ground, scripts(course), measured, course.plan.rehearsing.faults)
    unclean = [one.state for one in tried.faulted if not one.clean]
    said = f"{len(tried.faulted)} faults tried, {len(tried.faulted) - len(unclean)} left nothing behind"
    more = f"; {unclean[0]}" if unclean else ""
    facts = {"faulted": written(tried.faulted), "untried": json.dumps(tried.untried)}
    return Done(evidence=f"{said}{more}", facts=facts)


def drop(course: Course) -> Done:
    """Nothing of the rehearsal is left."""
    gone = clear(course)
    return Done(evidence=f"{len(gone)} scratch database{'s' * (len(gone) != 1)} dropped")


def clear(course: Course) -> list[str]:
    """Drop every scratch database of the change."""
    if course.lab is None:
        return []
    start = course.lab.of(course.change.id)
    mine = [found for found in course.lab.scratches.names() if found.startswith(start)]
    for found in mine:
        course.lab.scratches.drop(found)
    return mine


@contextmanager
def scratch(course: Course, part: str, *, keep: bool = False) -> Iterator[Target]:
    """A fresh clone of the copy, dropped afterwards unless it is kept for later steps."""
    scratches = lab(course).scratches
    scratches.drop(name(course, part))  # what a killed attempt may have left half-way
    yield scratches.clone(name(course, "golden"), name(course, part))
    if not keep:
        scratches.drop(name(course, part))


@contextmanager
def session(course: Course, target: Target) -> Iterator[Session]:
    """The project's tool, joined to a scratch database."""
    joined = course.tool.open(target, course.plan.limits, course.application, course.plan.scripts)
    try:
        yield joined
    finally:
        joined.close()
