"""The plan again."""

from __future__ import annotations

from collections.abc import Iterable

from bot.chat import ATTENTION, INFO, Ask, Attachment, Reply
from bot.core.changes import Change
from bot.core.moves import Status
from bot.core.plans import Plan, Script, Stage
from bot.core.text import code, listed, plain, size
from bot.desk import Desk

_SHOWN = 12


def run(desk: Desk, ask: Ask, change: int | None = None) -> Reply:
    """The plan again, with its SQL as a file and what changed since it was approved."""
    found = desk.find(change, ask.channel)
    plan, moved = (desk.plan_of(found), ()) if found.final else desk.look_again(found, ask)
    lines = [
        _head(found, plan),
        _moved(moved, void=found.status is Status.OPEN),
        *(f"*{plain(v.question)}* {plain(v.answer)} ({plain(v.rule)})" for v in plan.verdicts),
        _cut("*Revisions*", [f"{code(s.revision)} {plain(s.title, 80)}" for s in plan.scripts]),
        *(_stage(stage) for stage in plan.stages),
    ]
    file = Attachment(name=f"plan-{found.id}.sql", text=sql(found, plan))
    return Reply(text="\n".join(line for line in lines if line), file=file, change=found.id)


def _head(change: Change, plan: Plan) -> str:
    title = plain(change.title or plan.notes.title or "no title")
    why = f" {plain(plan.notes.why)}" if plan.notes.why else ""
    return f"{INFO} *Plan of change {change.id}: {title}* ({code(plan.fingerprint)}){why}"


def _moved(moved: tuple[str, ...], *, void: bool) -> str:
    if not moved:
        return "Nothing has changed since it was posted."
    parts = _cut("Changed since then:", [plain(part, 80) for part in moved])
    end = (
        "Approvals of the earlier plan are void." if void else "The plan below is the one that was approved."
    )
    return f"{ATTENTION} {parts}. {end}"


def _stage(stage: Stage) -> str:
    roles = listed([plain(role) for role in stage.roles]) or "nobody"
    said = [f"*{stage.phase.title()}* {len(stage.pending)} pending, needs {roles}"]
    if stage.tables:
        said.append(
            _cut("Tables:", [f"{code(t.name)} {t.rows:,} rows, {size(t.bytes)}" for t in stage.tables])
        )
    if stage.criteria:
        said.append(_cut("Passes when:", [plain(c) for c in stage.criteria]))
    return ". ".join(said)


def _cut(head: str, items: list[str]) -> str:
    """A few of the items after their head, and how many there are besides."""
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return f"{head} {'; '.join(items[:_SHOWN])}{more}"


def sql(change: Change, plan: Plan) -> str:
    """All SQL of the plan as one text: forward, then the way back, newest first."""
    parts = [f"-- Change {change.id} of {_line(plan.project)}, plan {plan.fingerprint}"]
    parts += _part("FORWARD", plan.scripts, back=False)
    parts += _part("REVERSE, newest first", reversed(plan.scripts), back=True)
    return "\n\n".join(parts) + "\n"


def _part(name: str, scripts: Iterable[Script], *, back: bool) -> list[str]:
    return [f"-- ===== {name} =====", *(_script(script, back=back) for script in scripts)]


def _script(script: Script, *, back: bool) -> str:
    text = script.backward if back else script.forward
    notes = [f"-- {_line(script.revision)}: {_line(script.title)} ({_line(script.file)})"]
    if not script.transactional:
        notes.append("-- commits by itself: not in one transaction")
    if not script.rendered:
        notes.append("-- not shown in full: it runs code that only runs on a database")
    if back and not script.reversible:
        notes.append("-- there is no way back")
    return "\n".join([*notes, text.strip()]).rstrip()


def _line(text: str) -> str:
    return " ".join(text.split())
