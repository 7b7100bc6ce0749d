"""How much room does the plan need, and is it there?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.checks.acts import BUILDS, Act, What, same
from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.standing import Room
from bot.core.survey import TableState
from bot.core.text import listed, size

LINES = (25,)

#: A server that runs full stops; this share of what is free stays free.
_KEEP = 0.2
#: An index that is new is taken for as large as the largest of its table, or for this share of its rows.
_INDEX = 0.25


def needed(acts: Sequence[Act], states: Sequence[TableState]) -> dict[str, int]:
    """Table → bytes beside what is there: a second copy for a rewrite, new rows for an UPDATE of all."""
    need: dict[str, int] = {}
    for act in acts:
        state = next((s for s in states if same(s.name, act.table)), None)
        if state:
            need[state.name] = need.get(state.name, 0) + _bytes(act, state)
    return {table: bytes_ for table, bytes_ in need.items() if bytes_}


def answer(acts: Sequence[Act], states: Sequence[TableState], room: Room) -> Answer:
    """Bytes on disk, the write-ahead log that they make, and what is free where that can be read."""
    need = needed(acts, states)
    disk = sum(need.values())
    # Every page that is written is logged too, whole at first touch; "minimal" leaves rewrites out.
    log = 0 if room.wal_level in ("", "minimal") else disk
    evidence = f"The plan needs about {size(disk)} of disk"
    if need:
        largest = sorted(need, key=lambda t: need[t], reverse=True)[:3]
        evidence += f" ({listed([f'{t} {size(need[t])}' for t in largest])})"
    evidence += f" and writes about {size(log)} of write-ahead log" if log else ""
    free = f"free space is not known: {room.why}" if room.free is None else f"{size(room.free)} are free"
    findings = []
    if room.free is not None and disk + log > room.free * (1 - _KEEP):
        findings.append(
            Finding(
                rule="disk-may-run-full",
                reason=f"The plan may need {size(disk + log)}, and {size(room.free)} are free where the"
                " data is: a server whose disk is full stops.",
                instead="Add room first, or change the table in batches, with time for VACUUM between them.",
                lines=LINES,
            )
        )
    return Answer(lines=LINES, ok=not findings, evidence=f"{evidence}; {free}.", findings=tuple(findings))


def _bytes(act: Act, state: TableState) -> int:
    if act.what is What.REWRITE:
        return state.bytes
    if act.what is What.UPDATE and not act.bounded:
        return state.bytes
    if act.what in BUILDS:
        # The index, and the sorted files that it is made from.
        return 2 * max([i.bytes for i in state.indexes] or [int(state.heap * _INDEX)])
    return 0
