"""Are the scripts under version control, and as they were committed?"""

from __future__ import annotations

from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.standing import Repository
from bot.core.text import listed

LINES = (13,)
_SAID = 3


def answer(repository: Repository) -> Answer:
    """Commit shown; what is not committed stops the plan, for nobody else can see what would run."""
    if not repository.commit or repository.why:
        return Answer(
            lines=LINES, ok=False, evidence=f"The scripts have no commit to show: {repository.why}."
        )
    commit = repository.commit[:12]
    if not repository.count:
        return Answer(lines=LINES, ok=True, evidence=f"The scripts are commit {commit}, nothing changed.")
    named = [*repository.changed[:_SAID]]
    more = repository.count - len(named)
    named += [f"{more} more"] if more else []
    finding = Finding(
        rule="scripts-not-committed",
        reason=f"{listed(named)} {'are' if repository.count > 1 else 'is'} not as in commit {commit}.",
        instead="Commit what is meant to run, and remove what is not.",
        lines=LINES,
    )
    return Answer(
        lines=LINES,
        ok=False,
        evidence=f"The scripts are commit {commit} with {repository.count} files that are not committed.",
        findings=(finding,),
    )
