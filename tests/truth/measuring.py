"""What statements really do: the locks that they take, and whether a table is read or written as a whole."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
from psycopg import Connection

from bot.core.locks import blocked, strength

#: Seconds after which a test gives up; nothing here takes a tenth of it.
PATIENCE = 20.0
_STATE = """
    SELECT c.oid, c.relname, pg_relation_filenode(c.oid), coalesce(s.seq_tup_read, 0)
    FROM pg_class AS c LEFT JOIN pg_stat_xact_user_tables AS s ON s.relid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""
_LOCKS = """
    SELECT l.relation, replace(l.mode, 'Lock', '') FROM pg_locks AS l
    WHERE l.locktype = 'relation' AND l.granted AND l.pid = %s AND l.database = (
        SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """One transaction. `locks`: the strongest on each table; `work`: "rewrite", "scan" or ""."""

    locks: dict[str, str]
    work: str
    rows: int

    @property
    def shuts_out(self) -> bool:
        """Writers wait while something whose time grows with the table is done."""
        return bool(self.work) and any("writes" in blocked(mode) for mode in self.locks.values())


def in_transaction(link: Connection, *statements: str) -> Felt:
    """Run statements in the transaction that is open on `link`, which stays open."""
    before = {oid: state for oid, *state in link.execute(_STATE).fetchall()}
    rows = 0
    for statement in statements:
        rows = link.execute(statement.encode()).rowcount
    held: dict[str, str] = {}
    for oid, mode in link.execute(_LOCKS, [link.info.backend_pid]).fetchall():
        name = before[oid][0] if oid in before else ""
        if name and (name not in held or strength(mode) > strength(held[name])):
            held[name] = mode
    after = {oid: state for oid, *state in link.execute(_STATE).fetchall()}
    both = [(before[oid], after[oid]) for oid in before.keys() & after.keys()]
    rewritten = any(was[1] != now[1] for was, now in both)
    scanned = any(now[2] > was[2] for was, now in both)
    return Felt(locks=held, work="rewrite" if rewritten else "scan" if scanned else "", rows=rows)


def beside_a_writer(url: str, statement: str) -> Felt:
    """Run one that commits by itself while a writer's transaction is open: its locks while it waits for that.

    The writer goes on writing meanwhile; it would fail if it had to wait.
    """
    with psycopg.connect(url) as writer, psycopg.connect(url, autocommit=True) as link:
        writer.execute("SET lock_timeout = '5s'")
        writer.execute("UPDATE orders SET note = note WHERE id = 1")
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(link.execute, statement.encode())
            held = _held(writer, link.info.backend_pid)
            writer.execute("UPDATE orders SET note = note WHERE id = 2")
            writer.commit()
            running.result(PATIENCE)
    return Felt(locks={"orders": held}, work="scan", rows=0)


def _held(watcher: Connection, pid: int) -> str:
    """The strongest lock on orders that a session has, as soon as it has one."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = watcher.execute(_LOCKS + " AND l.relation = 'orders'::regclass", [pid]).fetchall()
        if found:
            return str(max((mode for _, mode in found), key=strength))
        time.sleep(0.01)
    raise AssertionError("it took no lock on orders")
