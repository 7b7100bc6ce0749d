"""Which statements are there of each kind, and is each of them written as it should be?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.checks.acts import BUILDS, DATA, Act, Evidence, What, unread
from bot.core.answers import Answer
from bot.core.findings import Finding, Weight

LINES = (36, 37, 38, 39, 40, 41)

_TABLES = frozenset(
    {
        What.CREATE_TABLE,
        What.DROP_TABLE,
        What.RENAME_TABLE,
        What.ADD_COLUMN,
        What.ADD_REQUIRED,
        What.DROP_COLUMN,
        What.RENAME_COLUMN,
        What.REWRITE,
        What.QUICK_ALTER,
        What.OTHER_SCHEMA,
        What.DROP_SCHEMA,
    }
)
_INDEXES = BUILDS | {What.DROP_INDEX}
_CONSTRAINTS = frozenset(
    {What.ADD_CONSTRAINT, What.ADD_UNPROVED, What.VALIDATE, What.DROP_CONSTRAINT, What.SET_NOT_NULL}
)
_ROUTINES = frozenset({What.VIEW, What.ROUTINE, What.DROP_OBJECT})
_RIGHTS = frozenset({What.GRANT})
_MOST = 6

Says = Callable[[Act, Evidence], str]


def answers(evidence: Evidence, findings: Iterable[Finding]) -> tuple[Answer, ...]:
    """One answer for each line from 36 to 41. `findings`: those of bot.checks.practice for this evidence.

    A line is as it should be when none of its findings stops, and nothing in the plan is beyond reading.
    """
    found = tuple(findings)
    return tuple(_answer(line, words, evidence, found) for line, words in _GROUPS.items())


def _answer(
    line: int, group: tuple[str, frozenset[What], Says], evidence: Evidence, findings: Sequence[Finding]
) -> Answer:
    name, whats, says = group
    own = tuple(f for f in findings if line in f.lines)
    stops = {f.reason: f for f in own if f.weight is Weight.STOP}
    said = [_shown(a, says(a, evidence)) for a in evidence.acts if a.what in whats]
    said = list(dict.fromkeys(said))
    more = f" and {len(said) - _MOST} more" if len(said) > _MOST else ""
    counted = f"{len(said)} on {name}: {'; '.join(said[:_MOST])}{more}" if said else f"None on {name}"
    blind = unread(evidence.acts, " and may hold more")
    return Answer(
        lines=(line,),
        ok=not stops and not blind,
        evidence=f"{counted}{f'; {blind}' if blind else ''}.",
        findings=own,
    )


def _shown(act: Act, words: str) -> str:
    done = act.how if act.what in (What.QUICK_ALTER, What.OTHER_SCHEMA) and act.how else act.what
    what = str(done) if act.what is What.CREATE_TABLE else f"{done} {act.name}".strip()
    what += f" on {act.table}" if act.table else ""
    return f"{act.revision} {what}{f' ({words})' if words else ''}"


def _plain(_act: Act, _evidence: Evidence) -> str:
    return ""


def _index(act: Act, evidence: Evidence) -> str:
    if act.what is What.DROP_INDEX:
        return ""
    if act.table and evidence.new(act.table):
        return "on a new table"
    return "blocks writes" if act.what is What.CREATE_INDEX else "others write meanwhile"


def _constraint(act: Act, evidence: Evidence) -> str:
    if act.what in (What.DROP_CONSTRAINT, What.VALIDATE):
        return ""
    if act.table and evidence.new(act.table):
        return "on a new table"
    later = act.what is What.ADD_UNPROVED
    return "for new rows at once, without a long lock" if later else "checks every row under its lock"


def _rows(act: Act, evidence: Evidence) -> str:
    if act.what is What.INSERT:
        return ""
    bounded = act.bounded and act.what is not What.TRUNCATE
    return "bounded by its WHERE" if bounded else f"every row of {evidence.sized(act.table)}"


_GROUPS: dict[int, tuple[str, frozenset[What], Says]] = {
    36: ("tables", _TABLES, _plain),
    37: ("indexes", _INDEXES, _index),
    38: ("constraints", _CONSTRAINTS, _constraint),
    39: ("views, functions and triggers", _ROUTINES, _plain),
    40: ("grants, ownership and policies", _RIGHTS, _plain),
    41: ("rows", DATA, _rows),
}
