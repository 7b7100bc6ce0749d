"""What keeps a PostgreSQL target safe while steps run."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg

from bot.core.errors import OutcomeUnknown, StepFailed
from bot.core.measures import Holding, Storage
from bot.core.targets import Blocker, Leftover, Target
from bot.databases import postgresql_watch
from bot.databases.postgresql_link import Link, connect, linked
from bot.databases.questions import short

LOCK_NAME = "whimbrel lock"
#: The lock's number; advisory locks belong to one database of a server, so one number will do.
_KEY = int.from_bytes(b"whimbrel", "big", signed=True)
_GONE_SECONDS = 10.0
#: So that the server too notices when the holder's machine is gone, and gives the lock away.
_WATCHFUL = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
# pg_blocking_pids says 0 for a prepared transaction, which has no session.
_BLOCKERS = """
SELECT DISTINCT p.pid, coalesce(b.usename, '')::text, coalesce(b.application_name, 'a prepared transaction'),
       coalesce(b.query, ''), coalesce(extract(epoch FROM clock_timestamp() - b.xact_start), 0)::float8
FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) p(pid)
LEFT JOIN pg_stat_activity b ON b.pid = p.pid
WHERE w.application_name = left(%s, 63) AND w.datname = current_database() ORDER BY 5 DESC
"""
_BACKENDS = """
SELECT pid, backend_start FROM pg_stat_activity
WHERE application_name = left(%s, 63) AND datname = current_database()
AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# An index that is being built right now is not valid either: it is nobody's leftover. An index of a
# partitioned table may rightly wait for those of its partitions.
_INVALID = """
SELECT format('%s.%s', n.nspname, c.relname), format('%s.%s', n.nspname, t.relname),
       format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I', n.nspname, c.relname)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index g WHERE g.index_relid = i.indexrelid) ORDER BY 1
"""


class PostgreSQLGuard:
    """Port Guard. `patience`: seconds for which a lock that another holds is asked for again."""

    def __init__(self, application: str = "whimbrel", patience: float = 1.0) -> None:
        self._application = application
        self._patience = patience
        self._held: dict[str, Link] = {}

    @contextmanager
    def hold(self, target: Target, owner: str) -> Iterator[bool]:
        """An advisory lock on a session of its own, asked for and never waited for.

        A session that waits for a lock holds up CREATE INDEX CONCURRENTLY. The owner is seen in
        pg_stat_activity, in the session's last query.
        """
        link = connect(target, LOCK_NAME, settings=_WATCHFUL)
        free = False
        try:
            free = self._take(link, owner)
            if free:
                self._held[target.id] = link
            yield free
        finally:
            if free:
                self._held.pop(target.id, None)
            _let_go(link)

    def still_held(self, target: Target) -> bool:
        """Whether the lock that `hold` gave is there yet: it is gone when its connection is."""
        link = self._held.get(target.id)
        if link is None or link.closed:
            return False
        with suppress(psycopg.Error):
            return link.execute("SELECT 1").fetchone() is not None
        return False

    def blockers(self, target: Target, application: str) -> Sequence[Blocker]:
        """Who holds what the sessions named `application` wait for, the longest transaction first."""
        with linked(target, self._application) as link:
            rows = link.execute(_BLOCKERS, [application]).fetchall()
        return [
            Blocker(pid=pid, user=user, application=name, query=short(query), seconds=max(0.0, seconds))
            for pid, user, name, query, seconds in rows
        ]

    def cut_off(self, target: Target, application: str) -> int:
        """End the backends named `application` and wait until they are gone; how many there were."""
        if not application:
            raise ValueError("Without a name every session would be meant.")
        with linked(target, self._application, read_only=False) as link:
            backends = set(link.execute(_BACKENDS, [application]).fetchall())
            for pid, _ in backends:
                link.execute("SELECT pg_terminate_backend(%s)", [pid])
            deadline = time.monotonic() + _GONE_SECONDS
            while left := backends & set(link.execute(_BACKENDS, [application]).fetchall()):
                if time.monotonic() > deadline:
                    pids = ", ".join(str(pid) for pid, _ in sorted(left))
                    raise OutcomeUnknown(
                        f"On {target.id} backends of {application} do not end: {pids}.",
                        hint="Look at pg_stat_activity there.",
                    )
                time.sleep(0.05)
        return len(backends)

    def leftovers(self, target: Target) -> Sequence[Leftover]:
        """Invalid indexes: what a failed CREATE INDEX CONCURRENTLY leaves."""
        return leftovers(target, self._application)

    def locks(self, target: Target, application: str) -> Sequence[Holding]:
        """The locks on tables that the sessions named `application` hold now."""
        return postgresql_watch.locks(target, application, self._application)

    def storages(self, target: Target, names: Sequence[str]) -> Sequence[Storage]:
        """Where the named tables, their partitions and indexes lie on disk."""
        return postgresql_watch.storages(target, names, self._application)

    def _take(self, link: Link, owner: str) -> bool:
        # The session idles by intent; the setting is unknown to servers before 14.
        with suppress(psycopg.Error):
            link.execute("SET idle_session_timeout = 0")
        who = re.sub(r"[^\w ./:@-]", "", owner)[:60]
        deadline = time.monotonic() + self._patience
        while True:
            try:
                row = link.execute(f"SELECT pg_try_advisory_lock({_KEY}) -- {who}".encode()).fetchone()
            except psycopg.Error:
                raise StepFailed("The connection was lost while asking for the target's lock.") from None
            if row and row[0]:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)


def leftovers(target: Target, application: str) -> list[Leftover]:
    """What half-done statements left in the catalog, each with its cure."""
    with linked(target, application) as link:
        rows = link.execute(_INVALID.encode()).fetchall()
    return [Leftover(kind="invalid index", name=name, table=table, cure=cure) for name, table, cure in rows]


def _let_go(link: Link) -> None:
    """Unlock before closing: a closed session's backend may live on for a moment."""
    with suppress(psycopg.Error):
        link.execute("SELECT pg_advisory_unlock_all()")
    with suppress(psycopg.Error):
        link.close()
