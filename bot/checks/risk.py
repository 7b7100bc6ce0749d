"""How much can go wrong, and by which rule?"""

from __future__ import annotations

from bot.checks.acts import Act, Evidence, What, unread
from bot.checks.felt import felt
from bot.core.plans import Verdict
from bot.core.targets import Kind
from bot.core.text import listed

LEVELS = ("Low", "Medium", "High", "Critical")
#: From this many rows on a scan or rewrite is felt by whoever works with the table.
BIG = 100_000

#: For each act: level when the table is small, level when it is big or of unknown size, and the sentence.
_RULES: dict[What, tuple[int, int, str]] = {
    What.DROP_TABLE: (2, 3, "{table} is gone, with all its data"),
    What.TRUNCATE: (2, 3, "every row of {table} is gone"),
    What.DROP_SCHEMA: (3, 3, "schema {name} is gone, with all that is in it"),
    What.DROP_COLUMN: (2, 2, "column {name} of {table} is gone, with its data"),
    What.ADD_REQUIRED: (2, 2, "{name} on {table} has no default, so it fails as soon as there is a row"),
    What.REWRITE: (1, 2, "{table} may be written anew, and nobody can use it meanwhile"),
    What.SET_NOT_NULL: (
        1,
        2,
        "all of {table} is read while nobody can use it, and one empty {name} fails it",
    ),
    What.ADD_CONSTRAINT: (1, 2, "all of {table} is checked while nobody can write to it"),
    What.CREATE_INDEX: (0, 2, "nobody can write to {table} while the index is built"),
    What.RENAME_TABLE: (2, 2, "code that still says {table} fails from that moment on"),
    What.RENAME_COLUMN: (2, 2, "code that still says {name} of {table} fails from that moment on"),
    What.DROP_CONSTRAINT: (1, 1, "{name} guards {table} no more"),
    What.DROP_INDEX: (1, 1, "queries that use index {name} get slower"),
    What.DROP_OBJECT: (1, 1, "what still uses {name} fails from that moment on"),
    What.CREATE_INDEX_CONCURRENTLY: (
        0,
        1,
        "the build reads {table} twice, and leaves an invalid index if it fails",
    ),
    What.VALIDATE: (0, 1, "all of {table} is read, and one wrong row fails it"),
    What.GRANT: (0, 0, "who may do what with {table} changes"),
    What.UNKNOWN: (2, 2, "{name} in revision {revision} cannot be read, so it may do anything"),
}
#: UPDATE and DELETE: with WHERE small, with WHERE big, without WHERE small, without WHERE big.
_CHANGES = {
    What.UPDATE: ((0, 1, 1, 2), "every row of {table} is changed", "rows of {table} are changed"),
    What.DELETE: ((1, 2, 3, 3), "every row of {table} is gone", "rows of {table} are gone"),
}


def verdict(evidence: Evidence) -> Verdict:
    """Low, Medium, High or Critical: the worst act decides, and is named with its table and rows."""
    found = [_judge(act, evidence) for act in evidence.acts]
    code = unread([a for a in evidence.acts if a.what is What.CODE], ", so it may do anything")
    found += [(2, f"{What.CODE}: {code}")] if code else []
    found += [
        (2, f"irreversible: revision {s.revision} has no way back")
        for s in evidence.scripts
        if not s.reversible
    ]
    worst = max((level for level, _ in found), default=0)
    said = list(dict.fromkeys(words for level, words in found if level == worst and words)) if worst else []
    more = f"; and {len(said) - 3} more" if len(said) > 3 else ""
    rule = "; ".join(said[:3]) + more or "nothing is dropped, written anew or locked for long"
    return Verdict(question="Risk", answer=LEVELS[worst], rule=rule)


def _judge(act: Act, evidence: Evidence) -> tuple[int, str]:
    rows = evidence.rows(act.table) if act.table else 0
    if act.table and evidence.new(act.table):
        return 0, ""
    if by_measure := felt(act, evidence):
        level, words = by_measure
        return level, f"{words}{_better(act, evidence, level)}"
    big = rows is None or rows >= BIG
    without = ""
    if act.what in _CHANGES:
        levels, every, some = _CHANGES[act.what]
        level = levels[big + (0 if act.bounded else 2)]
        without, sentence = ("", some) if act.bounded else (" without WHERE", every)
        if act.bounded is False and rows == 0:
            level = 0
    elif act.what in _RULES:
        small, large, sentence = _RULES[act.what]
        level = large if big else small
        if act.what in (What.DROP_TABLE, What.TRUNCATE):
            level = 1 if rows == 0 else 3
    else:
        return 0, ""
    words = sentence.format(
        table=evidence.sized(act.table)
        if act.table
        else listed([t for t in act.tables if t]) or "the database",
        name=act.name or "it",
        revision=act.revision,
    )
    return level, f"{act.what}{without}: {words}{_better(act, evidence, level)}"


def _better(act: Act, evidence: Evidence, level: int) -> str:
    """What would be done instead, where there is a known way."""
    if level < 2 or evidence.kind is not Kind.POSTGRESQL:
        return ""
    return {
        What.CREATE_INDEX: " (CREATE INDEX CONCURRENTLY lets them write)",
        What.ADD_CONSTRAINT: " (NOT VALID first, VALIDATE after, lets them write)",
        What.SET_NOT_NULL: " (a validated CHECK (… IS NOT NULL) before it saves the reading)",
    }.get(act.what, "")
