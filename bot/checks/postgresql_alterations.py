"""What an ALTER TABLE does on PostgreSQL, action by action, by its own grammar."""

from __future__ import annotations

from collections.abc import Callable

from bot.checks.acts import NO_TABLES, Act, What
from bot.checks.grammar import Message, inside, pg
from bot.checks.names import joined, ours

_RANGE, _WITH = pg.RangeVar, pg.CommonTableExpr
_NO_TABLES_IN = frozenset({pg.RangeVar, pg.ColumnRef, pg.A_Const, pg.TypeName})
#: Makes an act that knows its statement already.
Make = Callable[..., Act]

#: Functions that give all rows of one statement the same value: adding such a column touches no row.
_STEADY_CALLS = frozenset({"now", "transaction_timestamp", "statement_timestamp", "current_user", "timezone"})
COUNTED = frozenset({"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"})
#: Actions on the catalog alone (docs: ALTER TABLE, "Notes").
_QUICK = {
    pg.AT_DropNotNull: "drop not null",
    pg.AT_ColumnDefault: "default",
    pg.AT_DropExpression: "drop expression",
    pg.AT_SetStatistics: "statistics",
    pg.AT_SetOptions: "options",
    pg.AT_ResetOptions: "options",
    pg.AT_SetStorage: "storage",
    pg.AT_SetCompression: "compression",
    pg.AT_AlterConstraint: "alter constraint",
    pg.AT_ClusterOn: "options",
    pg.AT_DropCluster: "options",
    pg.AT_SetRelOptions: "options",
    pg.AT_ResetRelOptions: "options",
    pg.AT_EnableTrig: "enable trigger",
    pg.AT_EnableTrigAll: "enable trigger",
    pg.AT_EnableTrigUser: "enable trigger",
    pg.AT_DisableTrig: "disable trigger",
    pg.AT_DisableTrigAll: "disable trigger",
    pg.AT_DisableTrigUser: "disable trigger",
    pg.AT_ReplicaIdentity: "replica identity",
    pg.AT_AddIdentity: "identity",
    pg.AT_SetIdentity: "identity",
    pg.AT_DropIdentity: "identity",
}
_RIGHTS = frozenset(
    {
        pg.AT_ChangeOwner,
        pg.AT_EnableRowSecurity,
        pg.AT_DisableRowSecurity,
        pg.AT_ForceRowSecurity,
        pg.AT_NoForceRowSecurity,
    }
)
_REWRITES = {
    pg.AT_SetLogged: "set logged",
    pg.AT_SetUnLogged: "set unlogged",
    pg.AT_SetAccessMethod: "access method",
    pg.AT_SetTableSpace: "tablespace",
    pg.AT_SetExpression: "generated",
}
#: The grammar's own names of types, as people write them.
_SPOKEN = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "bpchar": "char",
}
_FORMS = {
    pg.CONSTR_CHECK: "check",
    pg.CONSTR_FOREIGN: "foreign key",
    pg.CONSTR_UNIQUE: "unique",
    pg.CONSTR_PRIMARY: "primary key",
    pg.CONSTR_EXCLUSION: "exclude",
    pg.CONSTR_NOTNULL: "not null",
}


def alterations(body: pg.AlterTableStmt, make: Make) -> list[Act]:
    """One act for each action; what is not known is an unknown act."""
    if body.objtype != pg.OBJECT_TABLE:
        return [make(what=What.OTHER_SCHEMA, name=relation(body.relation), tables=NO_TABLES)]
    table = relation(body.relation)
    return [act for node in body.cmds for act in _action(node.alter_table_cmd, table, make)]


def _action(cmd: pg.AlterTableCmd, table: str, make: Make) -> list[Act]:
    kind, tables = cmd.subtype, (table,)
    if kind == pg.AT_AddColumn:
        return _added(getattr(cmd, "def").column_def, table, make)
    if kind == pg.AT_AddConstraint:
        return [_constraint(getattr(cmd, "def").constraint, table, make)]
    if kind == pg.AT_AlterColumnType:
        column = getattr(cmd, "def").column_def
        how = "type using" if column.HasField("raw_default") else "type"
        kept = type_of(column.type_name)
        return [make(what=What.REWRITE, table=table, tables=tables, name=cmd.name, how=how, type=kept)]
    if kind in _QUICK:
        return [make(what=What.QUICK_ALTER, table=table, tables=tables, name=cmd.name, how=_QUICK[kind])]
    if kind in _REWRITES:
        return [make(what=What.REWRITE, table=table, tables=tables, name=cmd.name, how=_REWRITES[kind])]
    what = {
        pg.AT_SetNotNull: What.SET_NOT_NULL,
        pg.AT_DropColumn: What.DROP_COLUMN,
        pg.AT_DropConstraint: What.DROP_CONSTRAINT,
        pg.AT_ValidateConstraint: What.VALIDATE,
    }.get(kind, What.GRANT if kind in _RIGHTS else What.UNKNOWN)
    if what is What.UNKNOWN:
        others = [relation(m) for m in inside(cmd) if isinstance(m, pg.RangeVar)]
        return [make(what=what, table=table, tables=ours([table, *others]), name="ALTER TABLE")]
    return [make(what=what, table=table, tables=tables, name=cmd.name)]


