"""Every line of the template, and how it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.chat import INFO, Ask, Attachment, Reply
from bot.core.lines import Stand, Standing
from bot.core.targets import Phase
from bot.core.text import code, plain
from bot.desk import Desk

_SHOWN = 15
_SIGNS = {
    Standing.ANSWERED: "✅",
    Standing.TICKED: "✅",
    Standing.WAIVED: "⚠️",
    Standing.OPEN: "⬜",
    Standing.NOBODY: "—",
}


def run(desk: Desk, ask: Ask, phase: Phase | None = None, change: int | None = None) -> Reply:
    """Every line of the template: how it stands, by what evidence, by whose word; of a phase, or of all."""
    found = desk.find(change, ask.channel)
    stands = desk.stands(found, phase)
    count = Counter(stand.standing for stand in stands)
    said = ", ".join(f"{many} {standing}" for standing, many in count.items())
    head = f"{INFO} *Lines of change {found.id}*{f' for {phase}' if phase else ''}: {said or 'none'}."
    open_ones = [s for s in stands if s.standing is Standing.OPEN]
    rows = [f"{_SIGNS[s.standing]} {s.line.n} {plain(s.line.text, 100)}{_why(s)}" for s in open_ones[:_SHOWN]]
    more = [f"… and {len(open_ones) - _SHOWN} more"] if len(open_ones) > _SHOWN else []
    hint = [f"{code(f'/migrate checklist #{found.id}')} ticks those that wait for you."] if open_ones else []
    file = Attachment(name=f"lines-{found.id}.md", text=document(stands, desk.name))
    return Reply(text="\n".join([head, *rows, *more, *hint]), file=file if stands else None, change=found.id)


def _why(stand: Stand) -> str:
    return f": {plain(stand.evidence, 160)}" if stand.evidence else ""


def document(stands: Sequence[Stand], name: object) -> str:
    """All lines as a Markdown document, a section each."""
    rows: list[str] = []
    section = ""
    for stand in stands:
        if stand.line.section != section:
            section = stand.line.section
            rows.append(f"\n## {section}\n")
        rows.append(f"- {_SIGNS[stand.standing]} **{stand.line.n}** {stand.line.text} ({_by(stand, name)})")
        if stand.evidence:
            rows.append(f"  {' '.join(stand.evidence.split())[:500]}")
    return "\n".join(rows).strip() + "\n"


def _by(stand: Stand, name: object) -> str:
    who = f" by {name(stand.person)}" if stand.person and callable(name) else ""
    when = f", {stand.at:%Y-%m-%d %H:%M} UTC" if stand.at else ""
    return f"{stand.standing}{who}{when}; {stand.line.by}"
