"""The questions of the phase plan, one for each check: what is asked of whom, and handed to the check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.checks import (
    backup_age,
    backup_means,
    backup_strategy,
    breaking_rows,
    connection_strings,
    demands,
    foreign_keys,
    index_state,
    personal_data,
    repository_state,
    reverse,
    scratch_ready,
    source,
    storage,
    tables,
    target_access,
    tool_ready,
)
from bot.checks import (
    dependents as hanging,
)
from bot.checks import (
    environments as places,
)
from bot.checks import (
    growth as growing,
)
from bot.checks import (
    testing as tests,
)
from bot.checks.acts import What
from bot.core.answers import Answer
from bot.core.codec import read
from bot.core.errors import WhimbrelError
from bot.core.lab import CopyOrder
from bot.core.measures import Copying
from bot.core.standing import BackupRule
from bot.core.survey import Snapshot
from bot.core.targets import ENVIRONMENTS, Phase

if TYPE_CHECKING:
    from bot.steps.looking import Look

#: A backup is taken and read back before each run; one older than this would not be the run's own.
_HOURS = 24.0


def environments(here: Look) -> Iterator[Answer]:
    course = here.course
    for phase in ENVIRONMENTS:
        try:
            target = course.environment(phase)
            health = course.world.database(target).look(target)
            history = course.tool.history(target)
        except WhimbrelError as error:
            yield places.unreachable(phase, error.message)
            continue
        left = [s.revision for s in course.plan.scripts if s.revision not in history.applied]
        yield places.answer(phase, health, history, left)


def access(here: Look) -> Iterator[Answer]:
    why = here.course.facts.superuser_why
    for phase in (Phase.PRODUCTION, Phase.STAGING):
        target = here.course.environment(phase)
        found = here.survey.access(target, here.tables)
        altered = target_access.altered(here.evidence.acts)
        yield target_access.answer(phase, found, altered, why.get(phase, ""))


def tool(here: Look) -> Iterator[Answer]:
    course = here.course
    histories = {phase: course.tool.history(course.environment(phase)) for phase in ENVIRONMENTS}
    yield from tool_ready.answers(course.facts.tool(), histories)


def repository(here: Look) -> Iterator[Answer]:
    yield connection_strings.answer(here.course.facts.variables)
    yield repository_state.answer(here.course.facts.repository())


def backups(here: Look) -> Iterator[Answer]:
    course = here.course
    means = here.survey.means(here.target, course.facts.backups)
    yield backup_means.answer(means, scratch=True if course.lab else None)
    rules = {
        stage.phase: BackupRule(
            method="a dump before each run, read back in full" if stage.backup else "none, by whimbrel.yaml",
            most_hours=_HOURS if stage.backup else None,
        )
        for stage in course.plan.stages
        if stage.phase in ENVIRONMENTS
    }
    archiving = here.survey.archiving(here.target)
    yield backup_age.answer(course.facts.backup_age, BackupRule(method=""), archiving)
    yield backup_strategy.answer(rules)


def scratch(here: Look) -> Iterator[Answer]:
    course = here.course
    assert course.lab is not None
    name = course.lab.name(course.change.id, course.run.id, "ready")
    order = CopyOrder(how=Copying.SCHEMA)
    try:
        course.lab.scratches.make(name, here.target, order, lambda _: None)
        course.lab.scratches.drop(name)
    except WhimbrelError as error:
        yield scratch_ready.answer("the rehearsal server", made=False, why=error.message)
        return
    yield scratch_ready.answer("the rehearsal server", made=True)


def testing(here: Look) -> Iterator[Answer]:
    plan = here.course.plan
    hooks = {hook.name for hook in plan.hooks}
    yield tests.answer(plan.stages, plan.lines, hooks, plan.assertions)


def sizes(here: Look) -> Iterator[Answer]:
    states = here.survey.states(here.target, here.tables)
    new = [a.table for a in here.evidence.acts if a.what is What.CREATE_TABLE]
    yield tables.answer(here.tables, states, new)


def indexes(here: Look) -> Iterator[Answer]:
    ghost = here.course.plan.ghost
    rewritten = [name for m in ghost.forward for name in m.rewritten] if ghost and ghost.forward else None
    yield index_state.answer(here.evidence.acts, here.survey.states(here.target, here.tables), rewritten)


def keys(here: Look) -> Iterator[Answer]:
    yield foreign_keys.answer(
        here.evidence.acts, here.survey.keys(here.target, here.tables), here.target.kind
    )


def dependents(here: Look) -> Iterator[Answer]:
    yield hanging.answer(here.evidence.acts, here.survey.dependents(here.target, here.tables))


def room(here: Look) -> Iterator[Answer]:
    states = here.survey.states(here.target, here.tables)
    yield storage.answer(here.evidence.acts, states, here.survey.room(here.target))


def growth(here: Look) -> Iterator[Answer]:
    now = Snapshot(at=here.course.now(), tables=tuple(here.survey.states(here.target, here.tables)))
    earlier = [s for text in here.course.earlier("tables", "snapshot") for s in read(Snapshot, text)]
    yield growing.answer(now, earlier)


def breaking(here: Look) -> Iterator[Answer]:
    asked = demands.of_plan(here.evidence)
    yield breaking_rows.answer(here.evidence.acts, here.survey.broken(here.target, asked), here.target.kind)


def personal(here: Look) -> Iterator[Answer]:
    yield personal_data.answer(here.evidence.acts, here.survey.looks(here.target, here.tables))


def data_print(here: Look) -> str:
    """A digest of which columns hold personal data, for approvals that rest on it."""
    looks = here.survey.looks(here.target, here.tables)
    return personal_data.fingerprint(personal_data.classes(looks, here.evidence.acts))


def ways_back(here: Look) -> Iterator[Answer]:
    yield reverse.answer(here.evidence)


def sources(here: Look) -> Iterator[Answer]:
    facts = here.course.facts
    yield source.answer(here.evidence.acts, facts.sources, facts.scripts)
