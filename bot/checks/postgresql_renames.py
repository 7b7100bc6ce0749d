"""What gets another name on PostgreSQL, by its own grammar."""

from __future__ import annotations

from bot.checks.acts import NO_TABLES, Act, What
from bot.checks.grammar import pg
from bot.checks.names import joined
from bot.checks.postgresql_alterations import Make, relation


def rename(body: pg.RenameStmt, make: Make) -> list[Act]:
    table = relation(body.relation)
    if body.rename_type == pg.OBJECT_TABLE:
        to = joined([body.relation.schemaname, body.newname])
        return [make(what=What.RENAME_TABLE, table=table, tables=(table,), to=to)]
    if body.rename_type == pg.OBJECT_COLUMN and body.relation_type == pg.OBJECT_TABLE:
        return [
            make(what=What.RENAME_COLUMN, table=table, tables=(table,), name=body.subname, to=body.newname)
        ]
    if body.rename_type == pg.OBJECT_TABCONSTRAINT:
        return [make(what=What.QUICK_ALTER, table=table, tables=(table,), how="rename constraint")]
    word = pg.ObjectType.Name(body.rename_type).removeprefix("OBJECT_").replace("_", " ").lower()
    name = table or body.subname or joined(named(body.object)) or word
    how = f"rename {word}"
    return [make(what=What.OTHER_SCHEMA, name=name, to=body.newname, tables=NO_TABLES, how=how)]


def set_schema(body: pg.AlterObjectSchemaStmt, make: Make) -> list[Act]:
    if body.object_type != pg.OBJECT_TABLE:
        return [make(what=What.OTHER_SCHEMA, tables=NO_TABLES, how="set schema")]
    table, to = relation(body.relation), joined([body.newschema, body.relation.relname])
    return [make(what=What.RENAME_TABLE, table=table, tables=(table,), to=to, how="set schema")]


def enum(body: pg.AlterEnumStmt, make: Make) -> list[Act]:
    name = joined([n.string.sval for n in body.type_name])
    renamed = bool(body.old_val)
    how = "rename enum value" if renamed else "add enum value"
    return [
        make(
            what=What.OTHER_SCHEMA,
            tables=NO_TABLES,
            name=name,
            how=how,
            columns=(body.old_val,) if renamed else (),
            to=body.new_val,
        )
    ]


def named(node: pg.Node) -> list[str]:
    """The parts of a thing's name."""
    if node.HasField("string"):
        return [node.string.sval]
    if node.HasField("object_with_args"):
        return [n.string.sval for n in node.object_with_args.objname]
    if node.HasField("type_name"):
        return [n.string.sval for n in node.type_name.names]
    return [n.string.sval for n in node.list.items]
