"""Block Kit's limits and surfaces."""

from typing import Any

import pytest

from bot.playground.blocks import blocks_wrong, element_in, view_wrong, with_ids

PLAIN = {"type": "plain_text", "text": "x"}
WORDS = {"type": "mrkdwn", "text": "x"}
RAW = {"type": "raw_text", "text": "x"}
RICH = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "12 s"}]}],
}
SECTION = {"type": "section", "text": WORDS}
BUTTON = {"type": "button", "action_id": "go", "text": PLAIN}
DONE = {"task_id": "p1", "title": "Expand", "status": "complete", "output": RICH}
NEXT = {"task_id": "p2", "title": "Contract", "status": "pending"}
BARS = {
    "type": "bar",
    "series": [{"name": "before", "data": [{"label": "q1", "value": 12}]}],
    "axis_config": {"categories": ["q1"], "y_label": "ms"},
}
CHART = {"type": "data_visualization", "title": "p95", "chart": BARS}
TABLE = {"type": "table", "rows": [[RAW, RAW]], "column_settings": [{"is_wrapped": True}]}
DATA = {
    "type": "data_table",
    "caption": "Locks",
    "rows": [[RAW], [{"type": "raw_number", "value": 1, "text": "1"}]],
}
FOLD = {
    "type": "container",
    "title": PLAIN,
    "is_collapsible": True,
    "default_collapsed": True,
    "child_blocks": [SECTION],
}
CARD = {"type": "card", "title": WORDS, "slack_icon": {"type": "icon", "name": "check"}, "actions": [BUTTON]}
ALERT = {"type": "alert", "text": WORDS, "level": "error"}
INPUT = {"type": "input", "label": PLAIN, "element": {"type": "plain_text_input", "action_id": "a"}}


def long(kind: str, length: int) -> dict[str, Any]:
    return {"type": kind, "text": "x" * length}


def choose(number: int) -> dict[str, Any]:
    options = [{"text": PLAIN, "value": str(n)} for n in range(number)]
    return {"type": "actions", "elements": [{"type": "static_select", "action_id": "s", "options": options}]}


@pytest.mark.parametrize(
    "block",
    [
        SECTION,
        {"type": "header", "text": PLAIN},
        {
            "type": "context",
            "elements": [WORDS, {"type": "image", "image_url": "http://x/y", "alt_text": "y"}],
        },
        {"type": "divider", "block_id": "d"},
        {"type": "plan", "title": "Change 42", "tasks": [DONE, NEXT]},
        {"type": "task_card", **DONE},
        TABLE,
        DATA,
        CHART,
        FOLD,
        CARD,
        {"type": "carousel", "elements": [CARD]},
        RICH,
        choose(100),
        {"type": "markdown", "text": "# x"},
    ],
    ids=lambda block: block["type"],
)
def test_what_slack_takes_in_a_message_is_taken(block: dict[str, Any]) -> None:
    assert blocks_wrong([block], "M") == []


