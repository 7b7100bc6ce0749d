"""The diagram: nothing overlaps, nothing sticks out, everything is bounded, and the same input is the same
picture."""

from __future__ import annotations

from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.core.schemas import Column, ForeignKey, Index, Mark, TableShape, difference
from bot.slack.diagram import tables_picture
from bot.slack.diagram_boxes import COLUMNS, KEYS, TABLES, box_of, chosen, joins
from bot.slack.diagram_ink import BADGE, SMALL, TEXT, Sheet, readable, width
from bot.slack.diagram_layout import Layout, Placed, Route, laid_out
from bot.slack.lock_chart import lock_picture
from bot.slack.sample_measures import AFTER, BEFORE, REHEARSAL

PICTURES = Path(__file__).parents[1] / "pictures"
Part = tuple[tuple[int, int], tuple[int, int]]


def table(name: str, columns: int, parents: tuple[str, ...] = (), *, neighbour: bool = False) -> TableShape:
    keys = tuple(ForeignKey(name=f"to {p}", columns=("c0",), parent=p) for p in parents)
    made = tuple(Column(name=f"c{n}", type="character varying(99)") for n in range(columns))
    return TableShape(name=name, columns=made, foreign_keys=keys, neighbour=neighbour)


def any_schema(chance: Random) -> tuple[list[TableShape], list[TableShape]]:
    """Two looks at up to twelve tables that point at each other, also in circles and at themselves."""
    names = [f"table_{'x' * chance.randrange(30)}{n}" for n in range(chance.randint(1, 12))]

    def look() -> list[TableShape]:
        return [
            table(
                name,
                chance.randrange(30),
                tuple(chance.sample(names, min(len(names), chance.randrange(4)))),
                neighbour=chance.random() < 0.2,
            )
            for name in names
            if chance.random() < 0.9
        ]

    return look(), look()


def layout_of(before: list[TableShape], after: list[TableShape]) -> Layout:
    shown = chosen(difference(before, after))
    return laid_out([box_of(one) for one in shown], joins(shown))


def apart(one: Placed, other: Placed) -> bool:
    return (
        one.x + one.box.width <= other.x
        or other.x + other.box.width <= one.x
        or one.y + one.box.height <= other.y
        or other.y + other.box.height <= one.y
    )


def inside(part: Part, placed: Placed) -> bool:
    """Some of the line's part is within the box, its edges left out."""
    (x1, y1), (x2, y2) = part
    left, right = placed.x, placed.x + placed.box.width - 1
    top, low = placed.y, placed.y + placed.box.height - 1
    return max(x1, x2) > left and min(x1, x2) < right and max(y1, y2) > top and min(y1, y2) < low


def parts(route: Route) -> list[Part]:
    return list(pairwise(route.points))


def upon(one: Part, other: Part) -> bool:
    """Two parts of lines run upon each other for a way: then nobody could tell which goes where."""
    for axis in (0, 1):
        level = {point[axis] for point in (*one, *other)}
        if len(level) == 1:
            a, b = sorted(p[1 - axis] for p in one), sorted(p[1 - axis] for p in other)
            return min(a[1], b[1]) > max(a[0], b[0])
    return False


@pytest.mark.parametrize("seed", range(120))
def test_no_two_boxes_overlap_no_line_crosses_a_box_and_no_line_lies_upon_another(seed: int) -> None:
    layout = layout_of(*any_schema(Random(seed)))
    for one, other in combinations(layout.boxes, 2):
        assert apart(one, other), (one.box.table, other.box.table)
    for route in layout.routes:
        for part in parts(route):
            (x1, y1), (x2, y2) = part
            assert x1 == x2 or y1 == y2
            assert 0 < min(x1, x2) <= max(x1, x2) < layout.width
            assert 0 < min(y1, y2) <= max(y1, y2) < layout.height
            assert not any(inside(part, placed) for placed in layout.boxes), route
    for one, other in combinations(layout.routes, 2):  # type: ignore[assignment]
        assert not any(upon(a, b) for a in parts(one) for b in parts(other)), (one, other)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(30))
def test_every_line_begins_at_its_child_and_ends_at_its_parent(seed: int) -> None:
    layout = layout_of(*any_schema(Random(seed)))
    at = {placed.box.table: placed for placed in layout.boxes}
    for route in layout.routes:
        for name, (x, y) in ((route.child, route.points[0]), (route.parent, route.points[-1])):
            placed = at[name]
            assert placed.x < x < placed.x + placed.box.width
            assert y in (placed.y, placed.y + placed.box.height - 1)


@pytest.mark.parametrize("seed", range(40))
def test_every_text_stays_inside_its_box(seed: int) -> None:
    for one in chosen(difference(*any_schema(Random(seed)))):
        box = box_of(one)
        assert width(box.head, TEXT) + 16 <= box.width
        for row in box.rows:
            if row.wide:
                assert 16 + BADGE + 10 + width(row.name, SMALL) < box.width
            else:
                assert box.name_at + width(row.name, TEXT) < box.type_at
                assert box.type_at + width(row.type, SMALL) < box.width


def blank_around(data: bytes, margin: int = 12) -> bool:
    """Nothing is drawn at the picture's edges: so nothing was cut there."""
    with Image.open(BytesIO(data)) as picture:
        drawn = ImageChops.invert(picture.convert("L")).getbbox()
        assert drawn
        left, top, right, low = drawn
        return min(left, top, picture.width - right, picture.height - low) >= margin


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_cut_at_the_edges_of_a_picture(seed: int) -> None:
    assert blank_around(tables_picture(*any_schema(Random(seed)), "x.png").data)


