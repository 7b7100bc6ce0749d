"""What a PostgreSQL server tells of a revision while it runs, and of what it has written anew.

Both look at the catalog without taking a lock on any table, so they never queue behind the revision itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.locks import MODES, shuts
from bot.core.measures import Holding, Storage
from bot.core.targets import Target
from bot.databases import postgresql_catalog as catalog
from bot.databases.postgresql_link import linked
from bot.databases.questions import name_parts

_MODES = [f"{mode}Lock" for mode in MODES if shuts(mode)]
_NAME = "CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END"
# pg_locks does not say when a lock was granted: not before its transaction began. What the transaction has
# made itself is not in our pg_class yet, and nobody else can want it.
_LOCKS = f"""
SELECT {_NAME}, left(l.mode, -4), l.pid || '/' || extract(epoch FROM coalesce(a.xact_start, a.query_start)),
  greatest(0, extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.query_start)))::float8
FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid AND l.database = a.datid
JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.application_name = left(%s, 63) AND a.datname = current_database()
  AND l.locktype = 'relation' AND l.granted AND l.mode = ANY (%s)
  AND c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2
"""  # noqa: S608 - put together from our own words
_STORAGES = f"""
WITH RECURSIVE parts AS (
  SELECT unnest(%s::oid[]) AS oid
  UNION SELECT i.inhrelid FROM pg_inherits i JOIN parts ON i.inhparent = parts.oid
), wanted AS (
  SELECT oid FROM parts UNION SELECT x.indexrelid FROM pg_index x JOIN parts ON x.indrelid = parts.oid
)
SELECT {_NAME}, c.oid::bigint, pg_relation_filenode(c.oid)::bigint
FROM wanted JOIN pg_class c ON c.oid = wanted.oid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE pg_relation_filenode(c.oid) IS NOT NULL ORDER BY 1
"""  # noqa: S608


def locks(target: Target, application: str, asker: str) -> list[Holding]:
    """The locks on tables that the sessions named `application` hold. `asker` names our own session."""
    with linked(target, asker) as link:
        rows = link.execute(_LOCKS.encode(), [application, _MODES]).fetchall()
    return [Holding(relation=r, mode=mode, transaction=t, seconds=s) for r, mode, t, s in rows]


def storages(target: Target, names: Sequence[str], asker: str) -> list[Storage]:
    """Where the named tables, their partitions and indexes lie on disk now."""
    with linked(target, asker) as link:
        oids = [oid for name in dict.fromkeys(names) if (oid := catalog.oid_of(link, *name_parts(name)))]
        rows = link.execute(_STORAGES.encode(), [oids]).fetchall()
    return [Storage(name=name, identity=oid, node=node) for name, oid, node in rows]
