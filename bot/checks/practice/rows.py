"""How rows are changed and deleted."""

from __future__ import annotations

import re

from bot.checks.acts import Act, Evidence
from bot.checks.practice import safe
from bot.checks.practice.weighing import by_rows, by_size
from bot.core.findings import Finding, Weight
from bot.core.targets import Kind

_LINES = (41, 43, 118)
_LIMITED = re.compile(r"\blimit\b|\bfetch\s+first\b|\bbetween\b", re.I)
_BATCHES = "Change them in batches, each committed by itself, so that no row stays locked for long."


def updated(act: Act, evidence: Evidence) -> Finding | None:
    """UPDATE: of every row, or of nobody knows how many."""
    if act.bounded:
        return _many(act, evidence, "changes")
    return Finding(
        rule="update-without-where",
        weight=by_size(act, evidence),
        reason=f"Every row of {evidence.sized(act.table)} is written in one statement: whoever wants to "
        f"change one of them waits until all are done{_all(evidence)}, and the table grows by as much again.",
        instead=_BATCHES,
        sql=_batched(act, evidence),
        lines=_LINES,
    )


def deleted(act: Act, evidence: Evidence) -> Finding | None:
    """DELETE: of every row, or of nobody knows how many."""
    if act.bounded:
        return _many(act, evidence, "deletes")
    return Finding(
        rule="delete-without-where",
        weight=by_rows(act, evidence),
        reason=f"Every row of {evidence.sized(act.table)} is gone, for the DELETE has no WHERE that names a "
        "column.",
        instead="Say which rows in a WHERE. If all of them are meant, accept this by its name: the backup "
        "before the run has them.",
        lines=(47, *_LINES),
    )


def emptied(act: Act, evidence: Evidence) -> Finding | None:
    """TRUNCATE keeps no row, fires no trigger for a row, and takes the strongest lock."""
    further = " and, by CASCADE, of every table that points at it," if act.how == "cascade" else ""
    return Finding(
        rule="table-emptied",
        weight=Weight.STOP if further else by_rows(act, evidence),
        reason=f"Every row of {evidence.sized(act.table)}{further} is gone.",
        instead="Say which rows in a DELETE … WHERE. If all of them are meant, name each table, leave "
        "CASCADE out, and accept this by its name.",
        lines=(18, 47, *_LINES),
    )


def _many(act: Act, evidence: Evidence, verb: str) -> Finding | None:
    """A WHERE says which rows, and not how many."""
    # A block says how many by its own variables, batch after batch.
    if by_size(act, evidence) is Weight.NOTE or act.how == "block" or _LIMITED.search(act.sql):
        return None
    return Finding(
        rule="rows-in-one-statement",
        weight=Weight.NOTE,
        reason=f"One statement {verb} rows of {evidence.sized(act.table)}, and its WHERE does not say how "
        f"many: they stay locked until all are done{_all(evidence)}.",
        instead=f"{_BATCHES} A rehearsal counts them.",
        sql=_batched(act, evidence),
        lines=_LINES,
    )


def _all(evidence: Evidence) -> str:
    return "" if evidence.kind is Kind.POSTGRESQL else ", as does everybody who writes to the database"


def _batched(act: Act, evidence: Evidence) -> str:
    # A change that stands in a WITH is not its statement's own, and hangs on the others.
    alone = act.how != "block" and act.sql.lstrip("( \n").lower().startswith(("update", "delete"))
    return safe.in_batches(act) if evidence.kind is Kind.POSTGRESQL and alone else ""
