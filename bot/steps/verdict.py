"""What a rehearsal comes to: one record, a forecast for each environment, and answers to lines."""

from __future__ import annotations

import json

from bot.core import events as e
from bot.core.answers import Answer
from bot.core.codec import read
from bot.core.declared import beyond
from bot.core.findings import Finding, Weight
from bot.core.forecasts import forecast
from bot.core.measures import (
    Carrying,
    Copied,
    Faulted,
    Felt,
    Forecast,
    Growth,
    Measured,
    Rehearsal,
)
from bot.core.schema_pages import changes
from bot.core.schemas import TableShape, difference
from bot.core.spans import between, effects
from bot.core.targets import ENVIRONMENTS
from bot.core.text import listed, seconds
from bot.course import Course, Done
from bot.rehearsal.growth import growth, sentence
from bot.steps.rehearsal import base, scripts

#: What answers which of the template's lines: the names that the template gives, and their lines.
ANSWERS = {
    "performance": (20, 53),
    "schema_changes": (22,),
    "rehearsed": (51, 54),
    "faults": (52,),
    "load": (57,),
    "scaling": (80,),
    "waits": (121,),
    "coverage": (130,),
    "ways_back": (131,),
}


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
    wait = f", one statement waits {between(worst.wait)} at most" if worst else ""
    found = _findings(course, rehearsal, casts)
    answers = _answers(course, rehearsal, worst)
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
    if prints["again"] != prints["forward"]:
        said.append("Forward again leads to another schema than the first time.")
    return tuple(said)


def _hidden(prints: dict[str, str]) -> bool:
    """The tool does more than the SQL that was shown."""
    return prints["sql"] != prints["forward"]


def _findings(course: Course, rehearsal: Rehearsal, casts: dict[str, Forecast]) -> tuple[Finding, ...]:
    found = [
        Finding(
            rule=rule,
            reason=reason,
            instead="Mend the reverse script, and rehearse it again.",
            lines=ANSWERS["rehearsed"],
        )
        for rule, reason in zip(
            ("way-back-leads-elsewhere", "second-time-differs"), rehearsal.problems, strict=False
        )
    ]
    if _hidden(rehearsal.prints):
        found.append(
            Finding(
                rule="tool-does-more-than-its-sql",
                weight=Weight.NOTE,
                reason="The tool leads to another schema than the SQL that is shown: a revision runs code"
                " that the SQL does not show, and its locks were not measured.",
                lines=ANSWERS["rehearsed"],
            )
        )
    if stuck := course.fact("late", "stuck"):
        found.append(
            Finding(
                rule="way-back-ends-with-new-rows",
                place=stuck,
                reason=f"Once rows are written as the new schema allows them, {stuck} can no longer be taken"
                f" back: {course.fact('late', 'why')}",
                instead="Know until when the way back is open, or let the reverse script keep such rows.",
                lines=ANSWERS["ways_back"],
            )
        )
    for phase in ENVIRONMENTS:
        for line in beyond(course.plan.limits, phase, casts.get(phase.value)):
            found.append(
                Finding(
                    rule="over-the-declared-limit",
                    place=phase.value,
                    reason=line,
                    instead="Make the change cheaper, or raise the limit in whimbrel.yaml.",
                    lines=ANSWERS["waits"],
                )
            )
    errors = rehearsal.felt.errors if rehearsal.felt else {}
    for said, often in list(errors.items())[:3]:
        found.append(
            Finding(
                rule="workload-fails",
                place=str(len(found)),
                reason=f"While the change ran, {often} statements of the workload failed: {said}",
                instead="Let the application stop using it first, in a release before this change.",
                lines=ANSWERS["load"],
            )
        )
    return tuple(found)


def _answers(course: Course, rehearsal: Rehearsal, worst: Forecast | None) -> tuple[Answer, ...]:
    told = listed(effects(worst)[:3]) if worst else ""
    rows, felt = sum(rehearsal.copied.rows.values()), rehearsal.felt
    ways = [c for c in rehearsal.carried if c.direction is e.Direction.BACK]
    total = len(scripts(course))
    unclean = [one.state for one in rehearsal.faulted if not one.clean]
    changed = changes(difference(rehearsal.before, rehearsal.after))
    said = {
        "performance": (worst is not None, told or "No statement keeps others from a table"),
        "schema_changes": (True, listed(changed[:6]) or "No table changes"),
        "rehearsed": (
            not rehearsal.problems,
            listed(rehearsal.problems) or f"Forward, back and forward again on {rows:,} rows",
        ),
        "faults": (
            bool(rehearsal.faulted) or not course.lab or course.lab.intruders is None,
            f"{len(rehearsal.faulted)} faults tried; {listed(unclean[:2]) or 'each left nothing behind'}",
        ),
        "load": (True, _felt(felt)),
        "scaling": (True, " ".join(sentence(g) for g in rehearsal.growth[:4]) or "It was too quick to tell"),
        "waits": (True, f"One statement waits {between(worst.wait)} at most" if worst else "No forecast"),
        "coverage": (True, f"Every statement of {total} revisions was run forward, of {len(ways)} back"),
        "ways_back": (
            len(ways) == total and not rehearsal.problems,
            f"{len(ways)} of {total} revisions were taken back on the copy",
        ),
    }
    return tuple(Answer(lines=ANSWERS[n], ok=ok, evidence=text) for n, (ok, text) in said.items())


def _felt(felt: Felt | None) -> str:
    if felt is None:
        return "No table was there to be worked with"
    p95 = f"p95 {felt.p95_before * 1000:.1f} ms before, {felt.p95_during * 1000:.1f} during"
    return f"{p95}, {felt.p95_after * 1000:.1f} after; the longest wait {seconds(felt.worst)} ({felt.source})"