def test_nothing_is_cut_at_the_edges_of_a_small_picture_with_everything_in_its_legend() -> None:
    before = [table("t", 2), table("n", 0, ("t",), neighbour=True)]
    after = [table("t", 1), table("n", 0, ("t",), neighbour=True)]
    assert blank_around(tables_picture(before, after, "x.png").data)
    assert blank_around(lock_picture(REHEARSAL, "x.png").data)


def test_parents_stand_above_their_children() -> None:
    layout = layout_of(
        [], [table("lines", 1, ("orders",)), table("orders", 1, ("users",)), table("users", 1)]
    )
    at = {placed.box.table: placed.y for placed in layout.boxes}
    assert at["users"] < at["orders"] < at["lines"]


def test_a_diagram_is_bounded_and_says_what_is_left_out() -> None:
    names = [f"t{n}" for n in range(40)]
    shapes = [table(name, 60, tuple(names)) for name in names]
    shown = chosen(difference(shapes, shapes))
    assert len(shown) == TABLES
    assert len(joins(shown)) <= KEYS
    box = box_of(shown[0])
    assert len(box.rows) == COLUMNS + 1
    assert box.rows[-1].name == "… and 35 more"
    with Image.open(BytesIO(tables_picture(shapes, shapes, "x.png").data)) as picture:
        assert picture.width * picture.height < 20_000_000


def test_what_alters_is_drawn_before_what_stays() -> None:
    before = [table(f"same{n}", 1) for n in range(20)] + [table("zebra", 1)]
    after = [*before[:-1], table("zebra", 2)]
    assert chosen(difference(before, after))[0].name == "zebra"
    wide = table("wide", 60)
    added = TableShape(name="wide", columns=(*wide.columns, Column(name="new", type="text")))
    (one,) = difference([wide], [added])
    assert [row.mark for row in box_of(one).rows][-2:] == [Mark.ADDED, Mark.SAME]


def test_each_mark_has_its_sign_and_the_table_that_is_new_says_so_in_its_head() -> None:
    shown = {one.name: one for one in chosen(difference(BEFORE, AFTER))}
    orders = {row.name: row.mark for row in box_of(shown["orders"]).rows}
    assert orders["amount"] is Mark.CHANGED
    assert orders["legacy_code"] is Mark.DROPPED
    assert orders["currency"] is Mark.ADDED
    assert box_of(shown["currencies"]).mark is Mark.ADDED
    assert box_of(shown["order_lines"]).rows == ()
    marks = {(j.child, j.parent): j.mark for j in joins(list(shown.values()))}
    assert marks["orders", "currencies"] is Mark.ADDED
    assert marks["orders", "customers"] is Mark.SAME


def test_a_mark_is_told_by_its_sign_alone() -> None:
    """In black and white the three signs are as different as letters are."""
    signs = []
    for mark in (Mark.ADDED, Mark.CHANGED, Mark.DROPPED):
        sheet = Sheet(BADGE, BADGE)
        sheet.badge((0, 0), mark)
        with Image.open(BytesIO(sheet.png())) as picture:
            signs.append(picture.convert("L").point(lambda value: 255 * (value > 200)))
    for one, other in combinations(signs, 2):
        differ = ImageChops.difference(one, other).histogram()[255]
        assert differ > BADGE * BADGE * 0.05


def test_the_same_shapes_give_the_same_bytes() -> None:
    first, again = (tables_picture(BEFORE, AFTER, "x.png") for _ in range(2))
    assert first == again
    assert first.data.startswith(b"\x89PNG")
    assert first.data != tables_picture(AFTER, BEFORE, "x.png").data


def test_the_alt_text_says_the_same_facts() -> None:
    alt = tables_picture(BEFORE, AFTER, "x.png").alt
    for fact in ("amount integer → bigint", "− legacy_code", "+ currency", "+ currencies", "→ currencies"):
        assert fact in alt
    assert len(alt) <= 1000
    assert tables_picture(BEFORE, BEFORE, "x.png").alt == "Tables: orders, customers."
    many = [table(f"t{n}", 3) for n in range(400)]
    assert len(tables_picture([], many, "x.png").alt) <= 1000


def test_names_from_outside_break_nothing() -> None:
    evil = "x\n\x00\u202e<!channel>" + "größe цена 表 " * 40
    shape = TableShape(
        name=evil,
        columns=(Column(name=evil, type=evil),),
        indexes=(Index(name=evil, definition=evil),),
    )
    file = tables_picture([shape], [TableShape(name=evil, columns=shape.columns)], "x.png")
    with Image.open(BytesIO(file.data)) as picture:
        assert picture.width < 2000
    assert readable("größe цена") == "grosse ????"


def test_no_table_at_all_is_a_picture_too() -> None:
    assert tables_picture([], [], "x.png").data.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["tables", "locks"])
def test_the_pictures_that_are_shown_are_those_that_are_drawn(name: str) -> None:
    file = tables_picture(BEFORE, AFTER, "x") if name == "tables" else lock_picture(REHEARSAL, "x")
    with Image.open(PICTURES / f"{name}.png") as kept, Image.open(BytesIO(file.data)) as drawn:
        assert kept.size == drawn.size, "draw it anew: python -m bot.slack.gallery pictures tests/pictures"
        # Another version of FreeType may draw an edge a shade lighter.
        assert max(ImageStat.Stat(ImageChops.difference(kept.convert("L"), drawn.convert("L"))).mean) < 1
