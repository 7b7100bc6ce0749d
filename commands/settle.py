"""A person says what became of a step whose outcome is unknown."""

from __future__ import annotations

from enum import StrEnum

from bot.chat import SETTLED, Ask, Reply
from bot.core.text import plain
from bot.desk import Desk


class Truth(StrEnum):
    """What a person found on the target."""

    #: The step did happen.
    APPLIED = "applied"
    #: Nothing of it is there.
    ABSENT = "absent"
    #: It left something half-done, which is to be cleared away before the step is tried again.
    CLEAN = "clean"


_SAID = {
    Truth.APPLIED: "the step is applied; the run goes on after it",
    Truth.ABSENT: "nothing of the step is there; it is tried again",
    Truth.CLEAN: "what the step left half-done is cleared away, then it is tried again",
}


def run(desk: Desk, ask: Ask, change: int | None, truth: Truth) -> Reply:
    """When a step's outcome is unknown: say what is true on the target, after a look at it.

    `applied`: the step did happen. `absent`: nothing of it is there. `clean`: it left something half-done,
    which I clear away first. One of the phase's roles says so.
    """
    found = desk.find(change, ask.channel)
    settled = desk.settle(found, truth is Truth.APPLIED, truth is Truth.CLEAN, ask)
    who = plain(desk.name(ask.person))
    text = f"{SETTLED} {who} looked at {settled.phase} of change {found.id}: {_SAID[truth]}."
    return Reply(text=text, public=True, change=found.id)
