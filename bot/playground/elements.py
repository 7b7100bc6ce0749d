"""The elements inside Block Kit blocks: their fields, as tables."""

from typing import Any

from bot.playground.rich_text import RICH
from bot.playground.rules import (
    Out,
    Rule,
    Shape,
    anything,
    boolean,
    choice,
    items,
    number,
    plain,
    string,
    text,
    thing,
    typed,
    wrong,
)

ID, ACTION_ID, URL = string("id"), string("action_id"), string("image_element.image_url")
CONFIRM = thing(
    {
        "title": plain("confirmation.title"),
        "text": text("confirmation.text"),
        "confirm": plain("confirmation.confirm"),
        "deny": plain("confirmation.deny"),
    },
    style=choice("primary", "danger"),
)
STYLE = choice("primary", "danger")
HINT = plain("select.placeholder")


def _option(rule: Rule) -> Rule:
    about: dict[str, Rule] = {"description": text("option.description"), "url": string("option.url")}
    return thing({"text": rule, "value": string("option.value")}, **about)


OPTION, RICH_OPTION = _option(plain("option.text")), _option(text("option.text"))
OPTIONS = items(OPTION, "select.options")
GROUP = thing({"label": plain("option_group.label"), "options": items(OPTION, "option_group.options")})
ASKS: dict[str, Rule] = {"action_id": ACTION_ID, "confirm": CONFIRM}
FOCUS: dict[str, Rule] = {**ASKS, "focus_on_load": boolean}
PICK: dict[str, Rule] = {**FOCUS, "placeholder": HINT}
MANY: dict[str, Rule] = {**PICK, "max_selected_items": number("multi_select.max_selected_items")}
LISTED: dict[str, Rule] = {"options": OPTIONS, "option_groups": items(GROUP, "select.option_groups")}
OPENED: dict[str, Rule] = {
    "default_to_current_conversation": boolean,
    "filter": thing(
        include=items(choice("im", "mpim", "private", "public"), "conversation_filter.include"),
        exclude_external_shared_channels=boolean,
        exclude_bot_users=boolean,
    ),
}
TYPED: dict[str, Rule] = {
    "action_id": ACTION_ID,
    "placeholder": HINT,
    "initial_value": string("plain_text_input.initial_value"),
    "focus_on_load": boolean,
    "dispatch_action_config": thing(
        trigger_actions_on=items(
            choice("on_enter_pressed", "on_character_entered"),
            "dispatch_action_configuration.trigger_actions_on",
        )
    ),
}
PEOPLE = items(ID, "people")
QUERY: dict[str, Rule] = {"min_query_length": number("select.min_query_length")}


def _offers(value: Any, at: str, out: Out) -> None:
    if ("options" in value) == ("option_groups" in value):
        wrong(out, at, "must provide either options or option_groups", "missing_field", field="options")


def _lengths(value: Any, at: str, out: Out) -> None:
    least, most = value.get("min_length", 0), value.get("max_length", 3000)
    if isinstance(least, int) and isinstance(most, int) and least > most:
        wrong(out, f"{at}/min_length", "must not be more than max_length")


def picture(value: Any, at: str, out: Out) -> None:
    if ("image_url" in value) == ("slack_file" in value):
        wrong(out, at, "must provide either image_url or slack_file", "missing_field", field="image_url")


def _stored(value: Any, at: str, out: Out) -> None:
    if ("url" in value) == ("id" in value):
        wrong(out, at, "must provide either url or id", "missing_field", field="url")


def _button(kind: str, **more: Rule) -> Shape:
    label = string(f"{kind}.accessibility_label")
    may: dict[str, Rule] = {"action_id": ACTION_ID, "accessibility_label": label, **more}
    return Shape(need={"text": plain(f"{kind}.text")}, may=may)


def _choices(kind: str, first: str, rule: Rule) -> Shape:
    return Shape(
        need={"options": items(RICH_OPTION, f"{kind}.options")},
        may={**FOCUS, first: rule},
    )


def _menu(one: str, **more: Rule) -> Shape:
    return Shape(may={**PICK, f"initial_{one}": ID, **more})


def _menus(some: str, **more: Rule) -> Shape:
    return Shape(may={**MANY, f"initial_{some}": PEOPLE, **more})


