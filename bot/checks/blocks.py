"""What a DO block does: the statements that stand in it, as long as every one of them can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.checks.grammar import Parsed, TooDeep, WrongSyntax, inside, parsed, pg, procedure

#: Parts of PL/pgSQL that run nothing but what stands in them.
_PLAIN = frozenset(
    f"PLpgSQL_stmt_{name}"
    for name in (
        *("block", "loop", "while", "fori", "fors", "foreach_a", "exit", "if", "case", "assign", "execsql"),
        *("perform", "commit", "rollback", "raise", "return", "getdiag", "assert"),
    )
)
#: Functions of PostgreSQL that a SELECT or an expression may call and still change nothing.
_HARMLESS = frozenset(
    {"count", "max", "min", "sum", "avg", "now", "clock_timestamp", "pg_sleep", "lower", "upper", "length"}
    | {"abs", "ceil", "floor", "array_length", "cardinality", "format", "concat", "to_char", "to_regclass"}
    | {"current_setting"}
)
_LANGUAGE = "plpgsql"


class _Unread(Exception):
    """Something in the block may do anything."""


@dataclass(frozen=True, slots=True)
class Block:
    """The statements of a block in order, and the names of its variables."""

    statements: tuple[Parsed, ...]
    variables: frozenset[str]

    def bounds(self, where: pg.Node) -> bool:
        """A WHERE that names a column, and not the block's own variables alone."""
        return any(
            isinstance(m, pg.ColumnRef) and m.fields and m.fields[0].string.sval not in self.variables
            for m in inside(where)
        )


def opened(body: pg.DoStmt, text: str) -> Block | None:
    """The block; None when anything in it cannot be read: dynamic SQL, other languages, other functions."""
    words = [a.def_elem for a in body.args]
    if any(w.defname == "language" and w.arg.string.sval != _LANGUAGE for w in words):
        return None
    try:
        tree = procedure(text)
        statements = tuple(s for part in _expressions(tree) for s in _read(*part))
    except (WrongSyntax, TooDeep, _Unread):
        return None
    return Block(statements, frozenset(_names(tree)))


def _expressions(tree: Any, role: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every piece of SQL with the place that it stands in: "sqlstmt" is run, others are worked out."""
    if isinstance(tree, list):
        for part in tree:
            yield from _expressions(part, role)
    elif isinstance(tree, dict):
        for name, part in tree.items():
            if name.startswith("PLpgSQL_stmt_") and name not in _PLAIN:
                raise _Unread
            if name == "PLpgSQL_expr":
                yield role, part
            else:
                yield from _expressions(part, name)


def _read(role: str, piece: dict[str, Any]) -> list[Parsed]:
    """The statement of a piece that changes something; none for a SELECT and for an expression."""
    text = str(piece["query"])
    mode = piece.get("parseMode", 0)
    if mode == 2:
        text = f"SELECT {text}"
    elif mode > 2:  # an assignment: the name, then := or =
        text = f"SELECT {text.partition('=')[2]}"
    found = parsed(text)
    for one in found:
        if one.node.HasField("select_stmt") and not _quiet(one.node):
            raise _Unread
    return [one for one in found if role == "sqlstmt" and not one.node.HasField("select_stmt")]


def _quiet(node: pg.Node) -> bool:
    """A SELECT that changes nothing: no function of somebody's, no change in its WITH, no table made."""
    for message in inside(node):
        if isinstance(message, pg.FuncCall):
            *schema, name = (n.string.sval for n in message.funcname)
            if name not in _HARMLESS or schema not in ([], ["pg_catalog"]):
                return False
        if isinstance(message, pg.InsertStmt | pg.UpdateStmt | pg.DeleteStmt | pg.MergeStmt | pg.IntoClause):
            return False
    return True


def _names(tree: Any) -> Iterator[str]:
    if isinstance(tree, list):
        for part in tree:
            yield from _names(part)
    elif isinstance(tree, dict):
        if "refname" in tree:
            yield str(tree["refname"])
        for part in tree.values():
            yield from _names(part)
