"""After a failure: leaves what is applied."""

from __future__ import annotations

from bot.chat import SETTLED, Ask, Reply
from bot.core.text import plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, change: int | None = None) -> Reply:
    """After a failure: leave what is applied where it is, and take nothing back.

    The phase can be run again from there.
    """
    found = desk.find(change, ask.channel)
    phase = found.decision.phase if found.decision else None
    desk.keep(found, ask)
    where = f" on {phase}" if phase else ""
    who = plain(desk.name(ask.person))
    text = f"{SETTLED} {who} leaves what change {found.id} applied{where} as it is. Nothing is taken back."
    return Reply(text=text, public=True, change=found.id)
