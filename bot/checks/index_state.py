"""Which indexes are built anew, and which are not what they should be?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bot.checks.acts import BUILDS, Act, What, bare, same
from bot.checks.quoting import sql_name
from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.survey import IndexState, TableState
from bot.core.text import listed, size

LINES = (17,)


def answer(
    acts: Sequence[Act], states: Sequence[TableState], rewritten: Collection[str] | None = None
) -> Answer:
    """`rewritten`: tables and indexes whose storage changed in the rehearsal; None before there was one, when
    the acts that rewrite say it."""
    anew = _anew(acts, states, rewritten)
    findings = [f for s in states for i in s.indexes for f in _wrong(i, s.name, acts)]
    said = [f"{listed([i.name for i in anew])} ({size(sum(i.bytes for i in anew))})"] if anew else []
    source = "the rehearsal" if rewritten is not None else "the plan's statements"
    evidence = (
        f"By {source}, {listed(said)} are built anew" if said else f"By {source}, no index is built anew"
    )
    bad = sum(not i.valid for s in states for i in s.indexes)
    drifted = sum(bool(i.drifted) for s in states for i in s.indexes)
    evidence += f"; {bad} are not valid and {drifted} have an older collation."
    return Answer(
        lines=LINES,
        ok=all(f.weight is Weight.NOTE for f in findings),
        evidence=evidence,
        findings=tuple(findings),
    )


def _anew(
    acts: Iterable[Act], states: Iterable[TableState], rewritten: Collection[str] | None
) -> list[IndexState]:
    if rewritten is not None:
        return [i for s in states for i in s.indexes if any(same(i.name, r) for r in rewritten)]
    tables = [a.table for a in acts if a.what is What.REWRITE]
    return [i for s in states for i in s.indexes if any(same(s.name, t) for t in tables)]


def _wrong(index: IndexState, table: str, acts: Iterable[Act]) -> list[Finding]:
    found = []
    if not index.valid:
        built = any(a.what in BUILDS and same(a.name, _last(index.name)) for a in acts)
        reason = f"Index {index.name} of {table} is not valid: no query uses it, and every write pays for it."
        if built:
            reason += (
                " The plan builds an index of this name, and IF NOT EXISTS would take the bad one for it."
            )
        found.append(
            Finding(
                rule="index-not-valid",
                place=index.name,
                weight=Weight.STOP if built else Weight.NOTE,
                reason=reason,
                instead="Drop it without blocking writes, then build it again if it is wanted.",
                sql=f"DROP INDEX CONCURRENTLY {sql_name(index.name)};",
                lines=LINES,
            )
        )
    if index.drifted:
        found.append(
            Finding(
                rule="index-collation-drifted",
                place=index.name,
                reason=f"Index {index.name} of {table} was built with another version of the collation"
                f" {index.drifted}: its order may be wrong, so rows may be missed or be there twice.",
                instead="Build it anew without blocking writes, then refresh the collation's version.",
                sql=f"REINDEX INDEX CONCURRENTLY {sql_name(index.name)};",
                lines=LINES,
            )
        )
    return found


def _last(name: str) -> str:
    return bare(name).rpartition(".")[2].strip('"')
