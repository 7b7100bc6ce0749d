"""Is each statement written as one that lets others work, and loses nothing?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bot.checks.acts import Act, Evidence, What
from bot.checks.practice import columns, constraints, indexes, objects, opinions, rows, transactions
from bot.checks.practice.squawk import RELEASE, Silent, asked
from bot.core.findings import Finding
from bot.core.targets import Kind

LINES = (20, 36, 37, 38, 39, 41, 63)

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


def findings(evidence: Evidence) -> tuple[Finding, ...]:
    """Everything that is wrong with the plan's statements, in their order, each named once.

    On PostgreSQL squawk is asked too. When it cannot be, a finding says so: silence is no praise.
    """
    if evidence.kind is not Kind.POSTGRESQL:
        return _placed(_own(evidence), evidence)
    try:
        with asked(evidence.scripts, opinions.RULES, evidence.version) as work:
            own = list(_own(evidence))
            theirs = list(opinions.findings(work.remarks(), evidence))
        seen = {(a.revision, a.number) for a, f in theirs if f.rule in opinions.WHOLE}
        # What squawk could read is no longer a statement that nobody could read.
        own = [(a, f) for a, f in own if f.rule != objects.UNREAD or (a.revision, a.number) not in seen]
        return _placed([*own, *theirs], evidence)
    except Silent as silent:
        return (*_placed(_own(evidence), evidence), _unasked(str(silent)))


def _own(evidence: Evidence) -> Iterator[tuple[Act, Finding]]:
    for act in evidence.acts:
        if act.table and evidence.new(act.table):
            continue
        for rule in _RULES.get(act.what, ()):
            if found := rule(act, evidence):
                yield act, found
    yield from transactions.findings(evidence)


def _placed(found: Iterable[tuple[Act, Finding]], evidence: Evidence) -> tuple[Finding, ...]:
    """In the order of the scripts, each placed at its revision; where a rule speaks twice there, also at
    what it is about."""
    order = {s.revision: n for n, s in enumerate(evidence.scripts)}
    once = {(f.rule, a.revision, _about(a), f.reason): (a, f) for a, f in found}
    pairs = sorted(once.values(), key=lambda pair: (order.get(pair[0].revision, 0), pair[0].number))
    often = Counter((f.rule, a.revision) for a, f in pairs)
    files = {s.revision: s.file for s in evidence.scripts}
    named: dict[str, Finding] = {}
    for act, finding in pairs:
        place = act.revision
        if often[finding.rule, act.revision] > 1:
            place = f"{place}:{_about(act)}"
        file = files.get(act.revision, "")
        # Only a file of SQL has its statements where the rendered SQL has them.
        at = f"{file}:{act.line}" if file.endswith(".sql") and act.line else file
        whole = replace(finding, place=place, at=at)
        further = 2
        while whole.name in named:
            whole = replace(whole, place=f"{place}:{further}")
            further += 1
        named[whole.name] = whole
    return tuple(named.values())


def _about(act: Act) -> str:
    """What people type for it: one word."""
    named = ".".join(p for p in (act.table, act.name) if p) if act.what is not What.UNKNOWN else ""
    return "-".join(named.split()) or str(act.number)


def _unasked(why: str) -> Finding:
    return Finding(
        rule="squawk-not-asked",
        reason=f"{why[:1].upper()}{why[1:]}, so a part of the rules has not spoken.",
        instead=f"Install it where the bot runs: pip install 'squawk-cli=={RELEASE}.*', then plan again.",
        lines=(63,),
    )
