"""A role accepts one finding, by its name."""

from __future__ import annotations

from bot.chat import ATTENTION, Ask, Reply
from bot.core.text import code, plain
from bot.desk import Desk
from bot.slots import Rest


def run(desk: Desk, ask: Ask, finding: str, why: Rest, change: int | None = None) -> Reply:
    """Accept one finding by its name, with the reason: `accept index-blocks-writes@0004 it is empty #42`.

    Every other finding goes on to stop the change. Nobody accepts a finding in a change that they opened; it
    is accepted for this plan only.
    """
    found = desk.find(change, ask.channel)
    accepted = desk.accept(found, finding.strip("`"), why, ask)
    who = plain(desk.name(ask.person))
    text = f"{ATTENTION} {who} accepted {code(accepted.name)} in change {found.id}: {plain(why, 300)}"
    return Reply(text=text, public=True, change=found.id)
