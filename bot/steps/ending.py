"""The end of a run on an environment: what it took beside the forecast, and who may do more than before."""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks import privileges, server_health
from bot.core.answers import Answer
from bot.core.codec import read, written
from bot.core.errors import WhimbrelError
from bot.core.records import Pair, accuracy, beside, shut, took
from bot.core.standing import Right
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import listed, seconds
from bot.course import Course, Done

#: What answers which of the template's lines: the names that the template gives, and their lines.
ANSWERS = {
    "window": (85,),
    "staging": (122,),
    "order": (123,),
    "time": (126,),
    "downtime": (127,),
    "consistency": (128,),
    "integrity": (132,),
}


def asked(course: Course) -> bool:
    """The change has a template to answer, or a forecast to be held against."""
    return bool(course.plan.lines or course.change.forecasts)


def rights(course: Course) -> Done:
    """Who may do what, before."""
    found = course.world.survey(course.target.kind).rights(course.target)
    return Done(evidence=f"{len(found)} rights on record", facts={"rights": written(list(found))})


def ending(course: Course) -> Done:
    """What the run took beside the forecast, and what it says to the template's lines."""
    cast = course.change.forecasts.get(course.run.phase)
    answers = [*_of_rights(course), *_of_run(course)]
    wanted = {line.n for line in course.plan.lines}
    said = list(beside(cast, course.run)) if cast else [f"The revisions took {seconds(took(course.run))}."]
    if cast:
        pair = Pair(forecast=cast.duration, actual=took(course.run))
        record = accuracy([*course.record(course.run.phase), pair])
        said += [record.sentence] if record else []
    return Done(
        evidence=" ".join(said), answers=tuple(a for a in answers if a.findings or wanted & set(a.lines))
    )


def _of_rights(course: Course) -> Iterator[Answer]:
    """Privileges that are wider than before, and the server's health."""
    if "rights" not in course.run.steps:
        return
    survey = course.world.survey(course.target.kind)
    try:
        before = read(Right, course.fact("rights", "rights"))
        yield privileges.answer(before, survey.rights(course.target))
        yield server_health.answer(survey.vitals(course.target))
    except WhimbrelError as error:
        lines = (*privileges.LINES, *server_health.LINES)
        yield Answer(lines=lines, ok=False, evidence=f"It could not be asked: {error.message}")


def _of_run(course: Course) -> Iterator[Answer]:
    run, limits = course.run, course.plan.limits
    if run.phase is not Phase.PRODUCTION:
        return
    window = course.stage.window
    says = f"It starts from {window} only" if window else "No window is set: it may start at any time"
    yield _answer("window", bool(window), says)
    earlier = [phase for phase in ENVIRONMENTS if phase is not run.phase]
    passed = [phase for phase in earlier if course.change.passed(phase)]
    yield _answer("staging", Phase.STAGING in passed, f"Passed for this plan: {listed(passed)}")
    yield _answer("order", passed == earlier, f"{listed(passed)} went before production")
    yield _within("time", "The revisions took", took(run), limits.duration.get(run.phase))
    yield _within("downtime", "Tables were seen to be shut for", shut(run), limits.downtime.get(run.phase))
    after = run.steps["after"].evidence
    yield _answer("consistency", True, after)
    many = sum(a.when in ("after", "both") for a in course.plan.assertions)
    yield _answer("integrity", True, f"{many} assertions asked afterwards, none failed")


def _within(name: str, what: str, value: float, limit: float | None) -> Answer:
    declared = "no limit is declared" if limit is None else f"at most {seconds(limit)} was declared"
    return _answer(name, limit is None or value <= limit, f"{what} {seconds(value)}; {declared}")


def _answer(name: str, ok: bool, evidence: str) -> Answer:
    return Answer(lines=ANSWERS[name], ok=ok, evidence=evidence)