def _added(column: pg.ColumnDef, table: str, make: Make) -> list[Act]:
    """A new column, and the constraints that it brings along."""
    constraints = [c.constraint for c in column.constraints]
    default = next((c.raw_expr for c in constraints if c.contype == pg.CONSTR_DEFAULT), None)
    required = any(c.contype in (pg.CONSTR_NOTNULL, pg.CONSTR_PRIMARY) for c in constraints)
    what, how = What.ADD_COLUMN, ""
    kept = type_of(column.type_name)
    if kept in COUNTED:
        what, how = What.REWRITE, "serial"
    elif any(c.contype == pg.CONSTR_IDENTITY for c in constraints):
        what, how = What.REWRITE, "identity"
    elif any(c.contype == pg.CONSTR_GENERATED and c.generated_kind != "v" for c in constraints):
        what, how = What.REWRITE, "generated"
    elif any(c.contype == pg.CONSTR_GENERATED for c in constraints):
        how = "virtual"
    elif default is not None and not steady(default):
        what, how = What.REWRITE, "volatile default"
    elif required and default is None:
        what = What.ADD_REQUIRED
    acts = [make(what=what, table=table, tables=(table,), name=column.colname, how=how, type=kept)]
    filled = default is not None or what is What.REWRITE
    acts += [
        _inline(c, column.colname, table, filled=filled, make=make)
        for c in constraints
        if c.contype in _FORMS and c.contype != pg.CONSTR_NOTNULL
    ]
    return acts


def _inline(c: pg.Constraint, column: str, table: str, *, filled: bool, make: Make) -> Act:
    """A column's own constraint. A new column without a value points at nothing, so no row is looked at
    (PostgreSQL's transformAlterTableStmt skips the validation then)."""
    tables = ours([table, relation(c.pktable)])
    quick = c.contype == pg.CONSTR_FOREIGN and not filled
    what = What.ADD_UNPROVED if quick else What.ADD_CONSTRAINT
    how = _FORMS[c.contype] + (" of a new column" if quick else "")
    return make(what=what, table=table, tables=tables, name=c.conname, how=how, columns=(column,))


def _constraint(c: pg.Constraint, table: str, make: Make) -> Act:
    form = _FORMS.get(c.contype, "")
    if how := quick(c):
        return make(what=What.QUICK_ALTER, table=table, tables=(table,), name=c.conname, how=how)
    columns = [k.string.sval for k in (c.fk_attrs if form == "foreign key" else c.keys)]
    tables = ours([table, relation(c.pktable)])
    return make(
        what=What.ADD_UNPROVED if c.skip_validation else What.ADD_CONSTRAINT,
        table=table,
        tables=tables,
        name=c.conname,
        how=form,
        columns=tuple(columns),
        proves=_proves(c),
    )


def quick(c: pg.Constraint) -> str:
    """How a constraint is added that looks at no row; "" for one that does."""
    if c.indexname:
        return "using index"
    unenforced = c.contype in (pg.CONSTR_CHECK, pg.CONSTR_FOREIGN) and not c.is_enforced
    return "not enforced" if unenforced else ""


def _proves(c: pg.Constraint) -> str:
    """The column of CHECK (column IS NOT NULL), or of NOT NULL column; "" for any other constraint."""
    if c.contype == pg.CONSTR_NOTNULL:
        return c.keys[0].string.sval if c.keys else ""
    test = c.raw_expr.null_test
    if c.contype != pg.CONSTR_CHECK or test.nulltesttype != pg.IS_NOT_NULL:
        return ""
    fields = test.arg.column_ref.fields
    return fields[-1].string.sval if fields else ""


def steady(node: pg.Node) -> bool:
    """One value for all rows."""
    kind = node.WhichOneof("node")
    if kind == "type_cast":
        return steady(node.type_cast.arg)
    if kind == "a_expr":
        sides = [s for s in (node.a_expr.lexpr, node.a_expr.rexpr) if s.WhichOneof("node")]
        return all(steady(s) for s in sides)
    if kind == "a_array_expr":
        return all(steady(e) for e in node.a_array_expr.elements)
    if kind == "func_call":
        called = node.func_call.funcname[-1].string.sval
        return called in _STEADY_CALLS and all(steady(a) for a in node.func_call.args)
    return kind in ("a_const", "sqlvalue_function")


def relation(range_var: pg.RangeVar) -> str:
    """A table's name with its schema, unless that is the server's own."""
    return joined([range_var.schemaname, range_var.relname])


def tables_in(node: Message) -> tuple[str, ...]:
    """Every table in a tree, without the names that its own WITH gives."""
    given, found = set(), []
    for message in inside(node, _NO_TABLES_IN):
        kind = type(message)
        if kind is _RANGE:
            found.append(relation(message))
        elif kind is _WITH:
            given.add(message.ctename)
    return ours([n for n in found if n not in given])


def type_of(name: pg.TypeName) -> str:
    """A type as people write it: "varchar(20)", "numeric(10, 2)", "text[]"."""
    words = [_SPOKEN.get(n.string.sval, n.string.sval) for n in name.names if n.string.sval != "pg_catalog"]
    sizes = [str(m.a_const.ival.ival) for m in name.typmods if m.HasField("a_const")]
    shown = ".".join(words) + (f"({', '.join(sizes)})" if sizes else "")
    return shown + "[]" * len(name.array_bounds)
