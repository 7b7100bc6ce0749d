"""How each line of the template stands for a change, and which ones hold it up. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.changes import Change
from bot.core.findings import Finding, Weight
from bot.core.plans import Plan
from bot.core.runs import RunState, Step
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.template import ALWAYS, By, Line


class Standing(StrEnum):
    """How a line stands."""

    #: A check or an action of the product's, or a hook, has answered it.
    ANSWERED = "answered"
    #: A person of its role has.
    TICKED = "ticked"
    #: A role lets the change go on without.
    WAIVED = "waived"
    OPEN = "open"
    #: Nothing answers it yet, so it holds nothing up.
    NOBODY = "nobody yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A line with how it stands, and by what."""

    line: Line
    standing: Standing
    #: Evidence, or what was found that is not as it should be.
    evidence: str = ""
    #: A person's id, "" where the product answered.
    person: str = ""
    at: datetime | None = None


def stand(line: Line, change: Change) -> Stand:
    """How one line stands."""
    said, answer = change.said.get(line.n), change.answers.get(line.n)
    if answer and (answer.ok or (answer.stops and set(answer.stops) <= change.accepted.keys())):
        return Stand(line=line, standing=Standing.ANSWERED, evidence=answer.evidence, at=answer.at)
    if said:
        state = Standing.WAIVED if said.waived else Standing.TICKED
        return Stand(line=line, standing=state, evidence=said.words, person=said.person, at=said.at)
    if line.via == ALWAYS:
        return Stand(line=line, standing=Standing.ANSWERED, evidence=line.how)
    if step := _step(line, change):
        return Stand(line=line, standing=Standing.ANSWERED, evidence=step.evidence, at=step.started)
    if not line.via and line.by is not By.ATTEST:
        return Stand(line=line, standing=Standing.NOBODY)
    return Stand(line=line, standing=Standing.OPEN, evidence=answer.evidence if answer else "")


def asks_a_person(line: Line, plan: Plan) -> bool:
    """A person ticks it: it is theirs, or the hook that would answer it is not configured."""
    return line.by is By.ATTEST or (line.by is By.HOOK and line.via not in {h.name for h in plan.hooks})


def open_lines(change: Change, plan: Plan, phase: Phase) -> tuple[Line, ...]:
    """The lines of the phases before this one that are open; the plan's own phases count only."""
    before = plan.phases[: plan.phases.index(phase)] if phase in plan.phases else ()
    return tuple(
        line for line in plan.lines if line.phase in before and stand(line, change).standing is Standing.OPEN
    )


def to_tick(change: Change, plan: Plan, phases: Collection[Phase]) -> tuple[Line, ...]:
    """The open lines of these phases that wait for a person."""
    return tuple(
        line
        for line in plan.lines
        if line.phase in phases
        and asks_a_person(line, plan)
        and stand(line, change).standing is Standing.OPEN
    )


def mine(change: Change, plan: Plan, held: Collection[str], phase: Phase | None = None) -> tuple[Line, ...]:
    """The open lines that someone who holds these roles may tick: of a phase, else of all up to the next."""
    turn = next((p for p in plan.phases if not change.passed(p)), None)
    upto = plan.phases[: plan.phases.index(turn) + 1] if turn else plan.phases
    waiting = to_tick(change, plan, (phase,) if phase else upto)
    return tuple(line for line in waiting if set(held) & set(asked(plan, line)))


def asked(plan: Plan, line: Line) -> tuple[str, ...]:
    """Who may tick the line: its role, or, where the project has no such role, every role that approves."""
    approving = tuple(dict.fromkeys(role for stage in plan.stages for role in stage.roles))
    return (line.role,) if line.role in (*approving, *plan.roles) else approving


def findings(change: Change, plan: Plan) -> dict[str, Finding]:
    """What was noticed of the plan, by name: when it was made, and by the checks of the phases."""
    of_phases = (finding for found in change.found.values() for finding in found)
    return {finding.name: finding for finding in (*plan.findings, *of_phases)}


def unaccepted(change: Change, plan: Plan, phase: Phase) -> tuple[Finding, ...]:
    """The findings that stop the phase: no environment is changed before they are mended or accepted."""
    if phase not in ENVIRONMENTS:
        return ()
    known = findings(change, plan)
    return tuple(f for f in known.values() if f.weight is Weight.STOP and f.name not in change.accepted)


def _step(line: Line, change: Change) -> Step | None:
    """The step of the phase's newest run that answers the line, when it is done."""
    run = next(reversed(change.runs_of(line.phase)), None) if line.phase and line.via else None
    if run is None or (line.phase not in ENVIRONMENTS and run.fingerprint != change.fingerprint):
        return None
    key = f"hook:{line.via}" if line.by is By.HOOK else line.via
    if key == "apply":  # every revision
        steps = list(run.steps.values())
        return steps[-1] if run.state is RunState.FINISHED and steps else None
    step = run.steps.get(key)
    return step if step and step.state == "done" else None