@pytest.mark.parametrize(
    ("block", "pointer"),
    [
        ({"type": "bogus"}, "/blocks/0/type"),
        ({"text": PLAIN}, "/blocks/0"),
        ({"type": "section"}, "/blocks/0"),
        ({"type": "section", "text": long("mrkdwn", 3001)}, "/blocks/0/text/text"),
        ({"type": "section", "text": long("mrkdwn", 0)}, "/blocks/0/text/text"),
        ({"type": "section", "fields": [WORDS] * 11}, "/blocks/0/fields"),
        ({"type": "section", "fields": [long("mrkdwn", 2001)]}, "/blocks/0/fields/0/text"),
        ({"type": "section", "text": WORDS, "colour": "red"}, "/blocks/0"),
        ({"type": "header", "text": WORDS}, "/blocks/0/text/type"),
        ({"type": "header", "text": long("plain_text", 151)}, "/blocks/0/text/text"),
        ({"type": "context", "elements": [WORDS] * 11}, "/blocks/0/elements"),
        ({"type": "actions", "elements": [{"type": "button"}]}, "/blocks/0/elements/0"),
        ({"type": "actions", "elements": [{**BUTTON, "value": "x" * 2001}]}, "/blocks/0/elements/0/value"),
        (
            {"type": "actions", "elements": [{**BUTTON, "text": long("plain_text", 76)}]},
            "/blocks/0/elements/0/text/text",
        ),
        ({"type": "actions", "elements": [BUTTON, BUTTON]}, "/blocks/0"),
        (
            {"type": "actions", "elements": [{**BUTTON, "action_id": str(n)} for n in range(26)]},
            "/blocks/0/elements",
        ),
        (choose(101), "/blocks/0/elements/0/options"),
        ({"type": "task_card", **NEXT}, "/blocks/0/status"),
        ({"type": "plan", "title": "x", "tasks": [DONE, DONE]}, "/blocks/0/tasks"),
        ({"type": "plan", "title": "x", "tasks": [{**DONE, "status": "paused"}]}, "/blocks/0/tasks/0/status"),
        ({**FOLD, "is_collapsible": False}, "/blocks/0/default_collapsed"),
        ({**FOLD, "child_blocks": [{"type": "plan", "title": "x"}]}, "/blocks/0/child_blocks/0/type"),
        ({**DATA, "rows": [[RAW, RAW], [RAW]]}, "/blocks/0/rows"),
        ({**DATA, "rows": [[RICH], [RAW]]}, "/blocks/0/rows/0"),
        ({**TABLE, "rows": [[RAW] * 21]}, "/blocks/0/rows/0"),
        ({**CHART, "title": "x" * 51}, "/blocks/0/title"),
        ({**CARD, "actions": [BUTTON] * 4}, "/blocks/0/actions"),
        (ALERT, "/blocks/0/type"),
        ({**SECTION, "block_id": "x" * 256}, "/blocks/0/block_id"),
    ],
)
def test_what_slack_refuses_in_a_message_is_refused_at_its_place(block: dict[str, Any], pointer: str) -> None:
    assert pointer in [one.pointer for one in blocks_wrong([block], "M")]


def test_totals_of_a_message_are_kept() -> None:
    assert blocks_wrong([SECTION] * 50, "M") == []
    assert (
        blocks_wrong([SECTION] * 51, "M")[0].line() == "no more than 50 items allowed [json-pointer:/blocks]"
    )
    assert blocks_wrong([TABLE, TABLE], "M")
    assert blocks_wrong([CHART, CHART], "M") == []
    assert blocks_wrong([CHART, CHART, CHART], "M")
    assert blocks_wrong([{**SECTION, "block_id": "one"}] * 2, "M")


def test_a_modal_with_an_input_needs_a_way_to_send_it() -> None:
    modal = {"type": "modal", "title": PLAIN, "blocks": [INPUT, ALERT]}
    assert [one.message for one in view_wrong(modal)] == ["missing required field: submit"]
    assert view_wrong({**modal, "submit": PLAIN}) == []
    assert (
        view_wrong({**modal, "submit": PLAIN, "title": long("plain_text", 25)})[0].pointer
        == "/view/title/text"
    )
    assert len(view_wrong({**modal, "submit": PLAIN, "blocks": [SECTION] * 101})) == 1


def test_blocks_get_names_where_they_have_none_and_are_found_by_them() -> None:
    made = with_ids([{"type": "actions", "elements": [BUTTON, {"type": "button", "text": PLAIN}]}, FOLD])
    assert made[0]["block_id"]
    assert made[1]["child_blocks"][0]["block_id"]
    second = made[0]["elements"][1]
    assert element_in(made, made[0]["block_id"], second["action_id"]) == second
    assert element_in(made, "elsewhere", second["action_id"]) is None
    assert blocks_wrong(made, "M") == []
