"""Could a backup of the target be made and put back?"""

from __future__ import annotations

from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.standing import BackupMeans
from bot.core.text import size

LINES = (3,)
#: A dump of text may be larger than the pages it came from, and other backups go there too.
_SPARE = 1.2


def answer(means: BackupMeans, scratch: bool | None = None) -> Answer:
    """`scratch`: a scratch database could be made on the rehearsal server; None when nobody tried."""
    findings = []
    if not means.tool:
        findings.append(_finding("backup-tool-missing", f"{means.why}.", "Install it where the bot runs."))
    if means.closed:
        reason = f"Backups cannot be written where WHIMBREL_BACKUPS points: {means.closed}."
        findings.append(_finding("backup-folder-closed", reason, "Give the bot's account the folder."))
    needed = int(means.estimate * _SPARE)
    if means.free is not None and means.free < needed:
        reason = f"A backup may need {size(needed)}, and {size(means.free)} are free where backups go."
        findings.append(_finding("backup-folder-full", reason, "Free some room, or name another folder."))
    if scratch is False:
        reason = "No scratch database can be made, so no backup can be proved by putting it back."
        findings.append(_finding("no-scratch-database", reason, "Is the rehearsal server up?"))
    free = "an unknown amount" if means.free is None else size(means.free)
    said = f"{means.tool or 'No fitting program'}; about {size(means.estimate)} to back up, {free} free"
    said += {None: "", True: "; a scratch database can be made", False: "; no scratch database can be made"}[
        scratch
    ]
    return Answer(lines=LINES, ok=not findings, evidence=f"{said}.", findings=tuple(findings))


def _finding(rule: str, reason: str, instead: str) -> Finding:
    return Finding(rule=rule, reason=reason, instead=instead, lines=LINES)
