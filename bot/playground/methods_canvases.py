"""canvases.*: pages of Markdown, alone or as a channel's tab."""

import re
from typing import Any

from bot.playground.methods_conversations import people, seen
from bot.playground.places import Canvas
from bot.playground.values import Json, Refused, new_id, text_of
from bot.playground.world import World

_HEADER = re.compile(r"(#{1,3})\s")
Section = tuple[str, str]


def _sections(content: Any) -> list[Section]:
    """Paragraphs, each with an id of its own."""
    if content is None:
        return []
    if not isinstance(content, dict) or content.get("type") != "markdown":
        raise Refused("invalid_arguments")
    parts = re.split(r"\n\s*\n", str(content.get("markdown", "")).strip())
    return [(new_id("temp:C:"), one) for one in parts if one]


def _made(world: World, args: Json, channel: str) -> Canvas:
    made = Canvas(
        id=new_id("F"),
        title=str(args.get("title") or ""),
        owner=world.space.bot_user,
        channel=channel,
        sections=_sections(args.get("document_content")),
    )
    world.space.canvases[made.id] = made
    return made


def create(world: World, args: Json) -> Json:
    where = str(args.get("channel_id") or "")
    if where:
        return create_in_channel(world, args)
    if world.seed.plan_is_free:
        raise Refused("free_teams_cannot_create_non_tabbed_canvases")
    return {"canvas_id": _made(world, args, "").id}


def create_in_channel(world: World, args: Json) -> Json:
    """One canvas is a channel's own, and there is no second."""
    where = seen(world, {"channel": text_of(args, "channel_id")})
    if where.canvas:
        free = world.seed.plan_is_free
        raise Refused("free_team_canvas_tab_already_exists" if free else "channel_canvas_already_exists")
    made = _made(world, args, where.id)
    where.canvas = made.id
    world.space.tell("channel", channel=where.id)
    return {"canvas_id": made.id}


def _found(world: World, args: Json) -> Canvas:
    canvas = world.space.canvases.get(text_of(args, "canvas_id"))
    if canvas is None:
        raise Refused("canvas_not_found")
    return canvas


def delete(world: World, args: Json) -> Json:
    canvas = _found(world, args)
    del world.space.canvases[canvas.id]
    if canvas.channel:
        world.space.channels[canvas.channel].canvas = ""
    return {}


def edit(world: World, args: Json) -> Json:
    """The changes of one call, one after another; with one that cannot be made, none is."""
    canvas, changes = _found(world, args), args.get("changes")
    if not isinstance(changes, list) or not changes:
        raise Refused("invalid_arguments")
    title, sections = canvas.title, list(canvas.sections)
    for change in changes:
        if change.get("operation") == "rename":
            title = str((change.get("title_content") or {}).get("markdown", ""))
        else:
            sections = _altered(sections, change)
    canvas.title, canvas.sections = title, sections
    return {}


def _altered(sections: list[Section], change: Json) -> list[Section]:
    new, wanted = _sections(change.get("document_content")), change.get("section_id")
    at = next((n for n, one in enumerate(sections) if one[0] == wanted), None)
    if wanted and at is None:
        raise Refused("canvas_editing_failed", detail=f"section {wanted} not found")
    match change.get("operation"):
        case "insert_at_start":
            return [*new, *sections]
        case "insert_at_end":
            return [*sections, *new]
        case "replace" if at is None:
            return new
        case "replace":
            return [*sections[:at], *new, *sections[(at or 0) + 1 :]]
        case "insert_before" if at is not None:
            return [*sections[:at], *new, *sections[at:]]
        case "insert_after" if at is not None:
            return [*sections[: at + 1], *new, *sections[at + 1 :]]
        case "delete" if at is not None:
            return [*sections[:at], *sections[at + 1 :]]
        case _:
            raise Refused("invalid_arguments")


def lookup(world: World, args: Json) -> Json:
    canvas, criteria = _found(world, args), args.get("criteria")
    if not isinstance(criteria, dict) or not criteria:
        raise Refused("invalid_arguments")
    kinds, part = criteria.get("section_types") or [], str(criteria.get("contains_text") or "")
    found = [ident for ident, text in canvas.sections if part in text and _is_kind(text, kinds)]
    return {"sections": [{"id": one} for one in found]}


def _is_kind(text: str, kinds: list[str]) -> bool:
    header = _HEADER.match(text)
    return not kinds or bool(header and {"any_header", f"h{len(header.group(1))}"} & set(kinds))


def access(world: World, args: Json) -> Json:
    """Everybody may see every canvas here; whom it names must be there all the same."""
    _found(world, args)
    for one in people(args, "user_ids"):
        world.space.user(one)
    for one in people(args, "channel_ids"):
        world.space.channel_named(one)
    return {}
