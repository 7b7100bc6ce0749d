"""A role lets the change go on although a line is open."""

from __future__ import annotations

from bot.chat import ATTENTION, Ask, Reply
from bot.core.text import listed, plain
from bot.desk import Desk
from bot.slots import Numbers, Rest


def run(desk: Desk, ask: Ask, lines: Numbers, why: Rest, change: int | None = None) -> Reply:
    """Let the change go on although lines are open: their numbers, then why, then the change as `#42`.

    It stays on record with your name, your role and your reason. Nobody waives a line of a change that they
    opened. `untick` opens it again.
    """
    found = desk.find(change, ask.channel)
    waived = desk.waive(found, lines, why, ask)
    named = listed([f"{line.n} ({plain(line.text, 80)})" for line in waived])
    text = f"{ATTENTION} {plain(desk.name(ask.person))} waived for change {found.id}: {named}"
    return Reply(text=text, public=True, change=found.id)
