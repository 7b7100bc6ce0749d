"""Is there a place to rehearse in?"""

from __future__ import annotations

from bot.core.answers import Answer
from bot.core.findings import Finding

LINES = (15,)


def answer(server: str, made: bool, why: str = "") -> Answer:
    """`server`: the rehearsal server in words; `made`: a scratch database was made and dropped there, else
    `why`, a clause."""
    if made:
        return Answer(lines=LINES, ok=True, evidence=f"A scratch database was made and dropped on {server}.")
    finding = Finding(
        rule="no-scratch-database",
        reason=f"No scratch database can be made on {server}: {why}.",
        instead="Start the rehearsal server, or name another in whimbrel.yaml.",
        lines=LINES,
    )
    return Answer(
        lines=LINES, ok=False, evidence=f"Nothing can be rehearsed on {server}.", findings=(finding,)
    )
