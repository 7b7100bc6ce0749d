"""Starts a phase."""

from __future__ import annotations

from bot.chat import INFO, WAITING, Ask, Reply
from bot.core.targets import Phase
from bot.core.text import plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, phase: Phase, change: int | None = None) -> Reply:
    """Start a phase: development, staging, production, in this order.

    It starts when the phase before has passed and every role of the phase has approved the plan as it
    stands; else the answer says what is missing. `dev`, `stag` and `prod` are understood.
    """
    found = desk.find(change, ask.channel)
    begun = desk.run(found, phase, ask)
    what = f"{phase.title()} of change {found.id}"
    if begun.behind:
        text = f"{WAITING} {what} waits: change {begun.behind} holds the same database. It starts by itself."
    else:
        many = len(begun.revisions)
        who = plain(desk.name(ask.person))
        text = f"{INFO} {who} started {what[0].lower()}{what[1:]}: {many} revision{'s' * (many != 1)}."
    return Reply(text=text, public=True, change=found.id)
