"""What sampled values of PostgreSQL columns look like. The values become counts here and go nowhere."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from bot.core.personal import Personal, by_shape
from bot.core.survey import ColumnLook
from bot.databases import postgresql_catalog as catalog
from bot.databases.postgresql_survey_link import OURS, Asking, Refused

#: Numbers may be cards and phones, documents may be anything; what cannot be read as text is left out.
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type,
  has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS readable,
  t.typcategory = 'S' OR t.typname IN ('inet', 'cidr', 'int8', 'numeric', 'json', 'jsonb') AS shaped
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %(oid)s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
#: Characters of a value that are looked at.
_WIDEST = 300
_UNREADABLE = "the target's role may not read it"


def looks(asking: Asking, names: Sequence[str]) -> list[ColumnLook]:
    """One for each column of the named tables."""
    return [look for name, oid in asking.tables(names).items() for look in _looks(asking, name, oid)]


def _looks(asking: Asking, name: str, oid: int) -> list[ColumnLook]:
    columns = asking.rows(_COLUMNS, oid=oid)
    asked = [c["attname"] for c in columns if c["shaped"] and c["readable"]]
    why = ""
    counts: dict[str, tuple[int, dict[Personal, int]]] = {}
    try:
        counts = _shapes(asking, oid, asked)
    except Refused as refused:
        why = str(refused)
    return [
        ColumnLook(
            table=name,
            column=c["attname"],
            type=c["type"],
            seen=counts.get(c["attname"], (0, {}))[0],
            shapes=counts.get(c["attname"], (0, {}))[1],
            why=_UNREADABLE if not c["readable"] else why if c["shaped"] else "",
        )
        for c in columns
    ]


def _shapes(asking: Asking, oid: int, columns: Sequence[str]) -> dict[str, tuple[int, dict[Personal, int]]]:
    """For each column how many values there were, and how many have which shape."""
    if not columns:
        return {}
    seen = dict.fromkeys(columns, 0)
    shapes: dict[str, dict[Personal, int]] = {c: {} for c in columns}
    for row in _values(asking, oid, columns):
        for column, value in zip(columns, row, strict=True):
            if value is not None:
                seen[column] += 1
                if kind := by_shape(value):
                    shapes[column][kind] = shapes[column].get(kind, 0) + 1
    return {c: (seen[c], shapes[c]) for c in columns}


def _values(asking: Asking, oid: int, columns: Sequence[str]) -> list[tuple[str | None, ...]]:
    wanted = sql.SQL(", ").join(
        sql.SQL("left({}::text, {})").format(sql.Identifier(c), sql.Literal(_WIDEST)) for c in columns
    )
    most = asking.bounds.values
    with asking.refusing():
        rows, unknown, bytes_ = catalog.size_of(asking.link, oid)
        # Ten times as many as are looked at: blocks are chosen, and some hold few rows.
        share = 100 if unknown or rows <= most * 10 else min(100.0, 1000 * most / rows)
        sample = sql.SQL("TABLESAMPLE SYSTEM ({})").format(sql.Literal(round(share, 6)))
        query = sql.SQL("SELECT {} {} FROM {} {} LIMIT {}").format(
            OURS,
            wanted,
            catalog.identifier(asking.link, oid),
            sample if bytes_ else sql.SQL(""),
            sql.Literal(most),
        )
        return asking.link.execute(query).fetchall()
