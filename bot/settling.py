"""What became of a step that was begun and whose end was not seen: the target says, or nobody can tell."""

from __future__ import annotations

import re

from bot.core import events as e
from bot.core.errors import WhimbrelError
from bot.core.events import Event
from bot.core.text import listed
from bot.course import Course

#: Statements that may have changed rows even where the schema is as it was.
_CHANGES_ROWS = re.compile(r"\b(insert|update|delete|copy|truncate|merge)\b", re.IGNORECASE)


def settle(course: Course, key: str) -> Event:
    """What the target says about a step that was begun and whose end was not seen."""
    verb, _, revision = key.partition(":")
    run = course.run
    if verb == "hook" and not _repeatable(course, revision):
        truth = f"The hook {revision} was begun and its end not seen, and it may not be run twice."
        return e.OutcomeLost(run=run.id, step=key, truth=truth)
    if verb not in ("apply", "reverse"):
        how = "To do it again does no harm."
        return e.StepSettled(run=run.id, step=key, applied=False, how=how)
    try:
        there = revision in course.tool.history(course.target).applied
        if there == (verb == "apply"):
            how = f"The history table {'has' if there else 'does not have'} {revision}."
            return e.StepSettled(run=run.id, step=key, applied=True, how=how)
        script = course.plan.script(revision)
        if script.transactional:
            how = f"The history table {'has' if there else 'does not have'} {revision}: it was rolled back."
            return e.StepSettled(run=run.id, step=key, applied=False, how=how)
        return _half_done(course, key, revision, there=there)
    except WhimbrelError as error:
        truth = f"{course.target.id} cannot be asked: {error.message}"
        return e.OutcomeLost(run=run.id, step=key, truth=truth)


def _half_done(course: Course, key: str, revision: str, *, there: bool) -> Event:
    """A revision that commits as it goes is absent only if the schema is as it was and no row can move."""
    run, script = course.run, course.plan.script(revision)
    left = course.guard.leftovers(course.target)
    same = course.database.fingerprint(course.target).digest == course.fact(f"look:{revision}", "schema")
    sql = script.backward if key.startswith("reverse") else script.forward
    if same and not left and script.rendered and not _CHANGES_ROWS.search(sql):
        how = f"The schema is as it was before {revision}: nothing of it was done."
        return e.StepSettled(run=run.id, step=key, applied=False, how=how)
    names = tuple(f"{item.kind} {item.name}" for item in left)
    has = "still has" if there else "does not have"
    says = [
        f"The history table {has} {revision}, which commits as it goes.",
        f"The schema {'is as it was' if same else 'is not as it was'} before it.",
        f"Left half-done: {listed(names)}." if names else "No invalid index was left.",
    ]
    cures = tuple(item.cure for item in left)
    return e.OutcomeLost(run=run.id, step=key, truth=" ".join(says), leftovers=names, cures=cures)


def _repeatable(course: Course, name: str) -> bool:
    return all(hook.repeatable for hook in course.plan.hooks if hook.name == name)
