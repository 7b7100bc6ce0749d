"""reactions.*: what people and the app stuck onto messages."""

import re

from bot.playground.methods_history import paged, readable
from bot.playground.payloads import as_sent
from bot.playground.values import Json, Refused, flag, text_of
from bot.playground.world import World

SHORT = 3  # without `full`, the list of people may be shorter than the count
NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", re.IGNORECASE)


def _name(args: Json) -> str:
    name = text_of(args, "name").strip(":")
    if not NAME.fullmatch(name):
        raise Refused("invalid_name")
    return name


def _stamp(args: Json) -> str:
    if not args.get("timestamp"):
        raise Refused("no_item_specified")
    return str(args["timestamp"])


def add(world: World, args: Json) -> Json:
    where = readable(world, args)
    world.space.react(world.space.bot_user, where.id, _stamp(args), _name(args))
    return {}


def remove(world: World, args: Json) -> Json:
    where = readable(world, args)
    world.space.unreact(world.space.bot_user, where.id, _stamp(args), _name(args))
    return {}


def _short(message: Json, args: Json) -> Json:
    if not flag(args, "full"):
        for mark in message.get("reactions", []):
            mark["users"] = mark["users"][:SHORT]
    return message


def get(world: World, args: Json) -> Json:
    where = readable(world, args)
    message = as_sent(world.space.message(where.id, _stamp(args)))
    return {"type": "message", "channel": where.id, "message": _short(message, args)}


def listed(world: World, args: Json) -> Json:
    """What one person reacted to, where the app can see it; the newest first."""
    who, bot = str(args.get("user") or world.space.bot_user), world.space.bot_user
    world.space.user(who)
    found: list[Json] = [
        {"type": "message", "channel": where.id, "message": _short(as_sent(message), args)}
        for where in world.space.channels.values()
        if bot in where.members
        for message in where.messages.values()
        if any(who in mark["users"] for mark in message["reactions"])
    ]
    found.sort(key=lambda one: str(one["message"]["ts"]), reverse=True)
    page = paged(found, args, 100)
    return {"items": page.pop("items"), "response_metadata": page["response_metadata"]}
