"""The busy statements of a PostgreSQL target, and how the server would run them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from bot.core.standing import Busy, BusyStatement, QueryPlan
from bot.databases.postgresql_survey_link import MARK, Asking, Refused
from bot.databases.questions import full_name, name_parts

#: Statements that are told of, and the busiest of which those are chosen.
_MOST, _BUSIEST = 10, 1000
_EXTENSION = """
SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'
"""
_STATEMENTS = (
    "SELECT query, sum(calls)::bigint, sum(total_exec_time) / 1000 / greatest(sum(calls), 1)"
    " FROM (SELECT * FROM {}.pg_stat_statements WHERE dbid ="
    "       (SELECT oid FROM pg_database WHERE datname = current_database())"
    "       ORDER BY total_exec_time DESC LIMIT {}) s"
    " WHERE length(query) < 10000 GROUP BY query ORDER BY sum(total_exec_time) DESC"
)
#: What pg_stat_statements says in place of another role's statement.
_HIDDEN = "<insufficient privilege>"
_PLANNABLE = re.compile(r"\s*(select|insert|update|delete|with|merge|values)\b", re.IGNORECASE)
_PLACE = re.compile(r"\$(\d+)")


def busy(asking: Asking, names: Sequence[str]) -> Busy:
    """Those that name one of the tables, most time first. pg_stat_statements has put $1 for their values."""
    found = asking.rows(_EXTENSION)
    if not found:
        return Busy(why="pg_stat_statements is not there, so nobody knows which statements are busy")
    words = [re.escape(name_parts(name)[1]) for name in names]
    named = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE) if words else None
    query = sql.SQL(_STATEMENTS).format(sql.Identifier(found[0]["schema"]), sql.Literal(_BUSIEST))
    try:
        with asking.refusing():
            rows = asking.link.execute(query).fetchall()
    except Refused as refused:
        return Busy(why=f"pg_stat_statements does not answer: {refused}")
    if any(row[0] == _HIDDEN for row in rows):
        return Busy(why="the target's role may not read what others run (pg_read_all_stats)")
    theirs = [row for row in rows if MARK not in row[0]]
    chosen = [row for row in theirs if named and _PLANNABLE.match(row[0]) and named.search(row[0])]
    return Busy(
        statements=tuple(
            BusyStatement(sql=text, calls=calls, seconds=float(seconds))
            for text, calls, seconds in chosen[:_MOST]
        ),
        why="" if chosen else "no statement on these tables has been counted",
    )


def explain(asking: Asking, statement: str) -> QueryPlan:
    """The generic plan, on every version the same way: prepared, and explained with NULLs that it does not
    look at (plan_cache_mode, since PostgreSQL 12). Nothing is run, and a second statement is refused."""
    try:
        with asking.refusing():
            return _explained(asking, statement)
    except Refused as refused:
        return QueryPlan(sql=statement, error=str(refused))


def _explained(asking: Asking, statement: str) -> QueryPlan:
    if not _PLANNABLE.match(statement):
        raise Refused("it is no statement that the planner plans")
    link = asking.link
    count = max((int(n) for n in _PLACE.findall(statement)), default=0)
    values = f"({', '.join(['NULL'] * count)})" if count else ""
    try:
        with link.transaction(force_rollback=True):
            link.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            # Only the extended protocol takes no second statement, one that might end the transaction.
            link.execute(f"PREPARE whimbrel_plan AS {statement}".encode(), prepare=True)
            explained = link.execute(f"EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE whimbrel_plan{values}".encode())
            row = explained.fetchone()
    finally:
        # What is prepared outlives its transaction. psycopg forgets its own at every ROLLBACK.
        if link.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            link.execute("DEALLOCATE ALL")
    assert row is not None
    tree = row[0][0]["Plan"]
    nodes = list(_nodes(tree))
    return QueryPlan(
        sql=statement,
        cost=float(tree["Total Cost"]),
        node=tree["Node Type"],
        indexes=tuple(dict.fromkeys(_index(n) for n in nodes if "Index Name" in n)),
        scanned=tuple(dict.fromkeys(_table(n) for n in nodes if n["Node Type"] == "Seq Scan")),
    )


def _nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree
    for part in tree.get("Plans", ()):
        yield from _nodes(part)


def _table(node: dict[str, Any]) -> str:
    return full_name(node.get("Schema", "public"), node["Relation Name"])


def _index(node: dict[str, Any]) -> str:
    return str(node["Index Name"])
