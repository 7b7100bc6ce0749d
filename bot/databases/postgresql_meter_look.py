"""What a session has done to the relations of its database: seen from inside, so before it commits, too."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from bot.databases.questions import HISTORY_TABLES, name_parts

#: Kinds of relations that people know by name: pg_class.relkind.
_SHOWN = "rpvmfiI"
INDEXES = "iI"
_PIECES = {
    "relation": """
        c.oid::regclass::text AS name, c.relkind::text AS kind, pg_relation_filenode(c.oid)::int8 AS storage,
        c.reltuples::float8 AS rows, coalesce(i.indrelid, 0)::int8 AS of""",
    # What was counted and what the session has not handed in yet, together: handing in changes nothing then.
    "counts": """
        (pg_stat_get_numscans(o.id) + pg_stat_get_xact_numscans(o.id))::int8 AS scans,
        (pg_stat_get_tuples_returned(o.id) + pg_stat_get_xact_tuples_returned(o.id))::int8 AS read,
        (pg_stat_get_tuples_inserted(o.id) + pg_stat_get_xact_tuples_inserted(o.id)
         + pg_stat_get_tuples_updated(o.id) + pg_stat_get_xact_tuples_updated(o.id)
         + pg_stat_get_tuples_deleted(o.id) + pg_stat_get_xact_tuples_deleted(o.id))::int8 AS written""",
}
_LOOK = """
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::int8, coalesce((
  SELECT json_agg(x) FROM (
    SELECT o.id::int8 AS oid, o.modes, $relation, $counts
    FROM ($objects) o
    LEFT JOIN pg_class c ON c.oid = o.id LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relnamespace IS DISTINCT FROM 'pg_toast'::regnamespace) x), '[]')
"""
# Whatever a transaction reads, writes, makes or drops it holds a lock on until its end.
_LOCKED = """
SELECT relation AS id, array_agg(mode) AS modes FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND relation >= 16384
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY 1
"""
_ALL = """
SELECT oid AS id, '{}'::text[] AS modes FROM pg_class
WHERE oid >= 16384 AND relkind = ANY ('{r,p,v,m,f,i,I}')
"""
#: What the open transaction holds a lock on, and everything.
LOOK_INSIDE = Template(_LOOK).substitute(_PIECES, objects=_LOCKED)
LOOK_OUTSIDE = Template(_LOOK).substitute(_PIECES, objects=_ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table, view or index at one moment. `storage` is its file's number, None for what has no file."""

    name: str
    kind: str
    storage: int | None
    #: The planner's estimate; -1 when nobody has counted.
    rows: float
    #: The oid of an index's table, else 0.
    of: int
    scans: int
    read: int
    written: int
    history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look: the WAL's place in bytes, relations by oid (None for one that is gone), modes held by oid."""

    wal: int
    relations: dict[int, Relation | None]
    modes: dict[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What happened between two looks."""

    rewritten: tuple[str, ...]
    scanned: dict[str, int]
    rows: dict[str, int]
    created: tuple[str, ...]
    dropped: tuple[str, ...]


def parsed(rows: tuple[tuple[str, ...], ...], histories: Collection[int]) -> Look:
    """The look that a LOOK query's answer holds. `histories`: oids of the tools' own tables."""
    wal, found = rows[0]
    entries: list[dict[str, Any]] = json.loads(found)
    relations: dict[int, Relation | None] = {}
    modes: dict[int, tuple[str, ...]] = {}
    for entry in entries:
        oid = int(entry.pop("oid"))
        modes[oid] = tuple(mode.removesuffix("Lock") for mode in entry.pop("modes", ()))
        if entry["name"] is None:
            relations[oid] = None
        elif entry["kind"] in _SHOWN:
            own = (
                oid in histories or entry["of"] in histories or name_parts(entry["name"])[1] in HISTORY_TABLES
            )
            relations[oid] = Relation(**entry, history=own)
    return Look(wal=int(wal), relations=relations, modes=modes)


def difference(before: Mapping[int, Relation], after: Look, *, empty_counts: bool) -> Difference:
    """What happened since `before`, the tools' own tables aside.

    `empty_counts`: a table without rows that was read as a whole is worth telling. It is for a statement that
    must read all; one that chose to, because nothing was there, would choose otherwise in production.
    """
    changed = list(_pairs(before, after))
    created = [now.name for was, now in changed if now and not was]
    dropped = [was.name for was, now in changed if was and not now]
    # An index that an ALTER TABLE builds anew is another one of the same name.
    again = {was.name for was, now in changed if was and not now and was.kind in INDEXES} & set(created)
    moved = [now.name for was, now in changed if was and now and was.storage != now.storage]
    return Difference(
        rewritten=tuple(sorted({*moved, *again})),
        scanned={
            now.name: read for was, now in changed if now and (read := _scan(was, now, empty_counts)) >= 0
        },
        rows={
            now.name: rows
            for was, now in changed
            if now and (rows := now.written - (was.written if was else 0)) > 0
        },
        created=tuple(sorted(set(created) - again)),
        dropped=tuple(sorted(set(dropped) - again)),
    )


def _pairs(before: Mapping[int, Relation], after: Look) -> Iterator[tuple[Relation | None, Relation | None]]:
    for oid, now in after.relations.items():
        was = before.get(oid)
        known = now or was
        if known and not known.history:
            yield was, now


def _scan(was: Relation | None, now: Relation, empty_counts: bool) -> int:
    """Rows that a reading of the whole table went through; -1 when there was none."""
    scans, read = (now.scans, now.read) if was is None else (now.scans - was.scans, now.read - was.read)
    if was is None or now.kind in INDEXES or scans <= 0:
        return -1
    if read <= 0:
        return 0 if empty_counts and was.rows <= 0 else -1
    # It may have stopped early: EXISTS, LIMIT.
    return read if read * 2 >= was.rows else -1
