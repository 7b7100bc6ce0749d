"""How columns are added, altered, renamed and dropped."""

from __future__ import annotations

from bot.checks.acts import Act, Evidence
from bot.checks.practice import safe
from bot.checks.practice.types import keeps_rows
from bot.checks.practice.weighing import by_rows, by_size
from bot.checks.quoting import sql_column, sql_name
from bot.core.findings import Finding, Weight
from bot.core.targets import Kind

_LINES = (20, 36, 121)
_OUT = "while nobody can read or write it"


def added(act: Act, evidence: Evidence) -> Finding | None:
    """A type that PostgreSQL cannot compare (docs: "JSON Types")."""
    if evidence.kind is not Kind.POSTGRESQL or act.type != "json":
        return None
    table, column = sql_name(act.table), sql_column(act.name)
    return Finding(
        rule="json-has-no-equality",
        weight=by_rows(act, evidence),
        reason=f"Two values of json cannot be compared, so every SELECT DISTINCT, GROUP BY or UNION over all "
        f"columns of {evidence.sized(act.table)} fails as soon as {act.name} is there.",
        instead="Use jsonb.",
        sql=f"ALTER TABLE {table} ADD COLUMN {column} jsonb;",
        lines=(19, 36),
    )


def required(act: Act, evidence: Evidence) -> Finding | None:
    """NOT NULL without a default: no row that is there could have it."""
    table, column = sql_name(act.table), sql_column(act.name)
    nullable = ""
    if evidence.kind is Kind.POSTGRESQL:
        kept = safe.column(act)[0]
        nullable = f"ALTER TABLE {table} ADD COLUMN {column} {kept};"
    return Finding(
        rule="required-column-without-default",
        weight=by_rows(act, evidence),
        reason=f"{act.name} is NOT NULL and has no default, so it fails as soon as "
        f"{evidence.sized(act.table)} has a row, and INSERTs that do not name it fail from then on.",
        instead="Give it a default, or add it without NOT NULL, fill it in batches, and require it later.",
        sql=nullable,
        lines=(27, 36),
    )


def written_anew(act: Act, evidence: Evidence) -> Finding | None:
    """Every row is copied (PostgreSQL docs: ALTER TABLE, "Notes")."""
    return _REWRITES.get(act.how, _other)(act, evidence)


def _filled(act: Act, evidence: Evidence) -> Finding:
    """A default, a sequence or a formula that has a value of its own for each row."""
    table, column = sql_name(act.table), sql_column(act.name)
    kept, default = safe.column(act)
    by = {"serial": "its sequence", "identity": "its sequence", "generated": "its formula"}
    sql = f"ALTER TABLE {table} ADD COLUMN {column} {kept};"
    if act.how == "volatile default" and default:
        sql += (
            f"\nALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default};\n"
            f"-- outside a transaction, until it changes no row:\n"
            f"UPDATE {table} SET {column} = {default}\nWHERE {column} IS NULL AND ctid = ANY (ARRAY("
            f"SELECT ctid FROM {table} WHERE {column} IS NULL LIMIT {safe.BATCH}));"
        )
    instead = {
        "volatile default": "Add it without the default, set the default for new rows, and fill the old ones "
        "in batches.",
        "generated": "Add a plain column, keep it by a trigger, and fill the old rows in batches.",
    }.get(act.how, "Add a plain column, give it a sequence as its default, and fill the old rows in batches.")
    return Finding(
        rule="column-rewrites-table",
        weight=by_size(act, evidence),
        reason=f"All of {evidence.sized(act.table)} is written anew {_OUT}, for each row gets a value of "
        f"{act.name} from {by.get(act.how, 'its default')}.",
        instead=instead,
        sql=sql if act.how not in ("serial", "identity") else _counted(act, kept),
        lines=(25, *_LINES),
    )


def _counted(act: Act, kept: str) -> str:
    table, column = sql_name(act.table), sql_column(act.name)
    own = act.table.rpartition(".")[2].strip('"')
    sequence = sql_name(f"{own}_{act.name}_seq")
    value = f"nextval('{sequence.replace(chr(39), chr(39) * 2)}')"
    return (
        f"CREATE SEQUENCE {sequence};\nALTER TABLE {table} ADD COLUMN {column} {kept};\n"
        f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {value};\n"
        f"-- outside a transaction, until it changes no row:\n"
        f"UPDATE {table} SET {column} = {value}\nWHERE {column} IS NULL AND ctid = ANY (ARRAY("
        f"SELECT ctid FROM {table} WHERE {column} IS NULL LIMIT {safe.BATCH}));"
    )


