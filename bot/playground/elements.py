"""The elements inside Block Kit blocks: fields and limits, as tables."""

from typing import Any

from bot.playground.rules import (
    Out,
    Rule,
    Shape,
    anything,
    boolean,
    choice,
    items,
    number,
    string,
    text,
    thing,
    typed,
    wrong,
)

ID, URL = string(255), string(3000)
PLAIN_75 = text(75, plain=True)
CONFIRM = thing(
    {
        "title": text(100, plain=True),
        "text": text(300),
        "confirm": text(30, plain=True),
        "deny": text(30, plain=True),
    },
    style=choice("primary", "danger"),
)
OPTION = thing({"text": text(75), "value": string(150)}, description=text(75), url=URL)
OPTIONS_10 = items(OPTION, 10)
GROUPS = items(thing({"label": PLAIN_75, "options": items(OPTION, 100)}), 100)
PICK = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": boolean, "placeholder": text(150, plain=True)}
DISPATCH = thing(trigger_actions_on=items(choice("on_enter_pressed", "on_character_entered"), 2))
TYPED = {
    "action_id": ID,
    "placeholder": text(150, plain=True),
    "initial_value": string(3000, 0),
    "focus_on_load": boolean,
    "dispatch_action_config": DISPATCH,
}
LENGTHS = {"min_length": number(0, 3000), "max_length": number(1, 3000)}
RANGE = {"min_value": anything, "max_value": anything}


def _select(value: Any, at: str, out: Out) -> None:
    if ("options" in value) == ("option_groups" in value):
        wrong(out, at, "must provide either options or option_groups", "missing_field", field="options")


def _picked(**more: Rule) -> Shape:
    return Shape(may={**PICK, **more})


BUTTON = Shape(
    need={"text": PLAIN_75},
    may={
        "action_id": ID,
        "value": string(2000, 0),
        "url": URL,
        "confirm": CONFIRM,
        "style": choice("primary", "danger"),
        "accessibility_label": string(75),
    },
)
FEEDBACK = thing({"text": PLAIN_75, "value": string(2000)}, accessibility_label=string(75))
IMAGE = Shape(need={"alt_text": string(2000)}, may={"image_url": URL, "slack_file": anything})
CHOICES = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": boolean}

ELEMENTS: dict[str, Shape] = {
    "button": BUTTON,
    "workflow_button": Shape(need={"text": PLAIN_75, "workflow": anything}, may={"action_id": ID}),
    "image": IMAGE,
    "overflow": Shape(need={"options": items(OPTION, 5)}, may={"action_id": ID, "confirm": CONFIRM}),
    "checkboxes": Shape(need={"options": OPTIONS_10}, may={**CHOICES, "initial_options": OPTIONS_10}),
    "radio_buttons": Shape(need={"options": OPTIONS_10}, may={**CHOICES, "initial_option": OPTION}),
    "static_select": Shape(
        may={**PICK, "options": items(OPTION, 100), "option_groups": GROUPS, "initial_option": OPTION},
        also=_select,
    ),
    "multi_static_select": Shape(
        may={
            **PICK,
            "options": items(OPTION, 100),
            "option_groups": GROUPS,
            "initial_options": items(OPTION, 100),
            "max_selected_items": number(1, 100),
        },
        also=_select,
    ),
    "users_select": _picked(initial_user=ID),
    "multi_users_select": _picked(initial_users=items(ID, 100), max_selected_items=number(1, 100)),
    "channels_select": _picked(initial_channel=ID, response_url_enabled=boolean),
    "conversations_select": _picked(
        initial_conversation=ID,
        default_to_current_conversation=boolean,
        response_url_enabled=boolean,
        filter=anything,
    ),
    "datepicker": _picked(initial_date=string(10)),
    "timepicker": _picked(initial_time=string(5), timezone=string(64)),
    "datetimepicker": Shape(may={**CHOICES, "initial_date_time": number(1e9, 9_999_999_999)}),
    "plain_text_input": Shape(may={**TYPED, **LENGTHS, "multiline": boolean}),
    "url_text_input": Shape(may=TYPED),
    "email_text_input": Shape(may=TYPED),
    "number_input": Shape(need={"is_decimal_allowed": boolean}, may={**TYPED, **RANGE}),
    "rich_text_input": Shape(may={**TYPED, "initial_value": anything}),
    "file_input": Shape(may={"action_id": ID, "filetypes": anything, "max_files": number(1, 10)}),
    "feedback_buttons": Shape(
        need={"positive_button": FEEDBACK, "negative_button": FEEDBACK}, may={"action_id": ID}
    ),
    "icon_button": Shape(
        need={"icon": choice("trash"), "text": PLAIN_75},
        may={
            "action_id": ID,
            "value": string(2000),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": items(ID, 10),
        },
    ),
}
INPUTS = (
    *(
        "plain_text_input",
        "url_text_input",
        "email_text_input",
        "number_input",
        "rich_text_input",
        "file_input",
    ),
    *("checkboxes", "radio_buttons", "static_select", "multi_static_select", "datepicker", "timepicker"),
    *("datetimepicker", "users_select", "multi_users_select", "channels_select", "conversations_select"),
)
ACTIONS = (
    *("button", "workflow_button", "overflow", "checkboxes", "radio_buttons", "static_select", "datepicker"),
    *("timepicker", "datetimepicker", "users_select", "channels_select", "conversations_select"),
)
ACCESSORIES = (*ACTIONS, "image", "multi_static_select", "multi_users_select")

RICH_PART = typed(
    {
        "rich_text_section": Shape(need={"elements": items(anything, 1000, 0)}),
        "rich_text_preformatted": Shape(
            need={"elements": items(anything, 1000, 0)}, may={"border": number(0, 1), "language": string(50)}
        ),
        "rich_text_quote": Shape(need={"elements": items(anything, 1000, 0)}, may={"border": number(0, 1)}),
        "rich_text_list": Shape(
            need={"elements": items(anything, 1000, 0), "style": choice("bullet", "ordered")},
            may={"indent": number(0, 8), "border": number(0, 1), "offset": number(0, 10_000)},
        ),
    }
)
RICH = typed(
    {"rich_text": Shape(need={"elements": items(RICH_PART, 1000, 0)})}, known=frozenset({"type", "block_id"})
)
CELLS = {
    "raw_text": Shape(need={"text": string(3000, 0)}),
    "raw_number": Shape(need={"value": number(-1e308, 1e308)}, may={"text": string(3000)}),
    "rich_text": Shape(need={"elements": items(RICH_PART, 1000, 0)}),
}
SOURCE = typed({"url": Shape(need={"url": URL, "text": string(255)})})
TASK = {
    "details": RICH,
    "output": RICH,
    "sources": items(SOURCE, 100, 0),
}
TASK_NEED = {
    "task_id": ID,
    "title": string(255),
    "status": choice("pending", "in_progress", "complete", "error"),
}
