"""Sizes, indexes and writes of PostgreSQL tables."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.survey import IndexState, TableState
from bot.databases import postgresql_catalog as catalog
from bot.databases.postgresql_survey_link import ROW, Asking, Refused
from bot.databases.questions import full_name

_PARTS = (
    "WITH parts AS (SELECT relid FROM pg_partition_tree(%(oid)s::oid::regclass) UNION SELECT %(oid)s::oid)"
)
_SIZE = (
    _PARTS  # noqa: S608  # constants of this module
    + """
SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint AS heap,
  sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::bigint AS writes,
  (SELECT extract(epoch FROM now() - d.stats_reset) FROM pg_stat_database d
   WHERE d.datname = current_database())::float8 AS seconds
FROM parts JOIN pg_class c ON c.oid = relid AND c.relkind IN ('r', 'm')
LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
"""
)
# A default collation is the database's own; its version is known from PostgreSQL 15 on.
_DRIFT = """
  SELECT min(l.collname) FROM unnest(i.indcollation) u(oid) JOIN pg_collation l ON l.oid = u.oid
  WHERE l.collversion <> pg_collation_actual_version(l.oid)"""
_DRIFT_OF_DATABASE = """
  SELECT 'default' FROM pg_database d WHERE d.datname = current_database()
    AND 'default' = ANY (SELECT l.collname FROM unnest(i.indcollation) u(oid)
                         JOIN pg_collation l ON l.oid = u.oid)
    AND d.datcollversion <> pg_database_collation_actual_version(d.oid)"""
# An index of a partitioned table has no storage, and is valid when all of its partitions' are.
_INDEXES = (
    _PARTS
    + """
SELECT n.nspname, m.relname, pg_relation_size(m.oid)::bigint AS bytes,
  i.indisvalid AND i.indisready AS valid, coalesce({drift}, '') AS drifted
FROM parts JOIN pg_index i ON i.indrelid = relid JOIN pg_class m ON m.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = m.relnamespace
WHERE NOT EXISTS (SELECT FROM pg_stat_progress_create_index g WHERE g.index_relid = i.indexrelid)
ORDER BY bytes DESC, 1, 2
"""
)


def states(asking: Asking, names: Sequence[str]) -> list[TableState]:
    """Of the named tables that are there."""
    return [_state(asking, name, oid) for name, oid in asking.tables(names).items()]


def _state(asking: Asking, name: str, oid: int) -> TableState:
    rows, exact = _rows(asking, oid)
    size = asking.row(_SIZE, oid=oid)
    return TableState(
        name=name,
        rows=rows,
        exact=exact,
        heap=size["heap"],
        writes=size["writes"],
        seconds=size["seconds"] or 0.0,
        indexes=_indexes(asking, oid),
    )


def _rows(asking: Asking, oid: int) -> tuple[int, bool]:
    """The planner's estimate; counted where nobody has analysed the table, unless that takes too long."""
    rows, unknown, bytes_ = catalog.size_of(asking.link, oid)
    if not unknown:
        return rows, False
    try:
        with asking.refusing():
            return catalog.count(asking.link, oid), True
    except Refused:
        return max(rows, bytes_ // ROW), False


def _indexes(asking: Asking, oid: int) -> tuple[IndexState, ...]:
    drift = f"({_DRIFT})"
    if asking.link.info.server_version >= 150000:
        drift = f"({_DRIFT}), ({_DRIFT_OF_DATABASE})"
    return tuple(
        IndexState(
            name=full_name(row["nspname"], row["relname"]),
            bytes=row["bytes"],
            valid=row["valid"],
            drifted=row["drifted"],
        )
        for row in asking.rows(_INDEXES.replace("{drift}", drift), oid=oid)
    )
