"""Pauses a run."""

from __future__ import annotations

from bot.chat import WAITING, Ask, Reply
from bot.core.runs import RunState
from bot.core.text import code, plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, change: int | None = None) -> Reply:
    """Pause the run at its next step boundary.

    A step that is under way is carried to its end first. What is applied stays. `resume` goes on from there.
    """
    found = desk.find(change, ask.channel)
    held = desk.pause(found, ask)
    step = held.unfinished
    who, what = plain(desk.name(ask.person)), f"{held.phase} of change {found.id}"
    if held.state is RunState.PAUSED:
        text = f"{WAITING} {who} paused {what}."
    else:
        end = f"when this step has ended: {plain(step.title)}" if step else "at the next step boundary"
        text = f"{WAITING} {who} asked {what} to pause. It does so {end}."
    return Reply(
        text=f"{text} Go on with {code(f'/migrate resume {found.id}')}.", public=True, change=found.id
    )
