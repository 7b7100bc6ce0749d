"""Does the plan say how each environment is backed up?"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.standing import BackupRule
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import listed

LINES = (29,)


def answer(rules: Mapping[Phase, BackupRule]) -> Answer:
    """Production must have a method and an age limit; the others a method, or a word that they need none."""
    missing = [phase for phase in ENVIRONMENTS if phase not in rules or not rules[phase].method]
    said = [f"{phase}: {_said(rules[phase])}" for phase in ENVIRONMENTS if phase not in missing]
    findings = [
        Finding(
            rule="no-backup-method",
            place=str(phase),
            reason=f"Nothing says how {phase} is backed up before it is changed.",
            instead=f"Name a method for {phase} in whimbrel.yaml.",
            lines=LINES,
        )
        for phase in missing
    ]
    evidence = "; ".join(said)
    if missing:
        evidence = "; ".join([*said, f"nothing for {listed([str(p) for p in missing])}"])
    return Answer(lines=LINES, ok=not missing, evidence=f"Backups by {evidence}.", findings=tuple(findings))


def _said(rule: BackupRule) -> str:
    limit = "" if rule.most_hours is None else f", at most {rule.most_hours:g} h old"
    return f"{rule.method}{limit}"
