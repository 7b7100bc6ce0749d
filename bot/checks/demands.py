"""What a statement demands of rows that are there already: as a question that may be put to a target.

A question is put before anybody has approved the plan, so an expression of the plan's own may hold columns,
constants, operators and the functions below, and nothing else: a call of anything may do anything.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from bot.checks.acts import Act, Evidence, What, same
from bot.checks.names import written
from bot.core.survey import Demand, Demanded
from bot.core.targets import Kind

#: A rename moves names under the demands that follow; those are left to the rehearsal.
_MOVES = frozenset({What.RENAME_TABLE, What.RENAME_COLUMN})
_DIALECTS = {Kind.POSTGRESQL: "postgres", Kind.SQLITE: "sqlite"}
_OWN = "its expression calls what might do more than answer; the rehearsal tells"
_USING = "its USING is an expression of its own; the rehearsal tells"
#: Pure functions, by the names that sqlglot gives them and those that it leaves as they are.
_PURE = (
    exp.Lower, exp.Upper, exp.Length, exp.Trim, exp.Coalesce, exp.Abs, exp.Round, exp.Ceil, exp.Floor,
    exp.Cast, exp.Substring, exp.Greatest, exp.Least, exp.Nullif, exp.And, exp.Or, exp.Case, exp.If,
    exp.Extract, exp.RegexpLike, exp.RegexpILike, exp.StrPosition, exp.Concat, exp.Left, exp.Right,
    exp.Array, exp.ArraySize, exp.ArrayContainsAll, exp.Sign, exp.Sqrt, exp.TimestampTrunc,
    exp.CurrentTimestamp, exp.CurrentDate, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBContainsTopKey,
)  # fmt: skip
_PURE_CALLS = frozenset(
    {
        "char_length",
        "character_length",
        "octet_length",
        "btrim",
        "ltrim",
        "rtrim",
        "num_nonnulls",
        "num_nulls",
    }
    | {"cardinality", "isfinite", "starts_with", "typeof", "jsonb_typeof", "json_typeof"}
)
_FORBIDDEN = (
    exp.Query, exp.Subquery, exp.Command, exp.Placeholder, exp.Parameter, exp.Window, exp.AggFunc,
    exp.Operator,
)  # fmt: skip


def of_plan(evidence: Evidence) -> tuple[Demand, ...]:
    """What to ask of a target: every demand that the plan puts to rows which are there already."""
    late = {(d.table, d.name): d for a in evidence.acts if a.what is What.ADD_UNPROVED and (d := a.demand)}
    found: dict[Demand, None] = {}
    for place, act in enumerate(evidence.acts):
        demand = None if act.what in (What.QUICK_ALTER, What.ADD_UNPROVED) else act.demand or _unread(act)
        if act.what is What.VALIDATE:
            # One that the plan does not add is there already, and waits to be validated.
            there = Demand(kind=Demanded.CHECK, table=act.table, name=act.name)
            demand = late.get((act.table, act.name)) or there
        if demand is None or evidence.new(demand.table):
            continue
        before = [a for a in evidence.acts[:place] if a.what in _MOVES]
        if any(same(demand.table, n) for a in before for n in (a.table, a.to)):
            demand = _with(demand, unaskable="the plan renames it first; the rehearsal tells")
        found[demand] = None
    return tuple(found)


def of_column(action: exp.AlterColumn, table: str, kind: Kind) -> Demand | None:
    """SET NOT NULL and TYPE; None for what demands nothing of a row."""
    column = (_name(action.this, kind),)
    wanted = action.args.get("dtype")
    if isinstance(wanted, exp.DataType):
        using = action.args.get("using")
        said = wanted.sql(_DIALECTS[kind])
        why = (
            _USING if isinstance(using, exp.Expr) and not _plain_cast(using, wanted, column[0], kind) else ""
        )
        return Demand(kind=Demanded.TYPE, table=table, columns=column, sql=said, unaskable=why)
    quick = action.args.get("drop") or action.args.get("default") is not None
    return None if quick else Demand(kind=Demanded.NOT_NULL, table=table, columns=column)


def of_constraint(constraint: exp.Expr, table: str, kind: Kind) -> Demand | None:
    """UNIQUE, PRIMARY KEY, FOREIGN KEY and CHECK; None for one that is not understood."""
    inner = constraint.expressions[0] if isinstance(constraint, exp.Constraint) else constraint
    name = _name(constraint.this, kind) if isinstance(constraint, exp.Constraint) else ""
    if isinstance(inner, exp.UniqueColumnConstraint) and isinstance(inner.this, exp.Schema):
        same = bool(inner.args.get("nulls"))
        return Demand(
            kind=Demanded.UNIQUE, table=table, name=name, columns=_names(inner.this, kind), nulls_same=same
        )
    if isinstance(inner, exp.PrimaryKey):
        return Demand(kind=Demanded.PRIMARY_KEY, table=table, name=name, columns=_names(inner, kind))
    if isinstance(inner, exp.ForeignKey):
        return _foreign(inner, table, name, kind)
    if isinstance(inner, exp.CheckColumnConstraint):
        return _asked(
            Demand(kind=Demanded.CHECK, table=table, name=name, columns=_columns(inner.this, kind)),
            inner.this,
            kind,
        )
    return None


def of_index(tree: exp.Create, table: str, kind: Kind) -> Demand | None:
    """A unique index; None for any other."""
    if not tree.args.get("unique") or not isinstance(tree.this, exp.Index):
        return None
    params = tree.this.args.get("params")
    keys = [
        k.this if isinstance(k, exp.Ordered) else k for k in (params.args.get("columns") if params else [])
    ]
    demand = Demand(
        kind=Demanded.UNIQUE,
        table=table,
        name=_name(tree.this.this, kind),
        columns=tuple(_name(k.this, kind) for k in keys if isinstance(k, exp.Column)),
    )
    where = params.args.get("where") if params else None
    if not keys:
        return None
    if where is not None and not _pure(where.this):
        return _with(demand, unaskable=_OWN)
    if where is not None:
        demand = _with(demand, where=where.this.sql(_DIALECTS[kind]))
    if all(isinstance(k, exp.Column) for k in keys):
        return demand
    if len(keys) > 1 and kind is Kind.SQLITE:
        return _with(demand, unaskable="SQLite has no rows of expressions; the rehearsal tells")
    # Several expressions would need a name each; one row of them is the same key.
    row = exp.Tuple(expressions=[k.copy() for k in keys]) if len(keys) > 1 else keys[0]
    return _asked(demand, row, kind)


def _unread(act: Act) -> Demand | None:
    """What stands in for a demand that was not understood: it is said, and never taken for none."""
    rebuilt = act.what is What.REWRITE and act.name == "rebuilt"
    if act.what is not What.ADD_CONSTRAINT and not rebuilt:
        return None
    why = f"{'the table is rebuilt' if rebuilt else 'it was not understood'}; the rehearsal tells"
    return Demand(kind=Demanded.CHECK, table=act.table, name=act.name, unaskable=why)


def _foreign(key: exp.ForeignKey, table: str, name: str, kind: Kind) -> Demand | None:
    reference = key.args.get("reference")
    to = reference.this if reference is not None else None
    theirs = _names(to, kind) if isinstance(to, exp.Schema) else ()
    parent = to.this if isinstance(to, exp.Schema) else to
    if not isinstance(parent, exp.Table):
        return None
    return Demand(
        kind=Demanded.FOREIGN_KEY,
        table=table,
        name=name,
        columns=_names(key, kind),
        parent=written(parent, kind),
        parent_columns=theirs,
    )


def _asked(demand: Demand, expression: exp.Expr, kind: Kind) -> Demand:
    if not _pure(expression):
        return _with(demand, unaskable=_OWN)
    return _with(demand, sql=expression.sql(_DIALECTS[kind]))


def _with(demand: Demand, *, sql: str = "", where: str = "", unaskable: str = "") -> Demand:
    return replace(demand, sql=sql or demand.sql, where=where or demand.where, unaskable=unaskable)


def _pure(tree: exp.Expr) -> bool:
    for node in tree.walk():
        if isinstance(node, _FORBIDDEN):
            return False
        if isinstance(node, exp.Anonymous):
            if node.name.lower() not in _PURE_CALLS:
                return False
        elif isinstance(node, exp.Func) and not isinstance(node, _PURE):
            return False
    return True


def _plain_cast(using: exp.Expr, wanted: exp.DataType, column: str, kind: Kind) -> bool:
    """USING column::type says what the server would do without it."""
    while isinstance(using, exp.Paren):
        using = using.this
    if isinstance(using, exp.Column):
        return _name(using.this, kind) == column
    inner = using.this if isinstance(using, exp.Cast) and using.to == wanted else None
    return isinstance(inner, exp.Column) and _name(inner.this, kind) == column


def _columns(tree: exp.Expr, kind: Kind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_name(c.this, kind) for c in tree.find_all(exp.Column)))


def _names(holder: exp.Expr, kind: Kind) -> tuple[str, ...]:
    found = [n.find(exp.Identifier) for n in holder.expressions]
    return tuple(_name(n, kind) for n in found if n is not None)


def _name(identifier: exp.Expr | None, kind: Kind) -> str:
    """As the server keeps it: PostgreSQL folds what is not quoted."""
    found = identifier.find(exp.Identifier) if identifier is not None else None
    if found is None:
        return ""
    return found.name if found.args.get("quoted") or kind is Kind.SQLITE else found.name.lower()
