"""How constraints are added, proved and dropped."""

from __future__ import annotations

from bot.checks.acts import Act, Evidence
from bot.checks.practice import safe
from bot.checks.practice.weighing import by_size
from bot.checks.quoting import sql_column, sql_name
from bot.core.findings import Finding, Weight
from bot.core.targets import Kind
from bot.core.text import listed

_LINES = (20, 38, 121)


def added(act: Act, evidence: Evidence) -> Finding | None:
    """A constraint that is proved at once (PostgreSQL docs: ALTER TABLE, "Notes" on NOT VALID)."""
    if evidence.kind is not Kind.POSTGRESQL:
        return None  # SQLite adds none to a table that is there: its way is a rebuild, which is found as such
    return _FORMS.get(act.how, _checked)(act, evidence)


def named(act: Act) -> str:
    """The constraint's name, or the one that PostgreSQL would give it."""
    ending = {"foreign key": "fkey", "unique": "key", "primary key": "pkey", "exclude": "excl"}
    columns = () if act.how == "primary key" else act.columns
    own = act.table.rpartition(".")[2].strip('"')
    return act.name or "_".join([own, *columns, ending.get(act.how, "check")])


def _checked(act: Act, evidence: Evidence) -> Finding:
    sql = safe.unproved(act, named(act)) if act.how != "not null" or evidence.version >= 18 else ""
    return Finding(
        rule="constraint-checks-under-lock",
        weight=by_size(act, evidence),
        reason=f"All of {evidence.sized(act.table)} is checked for {named(act)} while nobody can read or "
        "write it.",
        instead="Add it NOT VALID, which holds for new rows at once, and validate it in a revision after it.",
        sql=sql,
        lines=_LINES,
    )


def _pointed(act: Act, evidence: Evidence) -> Finding:
    other = act.tables[1] if len(act.tables) > 1 else act.table
    return Finding(
        rule="foreign-key-blocks-writes",
        weight=by_size(act, evidence),
        reason=f"All of {evidence.sized(act.table)} is checked for {named(act)} while nobody can write to "
        f"{listed(list(dict.fromkeys((act.table, other))))}.",
        instead="Add it NOT VALID, which holds for new rows at once, and validate it in a revision after it.",
        sql=safe.unproved(act, named(act)),
        lines=(18, *_LINES),
    )


def _keyed(act: Act, evidence: Evidence) -> Finding:
    return Finding(
        rule="unique-builds-index-under-lock",
        weight=by_size(act, evidence),
        reason=f"The index of {named(act)} is built while nobody can read or write "
        f"{evidence.sized(act.table)}.",
        instead="Build the unique index concurrently, outside a transaction, and make the constraint of it "
        "in a revision after it.",
        sql=safe.by_index(act, named(act)),
        lines=(37, *_LINES),
    )


def _excluded(act: Act, evidence: Evidence) -> Finding:
    return Finding(
        rule="exclusion-checks-under-lock",
        weight=by_size(act, evidence),
        reason=f"The index of {named(act)} is built while nobody can read or write "
        f"{evidence.sized(act.table)}, and PostgreSQL has no way to add it later.",
        instead=f"Make a new table with {named(act)}, write to both, fill it in batches, and let it take the "
        f"place of {act.table}; or do it while {act.table} is out of use.",
        lines=_LINES,
    )


_FORMS = {"foreign key": _pointed, "unique": _keyed, "primary key": _keyed, "exclude": _excluded}


def required(act: Act, evidence: Evidence) -> Finding | None:
    """SET NOT NULL reads every row, unless a valid CHECK has proved it (PostgreSQL 12 release notes)."""
    if evidence.kind is not Kind.POSTGRESQL:
        return None
    name = f"{act.table.rpartition('.')[2].strip(chr(34))}_{act.name}_present"
    table, column, check = sql_name(act.table), sql_column(act.name), sql_column(name)
    return Finding(
        rule="not-null-reads-under-lock",
        weight=by_size(act, evidence),
        reason=f"All of {evidence.sized(act.table)} is read for a NULL in {act.name} while nobody can read "
        "or write it, and one NULL fails it.",
        instead="Prove it first by a CHECK that is validated in a revision of its own; NOT NULL then reads "
        "nothing.",
        sql=f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID;\n"
        f"-- in a revision after it:\nALTER TABLE {table} VALIDATE CONSTRAINT {check};\n"
        f"-- in a revision after that:\nALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\n"
        f"ALTER TABLE {table} DROP CONSTRAINT {check};",
        lines=(27, *_LINES),
    )


def dropped(act: Act, evidence: Evidence) -> Finding | None:
    """A guard that is gone."""
    return Finding(
        rule="constraint-dropped",
        weight=Weight.NOTE,
        reason=f"From that moment on {act.name} guards {evidence.sized(act.table)} no more, and rows come in "
        "that the way back may refuse.",
        instead=f"Make sure that no code relies on {act.name}.",
        lines=(38, 46),
    )


def proved(act: Act, evidence: Evidence) -> Finding | None:
    """VALIDATE lets others write; it fails on one wrong row, which is what the survey of the data counts."""
    if evidence.kind is not Kind.POSTGRESQL or by_size(act, evidence) is Weight.NOTE:
        return None
    return Finding(
        rule="validation-reads-table",
        weight=Weight.NOTE,
        reason=f"All of {evidence.sized(act.table)} is read for {act.name}; others read and write meanwhile, "
        "and one wrong row fails it.",
        lines=(27, 38),
    )
