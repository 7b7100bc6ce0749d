"""What a check says to the template's lines that it answers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One check's answer. `lines`: the template's lines that it is evidence for."""

    lines: tuple[int, ...]
    #: The lines are as they should be; else they stay open.
    ok: bool
    #: One sentence for people: what was looked at, and what was found.
    evidence: str
    findings: tuple[Finding, ...] = ()
