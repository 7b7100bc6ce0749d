"""Why a change is not moving."""

from __future__ import annotations

from bot.chat import INFO, Ask, Reply
from bot.core.text import clock, code, listed, plain
from bot.desk import Desk


def run(desk: Desk, ask: Ask, change: int | None = None) -> Reply:
    """Why the change is not moving, whose turn it is, since when, and what to type next."""
    found = desk.find(change, ask.channel)
    answer = desk.why(found)
    lines = [f"{INFO} {answer.sentence}", *(f"• {fact}" for fact in answer.facts)]
    if unnamed := [plain(who) for who in answer.whose if plain(who) not in answer.sentence]:
        lines.append(f"It is the turn of {listed(unnamed)}.")
    if answer.since:
        lines[0] += f" So it is since {clock(answer.since)}."
    if answer.next:
        lines.append(f"Next: {listed([code(words) for words in answer.next], 'or')}")
    return Reply(text="\n".join(lines), change=found.id)
