"""Does every revision have a way back?"""

from __future__ import annotations

from bot.checks.acts import Evidence
from bot.checks.split import split
from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.plans import Script, Verdict
from bot.core.text import listed

LINES = (14, 46, 48)


def verdict(evidence: Evidence) -> Verdict:
    """Yes, or which revisions have none."""
    stuck = [s.revision for s in evidence.scripts if not s.reversible]
    total = len(evidence.scripts)
    if not stuck:
        rule = (
            f"all {total} revisions have a reverse script"
            if total > 1
            else "the revision has a reverse script"
        )
        return Verdict(question="Way back", answer="Yes", rule=rule)
    verb = "have" if len(stuck) > 1 else "has"
    return Verdict(
        question="Way back", answer="No", rule=f"revision {listed(stuck)} {verb} no reverse script"
    )


def answer(evidence: Evidence) -> Answer:
    """Lines 14, 46 and 48: every revision has reverse SQL in which something stands."""
    counts = [len(split(s.backward)) for s in evidence.scripts]
    pairs = zip(evidence.scripts, counts, strict=True)
    lacking = [(s, why) for s, count in pairs if (why := _lacks(s, count))]
    total, statements = len(counts), sum(counts)
    said = f"{total - len(lacking)} of {total} revisions have reverse SQL, {statements} statements in all"
    if lacking:
        said += f"; {listed([s.revision for s, _ in lacking])} cannot be taken back by a script"
    return Answer(
        lines=LINES,
        ok=not lacking,
        evidence=f"{said}.",
        findings=tuple(_finding(script, why) for script, why in lacking),
    )


def _lacks(script: Script, statements: int) -> str:
    if not script.reversible:
        return "has no reverse script, or an empty one"
    # A revision whose code does not show its SQL may still have a way back that is code.
    return "" if statements or not script.rendered else "has a reverse script without a statement"


def _finding(script: Script, why: str) -> Finding:
    return Finding(
        rule="no-way-back",
        place=script.revision,
        reason=f"Revision {script.revision} {why}: once it is applied, only the backup brings the old state "
        "back.",
        instead="Write what takes it back; for plain SQL that is the file with the ending .down.sql.",
        at=script.file,
        lines=LINES,
    )
