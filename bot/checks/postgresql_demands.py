"""What a statement of PostgreSQL demands of rows that are there already, by its own grammar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.checks.expressions import OWN, pure
from bot.checks.grammar import TooDeep, WrongSyntax, expression, inside, parsed, pg
from bot.checks.postgresql_alterations import quick, relation, type_of
from bot.core.survey import Demand, Demanded
from bot.core.targets import Kind

_USING = "its USING is an expression of its own; the rehearsal tells"


def of_statement(sql: str) -> list[Demand]:
    """The demands of its actions, in order, without those that are not understood."""
    try:
        found = parsed(sql)
    except (WrongSyntax, TooDeep):
        return []
    if len(found) != 1:
        return []
    node = found[0].node
    if node.HasField("index_stmt"):
        return [_index(node.index_stmt)]
    body = node.alter_table_stmt
    table = relation(body.relation)
    return [d for c in body.cmds if (d := _action(c.alter_table_cmd, table))]


def _action(cmd: pg.AlterTableCmd, table: str) -> Demand | None:
    if cmd.subtype == pg.AT_SetNotNull:
        return Demand(kind=Demanded.NOT_NULL, table=table, columns=(cmd.name,))
    if cmd.subtype == pg.AT_AlterColumnType:
        return _type(getattr(cmd, "def").column_def, cmd.name, table)
    if cmd.subtype == pg.AT_AddConstraint:
        return _constraint(getattr(cmd, "def").constraint, table)
    return None


def _type(column: pg.ColumnDef, name: str, table: str) -> Demand:
    cast = pg.Node()
    cast.type_cast.arg.a_const.isnull = True
    cast.type_cast.type_name.CopyFrom(column.type_name)
    wanted = expression(cast).removeprefix("NULL::")
    own = column.HasField("raw_default") and not _plain(column, name)
    why = _USING if own else ""
    return Demand(kind=Demanded.TYPE, table=table, columns=(name,), sql=wanted, unaskable=why)


def _plain(column: pg.ColumnDef, name: str) -> bool:
    """USING column::type says what the server would do without it."""
    using = column.raw_default
    if using.HasField("type_cast") and type_of(using.type_cast.type_name) == type_of(column.type_name):
        using = using.type_cast.arg
    return [f.string.sval for f in using.column_ref.fields] == [name]


def _constraint(c: pg.Constraint, table: str) -> Demand | None:
    """UNIQUE, PRIMARY KEY, FOREIGN KEY, CHECK and NOT NULL; None for one that looks at no row, and for keys
    of ranges and keys that may not be partly empty, for which no question here stands."""
    whole = c.fk_matchtype == "f" and len(c.fk_attrs) > 1
    if quick(c) or c.without_overlaps or c.fk_with_period or whole:
        return None
    keys = _strings(c.keys)
    if c.contype == pg.CONSTR_UNIQUE:
        same = c.nulls_not_distinct
        return Demand(kind=Demanded.UNIQUE, table=table, name=c.conname, columns=keys, nulls_same=same)
    if c.contype == pg.CONSTR_PRIMARY:
        return Demand(kind=Demanded.PRIMARY_KEY, table=table, name=c.conname, columns=keys)
    if c.contype == pg.CONSTR_NOTNULL:
        return Demand(kind=Demanded.NOT_NULL, table=table, name=c.conname, columns=keys)
    if c.contype == pg.CONSTR_FOREIGN:
        return Demand(
            kind=Demanded.FOREIGN_KEY,
            table=table,
            name=c.conname,
            columns=_strings(c.fk_attrs),
            parent=relation(c.pktable),
            parent_columns=_strings(c.pk_attrs),
        )
    if c.contype != pg.CONSTR_CHECK:
        return None
    named = [m.fields[-1].string.sval for m in inside(c.raw_expr) if isinstance(m, pg.ColumnRef)]
    check = pure(expression(c.raw_expr), Kind.POSTGRESQL)
    return Demand(
        kind=Demanded.CHECK,
        table=table,
        name=c.conname,
        columns=tuple(dict.fromkeys(named)),
        sql=check,
        unaskable="" if check else OWN,
    )


def _index(body: pg.IndexStmt) -> Demand:
    keys = [p.index_elem for p in body.index_params]
    demand = Demand(
        kind=Demanded.UNIQUE,
        table=relation(body.relation),
        name=body.idxname,
        columns=tuple(k.name for k in keys if k.name),
        nulls_same=body.nulls_not_distinct,
    )
    if body.HasField("where_clause"):
        where = pure(expression(body.where_clause), Kind.POSTGRESQL)
        demand = replace(demand, where=where, unaskable="" if where else OWN)
    if demand.unaskable or all(k.name for k in keys):
        return demand
    # Several expressions would need a name each; one row of them is the same key.
    row = pure(", ".join(_key(k) for k in keys), Kind.POSTGRESQL)
    return replace(demand, sql=row, unaskable="" if row else OWN)


def _key(key: pg.IndexElem) -> str:
    if not key.name:
        return expression(key.expr)
    column = pg.Node()
    column.column_ref.fields.add().string.sval = key.name
    return expression(column)


def _strings(nodes: Iterable[pg.Node]) -> tuple[str, ...]:
    return tuple(n.string.sval for n in nodes)
