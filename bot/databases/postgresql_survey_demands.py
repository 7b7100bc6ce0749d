"""Rows of PostgreSQL tables that would break a planned constraint or type, counted or sampled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psycopg import sql

from bot.core.survey import Broken, Demand, Demanded
from bot.databases import postgresql_catalog as catalog
from bot.databases.postgresql_survey_casts import misfits
from bot.databases.postgresql_survey_keys import Link, orphans
from bot.databases.postgresql_survey_link import OURS, Asking, Refused, sampled
from bot.databases.questions import name_parts

_PRIMARY = """
SELECT array_agg(a.attname ORDER BY u.place) AS columns
FROM pg_constraint k CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY u(num, place)
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num
WHERE k.conrelid = %(oid)s AND k.contype = 'p'
"""
_CHECK = """
SELECT pg_get_expr(conbin, conrelid) AS check FROM pg_constraint
WHERE conrelid = %(oid)s AND conname = %(name)s AND contype = 'c'
"""
_PARTED = "SELECT relkind = 'p' AS parted FROM pg_class WHERE oid = %(oid)s"

#: rows that break it, among how many, whether those are a sample, and a clause on what the count leaves out
Counted = tuple[int, int, bool, str]


def broken(asking: Asking, demand: Demand) -> Broken:
    """The rows that break it; None with the reason when that cannot be known."""
    oid = catalog.oid_of(asking.link, *name_parts(demand.table))
    if demand.unaskable or not oid:
        return Broken(demand=demand, rows=None, why=demand.unaskable or "the table is not there yet")
    try:
        rows, of, sample, why = _WAYS[demand.kind](asking, oid, demand)
    except Refused as refused:
        return Broken(demand=demand, rows=None, why=str(refused))
    return Broken(demand=demand, rows=rows, of=of, sampled=sample, why=why)


def _nulls(asking: Asking, oid: int, demand: Demand) -> Counted:
    empty = sql.SQL(" OR ").join(sql.SQL("{} IS NULL").format(sql.Identifier(c)) for c in demand.columns)
    return _counted(asking, oid, empty)


def _failing(asking: Asking, oid: int, demand: Demand) -> Counted:
    check = demand.sql
    if not check:
        known = asking.rows(_CHECK, oid=oid, name=demand.name)
        if not known:
            raise Refused("no check of this name is there; foreign keys are looked at by themselves")
        check = known[0]["check"]
    # A row for which the check is neither true nor false passes it.
    return _counted(asking, oid, sql.SQL("({}) IS FALSE").format(_raw(check)))


def _unfit(asking: Asking, oid: int, demand: Demand) -> Counted:
    condition, note = misfits(asking, oid, demand.columns[0], demand.sql)
    if condition is None:
        return 0, 0, False, note
    return (*_counted(asking, oid, condition)[:3], note)


def _counted(asking: Asking, oid: int, condition: sql.Composable) -> Counted:
    with asking.refusing():
        sample, _, is_sample = sampled(asking, oid)
        query = sql.SQL("SELECT {} count(*), count(*) FILTER (WHERE {}) FROM {} {}").format(
            OURS, condition, catalog.identifier(asking.link, oid), sample
        )
        row = asking.link.execute(query).fetchone()
    assert row is not None
    of, rows = row
    return int(rows), int(of), is_sample, ""


def _twins(asking: Asking, oid: int, demand: Demand) -> Counted:
    """Rows whose key another row has too. Of a big table only a sample of keys is looked up in all of it: the
    sample is what is kept in memory, so that nothing is sorted on the target's disk."""
    table = catalog.identifier(asking.link, oid)
    keys = [_raw(demand.sql)] if demand.sql else [sql.Identifier(c) for c in demand.columns]
    names = [sql.Identifier(f"k{place}") for place in range(len(keys))]
    asked = [] if demand.nulls_same else [sql.SQL("{} IS NOT NULL").format(key) for key in keys]
    asked += [sql.SQL("({})").format(_raw(demand.where))] if demand.where else []
    where = sql.SQL(" WHERE ") + sql.SQL(" AND ").join(asked) if asked else sql.SQL("")
    listed = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(key, name) for key, name in zip(keys, names, strict=True)
    )
    with asking.refusing():
        sample, _, is_sample = sampled(asking, oid)
        every = sql.SQL("SELECT {} FROM {}{}").format(listed, table, where)
        if is_sample:
            some = sql.SQL("SELECT DISTINCT {} FROM {} {}{}").format(listed, table, sample, where)
            same = sql.SQL(" AND ").join(
                sql.SQL("s.{0} IS NOT DISTINCT FROM a.{0}" if demand.nulls_same else "s.{0} = a.{0}").format(
                    n
                )
                for n in names
            )
            every = sql.SQL("SELECT a.* FROM ({}) s JOIN ({}) a ON {}").format(some, every, same)
        query = sql.SQL(
            "SELECT {} coalesce(sum(n), 0)::bigint, coalesce(sum(n) FILTER (WHERE n > 1), 0)::bigint"
            " FROM (SELECT count(*) AS n FROM ({}) r GROUP BY {}) g"
        ).format(OURS, every, sql.SQL(", ").join(names))
        row = asking.link.execute(query).fetchone()
    assert row is not None
    of, twins = row
    return int(twins), int(of), is_sample, ""


def _primary(asking: Asking, oid: int, demand: Demand) -> Counted:
    """A primary key demands both: no NULL, and no twin."""
    nulls, of, is_sample, _ = _nulls(asking, oid, demand)
    twins, _, _, why = _twins(asking, oid, demand)
    return nulls + twins, of, is_sample, why


def _pointing(asking: Asking, oid: int, demand: Demand) -> Counted:
    parent = catalog.oid_of(asking.link, *name_parts(demand.parent))
    if not parent:
        raise Refused("the table that it points at is not there yet")
    theirs = demand.parent_columns or tuple(asking.row(_PRIMARY, oid=parent)["columns"] or ())
    if len(theirs) != len(demand.columns):
        raise Refused("the table that it points at has no key of as many columns")
    link = Link(
        child=oid,
        parent=parent,
        pairs=tuple(zip(demand.columns, theirs, strict=True)),
        child_only=not asking.row(_PARTED, oid=oid)["parted"],
        parent_only=not asking.row(_PARTED, oid=parent)["parted"],
    )
    return (*orphans(asking, link), "")


def _raw(text: str) -> sql.SQL:
    """An expression of the plan's own, which was read as a tree and holds nothing but what is harmless."""
    return sql.SQL(text)


_WAYS: dict[Demanded, Callable[[Any, int, Demand], Counted]] = {
    Demanded.NOT_NULL: _nulls,
    Demanded.UNIQUE: _twins,
    Demanded.PRIMARY_KEY: _primary,
    Demanded.FOREIGN_KEY: _pointing,
    Demanded.CHECK: _failing,
    Demanded.TYPE: _unfit,
}
