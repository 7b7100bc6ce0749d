"""The plan in full: the first message of a change's thread, and the file beside it. Pure."""

from __future__ import annotations

import re

from bot.chat import Attachment
from bot.core.plans import Assertion, Plan, Script
from bot.core.text import code, plain
from bot.slack import blocks as kit
from bot.slack.blocks import Block, Drawn
from bot.slack.ghostly import ghost_rows
from bot.slack.phases import counted
from bot.slack.scene import Scene
from bot.slack.signs import Sign

_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def plan_details(scene: Scene) -> Drawn:
    """What the live message has no room for."""
    plan, n = scene.plan, scene.change.id
    parts: list[Block] = [kit.section(f"{Sign.PLAN} *The plan of change {n}*\n{_words(plan)}")]
    for title, rows in (
        ("Judged by its SQL alone", verdicts(scene) if scene.judged else []),
        ("Tried on an empty copy of production's schema", ghost_rows(plan.ghost, n)),
        ("Revisions, in this order", [_revision(s) for s in plan.scripts]),
        ("A phase has passed when", _criteria(plan)),
        ("Assertions", [_assertion(a) for a in plan.assertions]),
        ("Links", [code(link, 300) for link in plan.notes.links]),
    ):
        if rows:
            parts.append(kit.section(f"*{title}*\n{kit.lines(rows, 2200)}"))
    parts.append(kit.context(f"The SQL, forward and back, is in the file {code(file_name(n))}."))
    return Drawn(text=f"The plan of change {n}: {scene.title}", blocks=tuple(parts))


def verdicts(scene: Scene) -> list[str]:
    """What the plan's SQL says of it, each with the rule that spoke."""
    return [
        f"*{plain(v.question, 60).capitalize()}:* {plain(v.answer, 200)}"
        + (f" _({plain(v.rule, 200)})_" if v.rule else "")
        for v in scene.plan.verdicts
    ]


def file_name(change: int) -> str:
    return f"plan-{change}.sql"


def plan_file(plan: Plan, change: int) -> Attachment:
    """All SQL of a plan: what will run, and after it what would take it back."""
    parts = [
        f"-- Change {change}, plan {plan.fingerprint}: {counted(len(plan.scripts))}, tool {_bare(plan.tool)}"
    ]
    parts += [_table_lines(plan)] if plan.tables else []
    parts += [_sql(script, script.forward, "FORWARD") for script in plan.scripts]
    parts += [_sql(script, script.backward, "BACK") for script in reversed(plan.scripts)]
    return Attachment(name=file_name(change), text="\n\n".join(parts) + "\n")


def _sql(script: Script, sql: str, way: str) -> str:
    head = f"-- {way} {_bare(script.revision)}: {_bare(script.title)} ({_bare(script.file)})"
    if not script.transactional:
        head += "\n-- commits as it goes: PostgreSQL cannot roll it back as a whole"
    if way == "BACK" and not script.reversible:
        return f"{head}\n-- there is no way back in this script"
    if not script.rendered:
        head += "\n-- it runs code that only runs on a database, so this may not be all of its SQL"
    return f"{head}\n{sql.strip() or '-- nothing'}"


def _table_lines(plan: Plan) -> str:
    rows = ["-- Tables touched, rows by phase:"]
    for name in plan.tables:
        known = [f"{s.phase} {t.rows:,}" for s in plan.stages for t in s.tables if t.name == name]
        rows.append(f"--   {_bare(name)}: {', '.join(known) or 'not there yet'}")
    return "\n".join(rows)


def _bare(text: str) -> str:
    """One line, so that a comment stays a comment."""
    return _BREAKS.sub(" ", text)


def _words(plan: Plan) -> str:
    notes = plan.notes
    rows = [plain(notes.why, 1000)] if notes.why else []
    rows += [f"Owner: {plain(notes.owner, 80)}"] if notes.owner else []
    rows += [f"Team: {plain(', '.join(notes.team), 400)}"] if notes.team else []
    rows += [
        f"{plain(phase, 40).title()} is expected to take {plain(t, 60)}"
        for phase, t in notes.expected.items()
    ]
    return (
        kit.lines(rows, 2200)
        if rows
        else "It was worked out from the pending revisions; there is no plan file."
    )


def _revision(script: Script) -> str:
    marks = [
        "" if script.transactional else "commits as it goes",
        "" if script.reversible else "no way back",
        "" if script.rendered else "runs code",
    ]
    noted = ", ".join(mark for mark in marks if mark)
    return f"• {code(script.revision, 60)} {plain(script.title, 120)}" + (f" _({noted})_" if noted else "")


def _criteria(plan: Plan) -> list[str]:
    return [f"• {s.phase}: {plain('; '.join(s.criteria), 500)}" for s in plan.stages if s.criteria]


def _assertion(one: Assertion) -> str:
    when = {"before": "before", "after": "after"}.get(one.when, "before and after")
    return f"• {plain(one.name, 100)} ({when}): {code(one.sql, 300)} gives {code(one.expect, 60)}"
