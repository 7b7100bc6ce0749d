"""What stands on the tables that the plan alters, and does it still stand afterwards?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.checks.acts import Act, What, retypes, same
from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.survey import Dependent
from bot.core.text import listed

LINES = (23, 120)

#: What the database refuses to change a column's type under, and to drop anything under.
_HOLDS_TYPE = frozenset({"view", "materialised view", "policy", "trigger", "rule", "function"})
_HOLDS_DROP = frozenset({"view", "materialised view", "policy", "trigger", "rule", "function"})
#: What goes with its table by itself.
_GOES_ALONG = frozenset({"trigger", "policy", "rule", "sequence", "partition"})
_RENAMES = frozenset({What.RENAME_TABLE, What.RENAME_COLUMN})


def answer(acts: Sequence[Act], dependents: Sequence[Dependent]) -> Answer:
    """What would fail, or break later, is named; the rest is counted."""
    gone: list[Act] = []
    findings: dict[str, Finding] = {}
    for act in acts:
        if act.what is What.DROP_OBJECT or act.how == "drop policy":
            gone.append(act)
        for dependent in dependents:
            if same(dependent.table, act.table) and not any(_is(dependent, g) for g in gone):
                found = _broken(act, dependent, acts)
                if found and found.name not in findings:
                    findings[found.name] = found
    counts = Counter(d.kind for d in dependents)
    said = [f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in sorted(counts.items())]
    said = [s.replace("policys", "policies") for s in said]
    return Answer(
        lines=LINES,
        ok=all(f.weight is Weight.NOTE for f in findings.values()),
        evidence=f"{listed(said)} stand on the tables; the plan breaks {len(findings)} of them."
        if said
        else "Nothing stands on the tables.",
        findings=tuple(findings.values()),
    )


def _is(dependent: Dependent, dropped: Act) -> bool:
    """Triggers, rules and policies have a name of their table's; functions are dropped with or without the
    types of their arguments."""
    if dropped.table and not same(dropped.table, dependent.table):
        return False
    function = dependent.kind == "function"
    name = dependent.name.partition("(")[0].replace('"', "") if function else dependent.name
    return same(name, dropped.name)


def _broken(act: Act, dependent: Dependent, acts: Sequence[Act]) -> Finding | None:
    if not dependent.sure:
        return _by_body(act, dependent, acts)
    what = f"{dependent.kind} {dependent.name}"
    by = f" through {dependent.through}" if dependent.through else ""
    if act.what is What.DROP_TABLE and dependent.kind not in _GOES_ALONG:
        return _fails(
            act, dependent, f"{what} stands on {act.table}{by}, so DROP TABLE fails without CASCADE"
        )
    on = any(same(act.name, c) for c in dependent.columns)
    if act.what is What.DROP_COLUMN and on and dependent.kind in _HOLDS_DROP:
        return _fails(
            act,
            dependent,
            f"{what} stands on {act.table}.{act.name}{by}, so DROP COLUMN fails without CASCADE",
        )
    if retypes(act) and on and dependent.kind in _HOLDS_TYPE:
        return _fails(
            act, dependent, f"{what} stands on {act.table}.{act.name}{by}, so its type cannot be changed"
        )
    return None


def _by_body(act: Act, dependent: Dependent, acts: Sequence[Act]) -> Finding | None:
    """What is kept as text is looked up when it is used: the change goes through, and the next use fails."""
    column = act.what in (What.DROP_COLUMN, What.RENAME_COLUMN)
    if act.what not in _RENAMES | {What.DROP_TABLE, What.DROP_COLUMN}:
        return None
    if dependent.kind != "function" and (act.what in _RENAMES or dependent.through):
        return None  # SQLite writes a new name into its views and triggers itself
    what = f"{dependent.kind} {dependent.name}"
    if column and not any(same(act.name, c) for c in dependent.columns):
        return None
    named = f"{act.table} and {act.name}" if column else act.table
    mended = any(a.what is What.ROUTINE or same(a.name, dependent.name) for a in acts)
    return Finding(
        rule="dependent-breaks-later",
        place=f"{act.revision}:{dependent.name}" if act.revision else dependent.name,
        weight=Weight.NOTE if mended else Weight.STOP,
        reason=f"The text of {what} names {named}, so it fails at the latest when it is used next."
        + (f" The plan writes such things too; see that {dependent.name} is among them." if mended else ""),
        instead=f"Replace {what} in the same revision, so that it fits what is then there.",
        lines=LINES,
    )


def _fails(act: Act, dependent: Dependent, reason: str) -> Finding:
    return Finding(
        rule="dependent-in-the-way",
        place=f"{act.revision}:{dependent.name}" if act.revision else dependent.name,
        reason=f"{reason[0].upper()}{reason[1:]}.",
        instead="Drop it by name in the same revision, and make it again in its new shape.",
        lines=LINES,
    )
