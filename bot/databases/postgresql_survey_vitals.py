"""One reading of a PostgreSQL server's health: about five milliseconds on an idle server."""

from __future__ import annotations

from bot.core.standing import Vitals
from bot.databases.postgresql_survey_link import Asking

_SESSIONS = """
SELECT count(*) FILTER (WHERE backend_type = 'client backend') AS connections,
  current_setting('max_connections')::int AS most,
  NOT pg_has_role('pg_read_all_stats', 'USAGE') AS half_seen,
  count(*) FILTER (WHERE wait_event_type = 'Lock' AND datname = current_database()) AS waiting,
  coalesce(max(extract(epoch FROM now() - xact_start))
    FILTER (WHERE datname = current_database()), 0)::float8 AS longest,
  coalesce(max(extract(epoch FROM now() - xact_start))
    FILTER (WHERE datname = current_database() AND state LIKE 'idle in transaction%'), 0)::float8 AS idle
FROM pg_stat_activity WHERE pid <> pg_backend_pid()
"""
_DATABASE = """
SELECT blks_hit::float8 / nullif(blks_hit + blks_read, 0) AS hit, deadlocks, temp_bytes,
  (SELECT max(age(datfrozenxid)) FROM pg_database) AS age,
  CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')
       ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') END::bigint AS wal
FROM pg_stat_database WHERE datname = current_database()
"""
_REPLICAS = """
SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::bigint AS bytes,
  max(extract(epoch FROM replay_lag))::float8 AS seconds FROM pg_stat_replication
WHERE NOT pg_is_in_recovery()
"""
_SLOTS = """
SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))::bigint AS bytes FROM pg_replication_slots
WHERE NOT pg_is_in_recovery()
"""


def vitals(asking: Asking) -> Vitals:
    """Of the server, and of the session's database."""
    sessions = asking.row(_SESSIONS)
    database = asking.row(_DATABASE)
    replicas = asking.row(_REPLICAS)
    return Vitals(
        connections=sessions["connections"],
        most_connections=sessions["most"],
        waiting=sessions["waiting"],
        longest=max(0.0, sessions["longest"]),
        idle_longest=max(0.0, sessions["idle"]),
        cache_hit=database["hit"],
        deadlocks=database["deadlocks"],
        temp=database["temp_bytes"],
        wal=database["wal"],
        lag_bytes=replicas["bytes"],
        lag_seconds=replicas["seconds"],
        slot_bytes=asking.row(_SLOTS)["bytes"],
        age=database["age"],
        half_seen=sessions["half_seen"],
    )
