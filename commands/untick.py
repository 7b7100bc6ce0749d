"""What was said of a line is taken back."""

from __future__ import annotations

from bot.chat import INFO, Ask, Reply
from bot.core.text import plain
from bot.desk import Desk
from bot.slots import Numbers


def run(desk: Desk, ask: Ask, line: Numbers, change: int | None = None) -> Reply:
    """Open a line again that was ticked or waived: your own word, or as someone who holds its role."""
    found = desk.find(change, ask.channel)
    opened = desk.reopen(found, line[0], ask)
    text = f"{INFO} {plain(desk.name(ask.person))} opened line {opened.n} again: {plain(opened.text, 120)}"
    return Reply(text=text, public=True, change=found.id)
