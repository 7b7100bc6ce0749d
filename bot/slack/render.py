"""The one live message of a change: the root of its thread, edited in place. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.changes import Change
from bot.core.plans import Stage
from bot.core.targets import TableFacts
from bot.core.text import block, clock, code, listed, plain
from bot.slack import blocks as kit
from bot.slack.blocks import Block, Drawn
from bot.slack.choices import choices, wanted
from bot.slack.phases import counted, phase_lines
from bot.slack.scene import Scene
from bot.slack.signs import Sign, of_change

#: Characters each part may take; their sum stays below what Slack takes for a message (about 13,000).
_WHY, _VERDICTS, _TABLES, _APPROVALS, _PHASES, _FOOT = 2000, 1600, 2000, 1500, 2900, 700
_TABLE_ROWS = 12


def live_message(scene: Scene) -> Drawn:
    """Where a change stands, what it waits for, and the buttons that fit."""
    change = scene.change
    sign = of_change(change, ready=scene.ready)
    parts: list[Block | None] = [
        kit.header(f"{sign} {scene.title} · change {change.id}"),
        kit.section(_why(scene)),
        _section(_dates(scene), 600),
        kit.DIVIDER,
        _section(phase_lines(scene), _PHASES, "… and {} more lines, see the thread"),
        _section(_approvals(scene), _APPROVALS),
        *_judgement(scene),
        *kit.buttons(choices(scene)),
        kit.context(_foot(scene)),
    ]
    text = kit.clip(f"{sign} {scene.title} · change {change.id}: {scene.why.sentence}", kit.FALLBACK)
    return Drawn(text=text, blocks=tuple(part for part in parts if part))


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
    if wanted(scene) or not scene.change.started:
        return [kit.DIVIDER, _section(_verdicts(scene), _VERDICTS), *_tables(scene)]
    short = [f"{plain(v.question, 60).capitalize()}: {plain(v.answer, 60)}" for v in scene.plan.verdicts]
    return [kit.context(" · ".join(short))] if short else []


def _verdicts(scene: Scene) -> list[str]:
    return [
        f"*{plain(v.question, 60).capitalize()}:* {plain(v.answer, 200)}"
        + (f" _({plain(v.rule, 200)})_" if v.rule else "")
        for v in scene.plan.verdicts
    ]


def _approvals(scene: Scene) -> list[str]:
    rows = [_stage_approvals(scene, stage) for stage in scene.plan.stages]
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
    rows = [["Table", *(f"{stage.phase} rows" for stage in scene.plan.stages)]]
    facts = [{t.name: t for t in stage.tables} for stage in scene.plan.stages]
    for name in _largest(scene)[:_TABLE_ROWS]:
        label = kit.clip(" ".join(name.split()), 60)
        rows.append([label, *(_rows(known.get(name)) for known in facts)])
    more = len(names) - _TABLE_ROWS
    made = [kit.table(rows)] if scene.native else [kit.section(_plain_table(rows))]
    if more > 0:
        made.append(kit.context(f"… and {more} more tables, see the file"))
    return made


def _largest(scene: Scene) -> list[str]:
    """The tables' names, those with the most rows anywhere first."""
    most: dict[str, int] = dict.fromkeys(scene.plan.tables, -1)
    for stage in scene.plan.stages:
        for table in stage.tables:
            if table.name in most:
                most[table.name] = max(most[table.name], table.rows)
    return sorted(most, key=lambda name: -most[name])


def _rows(facts: TableFacts | None) -> str:
    if facts is None:
        return "not there yet"
    return f"{facts.rows:,}" if facts.exact else f"about {facts.rows:,}"


def _plain_table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    drawn = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return block("\n".join(drawn), _TABLES)


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
