"""A message of every kind of block that a message may hold, and a form of every kind of input."""

import struct
import zlib
from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def amount(value: float) -> Json:
    return {"type": "raw_number", "value": value, "text": f"{value:,}"}


def rich(*pieces: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(pieces)}]}


def words(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def option(text: str) -> Json:
    return {"text": plain(text), "value": text.lower()}


PHASES = [option(one) for one in ("Development", "Staging", "Production")]
BUTTON: Json = {
    "type": "button",
    "action_id": "go",
    "text": plain("Approve"),
    "style": "primary",
    "value": "1",
}


def series(kind: str) -> Json:
    names = ["plan", "staging", "production"]
    lists = {"before": (12.5, 30, 41), "after": (3, 0, -4), "limit": (20, 20, 20)}
    return {
        "type": "data_visualization",
        "title": f"Waits as {kind}",
        "chart": {
            "type": kind,
            "series": [
                {
                    "name": name,
                    "data": [{"label": n, "value": v} for n, v in zip(names, values, strict=True)],
                }
                for name, values in lists.items()
            ],
            "axis_config": {"categories": names, "x_label": "Phase", "y_label": "ms"},
        },
    }


PIE: Json = {
    "type": "data_visualization",
    "title": "Time by kind of step",
    "chart": {
        "type": "pie",
        "segments": [
            {"label": "backfill", "value": 60},
            {"label": "index", "value": 30},
            {"label": "checks", "value": 10},
        ],
    },
}
PLAN: Json = {
    "type": "plan",
    "title": "Migration 42",
    "tasks": [
        {"task_id": "p1", "title": "Expand", "status": "complete", "output": rich(words("12 s"))},
        {"task_id": "p2", "title": "Backfill 42%", "status": "in_progress"},
        {"task_id": "p3", "title": "Contract", "status": "pending"},
        {"task_id": "p4", "title": "Check", "status": "error"},
    ],
}
TABLE: Json = {
    "type": "table",
    "rows": [[raw("Table"), raw("Lock")], [raw("users"), raw("ACCESS EXCLUSIVE")]],
    "column_settings": [{"is_wrapped": True}, {"align": "right"}],
}
DATA_TABLE: Json = {
    "type": "data_table",
    "caption": "Rows by table",
    "page_size": 3,
    "row_header_column_index": 0,
    "rows": [[raw("Table"), raw("Rows")], *([raw(f"t{n}"), amount((n * 37) % 101)] for n in range(1, 8))],
}
CARDS: list[Json] = [
    {
        "type": "card",
        "title": marked(f"*{one}*"),
        "subtitle": marked("0 of 1"),
        "body": marked("Waits for staging"),
        "slack_icon": {"type": "icon", "name": "check"},
        "actions": [{**BUTTON, "action_id": f"card-{one}"}],
    }
    for one in ("DBA", "QA", "SRE", "Product")
]
CONTAINER: Json = {
    "type": "container",
    "title": plain("The SQL"),
    "subtitle": plain("forward"),
    "is_collapsible": True,
    "default_collapsed": True,
    "child_blocks": [
        {"type": "section", "text": marked("```alter table users add mark int```")},
        {"type": "divider"},
        {"type": "context", "elements": [marked("13 revisions")]},
    ],
}
RICH: Json = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                words("bold", bold=True),
                words(" and "),
                words("code", code=True),
                {"type": "emoji", "name": "tada"},
                {"type": "link", "url": "http://127.0.0.1/run", "text": "the runbook"},
                {"type": "broadcast", "range": "here"},
                {"type": "color", "value": "#1f7a45"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 0,
            "elements": [
                {"type": "rich_text_section", "elements": [words("first")]},
                {"type": "rich_text_section", "elements": [words("second")]},
            ],
        },
        {"type": "rich_text_quote", "elements": [words("quoted")]},
        {"type": "rich_text_preformatted", "elements": [words("select 1")]},
    ],
}
MARKDOWN: Json = {
    "type": "markdown",
    "text": "## Findings\n1. **one** ~~gone~~\n2. `two`\n\n- [x] done\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
}
CONTEXT_ACTIONS: Json = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "judge",
            "positive_button": {"text": plain("Helpful"), "value": "yes"},
            "negative_button": {"text": plain("Not so"), "value": "no"},
        },
        {"type": "icon_button", "icon": "trash", "text": plain("Away"), "action_id": "away"},
    ],
}
FAR: Json = {"type": "image", "image_url": "http://127.0.0.2/far.png", "alt_text": "far away"}
TEXTS: list[Json] = [
    {"type": "header", "text": plain("Every block")},
    {
        "type": "section",
        "text": marked("*Risk:* high :warning:"),
        "accessory": {"type": "overflow", "action_id": "more", "options": PHASES},
    },
    {"type": "section", "fields": [marked("*Down:* 2 s"), marked("*Back:* yes")]},
    {"type": "context", "elements": [marked("plan `1a2b`"), FAR]},
    {"type": "divider"},
    {
        "type": "actions",
        "elements": [
            BUTTON,
            {"type": "static_select", "action_id": "phase", "placeholder": plain("Phase"), "options": PHASES},
            {"type": "datepicker", "action_id": "day", "placeholder": plain("Day")},
            {"type": "users_select", "action_id": "who", "placeholder": plain("Who")},
        ],
    },
    FAR,
    RICH,
    MARKDOWN,
    TABLE,
    {
        "type": "video",
        "title": plain("How it went"),
        "alt_text": "a film",
        "video_url": "https://127.0.0.1/film",
        "thumbnail_url": "https://127.0.0.2/film.png",
    },
    CONTEXT_ACTIONS,
]
DATA: list[Json] = [
    PLAN,
    {"type": "task_card", "task_id": "t1", "title": "Backfill", "status": "in_progress"},
    DATA_TABLE,
    CONTAINER,
    CARDS[0],
    {"type": "carousel", "elements": CARDS},
    series("bar"),
    PIE,
]
CHARTS: list[Json] = [series("line"), series("area")]
MESSAGES = (TEXTS, DATA, CHARTS)


def field(name: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": name,
        "label": plain(name.capitalize()),
        "element": {"action_id": "it", **element},
        **more,
    }


FORM: Json = {
    "type": "modal",
    "callback_id": "all",
    "title": plain("Every input"),
    "submit": plain("Send"),
    "blocks": [
        {"type": "alert", "level": "warning", "text": marked("Production is *near*.")},
        field("words", {"type": "plain_text_input", "min_length": 2}, hint=plain("At least two letters")),
        field("story", {"type": "plain_text_input", "multiline": True}, optional=True),
        field("phase", {"type": "static_select", "options": PHASES}),
        field("phases", {"type": "multi_static_select", "options": PHASES}, optional=True),
        field("ticks", {"type": "checkboxes", "options": PHASES}),
        field("one", {"type": "radio_buttons", "options": PHASES}),
        field("day", {"type": "datepicker"}),
        field("hour", {"type": "timepicker"}),
        field("moment", {"type": "datetimepicker"}),
        field("person", {"type": "users_select"}),
        field("channel", {"type": "conversations_select"}),
        field("count", {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}),
        field("page", {"type": "url_text_input"}),
        field("mail", {"type": "email_text_input"}),
    ],
}


def png(width: int = 60, height: int = 30) -> bytes:
    """A picture of one colour."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + b"\x14\x6c\x66" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    )
