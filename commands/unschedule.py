"""Drops a date."""

from __future__ import annotations

from bot.chat import INFO, Ask, Reply
from bot.core.text import clock, plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, change: int | None = None) -> Reply:
    """Drop the date that was set with schedule."""
    found = desk.find(change, ask.channel)
    date = desk.unschedule(found, ask)
    who = plain(desk.name(ask.person))
    text = f"{INFO} {who} dropped the date of {date.phase} of change {found.id} ({clock(date.at)})."
    return Reply(text=text, public=True, change=found.id)
