"""Foreign keys of PostgreSQL tables, and the rows that point at nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from bot.core.survey import Key
from bot.databases import postgresql_catalog as catalog
from bot.databases.postgresql_survey_link import OURS, Asking, Refused, sampled
from bot.databases.questions import full_name

_KEYS = """
SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.convalidated, k.confmatchtype = 'f' AS full,
  c.relkind = 'p' AS child_parted, p.relkind = 'p' AS parent_parted,
  cn.nspname AS child_schema, c.relname AS child, pn.nspname AS parent_schema, p.relname AS parent,
  (SELECT array_agg(a.attname ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u(num, place)
   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num) AS mine,
  (SELECT array_agg(a.attname ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY u(num, place)
   JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num) AS theirs,
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
          AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey) AS indexed
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ANY (%(oids)s) OR k.confrelid = ANY (%(oids)s))
ORDER BY cn.nspname, c.relname, k.conname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What makes rows of one table point at rows of another."""

    child: int
    parent: int
    pairs: tuple[tuple[str, str], ...]
    #: Not those of tables that inherit, but those of partitions: as the constraint has it.
    child_only: bool = True
    parent_only: bool = True
    #: MATCH FULL: a key of which a part is NULL is broken too.
    full: bool = False


def keys(asking: Asking, names: Sequence[str]) -> list[Key]:
    """From and to the named tables."""
    oids = list(asking.tables(names).values())
    return [_key(asking, row) for row in asking.rows(_KEYS, oids=oids)]


def _key(asking: Asking, row: dict[str, Any]) -> Key:
    link = Link(
        child=row["conrelid"],
        parent=row["confrelid"],
        pairs=tuple(zip(row["mine"], row["theirs"], strict=True)),
        child_only=not row["child_parted"],
        parent_only=not row["parent_parted"],
        full=row["full"],
    )
    found: int | None = None
    of, sample, why = 0, False, ""
    try:
        found, of, sample = orphans(asking, link)
    except Refused as refused:
        why = str(refused)
    return Key(
        name=row["conname"],
        table=full_name(row["child_schema"], row["child"]),
        columns=tuple(row["mine"]),
        parent=full_name(row["parent_schema"], row["parent"]),
        parent_columns=tuple(row["theirs"]),
        validated=row["convalidated"],
        indexed=row["indexed"],
        orphans=found,
        of=of,
        sampled=sample,
        why=why,
    )


def orphans(asking: Asking, link: Link) -> tuple[int, int, bool]:
    """Rows that point at nothing, among how many, and whether those are a sample. Raises Refused."""
    mine = [sql.SQL("c.{}").format(sql.Identifier(m)) for m, _ in link.pairs]
    same = sql.SQL(" AND ").join(
        sql.SQL("p.{} = {}").format(sql.Identifier(theirs), m)
        for m, (_, theirs) in zip(mine, link.pairs, strict=True)
    )
    points = sql.SQL(" OR " if link.full else " AND ").join(sql.SQL("{} IS NOT NULL").format(m) for m in mine)
    with asking.refusing():
        sample, _, is_sample = sampled(asking, link.child)
        # REPEATABLE makes both readings of a sample the same rows.
        query = sql.SQL(
            "SELECT {ours} (SELECT count(*) FROM {child} c {sample}),"
            " (SELECT count(*) FROM {child} c {sample}"
            " WHERE ({points}) AND NOT EXISTS (SELECT FROM {parent} p WHERE {same}))"
        ).format(
            ours=OURS,
            points=points,
            child=_rows_of(asking, link.child, only=link.child_only),
            sample=sample,
            parent=_rows_of(asking, link.parent, only=link.parent_only),
            same=same,
        )
        row = asking.link.execute(query).fetchone()
    assert row is not None
    of, gone = row
    return int(gone), int(of), is_sample


def _rows_of(asking: Asking, oid: int, *, only: bool) -> sql.Composable:
    return sql.SQL("ONLY {}" if only else "{}").format(catalog.identifier(asking.link, oid))
