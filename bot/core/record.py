"""The record of a change: what was planned, said, done and found, as a Markdown document. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from bot.core.changes import Change
from bot.core.events import Direction
from bot.core.lines import Stand, Standing, findings, stand
from bot.core.plans import Plan
from bot.core.records import beside
from bot.core.runs import Run, RunState
from bot.core.schema_pages import changes
from bot.core.schemas import difference
from bot.core.text import seconds
from bot.core.words import Approval

Name = Callable[[str], str]
SIGNS = {
    Standing.ANSWERED: "✅",
    Standing.TICKED: "✅",
    Standing.WAIVED: "⚠️",
    Standing.OPEN: "⬜",
    Standing.NOBODY: "—",
}
#: A sentence is cut here; the journal has it whole.
_MOST = 500


def record(change: Change, plan: Plan, name: Name) -> str:
    """Everything on record of the change; `name` is what a person is called.

    Its sections: Plan, Approvals, Times, What went wrong, Findings, Schema, Lines; an empty one is left out.
    """
    parts = {
        "Plan": _plan(change, plan, name),
        "Approvals": _approvals(change, name),
        "Times": [row for run in change.runs.values() for row in _times(change, run, name)],
        "What went wrong": [row for run in change.runs.values() for row in _trouble(run)],
        "Findings": _findings(change, plan, name),
        "Schema": _schema(change),
    }
    rows = [f"# Change {change.id}: {_line(change.title)}"]
    for title, said in parts.items():
        rows += [f"## {title}", "\n".join(said)] if said else []
    if plan.lines:
        rows += [
            "## Lines",
            lines_document([stand(line, change) for line in plan.lines], name, "###").strip(),
        ]
    return "\n\n".join(rows) + "\n"


def lines_document(stands: Sequence[Stand], name: Name, mark: str = "##") -> str:
    """All lines of the template, a section each."""
    rows: list[str] = []
    section = ""
    for one in stands:
        if one.line.section != section:
            section = one.line.section
            rows.append(f"\n{mark} {section}\n")
        rows.append(f"- {SIGNS[one.standing]} **{one.line.n}** {one.line.text} ({_by(one, name)})")
        if one.evidence:
            rows.append(f"  {_line(one.evidence)}")
    return "\n".join(rows).strip() + "\n"


def _plan(change: Change, plan: Plan, name: Name) -> list[str]:
    opened = f", {_at(change.opened)}" if change.opened else ""
    rows = [
        f"- Project {_line(change.project)}, {len(plan.scripts)} revisions, plan `{change.fingerprint[:12]}`",
        f"- Opened by {_line(name(change.opened_by))}{opened}; it is {change.status}",
    ]
    rows += [f"- {_line(v.question)}: {_line(v.answer)} ({_line(v.rule)})" for v in plan.verdicts]
    return rows


def _approvals(change: Change, name: Name) -> list[str]:
    said = sorted(change.approvals.values(), key=lambda one: one.at)
    rows = [
        f"- ✅ {one.role}: {_line(name(one.person))}, {_at(one.at)}, {_waited(change, one)}" for one in said
    ]
    rows += [
        f"- ⛔ {one.role}: {_line(name(one.person))}, {_at(one.at)}: {_line(one.why)}"
        for one in change.rejections.values()
    ]
    return rows


def _waited(change: Change, one: Approval) -> str:
    """How long the change had been open by then."""
    words = seconds((one.at - change.opened).total_seconds()) if change.opened else "an unknown time"
    stale = "" if one.fingerprint == change.fingerprint else "; of an earlier plan"
    return f"{words} after it was opened{stale}"


def _times(change: Change, run: Run, name: Name) -> Iterator[str]:
    """A run with its steps as they went: the runbook of the next one like it."""
    if run.started is None:
        return
    took = f" in {seconds((run.ended - run.started).total_seconds())}" if run.ended else ""
    way = " back" if run.direction is Direction.BACK else ""
    yield f"\n### {run.phase.title()}{way}: {run.state}{took}\n"
    yield f"Asked for by {_line(name(run.by))}, {_at(run.requested)}; on {_line(run.target)}.\n"
    cast = change.forecasts.get(run.phase)
    if cast and run.state is RunState.FINISHED and run.direction is Direction.FORWARD:
        yield from (f"- Forecast: {_line(said)}" for said in beside(cast, run))
    for step in run.steps.values():
        evidence = f": {_line(step.evidence)}" if step.evidence else ""
        yield f"- {_line(step.title)} · {step.state}, {seconds(step.seconds)}{evidence}"


def _trouble(run: Run) -> Iterator[str]:
    """What failed or was stopped, what stayed, and what was said to help."""
    if not run.reason:
        return
    yield f"- {run.phase.title()} {run.state}: {_line(run.reason)}"
    yield from (f"  {said}" for said in map(_line, (run.remains, run.hint, *run.cures)) if said)


def _findings(change: Change, plan: Plan, name: Name) -> list[str]:
    rows = []
    for found in findings(change, plan).values():
        said = change.accepted.get(found.name)
        who = (
            f"accepted by {_line(name(said.person))} as {said.role}: {_line(said.why)}"
            if said
            else found.weight
        )
        rows.append(f"- `{_line(found.name)}` ({who})\n  {_line(found.reason)}")
    return rows


def _schema(change: Change) -> list[str]:
    """What the change does to the tables, as the rehearsal saw it."""
    if change.rehearsal is None:
        return []
    rows = changes(difference(change.rehearsal.before, change.rehearsal.after))
    return [f"- {_line(row)}" for row in rows]


def _by(one: Stand, name: Name) -> str:
    who = f" by {name(one.person)}" if one.person else ""
    when = f", {_at(one.at)}" if one.at else ""
    return f"{one.standing}{who}{when}; {one.line.by}"


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _line(text: str) -> str:
    """One line, so that what came from outside adds none of its own to the document."""
    return " ".join(text.split())[:_MOST]
