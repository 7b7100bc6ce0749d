"""How do the busiest statements run before and after?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.standing import Busy, BusyStatement, QueryPlan
from bot.core.text import listed

LINES = (24, 78)

#: A plan is called dearer, or cheaper, from this ratio of costs on; below _NOTHING a cost is noise.
_RATIO, _NOTHING = 2.0, 10.0
#: Nobody should see a constant that pg_stat_statements has not taken out, nor what a comment holds.
_CONSTANT = re.compile(
    r"[eE]'(?:[^'\\]|\\.|'')*'?|'(?:[^']|'')*'?|\$(\w*)\$.*?(?:\$\1\$|\Z)|(?<![\w$])\d[\d.]*", re.DOTALL
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|--[^\n]*", re.DOTALL)


def answer(busy: Busy, before: Sequence[QueryPlan], after: Sequence[QueryPlan]) -> Answer:
    """Plans of the same statements, in the same order, before and after the change."""
    if not busy.statements:
        return Answer(lines=LINES, ok=True, evidence=f"No busy statement could be compared: {busy.why}.")
    pairs = list(zip(busy.statements, before, after, strict=True))
    findings = [f for pair in pairs for f in _changes(*pair)]
    failing = sum(f.rule == "statement-fails" for f in findings)
    dearer = sum(f.rule != "statement-fails" for f in findings)
    cheaper = sum(_ratio(old, new) <= 1 / _RATIO for _, old, new in pairs)
    lost = sum(bool(old.error) for _, old, _ in pairs)
    evidence = f"Of the {len(pairs)} busiest statements {failing} fail, {dearer} are planned worse"
    evidence += f" and {cheaper} better than before"
    evidence += f"; {lost} could not be planned before either" if lost else ""
    return Answer(
        lines=LINES,
        ok=all(f.weight is Weight.NOTE for f in findings),
        evidence=f"{evidence}.",
        findings=tuple(findings),
    )


def _changes(statement: BusyStatement, old: QueryPlan, new: QueryPlan) -> list[Finding]:
    said = shown(statement.sql)
    if old.error:
        return []
    if new.error:
        reason = f"A statement that ran {statement.calls:,} times cannot run any more ({new.error}): {said}"
        instead = "Keep what it names until no application asks for it, and drop it in a later change."
        return [_finding("statement-fails", statement, reason, instead, stop=True)]
    scans = [t for t in new.scanned if t not in old.scanned]
    gone = [i for i in old.indexes if i not in new.indexes]
    ratio = _ratio(old, new)
    # SQLite tells no cost, so there a new scan is all that can be seen.
    worse = ratio >= _RATIO or (scans and not (old.cost or new.cost))
    if not worse:
        return []
    why = [f"it reads all of {listed(scans)}"] if scans else []
    why += [f"it no longer uses {listed(gone)}"] if gone else []
    cost = f"costs {ratio:.1f} times as much" if old.cost else "is planned worse"
    reason = f"A statement that ran {statement.calls:,} times {cost}"
    reason += f", because {listed(why)}: {said}" if why else f": {said}"
    instead = "Keep or build an index that serves it, without blocking writes, before this change."
    return [_finding("statement-dearer", statement, reason, instead, stop=bool(scans))]


def _ratio(old: QueryPlan, new: QueryPlan) -> float:
    if old.error or new.error or max(old.cost, new.cost) < _NOTHING:
        return 1.0
    return new.cost / max(old.cost, 1.0)


def _finding(rule: str, statement: BusyStatement, reason: str, instead: str, *, stop: bool) -> Finding:
    return Finding(
        rule=rule,
        place=sha256(statement.sql.encode()).hexdigest()[:8],
        weight=Weight.STOP if stop else Weight.NOTE,
        reason=reason,
        instead=instead,
        lines=LINES,
    )


def shown(sql: str, most: int = 160) -> str:
    """A statement on one line, without the constants that may be left in it."""
    line = " ".join(_CONSTANT.sub("…", _COMMENT.sub(" ", sql)).split())
    return line if len(line) <= most else line[: most - 1] + "…"
