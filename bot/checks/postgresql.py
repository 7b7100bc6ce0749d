"""What each statement does on PostgreSQL, by its own grammar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.checks import postgresql_changes, postgresql_renames
from bot.checks.acts import DATA, NO_TABLES, Act, What
from bot.checks.blocks import Block, opened
from bot.checks.grammar import Parsed, inside, pg
from bot.checks.names import guessed, joined, ours
from bot.checks.postgresql_alterations import Make, alterations, relation, tables_in
from bot.checks.postgresql_renames import named
from bot.core.targets import Kind

#: Statements of which a plan has nothing to tell.
_SETTINGS = frozenset(
    {
        "variable_set_stmt",
        "variable_show_stmt",
        "constraints_set_stmt",
        "notify_stmt",
        "listen_stmt",
        "unlisten_stmt",
        "check_point_stmt",
    }
)
#: Definitions of what is no table: types, sequences, schemas, roles.
_DEFINITIONS = {
    "create_enum_stmt": "type",
    "create_range_stmt": "type",
    "composite_type_stmt": "type",
    "create_domain_stmt": "domain",
    "alter_domain_stmt": "domain",
    "alter_type_stmt": "type",
    "create_seq_stmt": "sequence",
    "alter_seq_stmt": "sequence",
    "create_schema_stmt": "schema",
    "create_extension_stmt": "extension",
    "alter_extension_stmt": "extension",
    "alter_extension_contents_stmt": "extension",
    "define_stmt": "definition",
    "create_stats_stmt": "statistics",
    "alter_stats_stmt": "statistics",
    "alter_default_privileges_stmt": "default privileges",
    "alter_object_depends_stmt": "definition",
    "alter_operator_stmt": "operator",
    "alter_collation_stmt": "collation",
    "sec_label_stmt": "label",
}
_RIGHTS = {
    "grant_role_stmt": "role",
    "alter_owner_stmt": "owner",
    "create_role_stmt": "role",
    "alter_role_stmt": "role",
    "alter_role_set_stmt": "role",
    "drop_role_stmt": "role",
    "reassign_owned_stmt": "owner",
}


def acts(statement: Parsed, make: Make) -> list[Act]:
    """Everything that one statement does; what is not known here is an unknown act, never none."""
    name = statement.node.WhichOneof("node") or ""
    body = getattr(statement.node, name)
    if name in _SETTINGS:
        return [make(what=What.NOTHING)]
    if name in _DEFINITIONS:
        return [make(what=What.OTHER_SCHEMA, tables=NO_TABLES, how=_DEFINITIONS[name])]
    if name in _RIGHTS:
        return [make(what=What.GRANT, tables=NO_TABLES, how=_RIGHTS[name])]
    if name == "do_stmt" and (block := opened(body, statement.text)):
        return _within(block, make) or [make(what=What.NOTHING)]
    reader = _READERS.get(name)
    found = reader(body, make) if reader else None
    if found is None:
        how = _UNREAD.get(name, "")
        return [make(what=What.UNKNOWN, tables=_tables(statement), name=_words(statement.text), how=how)]
    return [_neutral(act, make) for act in found]


#: What is understood, and yet may do anything or keep others out for as long as it likes.
_UNREAD = {
    "do_stmt": "block",
    "call_stmt": "call",
    "lock_stmt": "lock table",
    "refresh_mat_view_stmt": "refresh view",
    "explain_stmt": "explain",
}


def _within(block: Block, make: Make) -> list[Act]:
    """The acts of a block. Its variables are no columns, and its statements are not ours to write again."""
    found: list[Act] = []
    for one in block.statements:
        for act in acts(one, make):
            bounded = act.bounded
            for change in ("update_stmt", "delete_stmt"):
                if one.node.HasField(change):
                    bounded = block.bounds(getattr(one.node, change).where_clause)
            how = "block" if act.what in DATA else act.how
            found.append(replace(act, bounded=bounded, how=how, sql=one.text))
    return found


def _neutral(act: Act, make: Make) -> Act:
    """What is done to a tool's own table is no act of the project's."""
    if act.table and not ours([act.table]):
        return make(what=What.NOTHING)
    return act


def _tables(statement: Parsed) -> tuple[str, ...]:
    name = statement.node.WhichOneof("node") or ""
    if name in ("do_stmt", "call_stmt"):
        return guessed(statement.text, Kind.POSTGRESQL)
    return tables_in(statement.node)


def _words(text: str) -> str:
    return " ".join(w for w in text.split()[:2] if w.isalpha()) or "a statement"


def _create(body: pg.CreateStmt, make: Make) -> list[Act]:
    table = relation(body.relation)
    name = "if not exists" if body.if_not_exists else ""
    parts = [*body.table_elts, *body.constraints, *body.inh_relations]
    # A plain column, which most of them are, names no table.
    parts = [p for p in parts if not p.HasField("column_def") or p.column_def.constraints]
    others = [relation(m) for p in parts for m in inside(p) if isinstance(m, pg.RangeVar)]
    return [make(what=What.CREATE_TABLE, table=table, name=name, tables=ours([table, *others]))]


def _create_as(body: pg.CreateTableAsStmt, make: Make) -> list[Act]:
    made = relation(body.into.rel)
    if body.objtype == pg.OBJECT_MATVIEW:
        return [make(what=What.VIEW, name=made, tables=tables_in(body.query), how="materialized view")]
    name = "if not exists" if body.if_not_exists else ""
    tables = ours([made, *tables_in(body.query)])
    return [make(what=What.CREATE_TABLE, table=made, name=name, tables=tables)]


def _view(body: pg.ViewStmt, make: Make) -> list[Act]:
    tables = tables_in(body.query) or NO_TABLES
    return [make(what=What.VIEW, name=relation(body.view), tables=tables, how="view")]


def _index(body: pg.IndexStmt, make: Make) -> list[Act]:
    what = What.CREATE_INDEX_CONCURRENTLY if body.concurrent else What.CREATE_INDEX
    table = relation(body.relation)
    columns = tuple(p.index_elem.name for p in body.index_params)
    how = "unique" if body.unique else ""
    return [make(what=what, table=table, tables=(table,), name=body.idxname, columns=columns, how=how)]


def _reindex(body: pg.ReindexStmt, make: Make) -> list[Act] | None:
    later = any(o.def_elem.defname == "concurrently" for o in body.params)
    what = What.CREATE_INDEX_CONCURRENTLY if later else What.CREATE_INDEX
    name = relation(body.relation)
    if body.kind == pg.REINDEX_OBJECT_TABLE:
        return [make(what=what, table=name, tables=(name,), how="reindex")]
    return [make(what=what, name=name, tables=NO_TABLES, how="reindex")]


def _drop(body: pg.DropStmt, make: Make) -> list[Act]:
    word = pg.ObjectType.Name(body.remove_type).removeprefix("OBJECT_").replace("_", " ").lower()
    names = [named(o) for o in body.objects]
    if body.remove_type == pg.OBJECT_TABLE:
        return [make(what=What.DROP_TABLE, table=joined(n), tables=(joined(n),)) for n in names]
    if body.remove_type in (pg.OBJECT_TRIGGER, pg.OBJECT_RULE, pg.OBJECT_POLICY):
        what = What.GRANT if body.remove_type == pg.OBJECT_POLICY else What.DROP_OBJECT
        how = "drop policy" if body.remove_type == pg.OBJECT_POLICY else word
        pairs = [(joined(n[:-1]), n[-1]) for n in names]
        return [make(what=what, table=t, tables=(t,), name=n, how=how) for t, n in pairs]
    if body.remove_type == pg.OBJECT_INDEX:
        how = "concurrently" if body.concurrent else ""
        return [make(what=What.DROP_INDEX, name=joined(n), tables=NO_TABLES, how=how) for n in names]
    what = What.DROP_SCHEMA if body.remove_type == pg.OBJECT_SCHEMA else What.DROP_OBJECT
    return [make(what=what, name=joined(n) or word, tables=NO_TABLES, how=word) for n in names]


def _function(body: pg.CreateFunctionStmt, make: Make) -> list[Act]:
    how = "procedure" if body.is_procedure else "function"
    name = joined([n.string.sval for n in body.funcname])
    return [make(what=What.ROUTINE, tables=NO_TABLES, name=name, how=how)]


def _trigger(body: pg.CreateTrigStmt, make: Make) -> list[Act]:
    table = relation(body.relation)
    return [make(what=What.ROUTINE, table=table, tables=(table,), name=body.trigname, how="trigger")]


def _policy(body: pg.CreatePolicyStmt | pg.AlterPolicyStmt, make: Make) -> list[Act]:
    table = relation(body.table)
    return [make(what=What.GRANT, table=table, tables=(table,), name=body.policy_name, how="policy")]


def _grant(body: pg.GrantStmt, make: Make) -> list[Act]:
    how = "grant" if body.is_grant else "revoke"
    tables = ours([relation(o.range_var) for o in body.objects if o.HasField("range_var")])
    named = tables if body.objtype == pg.OBJECT_TABLE else ()
    return [make(what=What.GRANT, tables=named or NO_TABLES, how=how)]


def _comment(body: pg.CommentStmt, make: Make) -> list[Act]:
    on_table = body.objtype == pg.OBJECT_TABLE
    tables = (joined([i.string.sval for i in body.object.list.items]),) if on_table else NO_TABLES
    return [make(what=What.OTHER_SCHEMA, tables=tables, how="comment")]


def _transaction(body: pg.TransactionStmt, make: Make) -> list[Act]:
    word = pg.TransactionStmtKind.Name(body.kind).removeprefix("TRANS_STMT_").lower()
    return [make(what=What.NOTHING, how={"start": "begin"}.get(word, word))]


def _vacuum(body: pg.VacuumStmt, make: Make) -> list[Act]:
    full = any(o.def_elem.defname == "full" for o in body.options)
    if not (body.is_vacuumcmd and full):
        return [make(what=What.NOTHING, how="vacuum" if body.is_vacuumcmd else "")]
    tables = [relation(r.vacuum_relation.relation) for r in body.rels] or [""]
    return [make(what=What.REWRITE, table=t, tables=(t,), how="vacuum full") for t in tables]


def _cluster(body: pg.ClusterStmt, make: Make) -> list[Act]:
    table = relation(body.relation)
    return [make(what=What.REWRITE, table=table, tables=(table,), how="cluster")]


def _refresh(body: pg.RefreshMatViewStmt, make: Make) -> list[Act] | None:
    if not body.concurrent:
        return None
    return [make(what=What.OTHER_SCHEMA, tables=NO_TABLES, name=relation(body.relation), how="refresh view")]


def _explain(body: pg.ExplainStmt, make: Make) -> list[Act] | None:
    run = any(o.def_elem.defname == "analyze" for o in body.options)
    return None if run else [make(what=What.NOTHING)]


_READERS: dict[str, Callable[..., list[Act] | None]] = {
    "create_stmt": _create,
    "create_table_as_stmt": _create_as,
    "alter_table_stmt": alterations,
    "view_stmt": _view,
    "index_stmt": _index,
    "reindex_stmt": _reindex,
    "drop_stmt": _drop,
    "rename_stmt": postgresql_renames.rename,
    "alter_object_schema_stmt": postgresql_renames.set_schema,
    "alter_enum_stmt": postgresql_renames.enum,
    "insert_stmt": postgresql_changes.insert,
    "update_stmt": postgresql_changes.update,
    "delete_stmt": postgresql_changes.delete,
    "merge_stmt": postgresql_changes.merge,
    "copy_stmt": postgresql_changes.copy,
    "truncate_stmt": postgresql_changes.truncate,
    "create_function_stmt": _function,
    "alter_function_stmt": lambda _, make: [make(what=What.ROUTINE, tables=NO_TABLES)],
    "create_trig_stmt": _trigger,
    "rule_stmt": lambda body, make: [
        make(
            what=What.ROUTINE,
            table=relation(body.relation),
            tables=(relation(body.relation),),
            name=body.rulename,
            how="rule",
        )
    ],
    "create_policy_stmt": _policy,
    "alter_policy_stmt": _policy,
    "grant_stmt": _grant,
    "comment_stmt": _comment,
    "transaction_stmt": _transaction,
    "vacuum_stmt": _vacuum,
    "cluster_stmt": _cluster,
    "refresh_mat_view_stmt": _refresh,
    "explain_stmt": _explain,
}
