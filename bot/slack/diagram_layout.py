"""Where the boxes of a diagram stand and how its lines run. Pure.

Boxes stand in a grid, parents above their children. Between rows and columns lie free strips, and lines run
in these alone: so none crosses a box. Each line has a lane of its own, so none lies upon another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.schemas import Mark
from bot.slack.diagram_boxes import Box, Join
from bot.slack.diagram_grid import Cell, grid

Point = tuple[int, int]
#: Pixels around everything, between two lanes, and of a strip with one lane.
MARGIN, LANE, STRIP = 32, 16, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A box and its upper left corner."""

    box: Box
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A line from a child to its parent; each part of it is level or upright."""

    mark: Mark
    child: str
    parent: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Everything in its place. Sizes in pixels."""

    width: int
    height: int
    boxes: tuple[Placed, ...]
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A line before anybody knows where its strips lie. Strips are counted from 0, from the top and the left:
    it leaves into one between rows, goes along a gutter between columns (-1: needs none), arrives by another.
    """

    number: int
    join: Join
    child: Cell
    parent: Cell
    leaves: int
    arrives: int
    gutter: int


def laid_out(boxes: Sequence[Box], joins: Sequence[Join]) -> Layout:
    """Place the boxes and run the lines between them. `joins` are between these boxes only."""
    cells = grid([box.table for box in boxes], [(j.child, j.parent) for j in joins])
    plan = _Plan({cells[box.table]: box for box in boxes}, [_way(n, j, cells) for n, j in enumerate(joins)])
    placed = tuple(Placed(box=box, x=plan.left[c[1]], y=plan.top[c[0]]) for c, box in sorted(plan.at.items()))
    routes = tuple(plan.route(way) for way in plan.ways)
    right = [one.x + one.box.width for one in placed] + [x for route in routes for x, _ in route.points]
    low = [one.y + one.box.height for one in placed] + [y for route in routes for _, y in route.points]
    return Layout(
        width=max(right, default=0) + MARGIN,
        height=max(low, default=0) + MARGIN,
        boxes=placed,
        routes=routes,
    )


def _way(number: int, join: Join, cells: Mapping[str, Cell]) -> _Way:
    child, parent = cells[join.child], cells[join.parent]
    leaves = child[0] + 1 if parent[0] > child[0] else child[0]
    arrives = parent[0] + 1 if parent[0] < child[0] else parent[0]
    between = min(child[1], parent[1]) + 1
    return _Way(
        number=number,
        join=join,
        child=child,
        parent=parent,
        leaves=leaves,
        arrives=arrives,
        gutter=-1 if leaves == arrives else between,
    )


class _Plan:
    """The places of columns, ports, lanes and rows, worked out in this order."""

    def __init__(self, at: Mapping[Cell, Box], ways: Sequence[_Way]) -> None:
        self.at, self.ways = at, ways
        #: column -> its left edge; line -> its place in its gutter.
        self.left: dict[int, int] = {}
        self.upright: dict[int, int] = {}
        self._set_columns()
        #: (line, "child" or "parent") -> where it meets that box.
        self.ports: dict[tuple[int, str], int] = {}
        self._set_ports()
        #: (line, strip) -> its lane there; row -> its upper edge; strip -> its upper edge.
        self.lanes: dict[tuple[int, int], int] = {}
        self._set_lanes()
        self.top: dict[int, int] = {}
        self.strips: dict[int, int] = {}
        self._set_rows()

    def route(self, way: _Way) -> Route:
        """The line's corners, from the child's edge to the parent's."""
        child, parent = self.ports[way.number, "child"], self.ports[way.number, "parent"]
        out, into = self._level(way, way.leaves), self._level(way, way.arrives)
        points = [(child, self._edge(way.child, way.leaves)), (child, out)]
        if way.gutter >= 0:
            points += [(self.upright[way.number], out), (self.upright[way.number], into)]
        points += [(parent, into), (parent, self._edge(way.parent, way.arrives))]
        return Route(mark=way.join.mark, child=way.join.child, parent=way.join.parent, points=tuple(points))

    def _set_columns(self) -> None:
        across = max((column for _, column in self.at), default=0) + 1
        used: dict[int, list[int]] = defaultdict(list)
        for way in self.ways:
            used[way.gutter].append(way.number)
        x = MARGIN
        for column in range(across + 1):
            lines = used.get(column, [])
            for n, line in enumerate(lines):
                self.upright[line] = x + STRIP // 2 + n * LANE
            if column or lines:
                x += STRIP + LANE * max(0, len(lines) - 1)
            if column < across:
                self.left[column] = x
                x += max((box.width for cell, box in self.at.items() if cell[1] == column), default=0)

    def _set_ports(self) -> None:
        ends: dict[Cell, list[tuple[int, int, str]]] = defaultdict(list)
        for way in self.ways:
            ends[way.leaves, way.child[1]].append((way.parent[1], way.number, "child"))
            ends[way.arrives, way.parent[1]].append((way.child[1], way.number, "parent"))
        for (strip, column), found in ends.items():
            # The box above the strip and the one below share its ports, so that no two stand upon another.
            boxes = [self.at[row, column] for row in (strip - 1, strip) if (row, column) in self.at]
            wide = min(box.width for box in boxes)
            for n, (_, line, end) in enumerate(sorted(found)):
                self.ports[line, end] = self.left[column] + (n + 1) * wide // (len(found) + 1)

    def _set_lanes(self) -> None:
        runs: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for way in self.ways:
            child, parent = self.ports[way.number, "child"], self.ports[way.number, "parent"]
            turn = self.upright.get(way.number, parent)
            runs[way.leaves].append((min(child, turn), max(child, turn), way.number))
            if way.gutter >= 0:
                runs[way.arrives].append((min(turn, parent), max(turn, parent), way.number))
        for strip, found in runs.items():
            ends: list[int] = []  # lane -> where its last run ends
            for begin, end, line in sorted(found):
                lane = next((n for n, last in enumerate(ends) if last + LANE < begin), len(ends))
                ends[lane : lane + 1] = [end]
                self.lanes[line, strip] = lane

    def _set_rows(self) -> None:
        down = max((row for row, _ in self.at), default=0) + 1
        most = Counter[int]()
        for (_, strip), lane in self.lanes.items():
            most[strip] = max(most[strip], lane + 1)
        y = MARGIN
        for row in range(down + 1):
            self.strips[row] = y
            if 0 < row < down or most[row]:
                y += STRIP + LANE * max(0, most[row] - 1)
            if row < down:
                self.top[row] = y
                y += max((box.height for cell, box in self.at.items() if cell[0] == row), default=0)

    def _level(self, way: _Way, strip: int) -> int:
        return self.strips[strip] + STRIP // 2 + LANE * self.lanes[way.number, strip]

    def _edge(self, cell: Cell, strip: int) -> int:
        """The box's upper edge for the strip above it, else its lower one."""
        return self.top[cell[0]] + (0 if strip == cell[0] else self.at[cell].height - 1)
