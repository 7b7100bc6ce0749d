"""Our limits against slackblocks 3.0.0, which keeps a table of its own."""

import inspect
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from slackblocks import _limits as theirs
from slackblocks import blocks as b
from slackblocks import elements as e
from slackblocks import objects as o
from slackblocks._core import resolve
from slackblocks._surfaces import _BLOCK_TYPES_BY_SURFACE
from slackblocks.errors import InvalidUsageError

from bot.playground.block_types import BLOCKS
from bot.playground.blocks import blocks_wrong
from bot.playground.limits import LIMITS, SOURCES, most
from tests.playground.corpus import CARD, LINE, TEXT

_ROW = re.compile(r"# ([\w.]+)\n(\w+) = (\d+)")
_ENDS = {
    "item_max_length": (".item", 1),
    **dict.fromkeys(("max_length", "max_items", "max"), ("", 1)),
    **dict.fromkeys(("min_length", "min_items", "min", "exclusive_min"), ("", 0)),
}
#: Their name -> ours, where one number of ours stands for several.
SAME = {
    "email_input.placeholder": "select.placeholder",
    "url_input.placeholder": "select.placeholder",
    "number_input.placeholder": "select.placeholder",
    "date_picker.placeholder": "select.placeholder",
    "time_picker.placeholder": "select.placeholder",
    "plain_text_input.placeholder": "select.placeholder",
    "rich_text_input.placeholder": "select.placeholder",
    "data_table.content": "data_table.total_content",
}
#: Theirs that we have not.
NOT_OURS = {
    "button.agent_prompt.max_length": "in no documentation that we could read",
    "message.channel.min_length": "an empty channel is channel_not_found here, as on Slack",
}
#: Where the two differ, and why ours is another.
DIFFERENT = {
    "data_table.rows.max_items": "a copy of Slack's page says 101 with the header: the smaller counts",
    "data_visualization.series.max_items": "Slack's page says 6: the smaller counts",
    "data_visualization.segments.max_items": "Slack's page says 6: the smaller counts",
    "data_visualization.segment.value.exclusive_min": "ours is the least number above 0: the same",
    "video.author_name.max_length": '"must be less than 50" on Slack\'s page: so 49',
    "video.title.max_length": '"must be less than 200" on Slack\'s page: so 199',
}


def rows() -> Iterator[tuple[str, str, int, int]]:
    """Their whole name, our name, which end of our range, and their number."""
    for whole, _, number in _ROW.findall(inspect.getsource(theirs)):
        name, _, end = whole.rpartition(".")
        more, side = _ENDS[end]
        yield whole, SAME.get(name, name) + more, side, int(number)


def test_every_number_of_theirs_is_ours_or_is_explained() -> None:
    found = {whole: (ours, side, number) for whole, ours, side, number in rows()}
    assert len(found) > 100
    assert {whole for whole, (ours, _, _) in found.items() if ours not in LIMITS} == set(NOT_OURS)
    told = {whole: row for whole, row in found.items() if whole not in NOT_OURS}
    other = {whole for whole, (ours, side, number) in told.items() if LIMITS[ours][side] != number}
    assert other == set(DIFFERENT)
    for whole in DIFFERENT:
        ours, side, number = told[whole]
        assert LIMITS[ours][side] <= number or side == 0, f"{whole}: ours must be the stricter"


def test_a_number_stands_in_one_place() -> None:
    assert sum(len(part) for part in SOURCES.values()) == len(LIMITS)
    assert all(least <= upper for least, upper in LIMITS.values())


def test_blocks_stand_on_the_same_surfaces() -> None:
    letters = {"M": "message", "V": "modal", "H": "home"}
    for letter, surface in letters.items():
        ours = {kind for kind, shape in BLOCKS.items() if letter in shape.on}
        assert ours == _BLOCK_TYPES_BY_SURFACE[surface], surface


def text(n: int) -> str:
    return "x" * n


def options(n: int) -> list[o.Option]:
    return [o.Option(o.PlainText("x"), str(one)) for one in range(n)]


def menu(n: int) -> b.Block:
    return b.ActionsBlock([e.StaticSelectMenu("a", options(n))])


def points(n: int) -> list[o.DataPoint]:
    return [o.DataPoint(str(one), 1) for one in range(n)]


def bars(n: int) -> b.Block:
    axis = o.AxisConfig([str(one) for one in range(n)])
    return b.DataVisualizationBlock("x", o.BarChart([o.DataSeries("x", points(n))], axis))


def pressed(**more: Any) -> b.Block:
    return b.ActionsBlock([e.Button(more.pop("text", "x"), action_id="a", **more)])


def tasks(n: int) -> b.Block:
    return b.PlanBlock("x", [b.TaskCardBlock(str(one), "x", status="pending") for one in range(n)])


def pie(n: int) -> b.Block:
    return b.DataVisualizationBlock(text(n), o.PieChart([o.ChartSegment("x", 1)]))


def boxes(n: int) -> b.Block:
    return b.ActionsBlock([e.CheckboxGroup("a", options(n))])


