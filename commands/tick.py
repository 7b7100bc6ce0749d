"""A person says that lines of the template are as they should be."""

from __future__ import annotations

from bot.chat import SETTLED, Ask, Reply
from bot.core.text import plain
from bot.desk import Desk
from bot.slots import Numbers, Rest


def run(desk: Desk, ask: Ask, lines: Numbers, evidence: Rest = Rest(), change: int | None = None) -> Reply:  # noqa: B008  # a text, not a list
    """Tick lines of the template for a role that you hold, with what you have seen.

    `tick 31-34 https://wiki.example.com/orders #42`: numbers, then words or a link as evidence, then
    the change. `checklist` shows the lines that wait for you. `untick` takes it back.
    """
    found = desk.find(change, ask.channel)
    ticked = desk.tick(found, lines, evidence, ask)
    named = "\n".join(f"• {line.n} {plain(line.text, 120)}" for line in ticked)
    text = f"{SETTLED} {plain(desk.name(ask.person))} ticked for change {found.id}:\n{named}"
    return Reply(text=text, public=True, change=found.id)
