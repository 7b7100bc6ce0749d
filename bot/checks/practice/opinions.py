"""What squawk's rules are here: whose judgement is ours already, what they add, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.checks.acts import Act, Evidence, What
from bot.checks.practice.squawk import SYNTAX, Remark, Rules
from bot.core.findings import Finding, Weight
from bot.core.text import listed

#: Rules whose question is judged here, by acts, sizes and new tables. squawk is heard where no such act was
#: read.
_OURS: Mapping[str, tuple[str, frozenset[What]]] = {
    "require-concurrent-index-creation": ("index-blocks-writes", frozenset({What.CREATE_INDEX})),
    "require-concurrent-index-deletion": ("index-dropped-under-lock", frozenset({What.DROP_INDEX})),
    "require-concurrent-reindex": ("reindex-blocks-writes", frozenset({What.CREATE_INDEX})),
    "ban-concurrent-index-creation-in-transaction": (
        "fails-in-transaction",
        frozenset({What.CREATE_INDEX_CONCURRENTLY}),
    ),
    "constraint-missing-not-valid": (
        "constraint-checks-under-lock",
        frozenset({What.ADD_CONSTRAINT, What.ADD_UNPROVED, What.VALIDATE}),
    ),
    "adding-foreign-key-constraint": (
        "foreign-key-blocks-writes",
        frozenset({What.ADD_CONSTRAINT, What.ADD_UNPROVED}),
    ),
    "disallowed-unique-constraint": ("unique-builds-index-under-lock", frozenset({What.ADD_CONSTRAINT})),
    "adding-serial-primary-key-field": (
        "column-rewrites-table",
        frozenset({What.REWRITE, What.ADD_CONSTRAINT}),
    ),
    "adding-field-with-default": (
        "column-rewrites-table",
        frozenset({What.REWRITE, What.ADD_COLUMN, What.ADD_REQUIRED}),
    ),
    "adding-required-field": (
        "required-column-without-default",
        frozenset({What.ADD_REQUIRED, What.REWRITE}),
    ),
    "adding-not-nullable-field": (
        "not-null-reads-under-lock",
        frozenset({What.SET_NOT_NULL, What.QUICK_ALTER, What.ADD_REQUIRED, What.REWRITE}),
    ),
    "changing-column-type": ("type-change-rewrites-table", frozenset({What.REWRITE})),
    "prefer-repack": ("table-written-anew", frozenset({What.REWRITE})),
    "renaming-column": ("column-renamed", frozenset({What.RENAME_COLUMN, What.OTHER_SCHEMA})),
    "renaming-table": ("table-renamed", frozenset({What.RENAME_TABLE})),
    "renaming-object": (
        "object-renamed",
        frozenset({What.OTHER_SCHEMA, What.RENAME_TABLE, What.QUICK_ALTER}),
    ),
    "ban-set-schema": ("table-renamed", frozenset({What.RENAME_TABLE})),
    "ban-drop-column": ("column-dropped", frozenset({What.DROP_COLUMN})),
    "ban-drop-table": ("table-dropped", frozenset({What.DROP_TABLE})),
    "ban-drop-schema": ("schema-dropped", frozenset({What.DROP_SCHEMA})),
    "ban-drop-view": ("object-dropped", frozenset({What.DROP_OBJECT})),
    "ban-drop-function": ("object-dropped", frozenset({What.DROP_OBJECT})),
    "ban-drop-type": ("object-dropped", frozenset({What.DROP_OBJECT})),
    "ban-drop-sequence": ("object-dropped", frozenset({What.DROP_OBJECT})),
    "ban-drop-domain": ("object-dropped", frozenset({What.DROP_OBJECT})),
    "ban-drop-extension": ("object-dropped", frozenset({What.DROP_OBJECT})),
    "ban-drop-trigger": ("object-dropped", frozenset({What.DROP_OBJECT})),
    "ban-drop-constraint": ("constraint-dropped", frozenset({What.DROP_CONSTRAINT})),
    "ban-drop-not-null": ("not-null-dropped", frozenset({What.QUICK_ALTER})),
    "ban-drop-index": ("index-dropped", frozenset({What.DROP_INDEX})),
    "ban-disable-trigger": ("trigger-disabled", frozenset({What.QUICK_ALTER})),
    "ban-truncate-cascade": ("table-emptied", frozenset({What.TRUNCATE})),
    "ban-alter-generated-expression": ("column-rewrites-table", frozenset({What.REWRITE})),
    "ban-revoke": ("rights-taken", frozenset({What.GRANT})),
}


@dataclass(frozen=True, slots=True)
class _Words:
    rule: str
    reason: str
    instead: str
    lines: tuple[int, ...]
    weight: Weight = Weight.STOP


#: Rules that see what no act tells; {tables} is what the statement names.
_THEIRS: Mapping[str, _Words] = {
    "ban-drop-database": _Words(
        "database-dropped",
        "A database is gone with everything in it.",
        "No revision of a plan drops a database: leave it out.",
        (36, 47),
    ),
    "require-concurrent-partition-detach": _Words(
        "partition-detach-blocks",
        "Nobody can read or write {tables} while the partition is detached.",
        "Detach it CONCURRENTLY, in a revision of its own that runs outside a transaction.",
        (20, 36, 121),
    ),
    "ban-alter-domain-with-add-constraint": _Words(
        "domain-checks-under-lock",
        "Every table with a column of the domain is checked, and nobody can write to it meanwhile.",
        "Add the constraint NOT VALID, and validate it in a revision after it.",
        (20, 38, 121),
    ),
    "ban-create-domain-with-constraint": _Words(
        "domain-with-constraint",
        "A domain's constraint can later be changed only by checking every table that uses it.",
        "Put the constraint on the column.",
        (38,),
        Weight.NOTE,
    ),
    "ban-duplicate-column-assignments": _Words(
        "column-set-twice",
        "One UPDATE of {tables} sets a column twice, and PostgreSQL refuses it.",
        "Set it once.",
        (41, 50),
    ),
    "ban-alter-system-options": _Words(
        "server-setting",
        "A setting of the whole server is changed, for every database on it, and no way back resets it.",
        "Let whoever runs the server set it, or set it for one role or one session.",
        (40,),
    ),
    "identifier-too-long": _Words(
        "name-cut-short",
        "A name on {tables} is longer than 63 bytes, and PostgreSQL cuts it without an error.",
        "Choose a shorter name.",
        (36, 50),
        Weight.NOTE,
    ),
    "ban-char-field": _Words(
        "char-pads",
        "char(n) on {tables} fills every value with blanks up to its length.",
        "Use text or varchar.",
        (36,),
        Weight.NOTE,
    ),
    "prefer-timestamp-tz": _Words(
        "timestamp-without-zone",
        "A timestamp without time zone on {tables} forgets which zone a value was written in.",
        "Use timestamptz.",
        (36,),
        Weight.NOTE,
    ),
    "ban-replica-identity": _Words(
        "replica-identity",
        "What logical replication says of each change of {tables} is another thing from that moment on.",
        "Look at who subscribes.",
        (36,),
        Weight.NOTE,
    ),
}
#: Of those, the findings that say all that their statement does.
WHOLE = frozenset({"database-dropped", "partition-detach-blocks", "server-setting"})
#: Timeouts are set by the run itself; scripts are carried in transactions and never run again blindly; IF NOT
#: EXISTS would take an invalid index for a good one; the tools refuse or write BEGIN and COMMIT themselves;
#: who may do what is another check's question; the rest is taste, or quick and harmless.
_LEFT_OUT = """
    require-lock-timeout require-statement-timeout require-timeout-settings prefer-robust-stmts
    transaction-nesting ban-uncommitted-transaction ban-drop-policy ban-create-policy
    ban-alter-policy-condition ban-alter-policy-roles ban-alter-row-level-security
    ban-alter-role-options ban-alter-database-options
    ban-alter-function-options ban-alter-view-options ban-replace-view-function prefer-bigint-over-int
    prefer-bigint-over-smallint prefer-identity prefer-text-field require-enum-value-ordering
    require-table-schema ban-add-column ban-add-enum-value ban-add-composite-attribute ban-set-default
    ban-drop-default ban-alter-identity ban-alter-sequence-values ban-drop-generated-expression
    ban-detach-inheritance ban-new-write-restriction ban-alter-extension"""
RULES = Rules((*_OURS, *_THEIRS), tuple(_LEFT_OUT.split()))


def findings(remarks: Sequence[Remark], evidence: Evidence) -> Iterator[tuple[Act, Finding]]:
    """What squawk adds to what the acts have told, each with the act of its statement.

    What is SQL, and what is not, PostgreSQL's own grammar says.
    """
    by_revision: dict[str, list[Act]] = {s.revision: [] for s in evidence.scripts}
    for act in evidence.acts:
        by_revision[act.revision].append(act)
    for remark in remarks:
        revision = evidence.scripts[remark.script].revision
        acts = _statement(by_revision[revision], remark.line)
        if remark.rule != SYNTAX and not _judged(remark, acts):
            known = acts[0] if acts else Act(what=What.UNKNOWN, revision=revision)
            if not (known.table and evidence.new(known.table) and remark.rule in _OURS):
                yield known, _finding(remark, acts)


def _statement(acts: Sequence[Act], line: int) -> list[Act]:
    """The acts of the statements that begin on the line; where none does, of the one that it is within."""
    if here := [a for a in acts if a.line == line]:
        return here
    before = [a for a in acts if 0 < a.line < line]
    return [a for a in before if a.number == before[-1].number] if before else []


def _judged(remark: Remark, acts: Sequence[Act]) -> bool:
    whats = _OURS[remark.rule][1] if remark.rule in _OURS else frozenset()
    return any(a.what in whats for a in acts)


def _finding(remark: Remark, acts: Sequence[Act]) -> Finding:
    tables = listed(list(dict.fromkeys(t for a in acts for t in a.tables if t))) or "what it names"
    if words := _THEIRS.get(remark.rule):
        reason = words.reason.format(tables=tables)
        return Finding(
            rule=words.rule, weight=words.weight, reason=reason, instead=words.instead, lines=words.lines
        )
    rule = _OURS[remark.rule][0] if remark.rule in _OURS else f"squawk-{remark.rule}"
    weight = Weight.STOP if remark.rule in _OURS else Weight.NOTE
    return Finding(
        rule=rule,
        weight=weight,
        reason=f"squawk says of {tables}: {remark.message}",
        instead=f"Look up {remark.rule} among squawk's rules.",
        lines=(36, 37, 38),
    )
