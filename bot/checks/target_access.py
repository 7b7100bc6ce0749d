"""May the target's role do all that the plan needs, and not more than it should?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.checks.acts import DATA, NEUTRAL, Act, same
from bot.checks.quoting import sql_column, sql_name
from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.standing import Access, TableAccess
from bot.core.targets import Phase
from bot.core.text import listed

LINES = (1, 2)
_LINE = {Phase.PRODUCTION: (1,), Phase.STAGING: (2,)}


def altered(acts: Sequence[Act]) -> tuple[str, ...]:
    """The tables of which the plan changes more than rows: only an owner may."""
    return tuple(dict.fromkeys(a.table for a in acts if a.table and a.what not in DATA | NEUTRAL))


def answer(phase: Phase, access: Access, altered: Collection[str], superuser_why: str = "") -> Answer:
    """`superuser_why`: the reason that the project gives for a superuser; "" for none."""
    lines = _LINE.get(phase, ())
    owners = [t for t in access.tables if not t.owned and any(same(t.name, a) for a in altered)]
    lacking = [t for t in access.tables if t.lacks]
    findings = [_not_owned(t, access.role, lines) for t in owners]
    findings += [_lacks(t, access.role, lines) for t in lacking]
    findings += [_closed(schema, access.role, lines) for schema in access.closed]
    findings += [_superuser(phase, access.role, lines)] if access.superuser and not superuser_why else []
    findings += [] if access.written else [_read_only(phase, access.why, lines)]
    role = f"Role {access.role}" if access.role else "The bot"
    said = f"may alter {len(altered)} tables, and read and write {len(access.tables)}"
    said = f"does not stand as the plan needs it ({len(findings)} findings)" if findings else said
    proof = f"writing was proved by {access.written}" if access.written else f"it cannot write: {access.why}"
    why = f"; it is a superuser: {superuser_why}" if access.superuser and superuser_why else ""
    return Answer(
        lines=lines,
        ok=not findings,
        evidence=f"{role} {said}; {proof}{why}.",
        findings=tuple(findings),
    )


def _not_owned(table: TableAccess, role: str, lines: tuple[int, ...]) -> Finding:
    return Finding(
        rule="table-not-owned",
        place=table.name,
        reason=f"Role {role} does not own {table.name}, and only an owner may alter it.",
        instead="Make the role a member of the owner, or give it the table.",
        sql=f"ALTER TABLE {sql_name(table.name)} OWNER TO {sql_column(role)};",
        lines=lines,
    )


def _lacks(table: TableAccess, role: str, lines: tuple[int, ...]) -> Finding:
    return Finding(
        rule="privilege-missing",
        place=table.name,
        reason=f"Role {role} may not {listed(table.lacks, 'or')} on {table.name}.",
        instead="Grant it.",
        sql=f"GRANT {', '.join(table.lacks)} ON {sql_name(table.name)} TO {sql_column(role)};",
        lines=lines,
    )


def _closed(schema: str, role: str, lines: tuple[int, ...]) -> Finding:
    """ "" stands for a search_path on which there is no schema."""
    if not schema:
        return Finding(
            rule="no-schema",
            place=role,
            reason=f"No schema on the search_path of role {role} exists, so new tables have no place.",
            instead="Make the schema, or set the role's search_path.",
            lines=lines,
        )
    return Finding(
        rule="schema-closed",
        place=schema,
        reason=f"Role {role} may create nothing in schema {schema}.",
        instead="Grant it.",
        sql=f"GRANT CREATE ON SCHEMA {sql_column(schema)} TO {sql_column(role)};",
        lines=lines,
    )


def _superuser(phase: Phase, role: str, lines: tuple[int, ...]) -> Finding:
    return Finding(
        rule="role-is-superuser",
        place=role,
        reason=f"Role {role} is a superuser of {phase}: a slip in a script reaches all of that server.",
        instead="Carry changes as a role that owns the tables and no more, or say in the plan why not.",
        lines=lines,
    )


def _read_only(phase: Phase, why: str, lines: tuple[int, ...]) -> Finding:
    return Finding(
        rule="target-read-only",
        place=str(phase),
        reason=f"Nothing can be written to {phase}: {why}.",
        instead="Name the primary in the target's URL, with a role that may write.",
        lines=lines,
    )
