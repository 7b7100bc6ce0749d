"""What a change waits for, whose turn it is, and what to type next. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.changes import Change
from bot.core.events import Direction
from bot.core.findings import Finding
from bot.core.lines import open_lines, unaccepted
from bot.core.moves import Status
from bot.core.plans import Plan
from bot.core.policy import Missing
from bot.core.runs import Run, RunState
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import clock, code, listed, plain, seconds

#: phase -> what its roles still have to say
Lacking = Mapping[Phase, tuple[Missing, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The one answer to "why is this not moving". `sentence` is mrkdwn; `whose` are roles."""

    sentence: str
    whose: tuple[str, ...]
    since: datetime | None
    #: Words to type next, e.g. "/migrate run staging 42".
    next: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """Open findings and lines: "2 findings are open", and the words that take them away; "" for none."""

    sentence: str = ""
    next: tuple[str, ...] = ()


FREE = Hindrance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A change that waits for one person: what for, and the words that do it."""

    change: Change
    what: str
    words: str


def next_phase(change: Change, phases: tuple[Phase, ...]) -> Phase | None:
    """The first phase that has not passed."""
    return next((p for p in phases if not change.passed(p)), None)


def why(
    change: Change,
    phases: tuple[Phase, ...],
    lacking: Lacking,
    now: datetime,
    hindrance: Hindrance = FREE,
) -> Why:
    """Why the change is not moving (or that it is), whose turn it is and since when.

    `hindrance`: what else than approvals stands in the way of the next phase.
    """
    n, run = change.id, change.run
    match change.status:
        case Status.DONE:
            return _why(change, f"Change {n} is done: production has it.")
        case Status.ABORTED:
            return _why(change, f"Change {n} was ended before production.")
        case Status.RUNNING if run:
            return _running(change, run, now)
        case Status.QUEUED if run and run.behind:
            held = f"change {run.behind} holds the same database"
            text = f"{run.phase.title()} waits: {held}. It starts by itself."
            return _why(change, text, next=(f"/migrate why {run.behind}",))
        case Status.QUEUED:
            return _why(change, "The run is wanted and starts within seconds.")
        case Status.PAUSED if run and run.left:
            return _left(change, run)
        case Status.PAUSED if run:
            text = f"{run.phase.title()} is paused between two steps; what is applied stays."
            words = (f"/migrate resume {n}", f"/migrate abort {n}")
            return _why(change, text, whose=_roles(lacking, run.phase), next=words)
        case Status.HELD if run:
            answers = ("applied", "absent", "clean") if run.cures else ("applied", "absent")
            settles = tuple(f"/migrate settle {n} {answer}" for answer in answers)
            held = f"so {code(run.target)} is held: {plain(run.remains, 900)}"
            text = f"Nobody can tell whether a step happened, {held}"
            return _why(change, text, next=(*settles, f"/migrate abort {n}"))
        case Status.DECIDING if change.decision:
            text = (
                f"{change.decision.phase.title()} failed after something was applied; its roles decide"
                f" by {clock(change.decision.deadline)} whether to take it back."
            )
            words = (f"/migrate rollback {change.decision.phase} {n}", f"/migrate keep {n}")
            return _why(change, text, next=words)
    return _open(change, phases, lacking, hindrance)


def _left(change: Change, run: Run) -> Why:
    n = change.id
    text = (
        f"{run.phase.title()} is paused: it left what was rehearsed, and one of its roles says"
        " whether it goes on. What is applied stays."
    )
    back = (f"/migrate rollback {run.phase} {n}",) if change.applied(run.phase) else ()
    words = (f"/migrate resume {n}", *back, f"/migrate abort {n}")
    return _why(change, text, next=words, facts=tuple(plain(line, 400) for line in run.left))


def _running(change: Change, run: Run, now: datetime) -> Why:
    step = run.unfinished
    if step is None:
        return _why(change, f"{run.phase.title()} is running.")
    took = seconds((now - step.started).total_seconds())
    text = f"{run.phase.title()} is running: {plain(step.title)}, for {took}."
    facts = tuple(
        f"pid {b.pid}, user {code(b.user)}, application {code(b.application or '-')}: {code(b.query)}"
        for b in step.blockers
    )
    if run.left:
        text += " It has left what was rehearsed, and pauses after this step."
    if facts:
        text += f" It waits for a lock (try {step.waits}) that is held by:"
    facts = (*facts, *(plain(line, 400) for line in run.left))
    return _why(change, text, next=(f"/migrate pause {change.id}",), facts=facts)


def _open(change: Change, phases: tuple[Phase, ...], lacking: Lacking, hindrance: Hindrance) -> Why:
    phase = next_phase(change, phases)
    if phase is None:
        return _why(change, "Every phase has passed.")
    if change.schedule:
        text = f"{change.schedule.phase.title()} starts by itself at {clock(change.schedule.at)}."
        return _why(change, text, next=(f"/migrate unschedule {change.id}",))
    short, waits = lacking.get(phase, ()), hindrance.sentence
    rejected = [m for m in short if m.why.startswith("rejected")]
    if rejected:
        text = f"{phase.title()} was rejected: " + "; ".join(
            f"{plain(m.role)}: {plain(m.why)}" for m in rejected
        )
        return _why(change, text, whose=tuple(m.role for m in rejected))
    if short:
        named = [plain(m.role) + (f" ({plain(m.why)})" if m.why else "") for m in short]
        return _why(
            change,
            f"{phase.title()} waits for the approval of {listed(named)}{f', and {waits}' if waits else ''}.",
            whose=tuple(m.role for m in short),
            next=(f"/migrate approve {change.id}", *hindrance.next),
        )
    if waits:
        return _why(change, f"{_before(change)}{phase.title()} waits: {waits}.", next=hindrance.next)
    before = _before(change)
    free = f"Nothing{' else' * before.endswith('first. ')} stands in the way of {phase}"
    text = f"{before}{free}: it starts when someone says so."
    ready = max((a.at for a in change.approvals.values()), default=change.since)
    since = max(change.since, ready) if change.since and ready else change.since
    return replace(_why(change, text, next=(f"/migrate run {phase} {change.id}",)), since=since)


def _before(change: Change) -> str:
    """What became of the newest run, when it did not end as it should."""
    last = change.run
    if last is None:
        return ""
    name, back = last.phase.title(), last.direction is Direction.BACK
    reason = plain(last.reason.rstrip(". "), 400)
    if last.state is RunState.FAILED:
        return f"{f'Taking {last.phase} back' if back else name} failed: {reason}. Mend that first. "
    if last.state is RunState.ABORTED:
        return f"{name} was stopped by a person. "
    if not back or last.state is not RunState.FINISHED:
        return ""
    tried = [r for r in change.runs_of(last.phase) if r.direction is Direction.FORWARD][-1:]
    if tried and tried[0].state is RunState.FAILED:
        return f"{name} was taken back, because {plain(tried[0].reason.rstrip('. '), 400)}. Mend that first. "
    return f"{name} was taken back. "


def _why(
    change: Change,
    sentence: str,
    *,
    whose: tuple[str, ...] = (),
    next: tuple[str, ...] = (),  # noqa: A002  # the word people read
    facts: tuple[str, ...] = (),
) -> Why:
    return Why(sentence=sentence, whose=whose, since=change.since, next=next, facts=facts)


def _roles(lacking: Lacking, phase: Phase) -> tuple[str, ...]:
    return tuple(m.role for m in lacking.get(phase, ()))


def hindered(change: Change, plan: Plan) -> Hindrance:
    """What else than approvals stands in the way of the next phase of a plan."""
    turn = next_phase(change, plan.phases)
    if turn is None:
        return FREE
    return hindrance(change, turn, unaccepted(change, plan, turn), len(open_lines(change, plan, turn)))


def hindrance(change: Change, phase: Phase | None, stops: Sequence[Finding], lines: int) -> Hindrance:
    """What findings and how many open lines mean for the next phase; findings stop environments only."""
    said, words = [], []
    behind = [name for a in change.answers.values() if not a.ok for name in a.stops]
    left = [name for name in dict.fromkeys(behind) if name not in change.accepted]
    if stops and phase in ENVIRONMENTS:
        said.append(f"{counted(len(stops), 'finding')} open")
        words.append(accepting(stops[0].name, change.id))
    elif lines and left:  # a line stays open for what was found, until that is mended or accepted
        words.append(accepting(left[0], change.id))
    if lines:
        said.append(f"{counted(lines, 'checklist line')} open")
        words.append(f"/migrate checklist #{change.id}")
    return Hindrance(sentence=listed(said), next=tuple(words))


def accepting(finding: str, change: int) -> str:
    """The words that accept a finding by its name; one with a space in it stands in quotes."""
    name = f'"{finding}"' if " " in finding else finding
    return f"/migrate accept {name} <why> #{change}"


def counted(number: int, word: str) -> str:
    """ "1 finding is", "2 findings are"."""
    return f"{number} {word} is" if number == 1 else f"{number:,} {word}s are"
