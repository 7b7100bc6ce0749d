"""Is each statement written as one that lets others work, and loses nothing?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from bot.checks.acts import Act, Evidence, What
from bot.checks.practice import columns, constraints, indexes, objects, opinions, rows, transactions
from bot.checks.practice.naming import placed
from bot.checks.practice.squawk import RELEASE, Asked, Remark, Silent, asked
from bot.core.findings import Finding
from bot.core.plans import Script
from bot.core.targets import Kind

#: squawk at work, why it is not, or None where it has nothing to say.
Second = Asked | Silent | None

Rule = Callable[[Act, Evidence], Finding | None]
_RULES: dict[What, tuple[Rule, ...]] = {
    What.CREATE_INDEX: (indexes.created, indexes.wide),
    What.CREATE_INDEX_CONCURRENTLY: (indexes.wide,),
    What.DROP_INDEX: (indexes.dropped,),
    What.ADD_CONSTRAINT: (constraints.added,),
    What.SET_NOT_NULL: (constraints.required,),
    What.VALIDATE: (constraints.proved,),
    What.DROP_CONSTRAINT: (constraints.dropped,),
    What.ADD_COLUMN: (columns.added,),
    What.ADD_REQUIRED: (columns.required,),
    What.REWRITE: (columns.written_anew,),
    What.QUICK_ALTER: (columns.altered,),
    What.RENAME_COLUMN: (columns.renamed,),
    What.DROP_COLUMN: (columns.dropped,),
    What.UPDATE: (rows.updated,),
    What.DELETE: (rows.deleted,),
    What.TRUNCATE: (rows.emptied,),
    What.DROP_TABLE: (objects.table_dropped,),
    What.DROP_SCHEMA: (objects.schema_dropped,),
    What.DROP_OBJECT: (objects.object_dropped,),
    What.RENAME_TABLE: (objects.table_renamed,),
    What.OTHER_SCHEMA: (objects.defined,),
    What.ROUTINE: (objects.trigger_made,),
    What.GRANT: (objects.rights_taken,),
    What.UNKNOWN: (objects.unread,),
    What.CODE: (objects.code,),
}


@contextmanager
def begun(scripts: Sequence[Script], kind: Kind, version: int = 0) -> Iterator[Second]:
    """squawk, started on the scripts: it reads them while the caller does something else."""
    with ExitStack() as stack:
        second: Second = None
        if kind is Kind.POSTGRESQL:
            try:
                second = stack.enter_context(asked(scripts, opinions.RULES, version))
            except Silent as silent:
                second = silent
        yield second


def findings(evidence: Evidence, second: Second = None) -> tuple[Finding, ...]:
    """Everything that is wrong with the plan's statements, in their order, each named once.

    On PostgreSQL squawk is heard too, by `second` where it is at work already. When it cannot be asked, a
    finding says so: silence is no praise.
    """
    if second is None and evidence.kind is Kind.POSTGRESQL:
        with begun(evidence.scripts, evidence.kind, evidence.version) as started:
            return findings(evidence, started)
    own = list(_own(evidence))
    if second is None:
        return placed(own, evidence)
    try:
        remarks = _heard(second)
    except Silent as silent:
        return (*placed(own, evidence), _unasked(str(silent)))
    theirs = list(opinions.findings(remarks, evidence))
    seen = {(a.revision, a.number) for a, f in theirs if f.rule in opinions.WHOLE}
    # What squawk could read is no longer a statement that nobody could read.
    own = [(a, f) for a, f in own if f.rule != objects.UNREAD or (a.revision, a.number) not in seen]
    return placed([*own, *theirs], evidence)


def _heard(second: Asked | Silent) -> list[Remark]:
    if isinstance(second, Silent):
        raise second
    return second.remarks()


def _own(evidence: Evidence) -> Iterator[tuple[Act, Finding]]:
    for act in evidence.acts:
        if act.table and evidence.new(act.table):
            continue
        for rule in _RULES.get(act.what, ()):
            if found := rule(act, evidence):
                yield act, found
    yield from transactions.findings(evidence)


def _unasked(why: str) -> Finding:
    return Finding(
        rule="squawk-not-asked",
        reason=f"{why[:1].upper()}{why[1:]}, so a part of the rules has not spoken.",
        instead=f"Install it where the bot runs: pip install 'squawk-cli=={RELEASE}.*', then plan again.",
        lines=(63,),
    )
