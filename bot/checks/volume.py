"""How much data does the plan move?"""

from __future__ import annotations

from bot.checks import measured
from bot.checks.acts import BUILDS, UNKNOWN, Act, Evidence, What, unread
from bot.checks.downtime import took
from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.plans import Limits, Verdict
from bot.core.text import seconds, size

LINES = (118,)

_MORE = " and may move more"
#: Acts that read or write every row of their table.
_WHOLE = BUILDS | {
    What.REWRITE,
    What.UPDATE,
    What.DELETE,
    What.INSERT,
    What.ADD_CONSTRAINT,
    What.VALIDATE,
    What.SET_NOT_NULL,
}
#: Below these rows or bytes, whichever is passed first.
_STEPS = (("Small", 100_000, 10**8), ("Medium", 5_000_000, 5 * 10**9), ("Large", 100_000_000, 10**11))


def verdict(evidence: Evidence) -> Verdict:
    """Small, Medium, Large or XL by the largest table that is read or written as a whole."""
    parts = _parts(evidence)
    touched = list(parts)
    unknown = [t for t in touched if evidence.rows(t) is None]
    blind = unread([a for a in evidence.acts if not measured.statements(evidence, a.revision)], _MORE)
    answer, said = "Small", ["no table's rows are read or written"] if not (touched or blind) else []
    if len(unknown) < len(touched):
        sizes = {
            t: (round((evidence.rows(t) or 0) * part), round(evidence.bytes(t) * part))
            for t, part in parts.items()
        }
        largest = max(touched, key=lambda t: sizes[t])
        rows, count = sizes[largest]
        answer = next((word for word, most, room in _STEPS if rows < most and count < room), "XL")
        table = f"{evidence.sized(largest)}, {size(evidence.bytes(largest))}"
        said.append(
            f"the largest table read or written is {table}"
            if parts[largest] == 1
            else f"rehearsed: {rows:,} rows are read or written of {table}"
        )
    said += [f"the size of {', '.join(unknown)} is not known"] if unknown else []
    said += [blind] if blind else []
    if (unknown or blind) and answer == "Small":
        answer = "Medium"
        said.append("so Medium is assumed")
    return Verdict(question="Data volume", answer=answer, rule="; ".join(said))


def _parts(evidence: Evidence) -> dict[str, float]:
    """Each table that is read or written, with the part of its rows that is: as rehearsed, else all."""
    parts: dict[str, float] = {}
    for act in evidence.acts:
        for table in filter(None, (*act.tables, *measured.handled(evidence, act.revision))):
            known = measured.share(evidence, act.revision, table)
            part = (1.0 if _moves(act) else 0.0) if known is None else known
            if part:
                parts[table] = max(part, parts.get(table, 0.0))
    return parts


def _moves(act: Act) -> bool:
    return act.what in _WHOLE or act.what in UNKNOWN


def answer(evidence: Evidence, limits: Limits) -> Answer:
    """Line 118: nothing is larger than Medium, no size is unknown, no statement outlasts the time limit."""
    said = verdict(evidence)
    late = [
        (a, t) for a in evidence.acts if a.what in _WHOLE and (t := took(a, evidence)) > limits.step_timeout
    ]
    sure = not any(a.what in UNKNOWN for a in evidence.acts) and all(
        evidence.rows(t) is not None for a in evidence.acts if _moves(a) for t in a.tables if t
    )
    return Answer(
        lines=LINES,
        ok=said.answer in ("Small", "Medium") and sure and not late,
        evidence=f"{said.answer}: {said.rule}.",
        findings=tuple(_finding(act, expected, evidence, limits) for act, expected in late),
    )


def _finding(act: Act, expected: float, evidence: Evidence, limits: Limits) -> Finding:
    return Finding(
        rule="outlasts-time-limit",
        place=f"{act.revision}:{act.table}",
        reason=f"{str(act.what).capitalize()} on {evidence.sized(act.table)} takes about {seconds(expected)} "
        f"at the rates that were measured, and is cut off after {seconds(limits.step_timeout)}.",
        instead="Do it in batches; or raise limits.step_timeout in whimbrel.yaml, if nobody is kept out "
        "meanwhile.",
        lines=LINES,
    )
