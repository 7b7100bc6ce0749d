"""Block Kit's blocks: fields and surfaces (M message, V modal, H home), as one table."""

from typing import Any

from bot.playground.charts import CHART
from bot.playground.elements import (
    ACCESSORIES,
    ACTIONS,
    BUTTON,
    ELEMENTS,
    IMAGE,
    INPUTS,
    SOURCE,
    picture,
)
from bot.playground.rich_text import BODY, RICH
from bot.playground.rules import (
    Out,
    Shape,
    boolean,
    choice,
    items,
    number,
    plain,
    shaped,
    string,
    text,
    thing,
    typed,
    wrong,
)

FRAME = frozenset({"type", "block_id"})
TYPE = frozenset({"type"})


def _alone(value: Any, at: str, out: Out) -> None:
    if value.get("status") == "pending":
        wrong(out, f"{at}/status", "a task_card outside a plan may not be pending")


def _tasks(value: Any, at: str, out: Out) -> None:
    tasks = value.get("tasks")
    ids = [one.get("task_id") for one in tasks if isinstance(one, dict)] if isinstance(tasks, list) else []
    if len({str(one) for one in ids}) != len(ids):
        wrong(out, f"{at}/tasks", "task_id must be unique in the plan")


def _section(value: Any, at: str, out: Out) -> None:
    if "text" not in value and "fields" not in value:
        wrong(out, at, "missing required field: text", "missing_field", field="text")


def _card(value: Any, at: str, out: Out) -> None:
    if not {"hero_image", "title", "actions", "body"} & set(value):
        said = "must provide one of: hero_image, title, actions, body"
        wrong(out, at, said, "missing_field", field="title")
    if "icon" in value and "slack_icon" in value:
        wrong(out, at, "must not provide both icon and slack_icon")


def _container(value: Any, at: str, out: Out) -> None:
    if not {"title", "rich_text_title"} & set(value):
        said = "must provide one of: title, rich_text_title"
        wrong(out, at, said, "missing_field", field="title")
    if value.get("default_collapsed") and not value.get("is_collapsible"):
        wrong(out, f"{at}/default_collapsed", "needs is_collapsible")
    if value.get("has_header_divider") and value.get("is_collapsible"):
        wrong(out, f"{at}/has_header_divider", "not allowed with is_collapsible")


def _data_table(value: Any, at: str, out: Out) -> None:
    rows = value.get("rows")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        return
    if len({len(row) for row in rows}) > 1:
        wrong(out, f"{at}/rows", "every row must have the same number of cells")
    if any(isinstance(cell, dict) and cell.get("type") == "rich_text" for cell in rows[0]):
        wrong(out, f"{at}/rows/0", "rich_text is not allowed in the header row")
    header = value.get("row_header_column_index", 0)
    if isinstance(header, int) and header >= len(rows[0]):
        wrong(out, f"{at}/row_header_column_index", "there is no such column")


def _cell(limit: str) -> dict[str, Shape]:
    return {
        "raw_text": Shape(need={"text": string(limit)}),
        "raw_number": Shape(need={"value": number("any_number"), "text": string(limit)}),
        "rich_text": BODY,
    }


