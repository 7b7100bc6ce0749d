"""Checksums of PostgreSQL tables: their rows, and the sum of each row's hash.

A sum and not an exclusive or, in which two rows that are the same would cancel each other out. The hash of a
row is the server's own (hash_record_extended, since PostgreSQL 14): equal for equal values, also of another
width (an int that became a bigint), and not promised to be the same on another major version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg import sql

from bot.core.survey import TableSum
from bot.databases import postgresql_catalog as catalog
from bot.databases.postgresql_survey_link import OURS, Asking, Refused

#: Types without such a hash, and arrays of them, count as their text.
_UNHASHED = (
    "json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "money", "bit", "varbit",
    "tsvector", "tsquery", "txid_snapshot", "pg_snapshot",
)  # fmt: skip
_COLUMNS = """
SELECT a.attname, coalesce(e.typname, t.typname) = ANY (%(unhashed)s) AS as_text
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typlen = -1
WHERE a.attrelid = %(oid)s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname
"""


def sums(asking: Asking, names: Sequence[str], columns: Mapping[str, Sequence[str]]) -> list[TableSum]:
    """Of the named tables that are there, over the columns that they have; by name, so order is no matter."""
    return [_sum(asking, name, oid, columns.get(name)) for name, oid in asking.tables(names).items()]


def _sum(asking: Asking, name: str, oid: int, wanted: Sequence[str] | None) -> TableSum:
    there = asking.rows(_COLUMNS, oid=oid, unhashed=list(_UNHASHED))
    chosen = [row for row in there if wanted is None or row["attname"] in wanted]
    said = tuple(row["attname"] for row in chosen)
    values = [
        sql.SQL("{}::text" if row["as_text"] else "{}").format(sql.Identifier(row["attname"]))
        for row in chosen
    ]
    query = sql.SQL("SELECT {} count(*), coalesce(sum(hash_record_extended(ROW({}), 0)), 0) FROM {}").format(
        OURS, sql.SQL(", ").join(values), catalog.identifier(asking.link, oid)
    )
    try:
        with asking.refusing():
            row = asking.link.execute(query).fetchone()
    except Refused as refused:
        return TableSum(name=name, columns=said, rows=0, sum=None, why=str(refused))
    assert row is not None
    count, total = row
    return TableSum(name=name, columns=said, rows=int(count), sum=int(total))
