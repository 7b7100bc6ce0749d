"""Reverses what a change applied."""

from __future__ import annotations

from bot.chat import ATTENTION, WAITING, Ask, Button, Reply
from bot.core.changes import Change
from bot.core.targets import Phase
from bot.core.text import code, listed, plain
from bot.desk import Desk

_SHOWN = 12


def run(
    desk: Desk, ask: Ask, phase: Phase | None = None, change: int | None = None, *, confirmed: bool = False
) -> Reply:
    """Reverse what the change applied in a phase, newest first, once it is confirmed.

    Shows first what would be reversed; a click by someone who holds one of the phase's roles carries it out.
    Without a phase it is the last one in which something is applied.
    """
    found = desk.find(change, ask.channel)
    if phase is None or not confirmed:
        return _ask_first(desk, found, phase)
    begun = desk.rollback(found, phase, ask)
    who, many = plain(desk.name(ask.person)), _many(len(begun.revisions))
    text = f"{ATTENTION} {who} confirmed: {many} of change {found.id} on {phase} are reversed, newest first."
    if begun.behind:
        text = f"{WAITING} The rollback of change {found.id} waits: change {begun.behind} holds the database."
    return Reply(text=text, public=True, change=found.id)


def _ask_first(desk: Desk, change: Change, phase: Phase | None) -> Reply:
    meant, revisions = desk.may_rollback(change, phase)
    asked = [plain(role) for role in desk.plan_of(change).stage(meant).roles]
    roles = f"Someone who holds {listed(asked, 'or')}" if asked else "Nobody"
    shown = listed([code(revision) for revision in revisions[:_SHOWN]])
    more = f" and {len(revisions) - _SHOWN} more" if len(revisions) > _SHOWN else ""
    many = _many(len(revisions))
    text = (
        f"{WAITING} On {meant}, {many} of change {change.id} would be reversed, newest first: {shown}{more}."
        f" {roles} confirms it with this button."
    )
    button = Button(
        label=f"Reverse {many}",
        words=f"rollback {meant} {change.id} confirmed",
        style="danger",
        confirm=f"Reverse {many} of change {change.id} on {meant}? Data that they added may be lost.",
    )
    return Reply(text=text, public=True, buttons=(button,), change=change.id)


def _many(count: int) -> str:
    return f"{count} revision{'s' * (count != 1)}"
