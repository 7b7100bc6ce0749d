"""Do backups of the target work: how old is the last that was verified, and is its log archived?"""

from __future__ import annotations

from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.standing import Archiving, BackupRule
from bot.core.text import seconds

LINES = (9,)


def answer(age: float | None, rule: BackupRule, archiving: Archiving) -> Answer:
    """`age`: seconds since the last verified backup ended; None when the bot has seen none."""
    findings = []
    late = rule.most_hours is not None and age is not None and age > rule.most_hours * 3600
    if late and age is not None and rule.most_hours is not None:
        findings.append(
            Finding(
                rule="backup-too-old",
                weight=Weight.NOTE,
                reason=f"The last verified backup is {seconds(age)} old, and the plan allows"
                f" {seconds(rule.most_hours * 3600)}.",
                instead="The phase takes a new one before it changes anything; see that it does.",
                lines=LINES,
            )
        )
    failing = archiving.on and archiving.failed is not None and _later(archiving.failed, archiving.last)
    if failing and archiving.failed is not None:
        findings.append(
            Finding(
                rule="archiving-fails",
                reason=f"Archiving of the write-ahead log failed {seconds(archiving.failed)} ago and has not"
                " worked since: nothing newer can be put back from the archive, and the log piles up.",
                instead="Mend archive_command or its destination; pg_stat_archiver tells when it works.",
                lines=LINES,
            )
        )
    return Answer(
        lines=LINES,
        ok=not late and not failing,
        evidence=f"{_aged(age)}; {_archived(archiving)}.",
        findings=tuple(findings),
    )


def _later(failed: float, last: float | None) -> bool:
    """Seconds count back from now: the smaller is the later."""
    return last is None or failed < last


def _aged(age: float | None) -> str:
    if age is None:
        return "The bot has verified no backup of it yet; each phase takes one before it changes anything"
    return f"The last verified backup is {seconds(age)} old"


def _archived(archiving: Archiving) -> str:
    if archiving.why:
        return archiving.why
    if not archiving.on:
        return "the write-ahead log is not archived"
    if archiving.last is None:
        return "nothing of the write-ahead log has been archived yet"
    return f"its write-ahead log was archived {seconds(archiving.last)} ago"
