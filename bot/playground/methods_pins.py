"""pins.* and bookmarks.*: what stands at the head of a channel."""

import time

from bot.playground.limits import most
from bot.playground.messages import escaped
from bot.playground.methods_history import readable
from bot.playground.payloads import as_sent
from bot.playground.places import Channel
from bot.playground.values import Json, Refused, new_id, text_of
from bot.playground.world import World


def add(world: World, args: Json) -> Json:
    where, ts = readable(world, args), _stamp(args)
    world.space.message(where.id, ts)
    if any(one["ts"] == ts for one in where.pins):
        raise Refused("already_pinned")
    if len(where.pins) >= most("channel.pins"):
        raise Refused("too_many_pins")
    world.space.pin(where.id, ts, world.space.bot_user)
    return {}


def _stamp(args: Json) -> str:
    if not args.get("timestamp"):
        raise Refused("no_item_specified")
    return str(args["timestamp"])


def remove(world: World, args: Json) -> Json:
    where, ts = readable(world, args), _stamp(args)
    world.space.message(where.id, ts)
    if not any(one["ts"] == ts for one in where.pins):
        raise Refused("no_pin")
    world.space.unpin(where.id, ts, world.space.bot_user)
    return {}


def listed(world: World, args: Json) -> Json:
    where = readable(world, args)
    found = [
        {
            "type": "message",
            "channel": where.id,
            "created": one["created"],
            "created_by": one["created_by"],
            "message": as_sent(where.messages[one["ts"]]),
        }
        for one in where.pins
        if one["ts"] in where.messages
    ]
    return {"items": found}


# -- bookmarks --------------------------------------------------------------------------------


def _place(world: World, args: Json) -> Channel:
    return readable(world, {"channel": text_of(args, "channel_id")})


def _told(world: World, where: Channel, bookmark: Json) -> Json:
    bookmark["date_updated"] = int(time.time())
    bookmark["last_updated_by_user_id"] = world.space.bot_user
    bookmark["last_updated_by_team_id"] = world.space.team_id
    world.space.tell("channel", channel=where.id)
    return {"bookmark": dict(bookmark)}


def bookmark(world: World, args: Json) -> Json:
    where = _place(world, args)
    if args.get("type") != "link":
        raise Refused("invalid_bookmark_type")
    if not str(args.get("link") or "").startswith(("http://", "https://")):
        raise Refused("invalid_link")
    if len(where.bookmarks) >= most("channel.bookmarks"):
        raise Refused("too_many_bookmarks")
    made: Json = {
        "id": new_id("Bk"),
        "channel_id": where.id,
        "title": escaped(text_of(args, "title")),
        "link": str(args["link"]),
        "emoji": str(args.get("emoji") or ""),
        "icon_url": "",
        "entity_id": "",
        "type": "link",
        "date_created": int(time.time()),
        "rank": f"U{len(where.bookmarks):04d}",
        "shortcut_id": "",
        "app_id": world.space.app_id,
        "app_action_id": "",
    }
    where.bookmarks.append(made)
    return _told(world, where, made)


def _bookmark(where: Channel, args: Json) -> Json:
    for one in where.bookmarks:
        if one["id"] == args.get("bookmark_id"):
            return one
    raise Refused("not_found")


def edit_bookmark(world: World, args: Json) -> Json:
    where = _place(world, args)
    found = _bookmark(where, args)
    if args.get("title"):
        found["title"] = escaped(str(args["title"]))
    found.update({key: str(args[key]) for key in ("link", "emoji") if args.get(key)})
    return _told(world, where, found)


def remove_bookmark(world: World, args: Json) -> Json:
    where = _place(world, args)
    where.bookmarks.remove(_bookmark(where, args))
    world.space.tell("channel", channel=where.id)
    return {}


def bookmarks(world: World, args: Json) -> Json:
    return {"bookmarks": [dict(one) for one in _place(world, args).bookmarks]}
