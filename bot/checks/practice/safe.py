"""The safe SQL for what PostgreSQL is asked to do, with the project's own names."""

from __future__ import annotations

from collections.abc import Iterable

from bot.checks.acts import Act
from bot.checks.grammar import TooDeep, WrongSyntax, expression, inside, parsed, pg, written_again
from bot.checks.postgresql_alterations import COUNTED, steady
from bot.checks.quoting import sql_column, sql_name

#: Rows in one batch: about a quarter of a second's work for a table of ordinary rows.
BATCH = 5_000


def node(act: Act) -> pg.Node | None:
    """The act's statement as a tree of its own; None where there is none."""
    try:
        found = parsed(act.sql)
    except (WrongSyntax, TooDeep):
        return None
    return found[0].node if len(found) == 1 else None


def concurrently(act: Act) -> str:
    """CREATE INDEX, built while others write."""
    tree = node(act)
    if tree is None or not tree.HasField("index_stmt"):
        return ""
    tree.index_stmt.concurrent = True
    return f"{written_again(tree)};"


def unproved(act: Act, name: str) -> str:
    """The same constraint, first for new rows, then for all of them."""
    found = _constraint(act)
    if found is None:
        return ""
    tree, constraint = found
    constraint.skip_validation, constraint.initially_valid, constraint.conname = True, False, name
    return (
        f"{written_again(tree)};\n-- in a revision after it:\n"
        f"ALTER TABLE {sql_name(act.table)} VALIDATE CONSTRAINT {sql_column(name)};"
    )


def by_index(act: Act, name: str) -> str:
    """A unique or primary key over an index that was built while others write."""
    found = _constraint(act)
    if not act.columns or (found and (found[1].deferrable or found[1].including)):
        return ""
    word = "PRIMARY KEY" if act.how == "primary key" else "UNIQUE"
    table, index = sql_name(act.table), sql_column(name)
    columns = ", ".join(sql_column(c) for c in act.columns)
    return (
        f"CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} ({columns});\n-- in a revision after it:\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {index} {word} USING INDEX {index};"
    )


def _constraint(act: Act) -> tuple[pg.Node, pg.Constraint] | None:
    """The statement with nothing but the action that adds the act's constraint."""
    tree = node(act)
    if tree is None or not tree.HasField("alter_table_stmt"):
        return None
    for cmd in tree.alter_table_stmt.cmds:
        constraint = getattr(cmd.alter_table_cmd, "def").constraint
        columns = [k.string.sval for k in (*constraint.fk_attrs, *constraint.keys)]
        added = cmd.alter_table_cmd.subtype == pg.AT_AddConstraint
        if added and constraint.conname == act.name and tuple(columns) == act.columns:
            kept = pg.AlterTableCmd()
            kept.CopyFrom(cmd.alter_table_cmd)
            del tree.alter_table_stmt.cmds[:]
            tree.alter_table_stmt.cmds.add().alter_table_cmd.CopyFrom(kept)
            return tree, getattr(tree.alter_table_stmt.cmds[0].alter_table_cmd, "def").constraint
    return None


def column(act: Act) -> tuple[str, str]:
    """The type and the default of an added column, as SQL; "" for what there is not."""
    tree = node(act)
    for cmd in tree.alter_table_stmt.cmds if tree else ():
        found = getattr(cmd.alter_table_cmd, "def").column_def
        if cmd.alter_table_cmd.subtype == pg.AT_AddColumn and found.colname == act.name:
            raw = [c.constraint.raw_expr for c in found.constraints if c.constraint.HasField("raw_expr")]
            return _type(act.type), expression(raw[0]) if raw else ""
    return _type(act.type), ""


def _type(kept: str) -> str:
    """A type without its sequence: what a serial column truly is."""
    whole = {"serial": "integer", "serial4": "integer", "smallserial": "smallint", "serial2": "smallint"}
    return whole.get(kept, "bigint") if kept in COUNTED else kept


def in_batches(act: Act) -> str:
    """The same change of rows, a batch at a time; "" when it could not be told which rows are left.

    The condition stands outside too: where a table has partitions, one row's place is also another's.
    """
    tree = node(act)
    if tree is None:
        return ""
    left = _left(tree)
    if not left:
        return ""
    table = sql_name(act.table)
    chosen = f"({left}) AND ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {left} LIMIT {BATCH}))"
    if tree.HasField("delete_stmt"):
        changed = f"DELETE FROM {table}"
    else:
        sets = ", ".join(
            f"{sql_column(t.res_target.name)} = {expression(t.res_target.val)}"
            for t in tree.update_stmt.target_list
        )
        changed = f"UPDATE {table} SET {sets}"
    return f"-- outside a transaction, until it changes no row:\n{changed}\nWHERE {chosen};"


def _left(tree: pg.Node) -> str:
    """The condition of the rows that are still to be changed."""
    if tree.HasField("delete_stmt"):
        plain = not tree.delete_stmt.using_clause and tree.delete_stmt.HasField("where_clause")
        return expression(tree.delete_stmt.where_clause) if plain else ""
    update = tree.update_stmt
    sets = [t.res_target for t in update.target_list]
    columns = {s.name for s in sets}
    if any(s.indirection or s.val.HasField("multi_assign_ref") for s in sets):
        return ""
    if update.from_clause or not sets or any(_moving(s.val, columns) for s in sets):
        return ""
    parts = [f"{sql_column(s.name)} IS DISTINCT FROM {expression(s.val)}" for s in sets]
    changed = " OR ".join(parts)
    if not update.HasField("where_clause"):
        return changed
    return f"({expression(update.where_clause)}) AND ({changed})"


def _moving(value: pg.Node, columns: Iterable[str]) -> bool:
    """Its value may be another one when it is worked out again, or hangs on what it changes."""
    if steady(value):
        return False
    for message in inside(value):
        if isinstance(message, pg.FuncCall | pg.SubLink):
            return True
        if isinstance(message, pg.ColumnRef) and message.fields[-1].string.sval in (*columns, ""):
            return True
    return False
