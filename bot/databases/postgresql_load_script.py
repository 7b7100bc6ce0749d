"""A project's own workload: a script for pgbench (docs: "pgbench", Custom Scripts), read into its statements.

pgbench itself is not run: its log has a time for each transaction but not for each statement, and a client of
its ends at the first statement that the database refuses, which is just what a rehearsal wants to hear of.
"""

from __future__ import annotations

import ast
import math
import operator
import random
import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.errors import StepFailed

Number = int | float
_KNOWN = "Known are \\set and \\sleep, and the functions of pgbench that draw or compute numbers."
_SLEEP = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "": 1.0}
_SLEEP_MOST = 1.0
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_VARIABLE = re.compile(r"(?<!:):([^\W\d]\w*)")
_LONGEST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a script: a statement, or what `\\set` and `\\sleep` say."""

    number: int
    sql: str = ""
    #: The variable that `\\set` sets, and the expression it is set to.
    sets: str = ""
    to: str = ""
    sleep: float = 0.0


def read(name: str, text: str) -> tuple[Line, ...]:
    """The script's lines. Raises StepFailed for what it says that we do not know; `name` is for people."""
    if len(text) > _LONGEST:
        raise StepFailed(f"{name} is longer than {_LONGEST:,} characters.", hint="Write a shorter workload.")
    found: list[Line] = []
    waiting, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("\\") and not _bare(waiting):
            found.append(_meta(name, number, line.strip()))
            continue
        began = began if _bare(waiting) else number
        *whole, waiting = _cut(f"{waiting}{line}\n")
        found += [Line(number=began, sql=statement) for statement in whole if statement]
    if last := _bare(waiting):
        found.append(Line(number=began, sql=last))
    if not any(line.sql for line in found):
        raise StepFailed(f"{name} has no statement.", hint="A workload is a script for pgbench.")
    _draw_once(name, found)
    return tuple(found)


def evaluate(expression: str, variables: Mapping[str, Number]) -> Number:
    """The value of an expression of pgbench's. Raises ValueError for what is none."""
    try:
        tree = ast.parse(_VARIABLE.sub(r"\1", expression).strip(), mode="eval")
        return _value(tree.body, variables)
    except (SyntaxError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        raise ValueError(str(error)) from None


def filled(sql: str, variables: Mapping[str, Number]) -> str:
    """The statement with its variables' values in place of their names; unknown ones stay, as in pgbench."""
    return _VARIABLE.sub(lambda m: str(variables[m[1]]) if m[1] in variables else m[0], sql)


def _meta(name: str, number: int, line: str) -> Line:
    if match := re.fullmatch(r"\\set\s+([^\W\d]\w*)\s+(.+)", line):
        return Line(number=number, sets=match[1], to=match[2])
    if match := re.fullmatch(r"\\sleep\s+(\d+)\s*(us|ms|s|)", line):
        return Line(number=number, sleep=min(_SLEEP_MOST, int(match[1]) * _SLEEP[match[2]]))
    raise StepFailed(f"{name}, line {number}: “{line.split()[0]}” is not known here.", hint=_KNOWN)


def _draw_once(name: str, lines: Sequence[Line]) -> None:
    """Every expression is tried, so that what is wrong is said before anything runs."""
    variables: MutableMapping[str, Number] = {"scale": 1, "client_id": 0}
    for line in lines:
        if line.sets:
            try:
                variables[line.sets] = evaluate(line.to, variables)
            except ValueError as error:
                said = f"{name}, line {line.number}: “{line.to}” is not understood: {error}."
                raise StepFailed(said, hint=_KNOWN) from None


_PIECE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"|\$(\w*)\$.*?\$\1\$|;|.", re.DOTALL)


def _cut(text: str) -> list[str]:
    """The whole statements of `text`, bare, and the rest as it stands: it goes on in the next line."""
    if _open(text):
        return [text]
    found, part = [], ""
    for match in _PIECE.finditer(text):
        if match[0] == ";":
            found.append(_bare(part))
            part = ""
        else:
            part += match[0]
    return [*found, part]


def _open(text: str) -> bool:
    """Whether a string or a comment is still open at its end."""
    closed = re.sub(
        r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"|\$(\w*)\$.*?\$\1\$", "", text, flags=re.DOTALL
    )
    return bool(re.search(r"'|\"|/\*|\$\w*\$", closed))


def _bare(statement: str) -> str:
    return re.sub(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", "", statement, flags=re.DOTALL).strip()


def _value(node: ast.expr, variables: Mapping[str, Number]) -> Number:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return variables[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, variables)
        case ast.BinOp(left=left, op=op, right=right):
            return _joined(op, _value(left, variables), _value(right, variables))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _called(name, [_value(argument, variables) for argument in arguments])
    raise ValueError("only numbers, variables, + - * / % and functions are known")


def _joined(op: ast.operator, left: Number, right: Number) -> Number:
    whole = isinstance(left, int) and isinstance(right, int)
    if isinstance(op, ast.Div):
        return math.trunc(left / right) if whole else left / right  # as in C: towards zero
    if isinstance(op, ast.Mod) and whole:
        return int(math.fmod(left, right))
    known = _OPERATORS.get(type(op))
    if known is None:
        raise ValueError("only + - * / % are known between numbers")
    result: Number = known(left, right)
    return result


def _called(name: str, given: Sequence[Number]) -> Number:
    """pgbench's functions. Its three shaped draws are close to its own, not the same to the last digit."""
    known: dict[str, Callable[..., Number]] = {
        "random": lambda low, high: random.randint(int(low), int(high)),  # noqa: S311
        "random_gaussian": lambda low, high, shape: _within(low, high, 0.5 + random.gauss(0, 0.5) / shape),
        "random_exponential": lambda low, high, shape: _within(low, high, random.expovariate(shape)),
        "random_zipfian": lambda low, high, shape: _within(low, high, _zipf(high - low + 1, shape)),
        "abs": abs,
        "least": min,
        "greatest": max,
        "mod": lambda left, right: int(math.fmod(left, right)),
        "int": math.trunc,
        "double": float,
        "sqrt": math.sqrt,
        "pi": lambda: math.pi,
    }
    if name not in known:
        raise ValueError(f"the function {name} is not known")
    return known[name](*given)


def _within(low: Number, high: Number, share: float) -> int:
    span = int(high) - int(low) + 1
    return int(low) + min(span - 1, max(0, math.floor(share * span)))


def _zipf(count: Number, shape: Number) -> float:
    """A share of the range, small ones far more often: the inverse of the distribution's continuous form."""
    drawn, size = random.random(), float(count)  # noqa: S311
    if abs(shape - 1) < 1e-9:
        return float((size + 1) ** drawn - 1) / size
    return float((1 + drawn * ((size + 1) ** (1 - shape) - 1)) ** (1 / (1 - shape)) - 1) / size
