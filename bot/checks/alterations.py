"""What an ALTER statement does, action by action."""

from __future__ import annotations

from sqlglot import exp

from bot.checks.acts import NO_TABLES, Act, What
from bot.checks.names import written
from bot.core.targets import Kind

#: Defaults that have one value for all rows: adding such a column touches no row.
_STEADY = (
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.CurrentTimestamp,
    exp.CurrentDate,
    exp.CurrentTime,
    exp.Neg,
)
_STEADY_CALLS = frozenset({"now", "transaction_timestamp", "statement_timestamp", "current_user"})
_COUNTED = ("SERIAL", "BIGSERIAL", "SMALLSERIAL")


def alterations(tree: exp.Alter, kind: Kind) -> list[Act] | None:
    """One act for each action; None when any of them is not understood."""
    altered = str(tree.args.get("kind") or "").upper()
    actions = tree.args.get("actions") or []
    table = written(tree.this, kind)
    if altered != "TABLE":
        return [Act(what=What.OTHER_SCHEMA, name=table, tables=NO_TABLES)]
    # The tree keeps NOT VALID for the whole statement: with several actions nobody can tell whose it is.
    later = bool(tree.args.get("not_valid")) and len(actions) == 1
    acts = [act for action in actions for act in _action(action, table, later, kind)]
    understood = bool(acts) and all(a.what is not What.UNKNOWN for a in acts)
    return acts if understood else None


def _action(action: exp.Expr, table: str, later: bool, kind: Kind) -> list[Act]:
    if isinstance(action, exp.ColumnDef):
        return _added(action, table, kind)
    if isinstance(action, exp.AlterColumn):
        return [_altered(action, table)]
    if isinstance(action, exp.AddConstraint):
        return [_constraint(c, table, later, kind) for c in action.expressions]
    if isinstance(action, exp.Drop):
        return _dropped(action, table)
    if isinstance(action, exp.AlterRename):
        to = written(action.this, kind)
        return [Act(what=What.RENAME_TABLE, table=table, tables=(table,), to=to)]
    if isinstance(action, exp.RenameColumn):
        return [Act(what=What.RENAME_COLUMN, table=table, name=action.this.name)]
    return [Act(what=What.QUICK_ALTER if isinstance(action, exp.AlterSet) else What.UNKNOWN, table=table)]


def _added(column: exp.ColumnDef, table: str, kind: Kind) -> list[Act]:
    kinds = [c.args.get("kind") for c in column.args.get("constraints") or []]
    default = next((k.this for k in kinds if isinstance(k, exp.DefaultColumnConstraint)), None)
    filled = any(isinstance(k, exp.GeneratedAsIdentityColumnConstraint) for k in kinds) or (
        kind is Kind.POSTGRESQL and any(isinstance(k, exp.ComputedColumnConstraint) for k in kinds)
    )
    filled = filled or (column.kind is not None and column.kind.sql("postgres").upper() in _COUNTED)
    required = any(isinstance(k, exp.NotNullColumnConstraint) and not k.args.get("allow_null") for k in kinds)
    what = What.ADD_COLUMN
    if filled or (default is not None and not _steady(default)):
        what = What.REWRITE
    elif required and default is None:
        what = What.ADD_REQUIRED
    acts = [Act(what=what, table=table, name=column.name)]
    scanned = (exp.CheckColumnConstraint, exp.UniqueColumnConstraint, exp.PrimaryKeyColumnConstraint)
    if any(isinstance(k, scanned) for k in kinds):
        acts.append(Act(what=What.ADD_CONSTRAINT, table=table, name=column.name))
    return acts


def _steady(default: exp.Expr) -> bool:
    if isinstance(default, (exp.Cast, exp.Paren)):
        return _steady(default.this)
    if isinstance(default, exp.Neg):
        return _steady(default.this)
    return isinstance(default, _STEADY) or (
        isinstance(default, exp.Anonymous) and default.name.lower() in _STEADY_CALLS
    )


def _altered(action: exp.AlterColumn, table: str) -> Act:
    quick = action.args.get("drop") or action.args.get("default") is not None
    if action.args.get("dtype") is not None:
        return Act(what=What.REWRITE, table=table, name=action.name, how="type")
    return Act(what=What.QUICK_ALTER if quick else What.SET_NOT_NULL, table=table, name=action.name)


def _constraint(constraint: exp.Expr, table: str, later: bool, kind: Kind) -> Act:
    what = What.ADD_UNPROVED if later else What.ADD_CONSTRAINT
    checks = list(constraint.find_all(exp.Is))
    proves = ""
    inner = constraint.expressions[0] if isinstance(constraint, exp.Constraint) else None
    if isinstance(inner, exp.CheckColumnConstraint) and len(checks) == 1:
        proves = _not_null(inner.this)
    other = constraint.find(exp.Table)
    tables = (table, written(other, kind)) if other else (table,)
    return Act(what=what, table=table, name=constraint.name, proves=proves, tables=tables)


def _not_null(check: exp.Expr) -> str:
    """The column of "column IS NOT NULL", "" for any other check."""
    while isinstance(check, exp.Paren):
        check = check.this
    negated = isinstance(check, exp.Not)
    inner = check.this if negated else check
    if not isinstance(inner, exp.Is) or not isinstance(inner.expression, exp.Null):
        return ""
    negated = negated or bool(inner.args.get("negate"))
    return inner.this.name if negated and isinstance(inner.this, exp.Column) else ""


def _dropped(action: exp.Drop, table: str) -> list[Act]:
    gone = str(action.args.get("kind") or "").upper()
    what = {"COLUMN": What.DROP_COLUMN, "CONSTRAINT": What.DROP_CONSTRAINT}.get(gone, What.UNKNOWN)
    names = [t.name for t in action.args.get("tables") or []] or [""]
    return [Act(what=what, table=table, name=n, tables=(table,)) for n in names]
