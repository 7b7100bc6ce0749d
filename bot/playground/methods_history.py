"""conversations.history and .replies, and how every list comes in pages."""

import base64
import binascii

from bot.playground.limits import most
from bot.playground.payloads import as_sent
from bot.playground.places import Channel
from bot.playground.values import Json, Refused, flag, number, text_of
from bot.playground.world import World


def readable(world: World, args: Json) -> Channel:
    """The channel, if the app is in it."""
    where = world.space.channel_named(text_of(args, "channel"))
    if world.space.bot_user not in where.members:
        raise Refused("not_in_channel" if where.kind == "public_channel" else "channel_not_found")
    return where


def history(world: World, args: Json) -> Json:
    where = readable(world, args)
    found = [
        one
        for one in where.messages.values()
        if one.get("thread_ts", one["ts"]) == one["ts"] or one.get("subtype") == "thread_broadcast"
    ]
    found = _between(found, args)
    found.reverse()
    page = paged(found, args, 100)
    shown = [_read(one, args) for one in page.pop("items")]
    return {"messages": shown, "pin_count": len(where.pins), **page}


def replies(world: World, args: Json) -> Json:
    where = readable(world, args)
    root = where.messages.get(text_of(args, "ts"))
    if root is None:
        raise Refused("thread_not_found")
    answers = _between(world.space.replies(where.id, root["ts"]), args)
    page = paged([root, *answers], args, 1000)
    return {"messages": [_read(one, args) for one in page.pop("items")], **page}


def _read(message: Json, args: Json) -> Json:
    shown = as_sent(message)
    if flag(args, "include_all_metadata") and "metadata" in message:
        shown["metadata"] = message["metadata"]
    return shown


def _time(args: Json, name: str, default: str) -> str:
    value = str(args.get(name) or default)
    try:
        float(value)
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None
    return value


def _between(messages: list[Json], args: Json) -> list[Json]:
    oldest, latest = _time(args, "oldest", "0"), _time(args, "latest", "9" * 10)
    inclusive = flag(args, "inclusive")
    return [
        one
        for one in messages
        if float(oldest) < float(one["ts"]) < float(latest) or (inclusive and one["ts"] in (oldest, latest))
    ]


def paged(found: list[Json], args: Json, limit: int) -> Json:
    """One page of a list, and the cursor of the next."""
    start = 0
    if args.get("cursor"):
        try:
            start = int(base64.b64decode(str(args["cursor"])).decode().removeprefix("next:"))
        except (binascii.Error, ValueError):
            raise Refused("invalid_cursor") from None
    size = max(1, min(number(args, "limit", limit), most("page")))
    more = start + size < len(found)
    cursor = base64.b64encode(f"next:{start + size}".encode()).decode() if more else ""
    return {
        "items": found[start : start + size],
        "has_more": more,
        "response_metadata": {"next_cursor": cursor},
    }