WORDS = text("text")
TASK = Shape(
    need={
        "task_id": string("task.task_id"),
        "title": string("task.title"),
        "status": choice("pending", "in_progress", "complete", "error"),
    },
    may={"details": RICH, "output": RICH, "sources": items(SOURCE, "task.sources")},
)
CARD = Shape(
    may={
        "hero_image": shaped(IMAGE, TYPE),
        "icon": shaped(IMAGE, TYPE),
        "slack_icon": typed({"icon": Shape(need={"name": string("card.icon")})}),
        "title": text("card.title"),
        "subtitle": text("card.subtitle"),
        "body": text("card.body"),
        "subtext": text("card.subtext"),
        "actions": items(typed({"button": BUTTON}), "card.actions"),
    },
    also=_card,
)
_TEXT = {
    "mrkdwn": Shape(need={"text": string("text")}, may={"verbatim": boolean}),
    "plain_text": Shape(need={"text": string("text")}, may={"emoji": boolean}),
}
BLOCKS: dict[str, Shape] = {
    "section": Shape(
        may={
            "text": text("section.text"),
            "fields": items(text("section.fields.item"), "section.fields"),
            "accessory": typed(ELEMENTS, *ACCESSORIES),
            "expand": boolean,
        },
        also=_section,
    ),
    "header": Shape(need={"text": plain("header.text")}, may={"level": number("header.level")}),
    "context": Shape(
        need={"elements": items(typed({**_TEXT, "image": IMAGE}), "context.elements")},
    ),
    "divider": Shape(),
    "image": Shape(
        need={"alt_text": string("image.alt_text")},
        may={
            "image_url": string("image.image_url"),
            "slack_file": thing(url=string("image.image_url"), id=string("id")),
            "title": plain("image.title"),
        },
        also=picture,
    ),
    "video": Shape(
        need={
            "alt_text": string("video.alt_text"),
            "title": plain("video.title"),
            "video_url": string("video.video_url"),
            "thumbnail_url": string("video.thumbnail_url"),
        },
        may={
            "author_name": string("video.author_name"),
            "description": plain("video.description"),
            "provider_icon_url": string("video.provider_icon_url"),
            "provider_name": string("video.provider_name"),
            "title_url": string("video.title_url"),
        },
    ),
    "file": Shape(need={"external_id": string("file.external_id"), "source": choice("remote")}, on="M"),
    "actions": Shape(need={"elements": items(typed(ELEMENTS, *ACTIONS), "actions.elements")}),
    "input": Shape(
        need={"label": plain("input.label"), "element": typed(ELEMENTS, *INPUTS)},
        may={"hint": plain("input.hint"), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": BODY,
    "markdown": Shape(need={"text": string("markdown.text")}, on="M"),
    "table": Shape(
        need={"rows": items(items(typed(_cell("table.cell_text")), "table.columns"), "table.rows")},
        may={
            "column_settings": items(
                thing(align=choice("left", "center", "right"), is_wrapped=boolean), "table.column_settings"
            )
        },
        on="MH",
    ),
    "context_actions": Shape(
        need={
            "elements": items(typed(ELEMENTS, "feedback_buttons", "icon_button"), "context_actions.elements")
        },
        on="M",
    ),
    "task_card": Shape(need=TASK.need, may=TASK.may, on="M", also=_alone),
    "plan": Shape(
        need={"title": string("plan.title")},
        may={"tasks": items(shaped(TASK, FRAME), "plan.tasks")},
        on="M",
        also=_tasks,
    ),
    "alert": Shape(
        need={"text": text("alert.text")},
        may={"level": choice("default", "info", "warning", "error", "success")},
        on="V",
    ),
    "card": CARD,
    "carousel": Shape(
        need={"elements": items(typed({"card": CARD}, known=FRAME), "carousel.elements")}, on="MH"
    ),
    "data_table": Shape(
        need={
            "caption": string("data_table.caption"),
            "rows": items(
                items(typed(_cell("data_table.cell_text")), "data_table.columns"), "data_table.rows"
            ),
        },
        may={
            "page_size": number("data_table.page_size"),
            "row_header_column_index": number("data_table.row_header_column_index"),
        },
        on="MH",
        also=_data_table,
    ),
    "data_visualization": Shape(need={"title": string("data_visualization.title"), "chart": CHART}, on="MH"),
}
_IN_CONTAINER = (
    *("actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section"),
    *("table", "video"),
)
BLOCKS["container"] = Shape(
    need={"child_blocks": items(typed(BLOCKS, *_IN_CONTAINER, known=FRAME), "container.child_blocks")},
    may={
        "title": plain("container.title"),
        "rich_text_title": RICH,
        "subtitle": text("container.subtitle"),
        "width": choice("narrow", "standard", "wide", "full"),
        "icon": shaped(IMAGE, TYPE),
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    on="MH",
    also=_container,
)
