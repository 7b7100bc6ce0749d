"""Whether Slack would take these blocks; and what it adds when it does."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from bot.playground.block_types import BLOCKS
from bot.playground.elements import ELEMENTS
from bot.playground.limits import most
from bot.playground.rules import (
    Out,
    Problem,
    Rule,
    Shape,
    anything,
    boolean,
    choice,
    items,
    plain,
    shaped,
    string,
    typed,
    wrong,
)
from bot.playground.values import Json, Refused, new_id

_FRAME = frozenset({"type", "block_id"})
_NESTED = frozenset(BLOCKS) - {"rich_text", "image", "task_card"}  # blocks that are told from parts of others
_SURFACES = {"M": "messages", "V": "modals", "H": "the App Home"}


#: Slack gave these to workspaces one after another in 2026 (its changelog, April to June, and February).
NEW = frozenset(
    {"plan", "task_card", "alert", "card", "carousel", "container", "data_table", "data_visualization"}
)


def blocks_wrong(blocks: Any, surface: str, at: str = "/blocks", *, old: bool = False) -> list[Problem]:
    """Every reason Slack would refuse these blocks on a surface: M message, V modal, H home.

    `old`: in a workspace that has not got the newest blocks.
    """
    out: Out = []
    limit = "message.blocks" if surface == "M" else "view.blocks"
    items(typed(BLOCKS, known=_FRAME), limit)(blocks, at, out)
    if not isinstance(blocks, list):
        return out
    for n, block in enumerate(blocks):
        if isinstance(block, dict):
            _placed(block, surface, f"{at}/{n}", out)
            if old and block.get("type") in NEW:
                wrong(out, f"{at}/{n}/type", f"unsupported type: {block['type']}")
    _unique(blocks, at, out)
    if surface == "M":
        _totals(blocks, at, out)
    return out


def _placed(block: Json, surface: str, at: str, out: Out) -> None:
    shape = BLOCKS.get(str(block.get("type")))
    if shape and surface not in shape.on:
        wrong(out, f"{at}/type", f"unsupported type: {block['type']}, not allowed in {_SURFACES[surface]}")


def _unique(blocks: list[Any], at: str, out: Out) -> None:
    seen: set[str] = set()
    for n, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        ident = block.get("block_id")
        if ident in seen:
            wrong(out, f"{at}/{n}/block_id", f"`block_id` already exists: {ident}")
        seen.update([ident] if isinstance(ident, str) else [])
        _named(block, f"{at}/{n}", out)


def _named(block: Json, at: str, out: Out) -> None:
    """No two elements of one block have one action_id; a block inside stands for itself."""
    key = {"container": "child_blocks", "carousel": "elements"}.get(str(block.get("type")), "")
    nested = block.get(key)
    for n, inner in enumerate(nested if isinstance(nested, list) else ()):
        if isinstance(inner, dict):
            _named(inner, f"{at}/{key}/{n}", out)
    seen: set[str] = set()
    for element in _elements({name: one for name, one in block.items() if name != key}):
        action = element.get("action_id")
        if action in seen:
            wrong(out, at, f"`action_id` already exists: {action}")
        seen.update([action] if isinstance(action, str) else [])


def _all(blocks: Any) -> Iterator[Json]:
    """Every object inside, the outermost first."""
    if isinstance(blocks, dict):
        yield blocks
        blocks = list(blocks.values())
    if isinstance(blocks, list):
        for one in blocks:
            yield from _all(one)


def _elements(block: Any) -> Iterator[Json]:
    return (one for one in _all(block) if one.get("type") in ELEMENTS and one.get("type") != "image")


def _written(value: Any) -> int:
    """Characters a person would read."""
    if isinstance(value, list):
        return sum(_written(one) for one in value)
    if not isinstance(value, dict):
        return 0
    own = sum(
        len(one) for key, one in value.items() if key in ("text", "title", "caption") and isinstance(one, str)
    )
    return own + sum(_written(one) for one in value.values())


def _totals(blocks: list[Any], at: str, out: Out) -> None:
    found = list(_all(blocks))

    def of(kind: str) -> list[Json]:
        return [one for one in found if one.get("type") == kind]

    for kind, limit in (("table", "message.tables"), ("data_visualization", "message.data_visualizations")):
        if len(of(kind)) > most(limit):
            wrong(out, at, f"no more than {most(limit)} {kind} allowed per message")
    for kind, limit in (("data_table", "data_table.total_content"), ("markdown", "markdown.total_text")):
        if _written(of(kind)) > most(limit):
            wrong(out, at, f"{kind} blocks hold more than {most(limit)} characters")


_VIEW = {
    "private_metadata": string("view.private_metadata"),
    "callback_id": string("view.callback_id"),
    "external_id": string("view.external_id"),
    "submit": plain("view.submit"),
    "close": plain("view.close"),
    "clear_on_close": boolean,
    "notify_on_close": boolean,
    "submit_disabled": boolean,
}


def view_wrong(view: Any, at: str = "/view", *, old: bool = False) -> list[Problem]:
    out: Out = []
    kind = view.get("type") if isinstance(view, dict) else None
    need: dict[str, Rule] = {"type": choice("modal", "home"), "blocks": anything}
    may: dict[str, Rule] = dict(_VIEW)
    (need if kind == "modal" else may)["title"] = plain("view.title")
    shaped(Shape(need=need, may=may))(view, at, out)
    if not isinstance(view, dict) or "blocks" not in view:
        return out
    has_input = any(one.get("type") == "input" for one in _all(view["blocks"]))
    if kind == "modal" and has_input and not view.get("submit"):
        wrong(out, at, "missing required field: submit", "missing_field", field="submit")
    return out + blocks_wrong(view["blocks"], "V" if kind == "modal" else "H", f"{at}/blocks", old=old)


def attachments_wrong(attachments: Any, *, old: bool = False) -> list[Problem]:
    out: Out = []
    items(anything, "message.attachments")(attachments, "/attachments", out)
    for n, one in enumerate(attachments if isinstance(attachments, list) else ()):
        if isinstance(one, dict) and "blocks" in one:
            out += blocks_wrong(one["blocks"], "M", f"/attachments/{n}/blocks", old=old)
    return out


def refuse(error: str, problems: list[Problem]) -> None:
    if problems:
        lines = [one.line() for one in problems]
        raise Refused(
            error, errors=lines, response_metadata={"messages": [f"[ERROR] {line}" for line in lines]}
        )


def require_message(blocks: Any, attachments: Any, *, old: bool = False) -> None:
    """Raises Refused unless Slack would take them as one message's."""
    refuse("invalid_blocks", blocks_wrong(blocks or [], "M", old=old))
    if isinstance(attachments, list) and len(attachments) > most("message.attachments"):
        raise Refused("too_many_attachments")
    refuse("invalid_attachments", attachments_wrong(attachments or [], old=old))
    inside = [one.get("blocks", []) for one in attachments or []]
    if _written([blocks or [], inside]) > most("message.characters"):
        raise Refused("msg_blocks_too_long")


def with_ids(blocks: list[Json]) -> list[Json]:
    """Slack names what the app left unnamed."""
    made = deepcopy(blocks)
    for one in _all(made):
        if one.get("type") in _NESTED:
            one.setdefault("block_id", new_id("b"))
    for block in made:
        block.setdefault("block_id", new_id("b"))
        for element in _elements(block):
            element.setdefault("action_id", new_id("a"))
    return made


def element_in(blocks: Any, block_id: str, action_id: str) -> Json | None:
    """The interactive element a person pressed, as the app made it."""
    for block in _all(blocks):
        if block.get("block_id") == block_id:
            for element in _elements(block):
                if element.get("action_id") == action_id:
                    return element
    return None


def inputs_in(blocks: Any) -> list[Json]:
    return [one for one in _all(blocks) if one.get("type") == "input" and "element" in one]
