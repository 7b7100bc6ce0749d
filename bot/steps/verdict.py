"""What a rehearsal comes to: one record, a forecast for each environment, and answers to lines."""

from __future__ import annotations

import json

from bot.core import events as e
from bot.core.answers import Answer
from bot.core.codec import read
from bot.core.forecasts import forecast
from bot.core.measures import (
    Carrying,
    Copied,
    Faulted,
    Felt,
    Growth,
    Measured,
    Rehearsal,
)
from bot.core.schemas import TableShape
from bot.core.spans import between
from bot.core.targets import ENVIRONMENTS
from bot.course import Course, Done
from bot.rehearsal.growth import growth
from bot.steps.rehearsal import base, scripts
from bot.steps.verdict_words import answers_of, findings


def judge(course: Course) -> Done:
    """Everything that the rehearsal found, and what it means for each environment."""
    rehearsal = gathered(course)
    casts = {
        phase.value: cast
        for phase in ENVIRONMENTS
        if phase in course.plan.phases
        if (cast := forecast(course.plan, phase, rehearsal, course.record(phase)))
    }
    worst = casts.get(base(course).value)
    said = f"{between(worst.duration)} in {base(course)}" if worst else "No forecast"
    wait = f", one statement may wait {between(worst.wait)}" if worst else ""
    found = findings(course, rehearsal, casts)
    answers = answers_of(course, rehearsal, worst)
    answers = (Answer(lines=(), ok=not found, evidence="", findings=found), *answers)
    event = e.Rehearsed(run=course.run.id, rehearsal=rehearsal, forecasts=casts)
    problems = f"; {len(rehearsal.problems)} problems" if rehearsal.problems else ""
    return Done(evidence=f"{said}{wait}{problems}", answers=answers, events=(event,))


def gathered(course: Course) -> Rehearsal:
    """The steps' facts as one record."""
    fact = course.fact
    prints = {
        "start": fact("copy", "start"),
        "sql": fact("sql", "sql"),
        **{part: fact("tool", part) for part in ("forward", "back", "again")},
    }
    statements = read(Measured, fact("sql", "statements"))
    small = read(Measured, fact("growth", "statements"))
    return Rehearsal(
        copied=read(Copied, fact("copy", "copied"))[0],
        statements=statements,
        carried=read(Carrying, fact("tool", "carried")),
        felt=next(iter(read(Felt, fact("tool", "felt"))), None),
        faulted=read(Faulted, fact("faults", "faulted")),
        growth=_growth(course, statements, small),
        prints=prints,
        before=read(TableShape, fact("copy", "shapes")),
        after=read(TableShape, fact("tool", "shapes")),
        problems=_problems(course, prints),
        notes=tuple(json.loads(fact("faults", "untried") or "[]")),
    )


def _growth(course: Course, large: tuple[Measured, ...], small: tuple[Measured, ...]) -> tuple[Growth, ...]:
    """Each revision at two sizes; the size is that of the tables that it reads or writes."""
    copies = [read(Copied, course.fact(step, "copied")) for step in ("growth", "copy")]
    if not (small and all(copies)):
        return ()
    few, many = (found[0].rows for found in copies)
    made = []
    for script in scripts(course):
        name = script.revision
        tables = {lock.relation for m in large if m.revision == name for lock in m.locks}
        sizes = [sum(n for t, n in rows.items() if t in tables) or sum(rows.values()) for rows in (few, many)]
        made.append(growth(name, (sizes[0], _took(small, name)), (sizes[1], _took(large, name))))
    return tuple(made)


def _took(statements: tuple[Measured, ...], revision: str) -> float:
    return sum(m.seconds for m in statements if m.revision == revision)


def _problems(course: Course, prints: dict[str, str]) -> tuple[str, ...]:
    said = []
    if prints["back"] != prints["start"] and course.fact("tool", "stays") == "0":
        said.append("After the way back the schema of the copy is not as it was at the start.")
    if lost := course.fact("tool", "not restored"):
        said.append(f"After the way back the rows of {lost} are not as they were at the start.")
    if stuck := course.fact("tool", "stuck"):
        said.append(f"After the way back the change cannot be carried forward again: {stuck}")
    elif prints["again"] != prints["forward"]:
        said.append("Forward again leads to another schema than the first time.")
    return tuple(said)
