"""Every line of the template, and how it stands."""

from __future__ import annotations

from collections import Counter

from bot.chat import INFO, Ask, Attachment, Reply
from bot.core.lines import Stand, Standing
from bot.core.record import SIGNS, lines_document
from bot.core.targets import Phase
from bot.core.text import code, plain
from bot.desk import Desk

_SHOWN = 15


def run(desk: Desk, ask: Ask, phase: Phase | None = None, change: int | None = None) -> Reply:
    """Every line of the template: how it stands, by what evidence, by whose word; of a phase, or of all."""
    found = desk.find(change, ask.channel)
    stands = desk.stands(found, phase)
    count = Counter(stand.standing for stand in stands)
    said = ", ".join(f"{many} {standing}" for standing, many in count.items())
    head = f"{INFO} *Lines of change {found.id}*{f' for {phase}' if phase else ''}: {said or 'none'}."
    open_ones = [s for s in stands if s.standing is Standing.OPEN]
    rows = [f"{SIGNS[s.standing]} {s.line.n} {plain(s.line.text, 100)}{_why(s)}" for s in open_ones[:_SHOWN]]
    more = [f"… and {len(open_ones) - _SHOWN} more"] if len(open_ones) > _SHOWN else []
    hint = [f"{code(f'/migrate checklist #{found.id}')} ticks those that wait for you."] if open_ones else []
    file = Attachment(name=f"lines-{found.id}.md", text=lines_document(stands, desk.name))
    return Reply(text="\n".join([head, *rows, *more, *hint]), file=file if stands else None, change=found.id)


def _why(stand: Stand) -> str:
    return f": {plain(stand.evidence, 160)}" if stand.evidence else ""