SLACK_FILE = Shape(may={"url": URL, "id": ID}, also=_stored)
FEEDBACK = thing(
    {"text": plain("feedback_button.text"), "value": string("feedback_button.value")},
    accessibility_label=string("feedback_button.accessibility_label"),
)
BUTTON = _button(
    "button", value=string("button.value"), url=string("button.url"), confirm=CONFIRM, style=STYLE
)
IMAGE = Shape(
    need={"alt_text": string("image_element.alt_text")},
    may={"image_url": URL, "slack_file": thing(url=URL, id=ID)},
    also=picture,
)
ICONS = Shape(
    need={"icon": choice("trash"), "text": plain("icon_button.text")},
    may={
        **ASKS,
        "value": string("icon_button.value"),
        "accessibility_label": string("icon_button.accessibility_label"),
        "visible_to_user_ids": items(ID, "icon_button.visible_to_user_ids"),
    },
)
ELEMENTS: dict[str, Shape] = {
    "button": BUTTON,
    "workflow_button": Shape(
        need={"text": plain("workflow_button.text"), "workflow": anything},
        may={
            **ASKS,
            "style": STYLE,
            "accessibility_label": string("workflow_button.accessibility_label"),
        },
    ),
    "image": IMAGE,
    "overflow": Shape(need={"options": items(OPTION, "overflow.options")}, may=ASKS),
    "checkboxes": _choices("checkboxes", "initial_options", items(RICH_OPTION, "checkboxes.options")),
    "radio_buttons": _choices("radio_buttons", "initial_option", RICH_OPTION),
    "static_select": Shape(may={**PICK, **LISTED, "initial_option": OPTION}, also=_offers),
    "multi_static_select": Shape(may={**MANY, **LISTED, "initial_options": OPTIONS}, also=_offers),
    "external_select": Shape(may={**PICK, **QUERY, "initial_option": OPTION}),
    "multi_external_select": Shape(may={**MANY, **QUERY, "initial_options": OPTIONS}),
    "users_select": _menu("user"),
    "multi_users_select": _menus("users"),
    "channels_select": _menu("channel", response_url_enabled=boolean),
    "multi_channels_select": _menus("channels"),
    "conversations_select": _menu("conversation", response_url_enabled=boolean, **OPENED),
    "multi_conversations_select": _menus("conversations", **OPENED),
    "datepicker": Shape(may={**PICK, "initial_date": string("date_picker.initial_date")}),
    "timepicker": Shape(
        may={
            **PICK,
            "initial_time": string("time_picker.initial_time"),
            "timezone": string("time_picker.timezone"),
        }
    ),
    "datetimepicker": Shape(may={**FOCUS, "initial_date_time": number("date_time_picker.initial_date_time")}),
    "plain_text_input": Shape(
        may={
            **TYPED,
            "multiline": boolean,
            "min_length": number("plain_text_input.min_length"),
            "max_length": number("plain_text_input.max_length"),
        },
        also=_lengths,
    ),
    "url_text_input": Shape(may=TYPED),
    "email_text_input": Shape(may=TYPED),
    "number_input": Shape(
        need={"is_decimal_allowed": boolean},
        may={**TYPED, "min_value": string("id"), "max_value": string("id")},
    ),
    "rich_text_input": Shape(
        may={
            **TYPED,
            "initial_value": RICH,
            "min_lines": number("rich_text_input.min_lines"),
            "max_lines": number("rich_text_input.max_lines"),
        }
    ),
    "file_input": Shape(
        may={
            "action_id": ACTION_ID,
            "filetypes": items(ID, "people"),
            "max_files": number("file_input.max_files"),
        }
    ),
    "feedback_buttons": Shape(
        need={"positive_button": FEEDBACK, "negative_button": FEEDBACK}, may={"action_id": ACTION_ID}
    ),
    "icon_button": ICONS,
}
_ONE = ("static_select", "external_select", "users_select", "channels_select", "conversations_select")
_SEVERAL = tuple(f"multi_{one}" for one in _ONE)
_TIMES = ("datepicker", "timepicker", "datetimepicker")
_BOXES = ("checkboxes", "radio_buttons")
_TEXTS = tuple(one for one in ELEMENTS if one.endswith("_input"))
INPUTS = (*_TEXTS, *_BOXES, *_ONE, *_SEVERAL, *_TIMES)
ACTIONS = ("button", "workflow_button", "overflow", *_BOXES, *_ONE, *_SEVERAL, *_TIMES, "rich_text_input")
ACCESSORIES = ("button", "workflow_button", "overflow", "image", *_BOXES, *_ONE, *_SEVERAL, *_TIMES)
SOURCE = typed({"url": Shape(need={"url": string("source.url"), "text": string("source.text")})})
