"""Is the data that the plan does not mean to change the same before and after?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.checks.acts import DATA, UNKNOWN, Act, What, same
from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.survey import TableSum
from bot.core.text import listed

LINES = (58, 59)

#: What changes values that stand in a row.
_CHANGES = DATA | UNKNOWN | {What.DROP_TABLE, What.RENAME_TABLE}


def changed(acts: Sequence[Act]) -> tuple[str, ...]:
    """The tables whose rows the plan means to change; an act that cannot be read may change what it names."""
    found = [t for a in acts if a.what in _CHANGES for t in (a.table, *a.tables) if t]
    typed = [a.table for a in acts if a.what is What.REWRITE]
    return tuple(dict.fromkeys([*found, *typed]))


def taken(before: Sequence[TableSum]) -> Answer:
    """Line 58: what the data is compared with afterwards."""
    lost = [s for s in before if s.sum is None]
    said = [f"{s.name} ({s.rows:,} rows)" for s in before if s.sum is not None]
    evidence = f"Checksums were taken of {listed(said)}" if said else "No checksum was taken"
    evidence += f"; none of {lost[0].name}: {lost[0].why}" if lost else ""
    return Answer(lines=(58,), ok=not lost, evidence=f"{evidence}.")


def answer(
    before: Sequence[TableSum], after: Sequence[TableSum], changed: Collection[str], *, quiet: bool
) -> Answer:
    """Line 59: `after` over the columns of `before`. `quiet`: nobody else wrote, as in a rehearsal."""
    findings, equal, left = [], 0, []
    for old in before:
        new = next((s for s in after if same(s.name, old.name)), None)
        if any(same(old.name, c) for c in changed) or old.sum is None:
            left.append(old.name)
        elif new is None or new.sum is None or new.columns != old.columns:
            findings.append(_lost(old, new))
        elif (new.rows, new.sum) == (old.rows, old.sum):
            equal += 1
        else:
            findings.append(_differs(old, new, quiet))
    evidence = f"{equal} of {len(before)} tables hold exactly the rows that they held before"
    evidence += f"; {listed(left)} could not be compared, or are meant to change" if left else ""
    return Answer(
        lines=(59,),
        ok=all(f.weight is Weight.NOTE for f in findings),
        evidence=f"{evidence}.",
        findings=tuple(findings),
    )


def _differs(old: TableSum, new: TableSum, quiet: bool) -> Finding:
    rows = f"{old.rows:,} rows before and {new.rows:,} now" if old.rows != new.rows else f"{old.rows:,} rows"
    who = "and nobody else wrote" if quiet else "though applications may have written to it meanwhile"
    return Finding(
        rule="data-differs",
        place=old.name,
        weight=Weight.STOP if quiet else Weight.NOTE,
        reason=f"{old.name} is not as it was ({rows}), which the plan does not mean to change, {who}.",
        instead="Look for a trigger, a cascade or code in the revision that writes to it.",
        lines=(59,),
    )


def _lost(old: TableSum, new: TableSum | None) -> Finding:
    why = "it is not there any more" if new is None else new.why or "its columns are others now"
    return Finding(
        rule="data-not-compared",
        place=old.name,
        reason=f"{old.name} cannot be compared with what it was: {why}.",
        instead="Compare it by an assertion in the plan.",
        lines=(59,),
    )
