"""An approval, for a role that the person holds."""

from __future__ import annotations

from bot.chat import SETTLED, Ask, Reply
from bot.core.text import plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, change: int | None = None, role: str = "") -> Reply:
    """Approve the plan, for a role that you hold.

    A role needs to be named only by those who hold several. Nobody approves a change that they opened. The
    approval is for the plan as it stands: when the plan moves, it is void. `withdraw` takes it back.
    """
    found = desk.find(change, ask.channel)
    counted = desk.approve(found, role, ask)
    now = desk.why(desk.find(found.id, ask.channel))
    text = f"{SETTLED} {plain(desk.name(ask.person))} approved change {found.id} for {plain(counted)}."
    return Reply(text=f"{text} {now.sentence}", public=True, change=found.id)
