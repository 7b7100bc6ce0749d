"""What a rehearsal says: its findings, and its answers to the template's lines."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core import events as e
from bot.core.answers import Answer
from bot.core.declared import beyond
from bot.core.findings import WAY_BACK_ENDS, Finding, Weight
from bot.core.measures import Felt, Forecast, Rehearsal
from bot.core.schema_pages import changes
from bot.core.schemas import difference
from bot.core.spans import between, effects
from bot.core.targets import ENVIRONMENTS
from bot.core.text import listed, seconds
from bot.course import Course
from bot.rehearsal.felt import findings as felt_findings
from bot.rehearsal.growth import sentence
from bot.steps.rehearsal import scripts

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


def findings(course: Course, rehearsal: Rehearsal, casts: dict[str, Forecast]) -> tuple[Finding, ...]:
    """What the rehearsal noticed, and what to do instead."""
    return (
        *_ways(course, rehearsal),
        *_over(course, casts),
        *(felt_findings(rehearsal.felt) if rehearsal.felt else ()),
    )


def _ways(course: Course, rehearsal: Rehearsal) -> Iterator[Finding]:
    for number, reason in enumerate(rehearsal.problems, 1):
        yield Finding(
            rule="rehearsal-went-wrong",
            place=str(number),
            reason=reason,
            instead="Mend the reverse script, and rehearse it again.",
            lines=ANSWERS["rehearsed"],
        )
    if rehearsal.prints["sql"] != rehearsal.prints["forward"]:
        yield Finding(
            rule="tool-does-more-than-its-sql",
            weight=Weight.NOTE,
            reason="The tool leads to another schema than the SQL that is shown: a revision runs code"
            " that the SQL does not show, and its locks were not measured.",
            lines=ANSWERS["rehearsed"],
        )
    if stuck := course.fact("late", "stuck"):
        yield Finding(
            rule=WAY_BACK_ENDS,
            place=stuck,
            reason=f"Once rows are written as the new schema allows them, {stuck} can no longer be taken"
            f" back: {course.fact('late', 'why')}",
            instead="Know until when the way back is open, or let the reverse script keep such rows.",
            lines=ANSWERS["ways_back"],
        )


def _over(course: Course, casts: dict[str, Forecast]) -> Iterator[Finding]:
    for phase in ENVIRONMENTS:
        for number, line in enumerate(beyond(course.plan.limits, phase, casts.get(phase.value)), 1):
            yield Finding(
                rule="over-the-declared-limit",
                place=f"{phase}-{number}",
                reason=line,
                instead="Make the change cheaper, or raise the limit in whimbrel.yaml.",
                lines=ANSWERS["waits"],
            )


def answers_of(course: Course, rehearsal: Rehearsal, worst: Forecast | None) -> tuple[Answer, ...]:
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
            " ".join(rehearsal.problems) or f"Forward, back and forward again on {rows:,} rows",
        ),
        "faults": (
            bool(rehearsal.faulted) or not course.lab or course.lab.intruders is None,
            f"{len(rehearsal.faulted)} faults tried; {listed(unclean[:2]) or 'each left nothing behind'}",
        ),
        "load": (True, _felt(felt)),
        "scaling": (True, " ".join(sentence(g) for g in rehearsal.growth[:4]) or "It was too quick to tell"),
        "waits": (True, f"One statement may wait {between(worst.wait)}" if worst else "No forecast"),
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
