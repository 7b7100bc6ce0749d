"""What happens when a step fails?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.checks.acts import DATA, NEUTRAL, UNKNOWN, Act, Evidence, What
from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.plans import Limits, Script, Stage
from bot.core.text import listed, seconds

LINES = (44,)

#: Acts that leave at most an invalid index, which the catalog names and a click clears away.
_TRACED = frozenset({What.CREATE_INDEX_CONCURRENTLY, What.DROP_INDEX})


def answer(evidence: Evidence, limits: Limits, stages: Sequence[Stage]) -> Answer:
    """Line 44: for each revision what is left when it fails, and for each phase what is done then.

    Not as it should be: a revision that commits as it goes, so that a failure may leave a part of it, and
    that no script takes back.
    """
    alone = [s for s in evidence.scripts if not s.transactional]
    loose = [(s, why) for s in alone if (why := _loose(s, _of(s, evidence)))]
    whole = len(evidence.scripts) - len(alone)
    said = [f"{whole} of {len(evidence.scripts)} revisions are rolled back as a whole by the database"]
    if left := [s.revision for s in alone]:
        said.append(f"{listed(left)} commit as they go: what they left is named and held for a person")
    said.append(
        f"a lock not granted within {seconds(limits.lock_timeout)} is tried {limits.lock_retries} times more"
    )
    said.append(_phases(stages, limits))
    return Answer(
        lines=LINES,
        ok=all(s.reversible for s, _ in loose),
        evidence=f"{'; '.join(s for s in said if s)}.",
        findings=tuple(_finding(script, why) for script, why in loose),
    )


def _of(script: Script, evidence: Evidence) -> list[Act]:
    return [a for a in evidence.acts if a.revision == script.revision and a.what not in NEUTRAL]


def _loose(script: Script, acts: Sequence[Act]) -> str:
    """Why a revision that commits as it goes leaves more than the catalog tells; "" when it does not."""
    if any(a.what in DATA | UNKNOWN for a in acts):
        return "it changes rows, or runs what cannot be read, so the catalog does not tell how far it came"
    steps = {a.number for a in acts if a.what not in _TRACED or a.how == "unique"}
    if len({a.number for a in acts}) > 1 and steps:
        return "it has several statements, and those before the failed one stay"
    return "" if script.reversible else "no script takes it back"


def _phases(stages: Sequence[Stage], limits: Limits) -> str:
    back = [s.phase.value for s in stages if s.take_back]
    asks = [s.phase.value for s in stages if not s.take_back]
    said = [f"what was applied before is taken back by itself in {listed(back)}"] if back else []
    if asks:
        said.append(f"{listed(asks)} asks its roles, again after {seconds(limits.decide_within)}")
    return "; ".join(said)


def _finding(script: Script, why: str) -> Finding:
    return Finding(
        rule="failure-leaves-a-part",
        place=script.revision,
        weight=Weight.NOTE if script.reversible else Weight.STOP,
        reason=f"Revision {script.revision} commits as it goes, and {why}: a failure in the middle is held "
        "as outcome unknown until a person says what is true.",
        instead="Give each such statement a revision of its own, and write row changes so that running them "
        "again does no harm.",
        at=script.file,
        lines=LINES,
    )
