"""Block Kit's blocks: fields, limits, and surfaces (M message, V modal, H home), as one table."""

from typing import Any

from bot.playground.elements import (
    ACCESSORIES,
    ACTIONS,
    BUTTON,
    CELLS,
    ELEMENTS,
    IMAGE,
    INPUTS,
    RICH,
    RICH_PART,
    TASK,
    TASK_NEED,
    URL,
)
from bot.playground.rules import (
    Out,
    Shape,
    anything,
    boolean,
    choice,
    items,
    number,
    shaped,
    string,
    text,
    thing,
    typed,
    wrong,
)

MESSAGE_BLOCKS, VIEW_BLOCKS, ATTACHMENTS = 50, 100, 100
MESSAGE_CHARACTERS = 13_200  # over all blocks; not documented, seen: msg_blocks_too_long
MARKDOWN_CHARACTERS = 12_000
DATA_TABLE_CHARACTERS = 20_000
TEXT_CHARACTERS, UPDATE_CHARACTERS = 40_000, 4_000
TABLES, CHARTS = 1, 2


def _alone(value: Any, at: str, out: Out) -> None:
    if value.get("status") == "pending":
        wrong(out, f"{at}/status", "a task_card outside a plan may not be pending")


def _tasks(value: Any, at: str, out: Out) -> None:
    tasks = value.get("tasks")
    ids = [one.get("task_id") for one in tasks if isinstance(one, dict)] if isinstance(tasks, list) else []
    if len(set(ids)) != len(ids):
        wrong(out, f"{at}/tasks", "task_id must be unique in the plan")


def _section(value: Any, at: str, out: Out) -> None:
    if "text" not in value and "fields" not in value:
        wrong(out, at, "missing required field: text", "missing_field", field="text")


def _card(value: Any, at: str, out: Out) -> None:
    if not {"hero_image", "title", "actions", "body"} & set(value):
        wrong(
            out, at, "must provide one of: hero_image, title, actions, body", "missing_field", field="title"
        )
    if "icon" in value and "slack_icon" in value:
        wrong(out, at, "must not provide both icon and slack_icon")


def _container(value: Any, at: str, out: Out) -> None:
    if ("title" in value) == ("rich_text_title" in value):
        wrong(out, at, "must provide either title or rich_text_title", "missing_field", field="title")
    if value.get("default_collapsed") and not value.get("is_collapsible"):
        wrong(out, f"{at}/default_collapsed", "needs is_collapsible")
    if value.get("has_header_divider") and value.get("is_collapsible"):
        wrong(out, f"{at}/has_header_divider", "not allowed with is_collapsible")


def _picture(value: Any, at: str, out: Out) -> None:
    if ("image_url" in value) == ("slack_file" in value):
        wrong(out, at, "must provide either image_url or slack_file", "missing_field", field="image_url")


def _data_table(value: Any, at: str, out: Out) -> None:
    rows = value.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows) or not rows:
        return
    if len({len(row) for row in rows}) > 1:
        wrong(out, f"{at}/rows", "every row must have the same number of cells")
    if any(isinstance(cell, dict) and cell.get("type") == "rich_text" for cell in rows[0]):
        wrong(out, f"{at}/rows/0", "rich_text is not allowed in the header row")


ICON = typed({"icon": Shape(need={"name": string(100)})})
CARD = Shape(
    may={
        "hero_image": shaped(IMAGE, frozenset({"type"})),
        "icon": shaped(IMAGE, frozenset({"type"})),
        "slack_icon": ICON,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "subtext": text(200),
        "actions": items(typed({"button": BUTTON}), 3),
    },
    also=_card,
)


def _chart(value: Any, at: str, out: Out) -> None:
    """Every series has exactly the categories of the axis."""
    series, axis = value.get("series"), value.get("axis_config")
    if not isinstance(series, list) or not isinstance(axis, dict):
        return
    found = [one for one in series if isinstance(one, dict)]
    names = [one.get("name") for one in found]
    if len(set(names)) != len(names):
        wrong(out, f"{at}/series", "series names must be unique")
    for n, one in enumerate(found):
        points = [point.get("label") for point in one.get("data", []) if isinstance(point, dict)]
        if points != axis.get("categories"):
            wrong(out, f"{at}/series/{n}/data", "must have exactly the axis categories")


