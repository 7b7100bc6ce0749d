"""Where a PostgreSQL target stands: what its role may do, where there is room, what is archived."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import psycopg

from bot.core.standing import Access, Archiving, Room, TableAccess
from bot.databases.postgresql_survey_link import Asking

_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE")
_ROLE = """
SELECT current_user::text AS role, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
  current_schema()::text AS schema
"""
_CLOSED = """
SELECT DISTINCT n.nspname::text AS name FROM pg_namespace n
WHERE (n.nspname = current_schema()
       OR n.oid IN (SELECT relnamespace FROM pg_class WHERE oid = ANY (%(oids)s)))
  AND NOT has_schema_privilege(n.oid, 'CREATE') ORDER BY 1
"""
_TABLE = """
SELECT pg_has_role(c.relowner, 'USAGE') AS owned,
  ARRAY(SELECT p FROM unnest(%(privileges)s::text[]) p WHERE NOT has_table_privilege(c.oid, p)) AS lacks
FROM pg_class c WHERE c.oid = %(oid)s
"""
_LISTENERS = "SELECT EXISTS (SELECT FROM pg_event_trigger WHERE evtenabled <> 'D') AS heard"
_ROOM = """
SELECT pg_database_size(current_database())::bigint AS database, current_setting('wal_level') AS wal_level,
  pg_backend_pid() AS pid, coalesce(inet_client_port(), -1) AS port,
  CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END AS folder
"""
_ARCHIVING = """
SELECT current_setting('archive_mode') <> 'off' AS on,
  extract(epoch FROM now() - last_archived_time)::float8 AS last,
  extract(epoch FROM now() - last_failed_time)::float8 AS failed
FROM pg_stat_archiver
"""
# About what will be dumped: tables without their indexes.
_DATA = """
SELECT coalesce(sum(relpages::bigint * current_setting('block_size')::bigint), 0)::bigint AS bytes
FROM pg_class WHERE relkind IN ('r', 'm', 't') AND oid >= 16384
"""
_ELSEWHERE = "the server runs on another machine"


def access(asking: Asking, names: Sequence[str]) -> Access:
    """Of the session's role. The session must not be read-only."""
    tables = asking.tables(names)
    role = asking.row(_ROLE)
    closed = [row["name"] for row in asking.rows(_CLOSED, oids=list(tables.values()))]
    if role["schema"] is None:
        closed.append("")
    written, why = _written(asking)
    return Access(
        role=role["role"],
        superuser=role["superuser"],
        closed=tuple(closed),
        tables=tuple(_table(asking, name, oid) for name, oid in tables.items()),
        written=written,
        why=why,
    )


def _table(asking: Asking, name: str, oid: int) -> TableAccess:
    row = asking.row(_TABLE, oid=oid, privileges=list(_PRIVILEGES))
    return TableAccess(name=name, owned=row["owned"], lacks=tuple(row["lacks"]))


def _written(asking: Asking) -> tuple[str, str]:
    """How it was proved that the session may write, and why not. No table of the target's is touched, so none
    of its triggers fires; where an event trigger hears of every CREATE, not even a temporary one is made."""
    link = asking.link
    try:
        with link.transaction(force_rollback=True):
            if asking.row(_LISTENERS)["heard"]:
                link.execute("SELECT pg_current_xact_id()")
                return "a transaction id, rolled back", ""
            link.execute("CREATE TEMPORARY TABLE whimbrel_proof (i int) ON COMMIT DROP")
            link.execute("INSERT INTO pg_temp.whimbrel_proof VALUES (1)")
            link.execute("UPDATE pg_temp.whimbrel_proof SET i = 2")
            link.execute("DELETE FROM pg_temp.whimbrel_proof")
            return "a temporary table, rolled back", ""
    except psycopg.errors.ReadOnlySqlTransaction:
        return "", "the server or the role's sessions are read-only"
    except psycopg.errors.InsufficientPrivilege:
        return "", "the role may not make a temporary table"


def room(asking: Asking) -> Room:
    """Free bytes where the data is. No SQL tells that; it is read here when the server runs here."""
    row = asking.row(_ROOM)
    free: int | None = None
    why = ""
    if not _runs_here(row["pid"], row["port"]):
        why = _ELSEWHERE
    elif row["folder"] is None:
        why = "the role may not ask where the data is (pg_read_all_settings)"
    else:
        try:
            free = shutil.disk_usage(Path(row["folder"])).free
        except OSError:
            why = "the bot's account may not look at the data directory"
    return Room(free=free, why=why, database=row["database"], wal_level=row["wal_level"])


def _runs_here(pid: int, port: int) -> bool:
    """Our own backend is among this machine's programs: Linux shows its title, which names our port. An
    address would prove nothing, for 127.0.0.1 may be a tunnel."""
    try:
        title = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False
    ours = f"({port})" if port > 0 else "[local]"
    return title.startswith("postgres:") and ours in title


def data(asking: Asking) -> int:
    """Bytes of all tables as the planner knows them; of the whole database where it knows none."""
    return int(asking.row(_DATA)["bytes"]) or int(asking.row(_ROOM)["database"])


def archiving(asking: Asking) -> Archiving:
    """Of the write-ahead log, by pg_stat_archiver."""
    row = asking.row(_ARCHIVING)
    return Archiving(on=row["on"], last=row["last"], failed=row["failed"])
