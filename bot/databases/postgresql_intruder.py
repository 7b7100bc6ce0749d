"""A second session on a PostgreSQL copy, which gets in a revision's way, watches it and strikes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql

from bot.core.intruders import Hold, Seen
from bot.core.locks import MODES
from bot.core.targets import Target
from bot.databases.postgresql_catalog import count, identifier, oid_of
from bot.databases.postgresql_link import LONG, Link, linked
from bot.databases.questions import HISTORY_TABLES, name_parts

APPLICATION = "whimbrel-intruder"
_SESSIONS = "FROM pg_stat_activity WHERE application_name = left(%s, 63) AND datname = current_database()"
# Locks are waited for, and so are transactions: an index that is built concurrently waits for older ones.
_SEEN = f"""
SELECT query, coalesce(extract(epoch FROM clock_timestamp() - query_start), 0)::float8,
       coalesce(wait_event_type = 'Lock', false)
{_SESSIONS} AND state = 'active' ORDER BY query_start LIMIT 1
"""  # noqa: S608
_CANCEL = f"SELECT count(pg_cancel_backend(pid)) {_SESSIONS}"
# Transactions are numbered in order, in 32 bits; a row bears the number of the one that wrote it.
_NOW = "SELECT (txid_current() % 4294967296)::text"
_SINCE = "SELECT count(*) FROM {} WHERE age(xmin) < age(%s::xid)"
_MIDDLE = "SELECT 1 FROM {table} WHERE ctid = (SELECT ctid FROM {table} OFFSET %s LIMIT 1) FOR UPDATE"


class PostgreSQLIntruder:
    """Port Intruder. It watches over one connection and holds locks over another."""

    def __init__(self, watching: Link, holding: Link) -> None:
        self._watching, self._holding = watching, holding
        self._since = str(_one(watching, _NOW))

    def hold(self, hold: Hold) -> bool:
        """Take the lock in a transaction that stays open."""
        names = [hold.relation] if hold.relation else list(HISTORY_TABLES)
        oids = [oid for name in names if (oid := oid_of(self._watching, *name_parts(name)))]
        with suppress(psycopg.errors.WrongObjectType):
            for oid in oids:
                self._lock(oid, hold)
            return bool(oids)
        self.let_go()
        return False

    def let_go(self) -> None:
        """End the transaction, and every lock with it."""
        self._holding.rollback()

    def seen(self, application: str) -> Seen | None:
        """The oldest statement under way of the sessions of that name."""
        row = self._watching.execute(_SEEN, [application]).fetchone()
        return Seen(sql=row[0], seconds=max(0.0, row[1]), waits=row[2]) if row else None

    def cancel(self, application: str) -> int:
        """Cancel what they run; an idle session is not harmed."""
        return int(str(_one(self._watching, _CANCEL, application)))

    def written(self, tables: Sequence[str]) -> dict[str, int]:
        """Counted by reading each table once; a table that is not there is left out."""
        oids = {name: oid for name in tables if (oid := oid_of(self._watching, *name_parts(name)))}
        return {name: self._written(oid) for name, oid in oids.items()}

    def _written(self, oid: int) -> int:
        query = sql.SQL(_SINCE).format(identifier(self._watching, oid))
        row = self._watching.execute(query, [self._since]).fetchone()
        return int(row[0]) if row else 0

    def _lock(self, oid: int, hold: Hold) -> None:
        table = identifier(self._watching, oid)
        if hold.row:
            middle = count(self._watching, oid) // 2
            self._holding.execute(sql.SQL(_MIDDLE).format(table=table), [middle])
            return
        if hold.mode not in MODES:
            raise ValueError(f"{hold.mode} is no lock mode.")
        mode = re.sub(r"(?<!^)(?=[A-Z])", " ", hold.mode).upper()
        self._holding.execute(sql.SQL(f"LOCK TABLE {{}} IN {mode} MODE").format(table))


class PostgreSQLIntruders:
    """Port Intruders."""

    @contextmanager
    def join(self, target: Target) -> Iterator[PostgreSQLIntruder]:
        """Two connections, until it is left; StepFailed when the copy cannot be reached."""
        with (
            linked(target, APPLICATION, seconds=LONG, read_only=False) as watching,
            linked(target, APPLICATION, read_only=False) as holding,
        ):
            holding.autocommit = False
            # It keeps its lock for as long as the revision waits.
            holding.execute("SET idle_in_transaction_session_timeout = 0")
            holding.commit()
            yield PostgreSQLIntruder(watching, holding)


def _one(link: Link, query: str, *given: str) -> object:
    row = link.execute(query.encode(), given or None).fetchone()
    assert row is not None
    return row[0]
