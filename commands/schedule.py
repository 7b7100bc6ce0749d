"""Sets a phase for later."""

from __future__ import annotations

from datetime import UTC

from bot.chat import WAITING, Ask, Reply
from bot.core.targets import Phase
from bot.core.text import clock, code, plain
from bot.desk import Desk
from bot.slots import Rest
from bot.when import when as moment


def run(desk: Desk, ask: Ask, phase: Phase, when: Rest, change: int | None = None) -> Reply:
    """Start a phase later by itself, if all still holds then.

    `schedule production tomorrow 22:00`, `… monday 06:30 Europe/Berlin`, `… in 2 hours`, `… 2026-12-01 22:00
    +01:00`; without a zone it is UTC. The change's number may follow: `… 22:00 #42`.
    """
    at = moment(when, ask.at, UTC)
    found = desk.find(change, ask.channel)
    date = desk.schedule(found, phase, at, ask)
    who, undo = plain(desk.name(ask.person)), code(f"/migrate unschedule {found.id}")
    text = (
        f"{WAITING} {who} set {phase} of change {found.id} for {clock(date.at)}, if all still holds then."
        f" {undo} drops the date."
    )
    return Reply(text=text, public=True, change=found.id)
