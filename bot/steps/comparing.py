"""What a rehearsal compares before and after: checksums of the data, plans of busy statements, assertions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.checks import assertions, busy_statements, data_unchanged
from bot.checks.acts import Evidence
from bot.checks.statements import read
from bot.core.answers import Answer
from bot.core.errors import WhimbrelError
from bot.core.standing import Busy, QueryPlan
from bot.core.survey import Survey, TableSum
from bot.core.targets import Target
from bot.course import Course


@dataclass(slots=True, kw_only=True)
class Comparison:
    """One copy, looked at before the change, after it, and after its way back."""

    course: Course
    copy: Target
    survey: Survey
    busy: Busy
    before: Sequence[TableSum]
    plans: Sequence[QueryPlan]
    after: Sequence[TableSum] = field(default=())

    @classmethod
    def begun(cls, course: Course, copy: Target, source: Target) -> Comparison:
        """The first look. `source`: the environment whose busiest statements are explained."""
        survey = course.world.survey(copy.kind)
        busy = survey.busy(source, course.plan.tables)
        return cls(
            course=course,
            copy=copy,
            survey=survey,
            busy=busy,
            before=survey.sums(copy, course.plan.tables),
            plans=survey.explain(copy, [s.sql for s in busy.statements]),
        )

    def changed(self) -> None:
        """The look after the change, over the columns that were there before."""
        self.after = self.survey.sums(
            self.copy, self.course.plan.tables, {s.name: s.columns for s in self.before}
        )

    def restored(self) -> tuple[str, ...]:
        """The look after the way back: the tables whose rows are not as they were, in their own columns."""
        columns = {s.name: s.columns for s in self.before}
        now = {s.name: s for s in self.survey.sums(self.copy, list(columns), columns)}
        return tuple(
            was.name
            for was in self.before
            if (found := now.get(was.name)) is None or (found.rows, found.sum) != (was.rows, was.sum)
        )

    def answers(self) -> Iterator[Answer]:
        """What the looks say; the copy is as the change leaves it."""
        acts = read(self.course.plan.scripts, self.copy.kind)
        yield data_unchanged.taken(self.before)
        yield data_unchanged.answer(self.before, self.after, data_unchanged.changed(acts), quiet=True)
        now = self.survey.explain(self.copy, [s.sql for s in self.busy.statements])
        yield busy_statements.answer(self.busy, self.plans, now)
        yield self._asserted()

    def _asserted(self) -> Answer:
        plan, kind = self.course.plan, self.copy.kind
        evidence = Evidence(kind=kind, scripts=plan.scripts, acts=read(plan.scripts, kind))
        asked = {a.name: self._said(a.sql) for a in plan.assertions if a.when in ("after", "both")}
        return assertions.held(evidence, plan.assertions, asked)

    def _said(self, sql: str) -> str:
        try:
            return self.course.database.answer(self.copy, sql)
        except WhimbrelError as error:
            return error.message
