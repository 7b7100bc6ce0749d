"""Starts a phase."""

from __future__ import annotations

from bot.chat import INFO, WAITING, Ask, Reply
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, phase: Phase, change: int | None = None) -> Reply:
    """Start a phase: plan, scripts, test, development, staging, production, in this order.

    It starts when the phases before have passed, no line before it is open, no finding stops it, and every
    role of the phase has approved the plan as it stands; else the answer says what is missing. `dev`, `stag`
    and `prod` are understood.
    """
    found = desk.find(change, ask.channel)
    begun = desk.run(found, phase, ask)
    what = f"{phase.title()} of change {found.id}"
    if begun.behind:
        text = f"{WAITING} {what} waits: change {begun.behind} holds the same database. It starts by itself."
    else:
        many = len(begun.revisions)
        who = plain(desk.name(ask.person))
        does = f"{many} revision{'s' * (many != 1)}" if phase in ENVIRONMENTS else "no environment is changed"
        text = f"{INFO} {who} started {what[0].lower()}{what[1:]}: {does}."
    return Reply(text=text, public=True, change=found.id)
