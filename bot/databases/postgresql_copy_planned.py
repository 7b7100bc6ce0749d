"""Foreign keys that a plan is about to add: a copy follows them as those that are there, so that the change
finds on it what it would find in the source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from bot.core.lab import Reference
from bot.databases.postgresql_copy_source import Source
from bot.databases.postgresql_copy_tables import Key, Table, Tables, key_of
from bot.databases.questions import name_parts

#: The table that is pointed at, with the columns of its primary key; one row when the name means one table.
_PARENT = """
SELECT p.oid::int8, p.relkind = 'p', n.nspname::text, p.relname::text,
  (SELECT array_agg(a.attname::text ORDER BY u.place) FROM pg_constraint k,
   unnest(k.conkey) WITH ORDINALITY u(num, place), pg_attribute a
   WHERE k.conrelid = p.oid AND k.contype = 'p' AND a.attrelid = p.oid AND a.attnum = u.num)
FROM pg_class p JOIN pg_namespace n ON n.oid = p.relnamespace
WHERE p.relkind IN ('r', 'p') AND p.relname = %s::text
  AND n.nspname !~ '^pg_' AND %s::text IN ('', n.nspname::text)
"""
#: Each pair of columns: whether the child's may not be NULL, and the operator that compares them. A varchar
#: is compared as the text that it is. Without an operator no key can be added either, before a type changes.
_PAIRS = """
SELECT a.attnotnull, ARRAY[s.nspname::text, o.oprname::text]
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY u(mine, theirs, place)
JOIN pg_attribute a ON a.attrelid = %s::oid AND a.attname = u.mine AND NOT a.attisdropped
JOIN pg_attribute b ON b.attrelid = %s::oid AND b.attname = u.theirs AND NOT b.attisdropped
JOIN pg_operator o ON o.oprname = '=' AND o.oprresult = 'bool'::regtype
  AND o.oprleft = CASE b.atttypid WHEN 'varchar'::regtype THEN 'text'::regtype ELSE b.atttypid END
  AND o.oprright = CASE a.atttypid WHEN 'varchar'::regtype THEN 'text'::regtype ELSE a.atttypid END
JOIN pg_namespace s ON s.oid = o.oprnamespace
ORDER BY u.place
"""


def with_planned(source: Source, tables: Tables, references: Iterable[Reference]) -> Tables:
    """The tables with the keys that the plan adds. One whose tables or columns are not there yet, or have to
    become of another type first, cannot be followed."""
    keys = dict(tables.keys)
    for reference in references:
        for child, key in _planned(source, tables, reference):
            known = keys.get(child.oid, ())
            if not any(_same(key, other) for other in known):
                keys[child.oid] = (*known, key)
    return replace(tables, keys=keys)


def _planned(source: Source, tables: Tables, reference: Reference) -> Iterator[tuple[Table, Key]]:
    schema, name = name_parts(reference.parent)
    parents = source.rows(_PARENT, [name, schema])
    if len(parents) != 1:
        return
    parent, parted, space, named, primary = parents[0]
    mine, theirs = list(reference.columns), list(reference.parent_columns or primary or ())
    if not mine or len(mine) != len(theirs):
        return
    for child in tables.named([reference.table]):
        pairs: list[tuple[Any, ...]] = source.rows(_PAIRS, [mine, theirs, child.oid, parent])
        if len(pairs) == len(mine):
            required, operators = all(row[0] for row in pairs), [row[1] for row in pairs]
            yield child, key_of(child.oid, parent, parted, space, named, required, mine, theirs, operators)


def _same(key: Key, other: Key) -> bool:
    columns = [{(mine, theirs) for mine, _, theirs in one.pairs} for one in (key, other)]
    return key.parent == other.parent and columns[0] == columns[1]
