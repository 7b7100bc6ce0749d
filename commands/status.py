"""Where a change stands."""

from __future__ import annotations

from datetime import datetime

from bot.chat import ATTENTION, INFO, REFUSED, SETTLED, WAITING, Ask, Reply
from bot.core.changes import Change
from bot.core.events import Direction
from bot.core.plans import Plan, Stage
from bot.core.policy import all_roles
from bot.core.runs import Run, RunState, Step
from bot.core.text import clock, code, listed, plain, seconds
from bot.desk import Desk

#: Clients swallow plain spaces at a line's start.
_INDENT = "\u2003"
_SIGNS = {
    RunState.QUEUED: WAITING,
    RunState.RUNNING: WAITING,
    RunState.PAUSED: WAITING,
    RunState.HELD: ATTENTION,
    RunState.FAILED: REFUSED,
    RunState.ABORTED: ATTENTION,
    RunState.FINISHED: SETTLED,
}


def run(desk: Desk, ask: Ask, change: int | None = None) -> Reply:
    """Where the change stands: phases, steps, approvals, date, and what comes next."""
    found = desk.find(change, ask.channel)
    plan, answer = desk.plan_of(found), desk.why(found)
    lines = [f"{INFO} *Change {found.id}: {plain(found.title or 'no title')}* ({plain(found.project)})"]
    lines.append(answer.sentence)
    lines += [f"• {fact}" for fact in answer.facts]
    if answer.next:
        lines.append(f"Next: {listed([code(words) for words in answer.next], 'or')}")
    for stage in plan.stages:
        lines.append(_phase(found, stage))
        lines += _under_way(desk, found, stage, ask.at)
    lines += _approvals(desk, found, plan)
    if date := found.schedule:
        who = plain(desk.name(date.person))
        lines.append(f"{WAITING} {date.phase.title()} starts by itself at {clock(date.at)}, set by {who}.")
    return Reply(text="\n".join(lines), change=found.id)


def _phase(change: Change, stage: Stage) -> str:
    runs = change.runs_of(stage.phase)
    if not runs:
        return f"– {stage.phase.title()}: not run yet, {len(stage.pending)} pending"
    last = runs[-1]
    times = f", try {len(runs)}" if len(runs) > 1 else ""
    reason = f": {plain(last.reason)}" if last.reason and last.state is RunState.FAILED else ""
    return f"{_SIGNS[last.state]} {stage.phase.title()}: {_told(last)}{times}{reason}"


def _told(last: Run) -> str:
    """The run in words: which way, how it ended or stands, how long it took."""
    done = f"{len(last.carried())} of {len(last.revisions)} revisions"
    way = "rollback " if last.direction is Direction.BACK else ""
    took = ""
    if last.started and last.ended:
        took = f" in {seconds((last.ended - last.started).total_seconds())}"
    return f"{way}{last.state}{took}, {done}"


def _under_way(desk: Desk, change: Change, stage: Stage, now: datetime) -> list[str]:
    """The steps of the phase's run under way, the last ones in full."""
    last = change.run
    if last is None or not last.live or last.phase is not stage.phase:
        return []
    steps = list(last.steps.values())
    before = [f"{_INDENT}… {len(steps) - 10} earlier steps are done"] if len(steps) > 10 else []
    share = desk.progress(change)
    shown = [_step(step, now) for step in steps[-10:]]
    if share and share.run == last.id and shown:
        shown[-1] += f" ({plain(share.text)})" if share.text else ""
    return before + shown


def _step(step: Step, now: datetime) -> str:
    if step.state == "done":
        return f"{_INDENT}{SETTLED} {plain(step.title, 80)}, {seconds(step.seconds)}"
    sign = {"running": WAITING, "failed": REFUSED}.get(step.state, ATTENTION)
    took = seconds(max(0.0, (now - step.started).total_seconds()))
    return f"{_INDENT}{sign} {plain(step.title, 80)}, begun {took} ago"


def _approvals(desk: Desk, change: Change, plan: Plan) -> list[str]:
    short = {m.role: m.why for stage in plan.stages for m in desk.missing(change, stage.phase)}
    lines = []
    for role in all_roles(plan):
        if role not in short:
            given = change.approvals[role]
            who = plain(desk.name(given.person))
            lines.append(f"{SETTLED} {plain(role)}: approved by {who} {clock(given.at)}")
        elif said := change.rejections.get(role):
            who = plain(desk.name(said.person))
            lines.append(f"{REFUSED} {plain(role)}: rejected by {who}: {plain(said.why)}")
        else:
            why = f", {plain(short[role])}" if short[role] else ""
            lines.append(f"{WAITING} {plain(role)}: approval is missing{why}")
    return ["*Approvals*", *lines] if lines else []
