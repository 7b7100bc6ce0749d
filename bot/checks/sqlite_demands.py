"""What a statement of SQLite demands of rows that are there already: a unique index does, and nothing else
(docs: "SQL Features That SQLite Does Not Implement"; a table that is rebuilt is left to the rehearsal)."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from bot.checks.expressions import OWN, pure
from bot.checks.names import written
from bot.checks.trees import DIALECTS, tree
from bot.core.survey import Demand, Demanded
from bot.core.targets import Kind

_ROWS = "SQLite has no rows of expressions; the rehearsal tells"


def of_statement(sql: str) -> list[Demand]:
    """The demand of a unique index; none for any other statement, and for one that cannot be read."""
    found = tree(sql, Kind.SQLITE)
    if not isinstance(found, exp.Create) or not isinstance(found.this, exp.Index):
        return []
    table, params = found.find(exp.Table), found.this.args.get("params")
    if not table or not params or not found.args.get("unique"):
        return []
    keys = [k.this if isinstance(k, exp.Ordered) else k for k in params.args.get("columns") or []]
    demand = Demand(
        kind=Demanded.UNIQUE,
        table=written(table, Kind.SQLITE),
        name=found.this.name,
        columns=tuple(k.name for k in keys if isinstance(k, exp.Column)),
    )
    if where := params.args.get("where"):
        asked = _pure(where.this)
        demand = replace(demand, where=asked, unaskable="" if asked else OWN)
    if demand.unaskable or len(demand.columns) == len(keys):
        return [demand]
    if len(keys) > 1:
        return [replace(demand, unaskable=_ROWS)]
    asked = _pure(keys[0])
    return [replace(demand, sql=asked, unaskable="" if asked else OWN)]


def _pure(expression: exp.Expr) -> str:
    return pure(expression.sql(DIALECTS[Kind.SQLITE]), Kind.SQLITE)
