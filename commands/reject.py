"""A rejection, with its reason."""

from __future__ import annotations

from bot.chat import REFUSED, Ask, Reply
from bot.core.text import listed, plain
from bot.desk import Desk
from bot.slots import Rest


def run(desk: Desk, ask: Ask, change: int | None, why: Rest) -> Reply:
    """Reject the plan for the roles that you hold, and say why.

    It stands until someone of the same role approves, or the plan is revised. The change's number comes
    first, or last as in `reject the index is missing #42`.
    """
    found = desk.find(change, ask.channel)
    roles = desk.reject(found, why, ask)
    who, what = plain(desk.name(ask.person)), listed([plain(role) for role in roles])
    text = f"{REFUSED} {who} rejected change {found.id} for {what}: {plain(why)}"
    return Reply(text=text, public=True, change=found.id)
