"""views.* and blocks.validate."""

from copy import deepcopy

from bot.playground.blocks import attachments_wrong, blocks_wrong, view_wrong
from bot.playground.values import Json, Refused, text_of
from bot.playground.world import World


def _view(args: Json) -> Json:
    view = args.get("view")
    if not isinstance(view, dict):
        raise Refused(
            "invalid_arguments",
            response_metadata={"messages": ["[ERROR] missing required field: view [json-pointer:/view]"]},
        )
    return view


def _trigger(args: Json) -> str:
    return str(args.get("interactivity_pointer") or text_of(args, "trigger_id"))


def open_(world: World, args: Json) -> Json:
    return {"view": deepcopy(world.views.open(_trigger(args), _view(args)))}


def push(world: World, args: Json) -> Json:
    return {"view": deepcopy(world.views.push(_trigger(args), _view(args)))}


def update(world: World, args: Json) -> Json:
    made = world.views.update(_view(args), args.get("view_id"), args.get("external_id"), args.get("hash"))
    return {"view": deepcopy(made)}


def publish(world: World, args: Json) -> Json:
    if not world.seed.home_tab:
        raise Refused("not_enabled")
    return {"view": deepcopy(world.views.publish(text_of(args, "user_id"), _view(args), args.get("hash")))}


def validate(world: World, args: Json) -> Json:
    """What Slack would say to blocks, a message or a view; the pointer starts inside what was given."""
    given = [name for name in ("blocks", "message", "view") if args.get(name) is not None]
    if len(given) != 1:
        raise Refused("invalid_arguments", errors=[])
    what, old = args[given[0]], world.faults.no_new_blocks
    if given[0] == "blocks":
        found = blocks_wrong(what, "M", "", old=old)
    elif given[0] == "view":
        found = view_wrong(what, "", old=old)
    else:
        body = what if isinstance(what, dict) else {}
        found = blocks_wrong(body.get("blocks", []), "M", old=old)
        found += attachments_wrong(body.get("attachments", []), old=old)
    if found:
        raise Refused(f"invalid_{given[0]}", errors=[one.shown() for one in found])
    return {}
