"""The team's hooks as steps of a phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.core.answers import Answer
from bot.core.errors import OutcomeUnknown, StepFailed
from bot.core.hooks import Hook
from bot.core.targets import Phase
from bot.core.template import By, Line
from bot.core.text import seconds
from bot.course import Course, Done, Move
from bot.steps import rehearsal

#: So much of what a hook printed stays in the journal.
_KEPT = 4000


def hooks(course: Course, *, early: bool) -> Iterator[Move]:
    """A step for each hook of the phase that is configured: those before its scripts, or those after."""
    known = {hook.name: hook for hook in course.plan.hooks}
    for line in course.plan.lines:
        mine = line.by is By.HOOK and line.phase is course.run.phase and line.early == early
        if mine and line.via in known:
            hook = known[line.via]
            yield Move(key=f"hook:{hook.name}", title=line.text, do=_running(hook, line))


def _running(hook: Hook, line: Line) -> Callable[[Course], Done]:
    def do(course: Course) -> Done:
        if course.hooks is None:
            raise StepFailed("This process runs no hooks.")
        told = {
            "WHIMBREL_CHANGE": str(course.change.id),
            "WHIMBREL_PHASE": course.run.phase.value,
            "WHIMBREL_PROJECT": course.change.project,
            "WHIMBREL_REVISION": course.plan.scripts[-1].revision,
        }
        ran = course.hooks.run(hook, told, _secret(course))
        said = ran.said[-_KEPT:]
        if not ran.ok:
            why = f"{hook.name} has not gone well: {ran.why}."
            if not hook.repeatable and ran.code < 0:
                raise OutcomeUnknown(why, hint=said[-500:])
            raise StepFailed(why, hint=said[-500:])
        evidence = f"{hook.name} went well in {seconds(ran.seconds)}"
        answer = Answer(lines=(line.n,), ok=True, evidence=evidence)
        return Done(evidence=evidence, facts={"code": str(ran.code), "said": said}, answers=(answer,))

    return do


def _secret(course: Course) -> dict[str, str]:
    """In a rehearsal a hook is told where the copy is: the application's tests run against it."""
    if course.run.phase is not Phase.TEST:
        return {}
    copy = rehearsal.lab(course).scratches.target(rehearsal.name(course, "tool"))
    return {"WHIMBREL_DATABASE_URL": copy.url.reveal()}