def _retyped(act: Act, evidence: Evidence) -> Finding | None:
    old = evidence.types.get(f"{act.table}.{act.name}", "")
    if act.how == "type" and keeps_rows(old, act.type):
        return None
    table, column = sql_name(act.table), sql_column(act.name)
    new = sql_column(f"{act.name}_new")
    return Finding(
        rule="type-change-rewrites-table",
        weight=by_size(act, evidence),
        reason=f"All of {evidence.sized(act.table)} and its indexes are written anew {_OUT}"
        + (f", for {old} becomes {act.type}." if old else _unless(act)),
        instead=f"Add a new column of that type, write to both, fill it in batches, then read {new} and drop "
        f"{act.name}.",
        sql=f"ALTER TABLE {table} ADD COLUMN {new} {act.type};\n"
        "-- once the code writes both, outside a transaction, until it changes no row:\n"
        f"UPDATE {table} SET {new} = {column}\nWHERE {new} IS NULL AND {column} IS NOT NULL AND ctid = ANY "
        f"(ARRAY(SELECT ctid FROM {table} WHERE {new} IS NULL AND {column} IS NOT NULL "
        f"LIMIT {safe.BATCH}));"
        if act.type
        else "",
        lines=(25, 27, *_LINES),
    )


def _unless(act: Act) -> str:
    return (
        f", unless {act.type or 'the new type'} can hold {act.name} as it is stored (varchar to text, a "
        "longer varchar); a rehearsal tells."
    )


def _other(act: Act, evidence: Evidence) -> Finding:
    if act.name == "rebuilt":
        return Finding(
            rule="table-rebuilt",
            weight=by_size(act, evidence),
            reason=f"All of {evidence.sized(act.table)} is copied into a new table, and nobody can write to "
            "the database meanwhile; where foreign keys are enforced, dropping the old one deletes or "
            "refuses what points at it.",
            instead="Run it when nobody writes, with PRAGMA foreign_keys=OFF before it begins, and "
            "PRAGMA foreign_key_check after it.",
            sql="PRAGMA foreign_keys=OFF;",
            lines=(25, *_LINES),
        )
    words = act.how or "the change"
    return Finding(
        rule="table-written-anew",
        weight=by_size(act, evidence),
        reason=f"{words.upper()} writes all of "
        f"{evidence.sized(act.table) if act.table else 'every table'} anew {_OUT}.",
        instead="VACUUM frees the room for new rows while others work; pg_repack gives it back, with a lock "
        "for a moment only."
        if act.how in ("vacuum full", "cluster")
        else f"Do it while {act.table} is out of use, or fill a new table in batches and let it take its "
        "place.",
        sql=f"VACUUM (ANALYZE) {sql_name(act.table)};"
        if act.how in ("vacuum full", "cluster") and act.table
        else "",
        lines=(25, *_LINES),
    )


_REWRITES = {
    "serial": _filled,
    "identity": _filled,
    "generated": _filled,
    "volatile default": _filled,
    "type": _retyped,
    "type using": _retyped,
}


def altered(act: Act, evidence: Evidence) -> Finding | None:
    """What is quick, and yet changes what code meets."""
    if act.how == "drop not null":
        return Finding(
            rule="not-null-dropped",
            weight=Weight.NOTE,
            reason=f"{act.name} of {evidence.sized(act.table)} may be NULL from that moment on, and rows "
            "that are make the way back fail.",
            instead=f"Make sure that code which reads {act.name} knows NULL.",
            lines=(19, 46),
        )
    if act.how == "disable trigger":
        return Finding(
            rule="trigger-disabled",
            reason=f"What is written to {evidence.sized(act.table)} while its triggers are off misses what "
            "they do; with ALL, foreign keys are not checked either.",
            instead="Leave them on, or set a mark that the trigger itself looks at, for this session alone.",
            lines=(23, 27),
        )
    return None


def renamed(act: Act, evidence: Evidence) -> Finding | None:
    """Code that runs has the old name."""
    table, old, new = sql_name(act.table), sql_column(act.name), sql_column(act.to)
    to = act.to or "the new name"
    kept = evidence.types.get(f"{act.table}.{act.name}")
    return Finding(
        rule="column-renamed",
        reason=f"Code that still says {act.name} of {evidence.sized(act.table)} fails from that moment on.",
        instead=f"Add {to} beside it, write to both, fill it in batches, then read {to}, and drop "
        f"{act.name} last.",
        sql=f"ALTER TABLE {table} ADD COLUMN {new} {kept};\n"
        "-- once the code writes both, outside a transaction, until it changes no row:\n"
        f"UPDATE {table} SET {new} = {old}\nWHERE {new} IS NULL AND {old} IS NOT NULL AND ctid = ANY "
        f"(ARRAY(SELECT ctid FROM {table} WHERE {new} IS NULL AND {old} IS NOT NULL "
        f"LIMIT {safe.BATCH}));"
        if evidence.kind is Kind.POSTGRESQL and act.to and kept
        else "",
        lines=(19, 31, 36),
    )


def dropped(act: Act, evidence: Evidence) -> Finding | None:
    """A column goes with its data, and with it the code that still says its name."""
    return Finding(
        rule="column-dropped",
        weight=by_rows(act, evidence),
        reason=f"{act.name} of {evidence.sized(act.table)} is gone with its data, and code that still says "
        "it fails from that moment on.",
        instead=f"Let a release of the code that does not know {act.name} run everywhere first, then accept "
        "this by its name. Where it is NOT NULL without a default, let NULL in before that release.",
        sql=f"ALTER TABLE {sql_name(act.table)} ALTER COLUMN {sql_column(act.name)} DROP NOT NULL;"
        if evidence.kind is Kind.POSTGRESQL
        else "",
        lines=(19, 31, 36, 46),
    )
