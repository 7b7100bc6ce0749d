"""The fingerprint of a PostgreSQL schema: catalog rows, put in order and digested, section by section."""

from __future__ import annotations

import json
from hashlib import sha256

from bot.core.targets import SchemaPrint
from bot.databases.postgresql_link import Link
from bot.databases.questions import HISTORY_TABLES

_OURS = "{n}.nspname !~ '^pg_' AND {n}.nspname <> 'information_schema'"
_MINE = _OURS.format(n="n")
# What an extension made is told by the extension's version.
_PLAIN = "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '{of}'::regclass AND x.objid = {oid} AND x.deptype = 'e')"
# Tables and all that hangs on them, without the tools' history tables.
_TABLES = f"""pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {_MINE}
  AND c.relname <> ALL (%(history)s) AND {_PLAIN.format(of="pg_class", oid="c.oid")}"""
_ACL = "cross join lateral aclexplode({acl}) a left join pg_roles r ON r.oid = a.grantee"
_GRANTED = "coalesce(r.rolname, 'public')::text, a.privilege_type, a.is_grantable"

SECTIONS = {
    "schemas": f"SELECT n.nspname FROM pg_namespace n WHERE {_MINE}",
    "tables": f"""SELECT n.nspname, c.relname, c.relkind::text, c.relpersistence::text, c.relrowsecurity,
        c.relforcerowsecurity, c.reloptions, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid)
        FROM {_TABLES} WHERE c.relkind IN ('r', 'p', 'f')""",
    "columns": f"""SELECT n.nspname, c.relname, c.relkind::text, a.attname, format_type(a.atttypid, a.atttypmod),
        a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text, co.collname
        FROM {_TABLES} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        LEFT JOIN pg_collation co ON co.oid = a.attcollation AND co.collname <> 'default'
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')""",
    # Since PostgreSQL 18 NOT NULL is a constraint too; the column tells it already, unless it is not validated.
    "constraints": f"""SELECT n.nspname, c.relname, k.conname, k.contype::text, pg_get_constraintdef(k.oid), k.convalidated
        FROM {_TABLES} JOIN pg_constraint k ON k.conrelid = c.oid
        WHERE k.contype <> 'n' OR NOT k.convalidated
        UNION ALL SELECT n.nspname, t.typname, k.conname, k.contype::text, pg_get_constraintdef(k.oid), k.convalidated
        FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE {_MINE} AND {_PLAIN.format(of="pg_type", oid="t.oid")}""",
    "indexes": f"""SELECT n.nspname, c.relname, ic.relname, pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisreplident,
        i.indisclustered FROM {_TABLES} JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class ic ON ic.oid = i.indexrelid
        UNION ALL SELECT n.nspname, c.relname, s.stxname, pg_get_statisticsobjdef(s.oid), true, false, false
        FROM {_TABLES} JOIN pg_statistic_ext s ON s.stxrelid = c.oid""",
    "views": f"""SELECT n.nspname, c.relname, c.relkind::text, c.reloptions, pg_get_viewdef(c.oid) FROM {_TABLES}
        WHERE c.relkind IN ('v', 'm')""",
    "functions": f"""SELECT p.oid::regprocedure::text, p.prokind::text, CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid)
        ELSE (SELECT concat_ws(' ', g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggtranstype::regtype, g.agginitval)
              FROM pg_aggregate g WHERE g.aggfnoid = p.oid) END
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE {_MINE} AND {_PLAIN.format(of="pg_proc", oid="p.oid")}""",
    "triggers": f"""SELECT n.nspname, c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled::text
        FROM {_TABLES} JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
        UNION ALL SELECT n.nspname, c.relname, w.rulename, pg_get_ruledef(w.oid), w.ev_enabled::text
        FROM {_TABLES} JOIN pg_rewrite w ON w.ev_class = c.oid AND w.rulename <> '_RETURN'
        UNION ALL SELECT '', '', e.evtname, concat_ws(' ', e.evtevent, e.evtfoid::regproc, e.evttags), e.evtenabled::text
        FROM pg_event_trigger e""",
    "sequences": f"""SELECT n.nspname, c.relname, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmax,
        s.seqmin, s.seqcycle FROM {_TABLES} JOIN pg_sequence s ON s.seqrelid = c.oid""",
    "types": f"""SELECT n.nspname, t.typname, t.typtype::text, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
        (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
        (SELECT format_type(g.rngsubtype, NULL) FROM pg_range g WHERE g.rngtypid = t.oid)
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype IN ('e', 'd', 'r') AND {_MINE} AND {_PLAIN.format(of="pg_type", oid="t.oid")}""",
    "policies": f"""SELECT n.nspname, c.relname, p.polname, p.polcmd::text, p.polpermissive,
        (SELECT array_agg(coalesce(r.rolname, 'public') ORDER BY 1) FROM unnest(p.polroles) u(oid)
         LEFT JOIN pg_roles r ON r.oid = u.oid), pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
        FROM {_TABLES} JOIN pg_policy p ON p.polrelid = c.oid""",
    # An owner's own rights come by themselves, and owners are called differently on every environment.
    "grants": f"""SELECT n.nspname, c.relname, '', {_GRANTED} FROM {_TABLES} {_ACL.format(acl="c.relacl")}
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND a.grantee <> c.relowner
        UNION ALL SELECT n.nspname, c.relname, t.attname, {_GRANTED} FROM {_TABLES}
        JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped {_ACL.format(acl="t.attacl")}
        WHERE a.grantee <> c.relowner
        UNION ALL SELECT n.nspname, '', '', {_GRANTED} FROM pg_namespace n {_ACL.format(acl="n.nspacl")}
        WHERE {_MINE} AND a.grantee <> n.nspowner
        UNION ALL SELECT n.nspname, p.oid::regprocedure::text, '', {_GRANTED}
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        {_ACL.format(acl="coalesce(p.proacl, acldefault('f', p.proowner))")}
        WHERE {_MINE} AND a.grantee <> p.proowner AND {_PLAIN.format(of="pg_proc", oid="p.oid")}
        UNION ALL SELECT coalesce(n.nspname, ''), d.defaclobjtype::text, '', {_GRANTED}
        FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace {_ACL.format(acl="d.defaclacl")}
        WHERE a.grantee <> d.defaclrole""",
    "extensions": """SELECT e.extname, e.extversion, n.nspname
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace""",
}


def schema_print(link: Link) -> SchemaPrint:
    """Of the session's database. The search path should be empty, so that every name is written out."""
    return SchemaPrint(sections={name: _digest(link, query) for name, query in SECTIONS.items()})


def _digest(link: Link, query: str) -> str:
    rows = link.execute(query.encode(), {"history": list(HISTORY_TABLES)}).fetchall()
    return sha256("\n".join(sorted(json.dumps(row, default=str) for row in rows)).encode()).hexdigest()[:16]
