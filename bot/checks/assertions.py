"""Does every table whose rows change have an assertion, and do all of them hold?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.checks.acts import DATA, UNKNOWN, Act, Evidence, What, key, unread
from bot.checks.names import guessed
from bot.checks.quoting import sql_column, sql_name
from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.plans import Assertion
from bot.core.text import listed

LINES = (43, 60, 61, 119)
_CHANGES, _RULES = (43, 119), (60, 61)


def answer(evidence: Evidence, assertions: Sequence[Assertion]) -> Answer:
    """Lines 43 and 119. An assertion counts for a table that its SQL names, if it is asked after the run."""
    changed: dict[str, Act] = {}
    for act in evidence.acts:
        if act.what in DATA and act.table:
            changed.setdefault(key(act.table), act)
    asserted = {key(t) for a in assertions if a.when != "before" for t in guessed(a.sql, evidence.kind)}
    bare = [act for name, act in changed.items() if name not in asserted]
    blind = unread(evidence.acts, " and may change rows of others")
    return Answer(
        lines=_CHANGES,
        ok=not bare and not blind,
        evidence=_said([a.table for a in changed.values()], [a.table for a in bare], blind),
        findings=tuple(_finding(act, evidence) for act in bare),
    )


def held(evidence: Evidence, assertions: Sequence[Assertion], found: Mapping[str, str]) -> Answer:
    """Lines 60 and 61. `found`: by an assertion's name, what came back when it was asked on the copy.

    As it should be when every one was asked and holds; without any, when no row changes either.
    """
    wrong = [a for a in assertions if a.name in found and found[a.name] != a.expect]
    unasked = [a.name for a in assertions if a.name not in found]
    said = f"{len(found) - len(wrong)} of {len(assertions)} assertions hold on the copy"
    said += f"; {listed(unasked[:3])} {'were' if len(unasked) > 1 else 'was'} not asked" if unasked else ""
    needed = any(a.what in DATA | UNKNOWN for a in evidence.acts)
    none = "The plan has no assertion" + (", and may change rows" if needed else "; it changes no rows")
    return Answer(
        lines=_RULES,
        ok=not wrong and not unasked if assertions else not needed,
        evidence=f"{said if assertions else none}.",
        findings=tuple(_broken(a, found[a.name]) for a in wrong),
    )


def _said(changed: list[str], bare: list[str], blind: str) -> str:
    if not changed:
        said = "No statement that can be read changes rows"
    elif not bare:
        said = f"Rows of {listed(changed)} change, and each has an assertion that is asked after the run"
    else:
        said = f"Rows of {listed(bare)} change, and no assertion asks about that after the run"
    return f"{said}{f'; {blind}' if blind else ''}."


def _finding(act: Act, evidence: Evidence) -> Finding:
    column = act.columns[0] if act.what is What.UPDATE and act.columns else ""
    asked = f" WHERE {sql_column(column)} IS NULL" if column else ""
    return Finding(
        rule="change-not-asserted",
        place=act.table,
        reason=f"{str(act.what).capitalize()} in revision {act.revision} changes rows of "
        f"{evidence.sized(act.table)}, and nothing asks afterwards whether they are right.",
        instead="Add an assertion to the plan file or to whimbrel.yaml: a question in SQL, and the answer "
        "that must come back.",
        sql=f"SELECT count(*) FROM {sql_name(act.table)}{asked};",  # noqa: S608 — shown, never run
        lines=_CHANGES,
    )


def _broken(assertion: Assertion, found: str) -> Finding:
    return Finding(
        rule="assertion-broken",
        place=assertion.name,
        reason=f"On the copy assertion “{assertion.name}” says {found[:80]} where"
        f" {assertion.expect[:80]} was expected.",
        instead="Correct the script, or the assertion if it asks for the wrong thing.",
        sql=assertion.sql,
        lines=_RULES,
    )
