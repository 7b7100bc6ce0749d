"""What stands on PostgreSQL tables: by the catalog's dependencies, and by reading function bodies."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.survey import Dependent
from bot.databases.postgresql_survey_link import Asking
from bot.databases.questions import full_name, says

#: Views of views, as deep as anybody builds them; a cycle cannot be.
_VIEWS = """
WITH RECURSIVE standing AS (
  SELECT DISTINCT d.refobjid AS root, w.ev_class AS view, 0::oid AS through, 1 AS depth
  FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid
  WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid = ANY (%(oids)s) AND w.ev_class <> d.refobjid
  UNION
  SELECT s.root, w.ev_class, s.view, s.depth + 1
  FROM standing s JOIN pg_depend d ON d.refobjid = s.view AND d.refclassid = 'pg_class'::regclass
  JOIN pg_rewrite w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
  WHERE w.ev_class <> s.view AND s.depth < 32
), first AS (SELECT DISTINCT ON (root, view) * FROM standing ORDER BY root, view, depth)
SELECT f.root, n.nspname, v.relname, CASE v.relkind WHEN 'm' THEN 'materialised view' ELSE 'view' END AS kind,
  coalesce(tn.nspname, '') AS through_schema, coalesce(t.relname, '') AS through,
  (SELECT coalesce(array_agg(DISTINCT a.attname::text), '{}') FROM pg_rewrite w
   JOIN pg_depend d ON d.objid = w.oid AND d.classid = 'pg_rewrite'::regclass AND d.refobjid = f.root
   JOIN pg_attribute a ON a.attrelid = f.root AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
   WHERE w.ev_class = CASE WHEN f.depth = 1 THEN f.view ELSE f.through END) AS columns
FROM first f JOIN pg_class v ON v.oid = f.view AND v.relkind IN ('v', 'm')
JOIN pg_namespace n ON n.oid = v.relnamespace
LEFT JOIN pg_class t ON t.oid = f.through LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
ORDER BY f.root, f.depth, 2, 3
"""
_HANGING = """
SELECT t.tgrelid AS root, 'trigger' AS kind, '' AS nspname, t.tgname::text AS relname,
  (SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_attribute a
   WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr)) AS columns
FROM pg_trigger t WHERE t.tgrelid = ANY (%(oids)s) AND NOT t.tgisinternal
UNION ALL
SELECT p.polrelid, 'policy', '', p.polname::text,
  (SELECT coalesce(array_agg(DISTINCT a.attname::text), '{}') FROM pg_depend d
   JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
   WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refobjid = p.polrelid)
FROM pg_policy p WHERE p.polrelid = ANY (%(oids)s)
UNION ALL
SELECT w.ev_class, 'rule', '', w.rulename::text, '{}' FROM pg_rewrite w
WHERE w.ev_class = ANY (%(oids)s) AND w.rulename <> '_RETURN'
UNION ALL
SELECT d.refobjid, 'sequence', n.nspname::text, s.relname::text,
  (SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_attribute a
   WHERE a.attrelid = d.refobjid AND a.attnum = d.refobjsubid)
FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_namespace n ON n.oid = s.relnamespace
WHERE d.classid = 'pg_class'::regclass AND d.refobjid = ANY (%(oids)s) AND d.deptype IN ('a', 'i')
UNION ALL
SELECT i.inhparent, 'partition', n.nspname::text, c.relname::text, '{}'
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f')
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.inhparent = ANY (%(oids)s)
UNION ALL
SELECT DISTINCT d.refobjid, 'function', n.nspname::text, p.oid::regprocedure::text,
  (SELECT coalesce(array_agg(DISTINCT a.attname::text), '{}') FROM pg_depend e
   JOIN pg_attribute a ON a.attrelid = e.refobjid AND a.attnum = e.refobjsubid AND e.refobjsubid > 0
   WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.refobjid = d.refobjid)
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY (%(oids)s)
ORDER BY 1, 2, 3, 4
"""
# The catalog does not know what a body of text names; only bodies that hold one of the names are fetched.
_BODIES = """
SELECT p.oid::regprocedure::text AS name, p.prosrc AS body FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND l.lanname NOT IN ('c', 'internal')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass
                  AND d.deptype = 'e')
  AND EXISTS (SELECT FROM unnest(%(names)s::text[]) u(word)
              WHERE strpos(lower(p.prosrc), lower(u.word)) > 0)
ORDER BY 1
"""
_WORDS = """
SELECT c.oid, c.relname, (SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_attribute a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_class c WHERE c.oid = ANY (%(oids)s)
"""


def dependents(asking: Asking, names: Sequence[str]) -> list[Dependent]:
    """On the named tables, views of views included."""
    tables = asking.tables(names)
    by_oid = {oid: name for name, oid in tables.items()}
    found = [
        Dependent(
            kind=row["kind"],
            name=full_name(row["nspname"], row["relname"]),
            table=by_oid[row["root"]],
            columns=tuple(row["columns"]),
            through=full_name(row["through_schema"], row["through"]) if row["through"] else "",
        )
        for row in asking.rows(_VIEWS, oids=list(by_oid))
    ]
    found += [
        Dependent(
            kind=row["kind"],
            name=row["relname"]
            if row["kind"] == "function" or not row["nspname"]
            else full_name(row["nspname"], row["relname"]),
            table=by_oid[row["root"]],
            columns=tuple(row["columns"]),
        )
        for row in asking.rows(_HANGING, oids=list(by_oid))
    ]
    known = {(d.name, d.table) for d in found if d.kind == "function"}
    return found + [d for d in _by_body(asking, by_oid) if (d.name, d.table) not in known]


def _by_body(asking: Asking, by_oid: dict[int, str]) -> list[Dependent]:
    """Functions whose text names a table, and its columns, as words. Those may stand in a comment, or be
    another table's: `sure` says so."""
    tables = asking.rows(_WORDS, oids=list(by_oid))
    return [
        Dependent(
            kind="function",
            name=row["name"],
            table=by_oid[table["oid"]],
            columns=tuple(column for column in table["columns"] if says(row["body"] or "", column)),
            sure=False,
        )
        for row in asking.rows(_BODIES, names=[table["relname"] for table in tables])
        for table in tables
        if says(row["body"] or "", table["relname"])
    ]
