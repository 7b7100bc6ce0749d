"""What people put into interactive elements, as Slack passes it on."""

from typing import Any

from bot.playground.blocks import inputs_in
from bot.playground.values import Json, Refused

# type of element -> the field that holds what was put in, and what stands there when nothing was
HELD: dict[str, tuple[str, Any]] = {
    "plain_text_input": ("value", None),
    "url_text_input": ("value", None),
    "email_text_input": ("value", None),
    "number_input": ("value", None),
    "rich_text_input": ("rich_text_value", None),
    "file_input": ("files", []),
    "static_select": ("selected_option", None),
    "multi_static_select": ("selected_options", []),
    "external_select": ("selected_option", None),
    "multi_external_select": ("selected_options", []),
    "radio_buttons": ("selected_option", None),
    "checkboxes": ("selected_options", []),
    "overflow": ("selected_option", None),
    "users_select": ("selected_user", None),
    "multi_users_select": ("selected_users", []),
    "channels_select": ("selected_channel", None),
    "multi_channels_select": ("selected_channels", []),
    "conversations_select": ("selected_conversation", None),
    "multi_conversations_select": ("selected_conversations", []),
    "datepicker": ("selected_date", None),
    "timepicker": ("selected_time", None),
    "datetimepicker": ("selected_date_time", None),
}
_FIRST = {  # what an element starts with
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
}


def options_of(element: Json) -> list[Json]:
    groups = element.get("option_groups", [])
    return [*element.get("options", []), *(one for group in groups for one in group["options"])]


def picked(element: Json, asked: Json) -> Json:
    """The action of pressing this element; only what the app offered can be chosen."""
    kind = element["type"]
    action: Json = {"type": kind, "action_id": element["action_id"]}
    if kind == "button" or kind == "icon_button":
        action["text"] = element.get("text")
        return action | ({"value": element["value"]} if "value" in element else {})
    if kind == "feedback_buttons":
        return action | {"value": asked.get("value")}
    field, _ = HELD.get(kind, ("value", None))
    value = asked.get(field)
    offered = {one.get("value"): one for one in options_of(element)}
    if field == "selected_option" and value is not None:
        return action | {field: _offered(offered, value)}
    if field == "selected_options":
        return action | {field: [_offered(offered, one) for one in value or []]}
    return action | {field: value}


def _offered(options: dict[Any, Json], value: Any) -> Json:
    found = options.get(value.get("value")) if isinstance(value, dict) else None
    if found is None:
        raise Refused("invalid_option", message="That choice is not offered.")
    return found


def with_blanks(blocks: Any, values: Json) -> Json:
    """Every input of a form has a value, be it nothing."""
    found: Json = {}
    for block in inputs_in(blocks):
        element = block["element"]
        kind, action = element["type"], element["action_id"]
        field, blank = HELD.get(kind, ("value", None))
        given = values.get(block["block_id"], {}).get(action)
        held = (
            given.get(field, blank) if isinstance(given, dict) else element.get(_FIRST.get(field, ""), blank)
        )
        offered = {one.get("value"): one for one in options_of(element)}
        if field == "selected_option" and held is not None:
            held = _offered(offered, held)
        if field == "selected_options":
            held = [_offered(offered, one) for one in held or []]
        found[block["block_id"]] = {action: {"type": kind, field: None if held == "" else held}}
    return {**{key: value for key, value in values.items() if key not in found}, **found}


def missing(blocks: Any, values: Json) -> dict[str, str]:
    """What the page itself refuses, before the app is asked."""
    errors: dict[str, str] = {}
    for block in inputs_in(blocks):
        element = block["element"]
        field, _ = HELD.get(element["type"], ("value", None))
        value = values[block["block_id"]][element["action_id"]][field]
        if value in (None, "", []):
            if not block.get("optional"):
                errors[block["block_id"]] = "Please complete this required field."
        elif isinstance(value, str) and len(value) > element.get("max_length", 3000):
            errors[block["block_id"]] = f"Must be at most {element.get('max_length', 3000)} characters."
        elif isinstance(value, str) and len(value) < element.get("min_length", 0):
            errors[block["block_id"]] = f"Must be at least {element['min_length']} characters."
    return errors
