"""Takes an approval back."""

from __future__ import annotations

from bot.chat import INFO, Ask, Reply
from bot.core.text import listed, plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, change: int | None = None) -> Reply:
    """Take your approval back, while no phase that rests on it is under way.

    Removing your reaction from the plan's message does the same.
    """
    found = desk.find(change, ask.channel)
    roles = desk.withdraw(found, ask)
    who, what = plain(desk.name(ask.person)), listed([plain(role) for role in roles])
    text = f"{INFO} {who} withdrew the approval of change {found.id} for {what}."
    return Reply(text=text, public=True, change=found.id)
