"""Lets a paused run go on."""

from __future__ import annotations

from bot.chat import INFO, Ask, Reply
from bot.core.text import plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, change: int | None = None) -> Reply:
    """Let a paused run go on, from the step after the last one that is done."""
    found = desk.find(change, ask.channel)
    again = desk.resume(found, ask)
    who = plain(desk.name(ask.person))
    text = f"{INFO} {who} resumed {again.phase} of change {found.id}."
    return Reply(text=text, public=True, change=found.id)
