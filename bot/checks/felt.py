"""How much of a risk an act is by how others would feel it: rehearsed, in place of a guess by its rows."""

from __future__ import annotations

from bot.checks import measured
from bot.checks.acts import Act, Evidence, What
from bot.core.locks import shuts
from bot.core.measures import Block, Expected
from bot.core.spans import between, kept_from

#: Acts whose risk is that others wait while a whole table is read or written. What is lost by an act, or
#: breaks after it, no rehearsal makes less.
TIMED = frozenset({What.REWRITE, What.SET_NOT_NULL, What.ADD_CONSTRAINT, What.CREATE_INDEX, What.VALIDATE})
#: Of those, the ones that one wrong row makes fail.
_PROVING = frozenset({What.SET_NOT_NULL, What.ADD_CONSTRAINT, What.VALIDATE})
#: Others notice from the first, and complain from the second on: seconds, at the forecast's high end.
_LEVELS = (1.0, 10.0)


def felt(act: Act, evidence: Evidence) -> tuple[int, str] | None:
    """Level and sentence; None for what was not measured, and for what is no matter of time."""
    found = measured.expected(evidence, act)
    if found is None or act.what not in TIMED | {What.UNKNOWN} or evidence.new(act.table):
        return None
    most = measured.block(found, act.table) if act.table else _longest(found)
    level = sum(most.seconds.high >= step for step in _LEVELS) if most else 0
    words = f"{act.what}: {_said(act, evidence, most)}"
    if act.what is What.UNKNOWN:
        return max(1, level), f"{words}, and {act.name} in revision {act.revision} cannot be read"
    if act.what in _PROVING and not measured.whole(evidence):
        return max(1, level), f"{words}, and a row that was not on the copy may fail it"
    return level, words


def _longest(found: Expected) -> Block | None:
    shut = [block for block in found.blocks if shuts(block.mode) > 1]
    return max(shut, key=lambda block: block.seconds.high, default=None)


def _said(act: Act, evidence: Evidence, most: Block | None) -> str:
    if most is None:
        where = f" of {evidence.sized(act.table)}" if act.table else ""
        return f"rehearsed, it keeps nobody out{where}"
    table = evidence.sized(act.table or most.table)
    return f"rehearsed, {kept_from(most.mode)} {table} are blocked for {between(most.seconds)}"
