"""Sentences about a plan and what its roles say of it. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.core import events as e
from bot.core.moves import Status
from bot.core.text import code, listed, plain
from bot.slack import choices
from bot.slack import said_of_rehearsals as rehearsals
from bot.slack.details import file_name, plan_details, plan_file
from bot.slack.signs import Sign
from bot.slack.tables import tables_message
from bot.slack.voice import Moment, Piece, Said


def approval_wanted(m: Moment, before: str) -> Said:
    """`before`, and who is asked now; an alert while somebody is."""
    scene = m.scene
    phase, n = scene.next, scene.change.id
    if not m.voice.current(m.then):
        return m.say(before)
    short = scene.lacking.get(phase, ()) if phase else ()
    asked = tuple(lack.role for lack in short if not lack.why.startswith("rejected"))
    if not (phase and asked and scene.change.status is Status.OPEN):
        return m.say(before)
    later = {lack.role for p in scene.phases for lack in scene.lacking.get(p, ())} - set(asked)
    text = (
        f"{before}\n{Sign.ASKED} {phase.title()} needs the approval of {m.voice.names(asked)}"
        f" ({plain(listed(list(asked)), 200)}): react with {Sign.DONE} on the plan,"
        f" or type {code(f'/migrate approve {n}')}."
    )
    nobody = [lack.role for lack in short if lack.why == "nobody holds this role"]
    if nobody:
        text += f" Nobody holds {plain(listed(nobody), 200)} yet: name someone in `whimbrel.yaml`."
    if later:
        text += f" Later phases also ask {plain(listed(sorted(later)), 200)}."
    return m.say(text, alert=True, buttons=choices.approve(scene.change))


def opened(m: Moment) -> Said:
    text = f"{Sign.PLAN} {m.scene.who(m.entry.by)} opened change {m.then.id}: {m.scene.title}."
    return replace(approval_wanted(m, text), brings=_plan(m))


def _plan(m: Moment) -> tuple[Piece, ...]:
    """The plan in full, for the thread of its message; nothing once another plan stands for the change."""
    scene, n = m.scene, m.then.id
    if m.then.fingerprint != scene.change.fingerprint:
        return ()
    pieces = [Piece(name="details", make=lambda: plan_details(scene))]
    if scene.judged and scene.plan.tables:
        pieces.append(Piece(name="tables", make=lambda: tables_message(scene)))
    pieces += rehearsals.findings(scene, "findings", f"findings-{n}.md")
    pieces.append(Piece(name=file_name(n), make=lambda: plan_file(scene.plan, n)))
    if scene.before is not None:
        after = scene.before if scene.after is None else scene.after
        pieces.append(rehearsals.picture(scene.before, after, f"tables-{n}.png"))
        pieces.append(rehearsals.schema(scene.before, f"schema-{n}.md", f"Tables of change {n}, before"))
    return tuple(pieces)


def revised(m: Moment) -> Said:
    moved = plain(listed(list(m.then.moved[:8])), 500)
    text = (
        f"{Sign.PLAN} The plan moved ({moved}): approvals so far are void, they were given to another plan."
    )
    return replace(approval_wanted(m, text), brings=_plan(m))


def approved(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.RoleApproved)
    by = "by a reaction" if event.via == "reaction" else ""
    text = f"{Sign.DONE} {m.scene.who(event.person)} approved for {plain(event.role, 60)} {by}".rstrip()
    if event.role not in m.then.approvals:
        text += ", for an earlier plan: it does not count"
    return m.say(text + ".")


def withdrawn(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.ApprovalWithdrawn)
    who, role = m.scene.who(event.person), plain(event.role, 60)
    return m.say(f"{Sign.OPEN} {who} took the approval for {role} back: it is missing again.")


def rejected(m: Moment) -> Said:
    event = m.entry.event
    assert isinstance(event, e.RoleRejected)
    who, role = m.scene.who(event.person), plain(event.role, 60)
    text = (
        f"{Sign.NO} {who} rejected for {role}: {plain(event.why, 500)}\n"
        f"No phase that asks {role} starts until {role} approves, or the plan is revised."
    )
    return m.say(text)
