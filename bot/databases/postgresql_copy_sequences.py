"""Sequences of a scratch database, set past its rows."""

from __future__ import annotations

from psycopg import sql

from bot.databases.postgresql_copy_source import Source
from bot.databases.postgresql_link import Link

# A sequence that the session may not read, or that was never asked, says NULL.
_LAST = "SELECT schemaname::text, sequencename::text, last_value FROM pg_sequences"
_SEQUENCES = """
SELECT s.schemaname::text, s.sequencename::text, s.increment_by, s.max_value,
       n.nspname::text, t.relname::text, a.attname::text
FROM pg_sequences s
JOIN pg_class c ON c.relkind = 'S' AND c.relname = s.sequencename
               AND c.relnamespace = to_regnamespace(quote_ident(s.schemaname))
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                     AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
                         AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
"""


def set_sequences(source: Source, link: Link) -> None:
    """Each stands where the source's does, and at least at the largest value of the column that it serves."""
    last = {(schema, name): value for schema, name, value in source.rows(_LAST)}
    for schema, name, step, most, *column in link.execute(_SEQUENCES).fetchall():
        values = [last.get((schema, name))]
        if step > 0 and column[2] is not None:
            values.append(_largest(link, *column))
        known = [value for value in values if value is not None]
        if known:
            which = sql.SQL("SELECT setval({}::regclass, {})").format(
                sql.Literal(sql.Identifier(schema, name).as_string(link)),
                sql.Literal(min(most, max(known) if step > 0 else min(known))),
            )
            link.execute(which)


def _largest(link: Link, schema: str, table: str, column: str) -> int | None:
    asked = sql.SQL("SELECT max({})::int8 FROM {}").format(
        sql.Identifier(column), sql.Identifier(schema, table)
    )
    row = link.execute(asked).fetchone()
    value = row[0] if row else None
    # Below its first value a sequence cannot stand.
    return value if value is not None and value > 0 else None
