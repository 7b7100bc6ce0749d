"""The steps of the phases plan and scripts: questions to the environments and to the scripts themselves.

A question that cannot be asked leaves its lines open and says why; it never ends the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.checks import (
    assertions,
    failure,
    inventory,
    syntax,
    volume,
)
from bot.checks.acts import Evidence, largest
from bot.checks.statements import read as read_acts
from bot.core.answers import Answer
from bot.core.codec import written
from bot.core.errors import WhimbrelError
from bot.core.ports import Database
from bot.core.survey import Snapshot, Survey
from bot.core.targets import Phase, Target
from bot.core.text import listed
from bot.course import Course, Done
from bot.steps import questions
from bot.steps.rehearsal import base

Answers = Iterable[Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the questions are put to: the environment that is looked at most closely, and the scripts."""

    course: Course
    phase: Phase
    target: Target
    database: Database
    survey: Survey
    evidence: Evidence

    @property
    def tables(self) -> tuple[str, ...]:
        return self.course.plan.tables


def look(course: Course) -> Look:
    """Join what the questions need. Raises StepFailed when the environment cannot be reached."""
    phase = base(course)
    target = course.environment(phase)
    database = course.world.database(target)
    plan = course.plan
    shapes = database.shapes(target, plan.tables)
    facts = largest(fact for stage in plan.stages for fact in stage.tables)
    evidence = Evidence(
        kind=target.kind,
        scripts=plan.scripts,
        acts=read_acts(plan.scripts, target.kind),
        facts=facts,
        types={f"{shape.name}.{column.name}": column.type for shape in shapes for column in shape.columns},
    )
    survey = course.world.survey(target.kind)
    return Look(
        course=course, phase=phase, target=target, database=database, survey=survey, evidence=evidence
    )


Question = Callable[[Look], Answers]


def asking(what: str, asked: Sequence[tuple[tuple[int, ...], Question]]) -> Callable[[Course], Done]:
    """A step that puts questions, each with the lines that stay open when it cannot be put."""
    return partial(_ask, what=what, asked=asked)


def _ask(course: Course, what: str, asked: Sequence[tuple[tuple[int, ...], Question]]) -> Done:
    here = look(course)
    found: list[Answer] = []
    for number, (lines, question) in enumerate(asked):
        course.progress(what, number / len(asked))
        try:
            found += question(here)
        except WhimbrelError as error:
            found.append(Answer(lines=lines, ok=False, evidence=f"It could not be asked: {error.message}"))
    wanted = {line.n for line in course.plan.lines}
    answers = tuple(a for a in found if a.findings or not wanted or wanted & set(a.lines))
    open_ones = [str(n) for a in answers if not a.ok for n in a.lines]
    good = sum(len(a.lines) for a in answers if a.ok)
    said = f"{good} lines as they should be" + (f"; open: {listed(open_ones)}" if open_ones else "")
    return Done(evidence=said, answers=answers, facts=_kept(here, what))


def _kept(here: Look, what: str) -> dict[str, str]:
    """What later changes and approvals go by: sizes now, and which data is personal."""
    if what == "tables":
        states = tuple(here.survey.states(here.target, here.tables))
        return {"snapshot": written([Snapshot(at=here.course.now(), tables=states)])}
    return {"data": questions.data_print(here)} if what == "rows" else {}


def document(course: Course) -> Done:
    """The affected tables as they are: what is posted, and what later ones are compared with."""
    here = look(course)
    shapes = here.database.shapes(here.target, here.tables)
    mine = [shape.name for shape in shapes if not shape.neighbour]
    many = f"{len(mine)} tables described, {len(shapes) - len(mine)} neighbours"
    return Done(evidence=many, facts={"shapes": written(shapes)})


def _scripts(here: Look) -> Answers:
    """What can be told from the scripts alone."""
    plan, evidence = here.course.plan, here.evidence
    yield from inventory.answers(evidence, plan.findings)
    yield assertions.answer(evidence, plan.assertions)
    yield failure.answer(evidence, plan.limits, plan.stages)
    yield syntax.answer(evidence)
    yield volume.answer(evidence, plan.limits)


PLAN = (
    (
        "environments",
        "Environments, tool and repository",
        (
            ((6, 7, 8), questions.environments),
            ((1, 2), questions.access),
            ((4, 5, 11), questions.tool),
            ((12, 13), questions.repository),
            ((3, 9, 29), questions.backups),
            ((15,), questions.scratch),
            ((35,), questions.testing),
        ),
    ),
    (
        "tables",
        "Tables, keys, dependents and room",
        (
            ((16,), questions.sizes),
            ((17,), questions.indexes),
            ((18,), questions.keys),
            ((23, 120), questions.dependents),
            ((25,), questions.room),
            ((26,), questions.growth),
        ),
    ),
    (
        "rows",
        "Rows that stand in the way, and personal data",
        (((27,), questions.breaking), ((28,), questions.personal)),
    ),
    (
        "sources",
        "Ways back, and places in the application's source",
        (((14, 46, 48), questions.ways_back), ((19,), questions.sources)),
    ),
)
SCRIPTS = (("scripts", "The scripts by themselves", (((36, 37, 38, 39, 40, 41), _scripts),)),)
