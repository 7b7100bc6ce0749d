"""Table shapes from PostgreSQL's catalog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from bot.core.schemas import Column, ForeignKey, Index, Key, TableShape
from bot.databases import postgresql_catalog as catalog
from bot.databases.postgresql_link import Link
from bot.databases.questions import name_parts

_NAMES = "SELECT oid, oid::regclass::text FROM pg_class WHERE oid = ANY (%(oids)s)"
_COLUMNS = """
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
  CASE WHEN a.attidentity <> '' THEN 'identity'
       WHEN a.attgenerated <> '' THEN format('generated (%%s)', pg_get_expr(d.adbin, d.adrelid))
       ELSE coalesce(pg_get_expr(d.adbin, d.adrelid), '') END,
  EXISTS (SELECT FROM pg_constraint k
          WHERE k.conrelid = a.attrelid AND k.contype = 'p' AND a.attnum = ANY (k.conkey))
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY (%(oids)s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""
# The constraints of partitions are their table's own, told once.
_KEYS = """
SELECT k.conrelid, k.confrelid, k.conname, k.convalidated,
  (SELECT array_agg(a.attname ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u(num, place)
   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num),
  (SELECT array_agg(a.attname ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY u(num, place)
   JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num)
FROM pg_constraint k
WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ANY (%(oids)s) OR k.confrelid = ANY (%(oids)s))
ORDER BY k.conrelid, k.conname
"""
_INDEXES = """
SELECT i.indrelid, m.relname, regexp_replace(pg_get_indexdef(m.oid), '^.*? USING ', ''),
  i.indisunique, i.indisvalid
FROM pg_index i JOIN pg_class m ON m.oid = i.indexrelid
WHERE i.indrelid = ANY (%(oids)s) AND NOT i.indisprimary
ORDER BY i.indrelid, m.relname
"""

Made = TypeVar("Made")
#: oid -> what the catalog tells of it, in order.
Told = dict[int, list[Made]]


def shapes(link: Link, names: Sequence[str]) -> list[TableShape]:
    """The named tables in their order, then their neighbours by name. The session should see one moment."""
    found = [oid for name in names if (oid := catalog.oid_of(link, *name_parts(name)))]
    oids = list(dict.fromkeys(found))
    rows = link.execute(_KEYS, {"oids": oids}).fetchall()
    around = sorted({oid for row in rows for oid in row[:2]} - set(oids))
    called: dict[int, str] = dict(link.execute(_NAMES, {"oids": [*oids, *around]}).fetchall())
    keys: Told[ForeignKey] = defaultdict(list)
    for child, parent, name, valid, mine, theirs in rows:
        key = ForeignKey(
            name=name, columns=tuple(mine), parent=called[parent], targets=tuple(theirs), valid=valid
        )
        keys[child].append(key)
    columns, indexes = _columns(link, oids, keys), _indexes(link, oids)
    named = [
        TableShape(
            name=called[oid],
            columns=tuple(columns[oid]),
            foreign_keys=tuple(keys[oid]),
            indexes=tuple(indexes[oid]),
        )
        for oid in oids
    ]
    beside = [
        TableShape(name=called[oid], foreign_keys=tuple(keys[oid]), neighbour=True)
        for oid in sorted(around, key=called.__getitem__)
    ]
    return named + beside


def _columns(link: Link, oids: list[int], keys: Told[ForeignKey]) -> Told[Column]:
    told: Told[Column] = defaultdict(list)
    for oid, name, kind, nullable, default, primary in link.execute(_COLUMNS, {"oids": oids}):
        foreign = any(name in key.columns for key in keys[oid])
        part = Key.of(primary=primary, foreign=foreign)
        told[oid].append(Column(name=name, type=kind, nullable=nullable, key=part, default=default))
    return told


def _indexes(link: Link, oids: list[int]) -> Told[Index]:
    told: Told[Index] = defaultdict(list)
    for oid, name, definition, unique, valid in link.execute(_INDEXES, {"oids": oids}):
        told[oid].append(Index(name=name, definition=definition, unique=unique, valid=valid))
    return told
