"""Ends a run, or a change."""

from __future__ import annotations

from bot.chat import ATTENTION, Ask, Reply, spoken
from bot.core.text import plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, change: int | None = None) -> Reply:
    """Stop the run under way at its next step boundary; with none under way, end the change.

    The answer says what stays applied where. Nothing is taken back: that is what `rollback` is for.
    """
    found = desk.find(change, ask.channel)
    live = found.run if found.run and found.run.live else None
    sentences = desk.abort(found, ask) or (f"Nothing of it is applied{' so far' * bool(live)}.",)
    who, what = plain(desk.name(ask.person)), f"change {found.id}"
    done = f"stops {live.phase} of {what} at the next step boundary" if live else f"ended {what}"
    text = f"{ATTENTION} {who} {done}."
    return Reply(text=" ".join((text, *(spoken(s) for s in sentences))), public=True, change=found.id)
