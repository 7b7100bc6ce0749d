"""Questions to PostgreSQL's catalog about roles, tables and foreign keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from bot.databases.postgresql_link import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Where the session is, and as whom."""

    version: str
    in_recovery: bool
    read_only: bool
    superuser: bool
    role: str
    schema: str | None
    may_create: bool


_FACTS = """
SELECT current_setting('server_version'), pg_is_in_recovery(), current_setting('transaction_read_only')::bool,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), current_user::text,
       current_schema()::text, coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
"""
# Only the schemas of the role's search path: others in the same database may be another team's.
_NOT_OURS = """
SELECT format('%s.%s', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname = ANY (current_schemas(false))
  AND NOT pg_has_role(c.relowner, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                  AND d.deptype = 'e')
ORDER BY 1
"""
# An unqualified name is the one that the role would see.
_OID = """
SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relname = %(name)s
  AND (n.nspname = %(schema)s OR %(schema)s = '' AND pg_table_is_visible(c.oid))
"""
# A partitioned table has no rows and bytes of its own. Before PostgreSQL 14, zero pages meant "never looked".
_SIZE = """
WITH parts AS (
  SELECT relid FROM pg_partition_tree(%(oid)s::oid::regclass) WHERE isleaf UNION SELECT %(oid)s::oid
)
SELECT sum(greatest(c.reltuples, 0))::bigint, bool_or(c.reltuples < 0 OR c.relpages = 0),
       sum(pg_total_relation_size(c.oid))::bigint
FROM parts JOIN pg_class c ON c.oid = relid WHERE c.relkind <> 'p' AND c.relkind <> 'f'
"""
_FOREIGN_KEYS = """
SELECT k.conname, k.conrelid, k.confrelid, k.conrelid::regclass::text, k.confmatchtype::text,
  c.relkind = 'p', p.relkind = 'p',
  (SELECT array_agg(a.attname ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u(num, place)
   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num),
  (SELECT array_agg(a.attname ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY u(num, place)
   JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ANY (%(oids)s) OR k.confrelid = ANY (%(oids)s))
ORDER BY 4, 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A foreign key and how to find the rows that break it."""

    name: str
    said: str
    child: sql.Composable
    parent: sql.Composable
    pairs: tuple[tuple[str, str], ...]
    full: bool

    def count(self, link: Link) -> int:
        """Rows whose key points at nothing; one with a NULL in it may, unless MATCH FULL forbids that."""
        child = [sql.SQL("c.{}").format(sql.Identifier(mine)) for mine, _ in self.pairs]
        same = sql.SQL(" AND ").join(
            sql.SQL("p.{} = {}").format(sql.Identifier(theirs), mine)
            for mine, (_, theirs) in zip(child, self.pairs, strict=True)
        )
        holds = sql.SQL(" OR " if self.full else " AND ").join(
            sql.SQL("{} IS NOT NULL").format(mine) for mine in child
        )
        query = sql.SQL("SELECT count(*) FROM {} c WHERE ({}) AND NOT EXISTS (SELECT FROM {} p WHERE {})")
        return _first(link, query.format(self.child, holds, self.parent, same))


def facts(link: Link) -> Facts:
    """Server and role of this session."""
    row = link.execute(_FACTS).fetchone()
    assert row is not None
    names = ("version", "in_recovery", "read_only", "superuser", "role", "schema", "may_create")
    return Facts(**dict(zip(names, row, strict=True)))


def problems(link: Link, facts: Facts) -> tuple[str, ...]:
    """Sentences that say why this session could not change the database."""
    said = []
    if facts.in_recovery:
        said.append("The server is a standby: it takes no changes.")
    elif facts.read_only:
        said.append("The session is read-only (default_transaction_read_only is on).")
    if facts.schema is None:
        said.append("No schema of the role's search_path exists.")
    elif not facts.may_create:
        said.append(f"The role {facts.role} may not create anything in the schema {facts.schema}.")
    strange = [] if facts.superuser else [row[0] for row in link.execute(_NOT_OURS)]
    if strange:
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        said.append(f"The role {facts.role} does not own {', '.join(strange[:3])}{more}.")
    return tuple(said)


def oid_of(link: Link, schema: str, name: str) -> int:
    """The table's oid; 0 when there is none of that name."""
    row = link.execute(_OID, {"schema": schema, "name": name}).fetchone()
    return int(row[0]) if row else 0


def identifier(link: Link, oid: int) -> sql.Identifier:
    """The table's name, to be put into SQL."""
    row = link.execute(
        "SELECT n.nspname, c.relname FROM pg_class c, pg_namespace n"
        " WHERE n.oid = c.relnamespace AND c.oid = %s",
        [oid],
    ).fetchone()
    assert row is not None
    return sql.Identifier(*row)


def size_of(link: Link, oid: int) -> tuple[int, bool, int]:
    """Estimated rows, whether nobody has estimated them yet, and bytes with indexes."""
    row = link.execute(_SIZE, {"oid": oid}).fetchone()
    assert row is not None
    rows, unknown, bytes_ = row
    return int(rows or 0), rows is None or bool(unknown), int(bytes_ or 0)


def count(link: Link, oid: int) -> int:
    """Rows, counted."""
    return _first(link, sql.SQL("SELECT count(*) FROM {}").format(identifier(link, oid)))


def foreign_keys(link: Link, oids: Sequence[int]) -> list[ForeignKey]:
    """Those of the tables, and those that point at them."""
    return [_foreign_key(link, *row) for row in link.execute(_FOREIGN_KEYS, {"oids": list(oids)}).fetchall()]


def _foreign_key(
    link: Link, name: str, child: int, parent: int, said: str, match: str, *rest: Any
) -> ForeignKey:
    child_parted, parent_parted, mine, theirs = rest
    return ForeignKey(
        name=name,
        said=said,
        child=_rows_of(link, child, child_parted),
        parent=_rows_of(link, parent, parent_parted),
        pairs=tuple(zip(mine, theirs, strict=True)),
        full=match == "f",
    )


def _rows_of(link: Link, oid: int, parted: bool) -> sql.Composable:
    """The rows that a constraint is about: not those of tables that inherit, but those of partitions."""
    return sql.SQL("{}" if parted else "ONLY {}").format(identifier(link, oid))


def _first(link: Link, query: sql.Composed) -> int:
    row = link.execute(query).fetchone()
    assert row is not None
    return int(row[0])
