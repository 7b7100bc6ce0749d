"""What is stuck onto messages and channels: reactions, pins, bookmarks."""

from bot.playground.messages import escaped
from bot.playground.methods_chat import readable
from bot.playground.payloads import as_sent
from bot.playground.values import Json, Refused, new_id, text_of
from bot.playground.world import World


def reactions_add(world: World, args: Json) -> Json:
    where, name = readable(world, args), text_of(args, "name").strip(":")
    world.space.react(world.space.bot_user, where.id, text_of(args, "timestamp"), name)
    return {}


def reactions_remove(world: World, args: Json) -> Json:
    where, name = readable(world, args), text_of(args, "name").strip(":")
    world.space.unreact(world.space.bot_user, where.id, text_of(args, "timestamp"), name)
    return {}


SHORT = 3  # without `full`, the list of people may be shorter than the count


def reactions_get(world: World, args: Json) -> Json:
    where = readable(world, args)
    message = as_sent(world.space.message(where.id, text_of(args, "timestamp")))
    if str(args.get("full", "")).lower() not in ("1", "true"):
        for mark in message.get("reactions", []):
            mark["users"] = mark["users"][:SHORT]
    return {"type": "message", "channel": where.id, "message": message}


def pins_add(world: World, args: Json) -> Json:
    where, ts = readable(world, args), text_of(args, "timestamp")
    world.space.message(where.id, ts)
    if any(one["ts"] == ts for one in where.pins):
        raise Refused("already_pinned")
    where.pins.append({"ts": ts, "created_by": world.space.bot_user})
    world.space.tell("channel", channel=where.id)
    return {}


def pins_remove(world: World, args: Json) -> Json:
    where, ts = readable(world, args), text_of(args, "timestamp")
    if not any(one["ts"] == ts for one in where.pins):
        raise Refused("no_pin")
    where.pins = [one for one in where.pins if one["ts"] != ts]
    world.space.tell("channel", channel=where.id)
    return {}


def pins_list(world: World, args: Json) -> Json:
    where = readable(world, args)
    found = [
        {
            "type": "message",
            "channel": where.id,
            "created_by": one["created_by"],
            "message": as_sent(where.messages[one["ts"]]),
        }
        for one in where.pins
        if one["ts"] in where.messages
    ]
    return {"items": found}


def bookmarks_add(world: World, args: Json) -> Json:
    where = world.space.channel_named(text_of(args, "channel_id"))
    if args.get("type") != "link" or not args.get("link"):
        raise Refused("invalid_bookmark_type" if args.get("type") != "link" else "invalid_link")
    bookmark = {
        "id": new_id("Bk"),
        "channel_id": where.id,
        "title": escaped(text_of(args, "title")),
        "link": str(args["link"]),
        "emoji": args.get("emoji"),
        "type": "link",
        "app_id": world.space.app_id,
    }
    where.bookmarks.append(bookmark)
    world.space.tell("channel", channel=where.id)
    return {"bookmark": bookmark}


def bookmarks_list(world: World, args: Json) -> Json:
    return {"bookmarks": world.space.channel_named(text_of(args, "channel_id")).bookmarks}
