"""Which foreign keys go into and out of the plan's tables, and do their rows point at something?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.checks.acts import Act, What, same
from bot.checks.quoting import sql_column, sql_name
from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.survey import Key
from bot.core.targets import Kind

LINES = (18,)


def answer(acts: Sequence[Act], keys: Sequence[Key], kind: Kind = Kind.POSTGRESQL) -> Answer:
    """Of the keys from or to the plan's tables: whether they hold, and an index where rows are deleted."""
    findings = [f for k in keys for f in _wrong(k, acts, kind)]
    uncounted = [k for k in keys if k.orphans is None]
    late = sum(not k.validated for k in keys)
    orphans = sum(k.orphans or 0 for k in keys)
    some = "at least " if uncounted or any(k.sampled for k in keys) else ""
    evidence = (
        f"{len(keys)} foreign keys go into and out of the tables, {late} of them not validated;"
        f" {some}{orphans:,} rows point at nothing"
    )
    if uncounted:
        evidence += f" ({uncounted[0].name} could not be counted: {uncounted[0].why})"
    return Answer(
        lines=LINES,
        ok=not uncounted and all(f.weight is Weight.NOTE for f in findings),
        evidence=f"{evidence}." if keys else "No foreign key goes into or out of the tables.",
        findings=tuple(findings),
    )


def _wrong(key: Key, acts: Sequence[Act], kind: Kind) -> list[Finding]:
    found = []
    if key.orphans:
        found.append(_orphans(key, acts))
    elif not key.validated and key.orphans == 0 and not key.sampled:
        found.append(_unproved(key))
    emptied = any(
        a.what in (What.DELETE, What.TRUNCATE) and same(a.table, key.parent)
        for a in acts
    )  # fmt: skip
    if emptied and not key.indexed:
        found.append(_unindexed(key, kind))
    return found


def _orphans(key: Key, acts: Sequence[Act]) -> Finding:
    """With a validated key a restore of the backup fails on them; with one that is not, VALIDATE does."""
    proved = any(a.what is What.VALIDATE and a.name == key.name and same(a.table, key.table) for a in acts)
    fails = "a restore of the backup may fail on them" if key.validated else "the key cannot be validated"
    among = f"of {key.of:,} sampled rows of" if key.sampled else "rows of"
    mine, theirs = _joined("c", key.columns), _joined("p", key.parent_columns)
    present = " AND ".join(f"c.{sql_column(c)} IS NOT NULL" for c in key.columns)
    return Finding(
        rule="foreign-key-orphans",
        place=f"{key.table}.{key.name}",
        weight=Weight.STOP if key.validated or proved else Weight.NOTE,
        reason=f"{key.orphans:,} {among} {key.table} point at no row of {key.parent} by {key.name}: {fails}.",
        instead="Look at them, then give them a parent, empty their key or delete them.",
        sql=f"SELECT c.* FROM {sql_name(key.table)} c WHERE {present} AND NOT EXISTS\n"  # noqa: S608  # for people
        f"  (SELECT 1 FROM {sql_name(key.parent)} p WHERE {theirs} = {mine});",
        lines=LINES,
    )


def _joined(alias: str, columns: Sequence[str]) -> str:
    said = ", ".join(f"{alias}.{sql_column(c)}" for c in columns)
    return f"({said})" if len(columns) > 1 else said


def _unproved(key: Key) -> Finding:
    return Finding(
        rule="foreign-key-not-validated",
        place=f"{key.table}.{key.name}",
        weight=Weight.NOTE,
        reason=f"{key.name} of {key.table} is not validated, though no row breaks it.",
        instead="Validate it; that lets others write.",
        sql=f"ALTER TABLE {sql_name(key.table)} VALIDATE CONSTRAINT {sql_column(key.name)};",
        lines=LINES,
    )


def _unindexed(key: Key, kind: Kind) -> Finding:
    columns = ", ".join(sql_column(c) for c in key.columns)
    later = kind is Kind.POSTGRESQL
    name = "" if later else f" {sql_column('_'.join((key.table, *key.columns)))}"
    return Finding(
        rule="foreign-key-without-index",
        place=f"{key.table}.{key.name}",
        reason=f"The plan deletes rows of {key.parent}, and all of {key.table} is read for each of them, as"
        f" no index of it begins with {', '.join(key.columns)}.",
        instead=f"Build the index first{', without blocking writes' if later else ''}.",
        sql=f"CREATE INDEX{' CONCURRENTLY' if later else name} ON {sql_name(key.table)} ({columns});",
        lines=LINES,
    )
