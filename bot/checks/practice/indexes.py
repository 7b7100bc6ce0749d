"""How indexes are built and dropped."""

from __future__ import annotations

from bot.checks.acts import Act, Evidence
from bot.checks.practice import safe
from bot.checks.practice.weighing import by_size
from bot.checks.quoting import sql_name
from bot.core.findings import Finding, Weight
from bot.core.targets import Kind

#: More columns than this rarely make an index better (strong_migrations' README, "Best practices").
MOST_COLUMNS = 3
_ALONE = "in a revision of its own that runs outside a transaction"


def created(act: Act, evidence: Evidence) -> Finding | None:
    """CREATE INDEX keeps writers out (PostgreSQL docs: CREATE INDEX, "Building Indexes Concurrently")."""
    if not act.table and act.how != "reindex":
        return None
    if evidence.kind is not Kind.POSTGRESQL:
        return Finding(
            rule="index-locks-database",
            weight=by_size(act, evidence),
            reason=f"Nobody can write to the database while {_index(act)} on "
            f"{evidence.sized(act.table)} is built.",
            instead="Run it when nobody writes, in a revision of its own.",
            lines=(20, 37),
        )
    if act.how == "reindex":
        return _rebuilt(act, evidence)
    return Finding(
        rule="index-blocks-writes",
        weight=by_size(act, evidence),
        reason=f"Nobody can write to {evidence.sized(act.table)} while {_index(act)} is built.",
        instead=f"Build it concurrently, {_ALONE}: writes go on meanwhile.",
        sql=safe.concurrently(act),
        lines=(20, 37, 121),
    )


def _index(act: Act) -> str:
    return f"the index {act.name}" if act.name else "an index"


def _rebuilt(act: Act, evidence: Evidence) -> Finding:
    what = act.table or act.name or "every table it names"
    word = "TABLE" if act.table else "INDEX"
    return Finding(
        rule="reindex-blocks-writes",
        weight=by_size(act, evidence),
        reason=f"REINDEX keeps everybody from writing to {evidence.sized(act.table) if act.table else what} "
        "until it is done, and queries that would use the index wait.",
        instead=f"Rebuild concurrently, {_ALONE}.",
        sql=f"REINDEX {word} CONCURRENTLY {sql_name(what)};" if act.table or act.name else "",
        lines=(17, 20, 37),
    )


def wide(act: Act, evidence: Evidence) -> Finding | None:
    """An index over many columns."""
    if act.how == "unique" or len(act.columns) <= MOST_COLUMNS or evidence.kind is not Kind.POSTGRESQL:
        return None
    return Finding(
        rule="index-of-many-columns",
        weight=Weight.NOTE,
        reason=f"On {evidence.sized(act.table)}, {_index(act)} has {len(act.columns)} columns: each "
        "write pays for all of them, and the last ones seldom narrow a search.",
        instead="Keep the columns that narrow the search most, those first.",
        lines=(37,),
    )


def dropped(act: Act, evidence: Evidence) -> Finding | None:
    """DROP INDEX shuts the table for a moment, and queries that used the index are slow from then on."""
    reason = f"Queries that use the index {act.name} get slower from that moment on"
    if act.how == "concurrently" or evidence.kind is not Kind.POSTGRESQL:
        return Finding(
            rule="index-dropped",
            weight=Weight.NOTE,
            reason=f"{reason}.",
            instead=f"Look in pg_stat_user_indexes whether {act.name} is still used before it goes."
            if evidence.kind is Kind.POSTGRESQL
            else f"Make sure that no query needs {act.name} before it goes.",
            lines=(24, 37),
        )
    return Finding(
        rule="index-dropped-under-lock",
        weight=Weight.NOTE,
        reason=f"{reason}, and the drop waits for, and then shuts out, everybody who works with its table.",
        instead=f"Drop it concurrently, {_ALONE}.",
        sql=f"DROP INDEX CONCURRENTLY {sql_name(act.name)};",
        lines=(24, 37),
    )
