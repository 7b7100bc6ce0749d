"""Expressions of the plan's own, as far as they may be put to a target.

A question is put before anybody has approved the plan, so an expression of the plan's own may hold columns,
constants, operators and the functions below, and nothing else: a call of anything may do anything.
"""

from __future__ import annotations

from sqlglot import exp

from bot.checks.trees import DIALECTS, tree
from bot.core.targets import Kind

#: Why an expression is not put: a clause.
OWN = "its expression calls what might do more than answer; the rehearsal tells"
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


def pure(expression: str, kind: Kind) -> str:
    """The expression, written again from what was understood of it; "" unless all of it only answers."""
    whole = tree(f"SELECT ({expression})", kind)
    if not isinstance(whole, exp.Select) or len(whole.expressions) != 1:
        return ""
    (alone,) = whole.expressions
    others = any(value for name, value in whole.args.items() if name != "expressions")
    if others or not isinstance(alone, exp.Paren | exp.Tuple) or not _pure(alone):
        return ""
    inner = alone.this if isinstance(alone, exp.Paren) else alone
    return inner.sql(DIALECTS[kind])


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