def card(n: int) -> b.Block:
    return b.CardBlock(actions=[e.Button("x", action_id=str(one)) for one in range(n)])


def labelled(n: int) -> b.Block:
    return pressed(accessibility_label=text(n))


Build = Callable[[int], b.Block]
#: The number, who builds a block with that many, and where in it to put one more.
EDGES: list[tuple[str, Build, str]] = [
    ("section.text", lambda n: b.SectionBlock(text(n)), "text.text"),
    ("section.fields", lambda n: b.SectionBlock(fields=[o.Markdown("x")] * n), "fields"),
    ("section.fields.item", lambda n: b.SectionBlock(fields=[o.Markdown(text(n))]), "fields.0.text"),
    ("block_id", lambda n: b.DividerBlock(text(n)), "block_id"),
    ("header.text", lambda n: b.HeaderBlock(text(n)), "text.text"),
    ("context.elements", lambda n: b.ContextBlock([o.Markdown("x")] * n), "elements"),
    ("image.alt_text", lambda n: b.ImageBlock("https://x.org/y", text(n)), "alt_text"),
    ("image.title", lambda n: b.ImageBlock("https://x.org/y", "x", title=text(n)), "title.text"),
    ("markdown.text", lambda n: b.MarkdownBlock(text(n)), "text"),
    ("input.label", lambda n: b.InputBlock(text(n), e.PlainTextInput("a")), "label.text"),
    ("input.hint", lambda n: b.InputBlock("x", e.PlainTextInput("a"), hint=text(n)), "hint.text"),
    ("button.text", lambda n: pressed(text=text(n)), "elements.0.text.text"),
    ("button.value", lambda n: pressed(value=text(n)), "elements.0.value"),
    ("button.url", lambda n: pressed(url=text(n)), "elements.0.url"),
    (
        "button.accessibility_label",
        lambda n: pressed(accessibility_label=text(n)),
        "elements.0.accessibility_label",
    ),
    ("select.options", menu, "elements.0.options"),
    ("overflow.options", lambda n: b.ActionsBlock([e.OverflowMenu("a", options(n))]), "elements.0.options"),
    (
        "checkboxes.options",
        lambda n: b.ActionsBlock([e.CheckboxGroup("a", options(n))]),
        "elements.0.options",
    ),
    ("plan.tasks", tasks, "tasks"),
    ("card.title", lambda n: b.CardBlock(title=o.Markdown(text(n))), "title.text"),
    ("card.body", lambda n: b.CardBlock(body=o.Markdown(text(n))), "body.text"),
    (
        "card.actions",
        lambda n: b.CardBlock(actions=[e.Button("x", action_id=str(k)) for k in range(n)]),
        "actions",
    ),
    ("carousel.elements", lambda n: b.CarouselBlock([CARD] * n), "elements"),
    ("container.child_blocks", lambda n: b.ContainerBlock([b.DividerBlock()] * n, title="x"), "child_blocks"),
    ("container.title", lambda n: b.ContainerBlock([b.DividerBlock()], title=text(n)), "title.text"),
    ("table.rows", lambda n: b.TableBlock([[TEXT]] * n), "rows"),
    ("table.columns", lambda n: b.TableBlock([[TEXT] * n]), "rows.0"),
    ("data_table.page_size", lambda n: b.DataTableBlock([[TEXT]] * 2, "x", page_size=n), "page_size"),
    (
        "data_visualization.title",
        lambda n: b.DataVisualizationBlock(text(n), o.PieChart([o.ChartSegment("x", 1)])),
        "title",
    ),
    ("data_visualization.data", bars, "chart.series.0.data"),
]


def grown(block: Any, path: str) -> Any:
    """The same with one character, one item or one unit more at this place."""
    made = deepcopy(block)
    *way, last = [int(one) if one.isdigit() else one for one in path.split(".")]
    inside = made
    for key in way:
        inside = inside[key]
    value = inside[last]
    if isinstance(value, list):
        inside[last] = [*value, value[-1]]
    else:
        inside[last] = value + ("x" if isinstance(value, str) else 1)
    return made


@pytest.mark.parametrize(("name", "build", "path"), EDGES, ids=[one[0] for one in EDGES])
def test_both_take_as_much_and_refuse_one_more(name: str, build: Build, path: str) -> None:
    block = resolve(build(most(name)))
    assert [one.line() for one in blocks_wrong([block], "M")] == []
    with pytest.raises(InvalidUsageError):
        build(most(name) + 1)
    pointer = "/blocks/0/" + path.replace(".", "/")
    assert pointer in [one.pointer for one in blocks_wrong([grown(block, path)], "M")]


def test_the_rich_text_of_both_is_the_same() -> None:
    assert blocks_wrong([resolve(b.RichTextBlock([LINE]))], "M") == []
    wrong = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "emoji"}]}],
    }
    assert [one.pointer for one in blocks_wrong([wrong], "M")] == ["/blocks/0/elements/0/elements/0"]
