"""In which row and column each table of a diagram stands: parents above their children. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

#: (row, column), counted from 0 at the upper left.
Cell = tuple[int, int]
#: (child, parent)
Pair = tuple[str, str]


def grid(tables: Sequence[str], pairs: Sequence[Pair]) -> dict[str, Cell]:
    """A cell of its own for each table. The same tables in the same order give the same grid."""
    parents: dict[str, list[str]] = defaultdict(list)
    for child, parent in pairs:
        if child != parent:
            parents[child].append(parent)
    depths = _depths(tables, parents)
    across = 1 if len(tables) == 1 else 2 if len(tables) <= 4 else 3
    cells: dict[str, Cell] = {}
    row = 0
    for depth in range(max(depths.values(), default=0) + 1):
        layer = sorted(
            (t for t in tables if depths[t] == depth), key=lambda t: _wish(t, parents, cells, across)
        )
        for start in range(0, len(layer), across):
            some = layer[start : start + across]
            columns = _columns([_wish(t, parents, cells, across) for t in some], across)
            cells.update({t: (row, column) for t, column in zip(some, columns, strict=True)})
            row += 1
    return cells


def _depths(tables: Sequence[str], parents: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many parents stand above each table at most; in a circle, the first one met stands highest."""
    found: dict[str, int] = {}

    def depth(table: str, above: tuple[str, ...]) -> int:
        if table not in found:
            higher = [p for p in parents.get(table, ()) if p not in above and p != table]
            found[table] = 1 + max((depth(p, (*above, table)) for p in higher), default=-1)
        return found[table]

    for table in tables:
        depth(table, (table,))
    return found


def _wish(table: str, parents: Mapping[str, Sequence[str]], cells: Mapping[str, Cell], across: int) -> float:
    """The column in which a table would stand best: below its parents, else in the middle."""
    above = [cells[p][1] for p in parents.get(table, ()) if p in cells]
    return sum(above) / len(above) if above else (across - 1) / 2


def _columns(wishes: Sequence[float], across: int) -> tuple[int, ...]:
    """Columns for the tables of one row, from left to right, as near to their wishes as there is room."""
    return min(
        combinations(range(across), len(wishes)),
        key=lambda some: sum(abs(column - wish) for column, wish in zip(some, wishes, strict=True)),
    )
