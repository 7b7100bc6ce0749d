"""Does the plan say how each environment is tested?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.plans import Assertion, Stage
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.template import By, Line
from bot.core.text import listed

LINES = (35,)
#: Whose hooks are tests.
_ROLE = "qa"


def answer(
    stages: Sequence[Stage], lines: Sequence[Line], hooks: Collection[str], assertions: Sequence[Assertion]
) -> Answer:
    """Line 35. An environment is tested by assertions that are asked after its run, and by the hooks of qa's
    lines; `hooks` are the names of those that are configured."""
    phases = [s.phase for s in stages if s.phase in ENVIRONMENTS]
    asked = sum(a.when != "before" for a in assertions)
    tests = {phase: _tests(phase, lines, hooks) for phase in phases}
    bare = [phase for phase in phases if not asked and not tests[phase]]
    said = [
        f"{phase} by {listed([*tests[phase], *_counted(asked)])}" for phase in phases if phase not in bare
    ]
    said += [f"{listed([str(p) for p in bare])} by nothing"] if bare else []
    return Answer(
        lines=LINES,
        ok=not bare,
        evidence=f"Tested after the run: {'; '.join(said)}." if said else "The plan has no environment.",
        findings=tuple(_finding(phase) for phase in bare),
    )


def _tests(phase: Phase, lines: Sequence[Line], hooks: Collection[str]) -> list[str]:
    mine = [line for line in lines if line.phase is phase and line.by is By.HOOK and line.role == _ROLE]
    return [line.via for line in mine if line.via in hooks]


def _counted(asked: int) -> list[str]:
    return [f"{asked} assertion{'s' * (asked > 1)}"] if asked else []


def _finding(phase: Phase) -> Finding:
    return Finding(
        rule="environment-not-tested",
        place=str(phase),
        weight=Weight.NOTE,
        reason=f"Nothing is asked after the run in {phase}, and no test of qa's is configured for it.",
        instead="Add an assertion to the plan file, or a hook for one of qa's lines to whimbrel.yaml.",
        lines=LINES,
    )
