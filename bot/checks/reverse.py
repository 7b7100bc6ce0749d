"""Does every revision have a way back?"""

from __future__ import annotations

from bot.checks.acts import Evidence
from bot.core.plans import Verdict
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
