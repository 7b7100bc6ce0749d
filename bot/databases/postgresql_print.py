"""The fingerprint of a PostgreSQL schema: catalog rows, put in order and digested, section by section."""

from __future__ import annotations

import json
from hashlib import sha256
from string import Template

from bot.core.targets import SchemaPrint
from bot.databases.postgresql_link import Link
from bot.databases.questions import HISTORY_TABLES

_MINE = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
# What an extension made is told by the extension's version.
_MADE = "SELECT FROM pg_depend x WHERE x.objid = $oid AND x.deptype = 'e' AND x.classid = '$of'::regclass"
_PIECES = {
    "mine": _MINE,
    # Tables and all that hangs on them, without the tools' history tables.
    "tables": f"pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {_MINE} "
    "AND c.relname <> ALL (%(history)s) "
    f"AND NOT EXISTS ({Template(_MADE).substitute(of='pg_class', oid='c.oid')})",
    "type_is_mine": f"{_MINE} AND NOT EXISTS ({Template(_MADE).substitute(of='pg_type', oid='t.oid')})",
    "function_is_mine": f"{_MINE} AND NOT EXISTS ({Template(_MADE).substitute(of='pg_proc', oid='p.oid')})",
    "granted": "coalesce(r.rolname, 'public')::text, a.privilege_type, a.is_grantable",
    "to": "a LEFT JOIN pg_roles r ON r.oid = a.grantee",
}

SECTIONS = {
    "schemas": "SELECT n.nspname FROM pg_namespace n WHERE $mine",
    "tables": """
        SELECT n.nspname, c.relname, c.relkind::text, c.relpersistence::text, c.relrowsecurity,
               c.relforcerowsecurity, c.reloptions, pg_get_partkeydef(c.oid),
               pg_get_expr(c.relpartbound, c.oid)
        FROM $tables WHERE c.relkind IN ('r', 'p', 'f')""",
    "columns": """
        SELECT n.nspname, c.relname, c.relkind::text, a.attname, format_type(a.atttypid, a.atttypmod),
               a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text,
               co.collname
        FROM $tables JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        LEFT JOIN pg_collation co ON co.oid = a.attcollation AND co.collname <> 'default'
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')""",
    # Since PostgreSQL 18 NOT NULL is a constraint too; the column tells it already, unless it is not valid.
    "constraints": """
        SELECT n.nspname, c.relname, k.conname, k.contype::text, pg_get_constraintdef(k.oid), k.convalidated
        FROM $tables JOIN pg_constraint k ON k.conrelid = c.oid WHERE k.contype <> 'n' OR NOT k.convalidated
        UNION ALL
        SELECT n.nspname, t.typname, k.conname, k.contype::text, pg_get_constraintdef(k.oid), k.convalidated
        FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid
        JOIN pg_namespace n ON n.oid = t.typnamespace WHERE $type_is_mine""",
    "indexes": """
        SELECT n.nspname, c.relname, m.relname, pg_get_indexdef(m.oid), i.indisvalid, i.indisreplident
        FROM $tables JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class m ON m.oid = i.indexrelid
        UNION ALL
        SELECT n.nspname, c.relname, s.stxname, pg_get_statisticsobjdef(s.oid), true, false
        FROM $tables JOIN pg_statistic_ext s ON s.stxrelid = c.oid""",
    "views": """
        SELECT n.nspname, c.relname, c.relkind::text, c.reloptions, pg_get_viewdef(c.oid)
        FROM $tables WHERE c.relkind IN ('v', 'm')""",
    "functions": """
        SELECT p.oid::regprocedure::text, p.prokind::text,
          CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE (
            SELECT concat_ws(' ', g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggtranstype::regtype,
                             g.agginitval)
            FROM pg_aggregate g WHERE g.aggfnoid = p.oid) END
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE $function_is_mine""",
    "triggers": """
        SELECT n.nspname, c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled::text
        FROM $tables JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
        UNION ALL
        SELECT n.nspname, c.relname, w.rulename, pg_get_ruledef(w.oid), w.ev_enabled::text
        FROM $tables JOIN pg_rewrite w ON w.ev_class = c.oid AND w.rulename <> '_RETURN'
        UNION ALL
        SELECT '', '', e.evtname, concat_ws(' ', e.evtevent, e.evtfoid::regproc, e.evttags),
               e.evtenabled::text
        FROM pg_event_trigger e""",
    "sequences": """
        SELECT n.nspname, c.relname, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmax,
               s.seqmin, s.seqcycle
        FROM $tables JOIN pg_sequence s ON s.seqrelid = c.oid""",
    "types": """
        SELECT n.nspname, t.typname, t.typtype::text, format_type(t.typbasetype, t.typtypmod), t.typnotnull,
          t.typdefault,
          (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
          (SELECT format_type(g.rngsubtype, NULL) FROM pg_range g WHERE g.rngtypid = t.oid)
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype IN ('e', 'd', 'r') AND $type_is_mine""",
    "policies": """
        SELECT n.nspname, c.relname, p.polname, p.polcmd::text, p.polpermissive,
          (SELECT array_agg(coalesce(r.rolname, 'public') ORDER BY 1)
           FROM unnest(p.polroles) u(oid) LEFT JOIN pg_roles r ON r.oid = u.oid),
          pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
        FROM $tables JOIN pg_policy p ON p.polrelid = c.oid""",
    # An owner's own rights come by themselves, and owners are called differently on every environment.
    "grants": """
        SELECT n.nspname, c.relname, '', $granted FROM $tables CROSS JOIN LATERAL aclexplode(c.relacl) $to
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND a.grantee <> c.relowner
        UNION ALL
        SELECT n.nspname, c.relname, t.attname, $granted
        FROM $tables JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped
        CROSS JOIN LATERAL aclexplode(t.attacl) $to WHERE a.grantee <> c.relowner
        UNION ALL
        SELECT n.nspname, '', '', $granted FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) $to
        WHERE $mine AND a.grantee <> n.nspowner
        UNION ALL
        SELECT n.nspname, p.oid::regprocedure::text, '', $granted
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) $to
        WHERE a.grantee <> p.proowner AND $function_is_mine
        UNION ALL
        SELECT coalesce(n.nspname, ''), d.defaclobjtype::text, '', $granted
        FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
        CROSS JOIN LATERAL aclexplode(d.defaclacl) $to WHERE a.grantee <> d.defaclrole""",
    "extensions": """
        SELECT e.extname, e.extversion, n.nspname
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace""",
}


def schema_print(link: Link) -> SchemaPrint:
    """Of the session's database. The search path should be empty, so that every name is written out."""
    return SchemaPrint(sections={name: _digest(link, query) for name, query in SECTIONS.items()})


def _digest(link: Link, query: str) -> str:
    asked = Template(query).substitute(_PIECES).encode()
    rows = link.execute(asked, {"history": list(HISTORY_TABLES)}).fetchall()
    return sha256("\n".join(sorted(json.dumps(row, default=str) for row in rows)).encode()).hexdigest()[:16]