LABEL = string(20)
AXIS = thing({"categories": items(LABEL, 20)}, x_label=string(50), y_label=string(50))
POINT = thing({"label": LABEL, "value": number(-1e308, 1e308)})
LINES = Shape(
    need={
        "series": items(thing({"name": LABEL, "data": items(POINT, 20)}), 6),
        "axis_config": AXIS,
    },
    also=_chart,
)
PIE = Shape(need={"segments": items(thing({"label": LABEL, "value": number(1e-308, 1e308)}), 12)})
CHART = typed({"bar": LINES, "line": LINES, "area": LINES, "pie": PIE})
COLUMN = thing(align=choice("left", "center", "right"), is_wrapped=boolean)
CELL = typed(CELLS)
TASK_IN_PLAN = shaped(Shape(need=TASK_NEED, may=TASK), frozenset({"type", "block_id"}))
SMALL = typed(
    {**ELEMENTS, "mrkdwn": Shape(need={"text": string(2000)}, may={"verbatim": boolean})}
    | {"plain_text": Shape(need={"text": string(2000)}, may={"emoji": boolean})},
    *("image", "mrkdwn", "plain_text"),
)

BLOCKS: dict[str, Shape] = {
    "section": Shape(
        may={
            "text": text(3000),
            "fields": items(text(2000), 10),
            "accessory": typed(ELEMENTS, *ACCESSORIES),
            "expand": boolean,
        },
        also=_section,
    ),
    "header": Shape(need={"text": text(150, plain=True)}, may={"level": number(1, 4)}),
    "context": Shape(need={"elements": items(SMALL, 10)}),
    "divider": Shape(),
    "image": Shape(
        need={"alt_text": string(2000)},
        may={"image_url": URL, "slack_file": anything, "title": text(2000, plain=True)},
        also=_picture,
    ),
    "video": Shape(
        need={
            "alt_text": string(2000),
            "title": text(200, plain=True),
            "video_url": URL,
            "thumbnail_url": URL,
        },
        may={
            "author_name": string(49),
            "description": text(200, plain=True),
            "provider_icon_url": URL,
            "provider_name": string(50),
            "title_url": URL,
        },
    ),
    "actions": Shape(need={"elements": items(typed(ELEMENTS, *ACTIONS), 25)}),
    "input": Shape(
        need={"label": text(2000, plain=True), "element": typed(ELEMENTS, *INPUTS)},
        may={"hint": text(2000, plain=True), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": Shape(need={"elements": items(RICH_PART, 1000, 0)}),
    "markdown": Shape(need={"text": string(MARKDOWN_CHARACTERS)}, on="M"),
    "table": Shape(
        need={"rows": items(items(CELL, 20), 100)}, may={"column_settings": items(COLUMN, 20, 0)}, on="MH"
    ),
    "context_actions": Shape(
        need={"elements": items(typed(ELEMENTS, "feedback_buttons", "icon_button"), 5)}, on="M"
    ),
    "task_card": Shape(need=TASK_NEED, may=TASK, on="M", also=_alone),
    "plan": Shape(
        need={"title": string(255)}, may={"tasks": items(TASK_IN_PLAN, 50, 0)}, on="M", also=_tasks
    ),
    "alert": Shape(
        need={"text": text(200)},
        may={"level": choice("default", "info", "warning", "error", "success")},
        on="V",
    ),
    "card": CARD,
    "carousel": Shape(
        need={"elements": items(typed({"card": CARD}, known=frozenset({"type", "block_id"})), 10)}, on="MH"
    ),
    "data_table": Shape(
        need={"caption": string(2000), "rows": items(items(CELL, 20), 201, 2)},
        may={"page_size": number(1, 100), "row_header_column_index": number(0, 19)},
        on="MH",
        also=_data_table,
    ),
    "data_visualization": Shape(need={"title": string(50), "chart": CHART}, on="MH"),
}
_IN_CONTAINER = (
    "actions",
    "context",
    "divider",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "table",
    "video",
)
BLOCKS["container"] = Shape(
    need={"child_blocks": items(typed(BLOCKS, *_IN_CONTAINER, known=frozenset({"type", "block_id"})), 10)},
    may={
        "title": text(150, plain=True),
        "rich_text_title": RICH,
        "subtitle": text(150),
        "width": choice("narrow", "standard", "wide", "full"),
        "icon": anything,
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    on="MH",
    also=_container,
)
