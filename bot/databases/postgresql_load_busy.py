"""The busiest statements of a server, from pg_stat_statements: their texts alone, which hold no values."""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg
from psycopg import sql

from bot.databases.postgresql_link import Link
from bot.databases.questions import name_parts

_ASKED = 100
_LONGEST = 10_000
_KIND = re.compile(r"(select|insert|update|delete|merge|with)\b", re.IGNORECASE)
#: Programs write comments of their own around them, with a request's number or its user.
_COMMENTS = re.compile(r"\A(\s|--[^\n]*(\n|\Z)|/\*.*?\*/)*|(\s|--[^\n]*\Z|/\*((?!\*/).)*\*/)*\Z", re.DOTALL)
_CALLED = re.compile(r"([\w.]+)\s*\(")
# The view may lie in any schema, and may be shown to nobody but its owner.
_WHERE = """
SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'
"""
_BUSIEST = """
SELECT s.query, s.calls FROM {schema}.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = current_database() AND s.query ~* %s AND length(s.query) <= %s
ORDER BY s.calls DESC LIMIT %s
"""
# A function that is not a pure one may do anything: send a message, end a session. These of the system's own
# do no more than they say.
_VOLATILE = """
SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.provolatile = 'v' AND p.proname = ANY (%s) AND NOT (n.nspname = 'pg_catalog' AND p.proname IN
  ('nextval', 'currval', 'lastval', 'random', 'gen_random_uuid', 'uuidv4', 'uuidv7', 'clock_timestamp'))
"""


def busiest(link: Link, tables: Sequence[str]) -> list[tuple[str, float]]:
    """(statement, calls) of those that name one of the tables, busiest first; none where nobody counts."""
    names = [name for table in tables if (name := name_parts(table)[1])]
    found = link.execute(_WHERE).fetchone()
    if not found or not names:
        return []
    pattern = rf"(^|\W)({'|'.join(re.escape(name) for name in names)})(\W|$)"
    query = sql.SQL(_BUSIEST).format(schema=sql.Identifier(found[0]))
    try:
        rows = link.execute(query, [pattern, _LONGEST, _ASKED]).fetchall()
    except psycopg.Error:
        # Not loaded into the server, or not for our eyes.
        return []
    calls: dict[str, float] = {}
    for whole, count in rows:
        text = _COMMENTS.sub("", whole)
        if _KIND.match(text):
            calls[text] = calls.get(text, 0.0) + count
    return sorted(calls.items(), key=lambda found: -found[1])


def reaching_out(link: Link, statement: str) -> str:
    """The function in it that might do more than read and write rows; "" when there is none."""
    called = {name.rpartition(".")[2].lower() for name in _CALLED.findall(statement)}
    row = link.execute(_VOLATILE, [sorted(called)]).fetchone()
    return str(row[0]) if row else ""
