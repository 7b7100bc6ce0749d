"""Is an environment there, changeable, and in step with the scripts?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.ports import History
from bot.core.targets import Health, Phase

LINES = (6, 7, 8)
_LINE = {Phase.DEVELOPMENT: 6, Phase.STAGING: 7, Phase.PRODUCTION: 8}


def answer(phase: Phase, health: Health, history: History, pending: Sequence[str]) -> Answer:
    """`pending`: the revisions that it has still to get."""
    problems = [*health.problems, *history.problems]
    kind = "primary" if health.primary else "replica"
    now = f"at {history.current}" if history.current else "with no revision yet"
    evidence = (
        f"{phase.title()} answers in {health.round_trip_ms:.1f} ms: {health.version}, {kind}, {now},"
        f" {len(pending)} pending"
    )
    return Answer(
        lines=(_LINE[phase],),
        ok=not problems,
        evidence=f"{evidence}; {len(problems)} problems." if problems else f"{evidence}.",
        findings=tuple(_problem(phase, p) for p in problems),
    )


def unreachable(phase: Phase, reason: str) -> Answer:
    """What is said of an environment that did not answer; `reason` is a sentence."""
    return Answer(lines=(_LINE[phase],), ok=False, evidence=f"{phase.title()} does not answer: {reason}")


def _problem(phase: Phase, problem: str) -> Finding:
    return Finding(
        rule="environment-not-ready",
        place=str(phase),
        reason=problem,
        instead="Put that right, then ask for the plan again: /migrate plan.",
        lines=(_LINE[phase],),
    )
