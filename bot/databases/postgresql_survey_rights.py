"""Who may do what on a PostgreSQL target, fact by fact, so that two readings can be compared."""

from __future__ import annotations

from string import Template

from bot.core.standing import Right
from bot.databases.postgresql_survey_link import Asking
from bot.databases.questions import full_name

_PIECES = {
    "mine": "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'",
    "who": "coalesce(r.rolname::text, 'PUBLIC')",
    "to": "a LEFT JOIN pg_roles r ON r.oid = a.grantee",
    "word": "a.privilege_type || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END",
    # What an extension brings is the extension's own business.
    "tables": "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = c.oid AND x.classid = 'pg_class'::regclass"
    " AND x.deptype = 'e')",
    "functions": "pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
    " AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = p.oid AND x.classid = 'pg_proc'::regclass"
    " AND x.deptype = 'e')",
}
#: Each gives: schema, object, who, word. "" as a schema: the object's name is whole.
_READINGS = (
    ("grant", """
        SELECT n.nspname, c.relname, $who, $word FROM $tables
        CROSS JOIN LATERAL aclexplode(c.relacl) $to
        WHERE $mine AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND a.grantee <> c.relowner
        UNION ALL
        SELECT n.nspname, c.relname || '.' || t.attname, $who, $word
        FROM $tables JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped
        CROSS JOIN LATERAL aclexplode(t.attacl) $to WHERE $mine AND a.grantee <> c.relowner
        UNION ALL
        SELECT '', p.oid::regprocedure::text, $who, $word FROM $functions
        CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) $to
        WHERE $mine AND a.grantee <> p.proowner
        UNION ALL
        SELECT '', 'schema ' || n.nspname, $who, $word FROM pg_namespace n
        CROSS JOIN LATERAL aclexplode(n.nspacl) $to WHERE $mine AND a.grantee <> n.nspowner
        UNION ALL
        SELECT '', 'this database', $who, $word FROM pg_database d
        CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) $to
        WHERE d.datname = current_database() AND a.grantee <> d.datdba"""),
    ("default", """
        SELECT '', concat_ws(' ', 'new', d.defaclobjtype::text, 'in', coalesce(n.nspname, 'every schema')),
               $who, $word
        FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
        CROSS JOIN LATERAL aclexplode(d.defaclacl) $to WHERE a.grantee <> d.defaclrole"""),
    ("owner", """
        SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner)::text, '' FROM $tables
        WHERE $mine AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL
        SELECT '', p.oid::regprocedure::text, pg_get_userbyid(p.proowner)::text, ''
        FROM $functions WHERE $mine
        UNION ALL
        SELECT '', 'schema ' || n.nspname, pg_get_userbyid(n.nspowner)::text, ''
        FROM pg_namespace n WHERE $mine"""),
    ("row security", """
        SELECT n.nspname, c.relname, '', CASE WHEN NOT c.relrowsecurity THEN 'off'
               WHEN c.relforcerowsecurity THEN 'forced' ELSE 'on' END
        FROM $tables WHERE $mine AND c.relkind IN ('r', 'p')"""),
    ("policy", """
        SELECT n.nspname, c.relname, p.polname::text,
          concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, p.polcmd::text,
            (SELECT string_agg(coalesce(r.rolname::text, 'PUBLIC'), ',' ORDER BY 1)
             FROM unnest(p.polroles) u(oid) LEFT JOIN pg_roles r ON r.oid = u.oid),
            'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
            'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
        FROM $tables JOIN pg_policy p ON p.polrelid = c.oid WHERE $mine"""),
    ("definer", """
        SELECT '', p.oid::regprocedure::text, pg_get_userbyid(p.proowner)::text,
          coalesce((SELECT s FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%'), '')
        FROM $functions WHERE $mine AND p.prosecdef"""),
    ("role", """
        SELECT '', r.rolname::text, '', w.word FROM pg_roles r CROSS JOIN LATERAL (VALUES
          (r.rolsuper, 'SUPERUSER'), (r.rolbypassrls, 'BYPASSRLS'), (r.rolcreaterole, 'CREATEROLE'),
          (r.rolcreatedb, 'CREATEDB'), (r.rolreplication, 'REPLICATION'),
          (r.rolcanlogin, 'LOGIN')) w(has, word)
        WHERE w.has AND r.rolname !~ '^pg_'
        UNION ALL
        SELECT '', pg_get_userbyid(m.member)::text, '', 'member of ' || pg_get_userbyid(m.roleid)
        FROM pg_auth_members m"""),
)  # fmt: skip
#: More facts than any reading should have; a cut one could not be compared.
_MOST = 200_000


def rights(asking: Asking) -> frozenset[Right]:
    """Of the whole database, without PostgreSQL's own schemas."""
    found: set[Right] = set()
    for what, query in _READINGS:
        asked = Template(query).substitute(_PIECES).encode()
        for schema, name, who, word in asking.link.execute(asked).fetchmany(_MOST):
            whole = full_name(schema, name) if schema else name
            found.add(Right(what=what, object=whole, who=who or "", word=word or ""))
    return frozenset(found)
