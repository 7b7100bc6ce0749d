"""Whether Slack would take these blocks; and what it adds when it does."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from bot.playground.block_types import (
    ATTACHMENTS,
    BLOCKS,
    CHARTS,
    DATA_TABLE_CHARACTERS,
    MARKDOWN_CHARACTERS,
    MESSAGE_BLOCKS,
    MESSAGE_CHARACTERS,
    TABLES,
    VIEW_BLOCKS,
)
from bot.playground.elements import ELEMENTS
from bot.playground.rules import (
    Out,
    Problem,
    Shape,
    boolean,
    choice,
    items,
    shaped,
    string,
    text,
    typed,
    wrong,
)
from bot.playground.values import Json, Refused, new_id

_FRAME = frozenset({"type", "block_id"})
_NESTED = frozenset(BLOCKS) - {"rich_text", "image", "task_card"}  # blocks that are told from parts of others
_SURFACES = {"M": "messages", "V": "modals", "H": "the App Home"}


def blocks_wrong(blocks: Any, surface: str, at: str = "/blocks") -> list[Problem]:
    """Every reason Slack would refuse these blocks on a surface: M message, V modal, H home."""
    out: Out = []
    most = MESSAGE_BLOCKS if surface == "M" else VIEW_BLOCKS
    items(typed(BLOCKS, known=_FRAME), most, 0)(blocks, at, out)
    if not isinstance(blocks, list):
        return out
    for n, block in enumerate(blocks):
        if isinstance(block, dict):
            _placed(block, surface, f"{at}/{n}", out)
    _unique(blocks, at, out)
    if surface == "M":
        _totals(blocks, at, out)
    return out


def _placed(block: Json, surface: str, at: str, out: Out) -> None:
    shape = BLOCKS.get(str(block.get("type")))
    if shape and surface not in shape.on:
        wrong(out, f"{at}/type", f"unsupported type: {block['type']}, not allowed in {_SURFACES[surface]}")
    if "block_id" in block:
        string(255)(block["block_id"], f"{at}/block_id", out)


def _unique(blocks: list[Any], at: str, out: Out) -> None:
    seen: set[str] = set()
    for n, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        ident = block.get("block_id")
        if ident in seen:
            wrong(out, f"{at}/{n}/block_id", f"`block_id` already exists: {ident}")
        seen.update([ident] if isinstance(ident, str) else [])
        actions: set[str] = set()
        for element in _elements(block):
            action = element.get("action_id")
            if action in actions:
                wrong(out, f"{at}/{n}", f"`action_id` already exists: {action}")
            actions.update([action] if isinstance(action, str) else [])


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

    if len(of("table")) > TABLES:
        wrong(out, at, f"no more than {TABLES} table allowed per message")
    if len(of("data_visualization")) > CHARTS:
        wrong(out, at, f"no more than {CHARTS} data_visualization allowed per message")
    if _written(of("data_table")) > DATA_TABLE_CHARACTERS:
        wrong(out, at, f"data_table blocks hold more than {DATA_TABLE_CHARACTERS} characters")
    if _written(of("markdown")) > MARKDOWN_CHARACTERS:
        wrong(out, at, f"markdown blocks hold more than {MARKDOWN_CHARACTERS} characters")


_VIEW = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
    "submit": text(24, plain=True),
    "close": text(24, plain=True),
    "clear_on_close": boolean,
    "notify_on_close": boolean,
    "submit_disabled": boolean,
}


def view_wrong(view: Any, at: str = "/view") -> list[Problem]:
    out: Out = []
    kind = view.get("type") if isinstance(view, dict) else None
    need = {"type": choice("modal", "home"), "blocks": items(lambda *_: None, VIEW_BLOCKS, 0)}
    may = dict(_VIEW)
    if kind == "modal":
        need["title"] = text(24, plain=True)
    else:
        may["title"] = text(24, plain=True)
    shaped(Shape(need=need, may=may))(view, at, out)
    if not isinstance(view, dict) or not isinstance(view.get("blocks"), list):
        return out
    has_input = any(one.get("type") == "input" for one in _all(view["blocks"]))
    if kind == "modal" and has_input and not view.get("submit"):
        wrong(out, at, "missing required field: submit", "missing_field", field="submit")
    return out + [
        one
        for one in blocks_wrong(view["blocks"], "V" if kind == "modal" else "H", f"{at}/blocks")
        if not one.message.startswith("no more than 100 items") or one.pointer != f"{at}/blocks"
    ]


def attachments_wrong(attachments: Any) -> list[Problem]:
    out: Out = []
    items(lambda *_: None, ATTACHMENTS, 0)(attachments, "/attachments", out)
    for n, one in enumerate(attachments if isinstance(attachments, list) else ()):
        if isinstance(one, dict) and "blocks" in one:
            out += blocks_wrong(one["blocks"], "M", f"/attachments/{n}/blocks")
    return out


def refuse(error: str, problems: list[Problem]) -> None:
    if problems:
        lines = [one.line() for one in problems]
        raise Refused(
            error, errors=lines, response_metadata={"messages": [f"[ERROR] {line}" for line in lines]}
        )


def require_message(blocks: Any, attachments: Any) -> None:
    refuse("invalid_blocks", blocks_wrong(blocks or [], "M"))
    refuse("invalid_attachments", attachments_wrong(attachments or []))
    inside = [one.get("blocks", []) for one in attachments or []]
    if _written([blocks or [], inside]) > MESSAGE_CHARACTERS:
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
