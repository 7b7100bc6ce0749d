"""What one transaction holds together, and what cannot be in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.checks.acts import Act, Evidence, What
from bot.checks.practice.weighing import by_size
from bot.core.findings import Finding, Weight
from bot.core.targets import Kind

#: Acts that keep readers or writers out of their table until the transaction ends.
_SHUT = frozenset(
    {
        What.ADD_COLUMN,
        What.ADD_REQUIRED,
        What.DROP_COLUMN,
        What.RENAME_COLUMN,
        What.RENAME_TABLE,
        What.REWRITE,
        What.SET_NOT_NULL,
        What.QUICK_ALTER,
        What.ADD_CONSTRAINT,
        What.ADD_UNPROVED,
        What.DROP_CONSTRAINT,
        What.CREATE_INDEX,
        What.ROUTINE,
    }
)
#: Acts whose time grows with their table.
_SLOW = frozenset({What.UPDATE, What.DELETE, What.INSERT, What.VALIDATE, What.CREATE_INDEX})
_ALONE = {
    What.CREATE_INDEX_CONCURRENTLY: "CREATE INDEX CONCURRENTLY",
    What.DROP_INDEX: "DROP INDEX CONCURRENTLY",
    What.REWRITE: "VACUUM FULL",
    What.NOTHING: "VACUUM",
}


def findings(evidence: Evidence) -> Iterator[tuple[Act, Finding]]:
    """What is wrong with how statements are put together, each with the act that it is about."""
    if evidence.kind is not Kind.POSTGRESQL:
        return
    whole = {s.revision for s in evidence.scripts if s.transactional}
    for acts in _together(evidence.acts, whole):
        yield from _worked(acts, evidence)
        for act in acts:
            if found := _never(act, whole):
                yield act, found


def _together(acts: Iterable[Act], whole: set[str]) -> list[list[Act]]:
    """The acts of each transaction; one that commits by itself is in none of them."""
    rows: list[list[Act]] = []
    revision, opened = "", False
    for act in acts:
        if act.what is What.CODE:
            continue
        if act.revision != revision:
            revision, opened = act.revision, act.revision in whole
            rows.append([])
        if act.how in ("begin", "commit", "rollback"):
            opened = act.how == "begin" or revision in whole
            rows.append([])
        elif opened:
            rows[-1].append(act)
    return rows


def _never(act: Act, whole: set[str]) -> Finding | None:
    """Statements that PostgreSQL refuses inside a transaction."""
    later = act.what is What.CREATE_INDEX_CONCURRENTLY or act.how in ("concurrently", "vacuum", "vacuum full")
    if act.what not in _ALONE or not later:
        return None
    words = "REINDEX CONCURRENTLY" if act.how == "reindex" else _ALONE[act.what]
    where = "is carried in a transaction" if act.revision in whole else "has it between BEGIN and COMMIT"
    return Finding(
        rule="fails-in-transaction",
        reason=f"{words} {act.name or act.table}".rstrip()
        + f" fails inside a transaction, and revision {act.revision} {where}.",
        instead="Put it alone in a revision that runs outside a transaction (an autocommit block; for plain "
        "SQL the first line is: -- whimbrel: no transaction).",
        lines=(37, 44),
    )


def _worked(acts: list[Act], evidence: Evidence) -> Iterator[tuple[Act, Finding]]:
    """Slow work while the transaction keeps others out of a table already."""
    shut: Act | None = None
    for act in acts:
        slow = act.what in _SLOW and not evidence.new(act.table) and by_size(act, evidence) is Weight.STOP
        if slow and shut and (act.number, act.sql) != (shut.number, shut.sql) and not _values(act):
            yield act, _under_lock(act, shut, evidence)
        holds = act.what in _SHUT and act.table and not evidence.new(act.table)
        shut = shut or (act if holds else None)


def _values(act: Act) -> bool:
    """INSERT of the values that the script itself has is as quick as the script is short."""
    return act.what is What.INSERT and len(act.tables) == 1 and "select" not in act.sql.lower()


def _what(act: Act, evidence: Evidence) -> str:
    return evidence.sized(act.table) if act.table else act.name or "what it names"


def _under_lock(act: Act, shut: Act, evidence: Evidence) -> Finding:
    return Finding(
        rule="work-under-lock",
        reason=f"{shut.what.capitalize()} keeps others out of {evidence.sized(shut.table)} until the "
        f"transaction ends, and {act.what} on {_what(act, evidence)} runs before that.",
        instead=f"Put the {act.what} in a revision of its own, after this one.",
        lines=(20, 41, 121),
    )
