"""What a statement changes in a table's rows on PostgreSQL, by its own grammar."""

from __future__ import annotations

from typing import Any

from bot.checks.acts import Act, What
from bot.checks.grammar import inside, pg
from bot.checks.postgresql_alterations import Make, relation, tables_in


def insert(body: pg.InsertStmt, make: Make) -> list[Act]:
    return _changed(What.INSERT, body, make, bounded=True)


def update(body: pg.UpdateStmt, make: Make) -> list[Act]:
    return _changed(What.UPDATE, body, make, bounded=_bounds(body.where_clause))


def delete(body: pg.DeleteStmt, make: Make) -> list[Act]:
    return _changed(What.DELETE, body, make, bounded=_bounds(body.where_clause))


def merge(body: pg.MergeStmt, make: Make) -> list[Act]:
    table = relation(body.relation)
    deletes = any(c.merge_when_clause.command_type == pg.CMD_DELETE for c in body.merge_when_clauses)
    what = What.DELETE if deletes else What.UPDATE
    bounded = _bounds(body.join_condition)
    return [make(what=what, table=table, tables=tables_in(body) or (table,), bounded=bounded)]


def _changed(what: What, body: Any, make: Make, *, bounded: bool) -> list[Act]:
    """The change, after those that stand in its WITH."""
    found = []
    whole = tables_in(body)
    for node in inside(body.with_clause):
        if isinstance(node, pg.InsertStmt):
            found += [make(what=What.INSERT, table=relation(node.relation), tables=whole)]
        elif isinstance(node, pg.UpdateStmt | pg.DeleteStmt):
            inner = What.UPDATE if isinstance(node, pg.UpdateStmt) else What.DELETE
            kept = _bounds(node.where_clause)
            found += [make(what=inner, table=relation(node.relation), tables=whole, bounded=kept)]
    set_ = body.target_list if isinstance(body, pg.UpdateStmt) else ()
    columns = tuple(t.res_target.name for t in set_)
    table = relation(body.relation)
    return [*found, make(what=what, table=table, tables=whole, bounded=bounded, columns=columns)]


def _bounds(where: pg.Node) -> bool:
    """A WHERE that names a column; WHERE true and WHERE 1 = 1 leave no row out."""
    return any(isinstance(m, pg.ColumnRef) for m in inside(where))


def copy(body: pg.CopyStmt, make: Make) -> list[Act]:
    if not body.is_from:
        return [make(what=What.NOTHING)]
    table = relation(body.relation)
    return [make(what=What.INSERT, table=table, tables=(table,))]


def truncate(body: pg.TruncateStmt, make: Make) -> list[Act]:
    tables = [relation(r.range_var) for r in body.relations]
    how = "cascade" if body.behavior == pg.DROP_CASCADE else ""
    return [make(what=What.TRUNCATE, table=t, tables=(t,), how=how) for t in tables]
