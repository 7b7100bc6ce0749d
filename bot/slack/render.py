"""The one live message of a change: the root of its thread, edited in place. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.changes import Change
from bot.core.moves import Status
from bot.core.plans import Stage
from bot.core.targets import ENVIRONMENTS
from bot.core.text import clock, code, listed, plain
from bot.slack import blocks as kit
from bot.slack.blocks import Block, Drawn
from bot.slack.choices import choices, wanted
from bot.slack.details import verdicts
from bot.slack.phases import counted, phase_lines
from bot.slack.scene import Scene
from bot.slack.signs import Sign, of_change
from bot.slack.tables import environments, label, largest, plain_table, rows_said
from bot.slack.verdict import judgement, numbers

#: Characters each part may take; their sum stays below what Slack takes for a message (about 13,000).
_WHY, _VERDICTS, _APPROVALS, _PHASES, _FOOT = 2000, 1600, 1500, 2900, 700
_TABLE_ROWS = 12


def live_message(scene: Scene) -> Drawn:
    """Where a change stands, what it waits for, and the buttons that fit."""
    change = scene.change
    sign = of_change(change, ready=scene.ready)
    title = f"{sign} {scene.title} · change {change.id}"
    parts = [kit.header(title), *_body(scene), *kit.buttons(choices(scene)), kit.context(_foot(scene))]
    verdict = f"{judgement(scene).flat} " if _to_be_judged(scene) else ""
    text = kit.clip(f"{title}: {verdict}{scene.why.sentence}", kit.FALLBACK)
    return Drawn(text=text, blocks=tuple(part for part in parts if part))


def _to_be_judged(scene: Scene) -> bool:
    """People still read it as a plan: it is measured, and no environment was touched."""
    return scene.judged and not scene.touched and not scene.change.final


def _body(scene: Scene) -> list[Block | None]:
    dates, why = _section(_dates(scene), 600), kit.section(_why(scene))
    approvals = _section(_approvals(scene), _APPROVALS)
    phases = _section(phase_lines(scene), _PHASES, "… and {} more lines, see the thread")
    if not _to_be_judged(scene):
        return [why, dates, kit.DIVIDER, phases, approvals, *_judgement(scene)]
    verdict = [kit.section(judgement(scene).bold), kit.fields(numbers(scene))]
    first = [*verdict, kit.DIVIDER, why] if scene.change.status is Status.OPEN else [why, *verdict]
    return [*first, dates, approvals, kit.DIVIDER, phases, _in_short(scene)]


def folded(change: Change) -> Drawn:
    """What stays of a plan's message when a newer plan stands in its place."""
    text = (
        f"{Sign.PLAN} An earlier plan of change {change.id}, replaced by a newer one below."
        " Reactions here count no more."
    )
    return Drawn(text=text, blocks=(kit.context(text),))


def _section(rows: Sequence[str], most: int, rest: str = "… and {} more, see the file") -> Block | None:
    return kit.section(kit.lines(rows, most, rest)) if rows else None


def _why(scene: Scene) -> str:
    why = scene.why
    rows = [kit.clip(why.sentence, 1200), *(f"• {fact}" for fact in why.facts[:4])]
    if why.next:
        rows.append("Next: " + " or ".join(code(word) for word in why.next))
    return kit.lines(rows, _WHY)


def _dates(scene: Scene) -> list[str]:
    change, rows = scene.change, []
    if s := change.schedule:
        rows.append(f"{Sign.CLOCK} {s.phase.title()} is set for {clock(s.at)} by {scene.who(s.person)}.")
    if d := change.decision:
        late = " *That time is over*; what is applied stays until someone decides." if d.overdue else ""
        rows.append(f"{Sign.ASKED} Take {d.phase} back, or keep it? Wanted by {clock(d.deadline)}.{late}")
    return rows


def _judgement(scene: Scene) -> list[Block | None]:
    """What the plan was judged to be: in full while somebody still has to say yes to it, else in a line."""
    if not scene.judged and (wanted(scene) or not scene.change.started):
        return [kit.DIVIDER, _section(verdicts(scene), _VERDICTS), *_tables(scene)]
    return [_in_short(scene)]


def _in_short(scene: Scene) -> Block | None:
    measured = numbers(scene) if scene.touched and scene.forecasts else ()
    said = {name for name, _ in measured}
    known = [v for v in scene.plan.verdicts if not (scene.forecasts and "downtime" in v.question)]
    known = [v for v in known if v.question not in said]
    short = [f"{plain(v.question, 60).capitalize()}: {plain(v.answer, 60)}" for v in known]
    short += [f"{name}: {fact}" for name, fact in measured]
    return kit.context(" · ".join(short)) if short else None


def _approvals(scene: Scene) -> list[str]:
    asked = [stage for stage in scene.plan.stages if stage.roles or stage.phase in ENVIRONMENTS]
    rows = [_stage_approvals(scene, stage) for stage in asked]
    return ["*Approvals*", *rows] if rows else []


def _stage_approvals(scene: Scene, stage: Stage) -> str:
    said = [_role(scene, stage, role) for role in stage.roles]
    return f"{stage.phase.title()}: " + (" · ".join(said) or "asks nobody")


def _role(scene: Scene, stage: Stage, role: str) -> str:
    change, name = scene.change, plain(role, 60)
    if rejection := change.rejections.get(role):
        return f"{Sign.NO} {name} ({scene.who(rejection.person)}: {plain(rejection.why, 100)})"
    short = next((m for m in scene.lacking.get(stage.phase, ()) if m.role == role), None)
    if short:
        return f"{Sign.OPEN} {name}" + (f" ({plain(short.why, 80)})" if short.why else "")
    approval = change.approvals.get(role)
    return f"{Sign.DONE} {name}" + (f" ({scene.who(approval.person)})" if approval else "")


def _tables(scene: Scene) -> list[Block]:
    names = scene.plan.tables
    if not names:
        return []
    stages = environments(scene)
    rows = [["Table", *(f"{stage.phase} rows" for stage in stages)]]
    facts = [{t.name: t for t in stage.tables} for stage in stages]
    for name in largest(scene)[:_TABLE_ROWS]:
        rows.append([label(name), *(rows_said(known.get(name)) for known in facts)])
    more = len(names) - _TABLE_ROWS
    made = [kit.table(rows)] if scene.native else [kit.section(plain_table(rows))]
    if more > 0:
        made.append(kit.context(f"… and {more} more tables, see the file"))
    return made


def _foot(scene: Scene) -> str:
    change, plan = scene.change, scene.plan
    opened = f"opened by {scene.who(change.opened_by)}" + (
        f" {clock(change.opened)}" if change.opened else ""
    )
    facts = [
        f"project {plain(change.project, 60)}",
        f"{counted(len(plan.scripts))} with {plain(plan.tool, 30)}",
        opened,
        f"plan {code(change.fingerprint)}",
    ]
    if change.moved:
        facts.append(f"moved since the plan before: {plain(listed(list(change.moved[:5])), 200)}")
    return kit.clip(" · ".join(facts), _FOOT)
