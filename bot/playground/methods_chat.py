"""chat.* and the reading of conversations."""

import base64
import binascii

from bot.playground.blocks import require_message
from bot.playground.limits import most
from bot.playground.messages import composed
from bot.playground.payloads import as_sent, team_domain
from bot.playground.places import Channel
from bot.playground.values import Json, Refused, flag, number, text_of
from bot.playground.world import World


def writable(world: World, args: Json) -> Channel:
    """The channel, if the app may write there."""
    where = world.space.channel_named(text_of(args, "channel"))
    scopes = world.seed.scopes
    anywhere = scopes is not None and "chat:write.public" in scopes and not where.is_private
    if world.space.bot_user not in where.members and not anywhere:
        raise Refused("channel_not_found" if where.is_private else "not_in_channel")
    return where


def readable(world: World, args: Json) -> Channel:
    where = world.space.channel_named(text_of(args, "channel"))
    if world.space.bot_user not in where.members:
        raise Refused("channel_not_found" if where.is_private else "not_in_channel")
    return where


def _require_content(args: Json) -> None:
    if not args.get("text") and not args.get("blocks") and not args.get("attachments"):
        raise Refused("no_text")
    require_message(args.get("blocks"), args.get("attachments"))
    metadata = args.get("metadata")
    if metadata and not (isinstance(metadata, dict) and {"event_type", "event_payload"} <= set(metadata)):
        raise Refused("invalid_metadata_format")


def post_message(world: World, args: Json) -> Json:
    where = writable(world, args)
    _require_content(args)
    message = composed(world.space, args)
    if args.get("thread_ts"):
        message["thread_ts"] = str(args["thread_ts"])
        if flag(args, "reply_broadcast"):
            message["subtype"] = "thread_broadcast"
    made = world.space.post(where.id, message)
    return {"channel": where.id, "ts": made["ts"], "message": as_sent(made)}


def post_ephemeral(world: World, args: Json) -> Json:
    where = writable(world, args)
    user = text_of(args, "user")
    if user not in where.members:
        raise Refused("user_not_in_channel")
    _require_content(args)
    message = {**composed(world.space, args), "channel": where.id}
    if args.get("thread_ts"):
        message["thread_ts"] = str(args["thread_ts"])
    return {"message_ts": world.space.whisper(user, message)["ts"]}


def _own(world: World, args: Json, error: str) -> Json:
    message = world.space.message(text_of(args, "channel"), text_of(args, "ts"))
    if message["user"] != world.space.bot_user or message.get("subtype") == "tombstone":
        raise Refused(error)
    return message


def update(world: World, args: Json) -> Json:
    """Text without blocks takes the blocks away; else what is not named stays as it was."""
    message = _own(world, args, "cant_update_message")
    _require_content(args)
    if len(str(args.get("text") or "")) > most("update.text"):
        raise Refused("msg_too_long")
    new = composed(world.space, args)
    changes: Json = {key: new[key] for key in ("blocks", "attachments", "metadata") if key in new}
    if "text" in args:
        changes["text"] = new["text"]
        changes.setdefault("blocks", None)
    if args.get("attachments") == []:
        changes["attachments"] = None
    changes["edited"] = {"user": world.space.bot_user, "ts": world.space.clock.ts()}
    made = world.space.change(message["channel"], message["ts"], changes)
    return {"channel": made["channel"], "ts": made["ts"], "text": made["text"], "message": as_sent(made)}


def delete(world: World, args: Json) -> Json:
    message = _own(world, args, "cant_delete_message")
    world.space.delete(message["channel"], message["ts"])
    return {"channel": message["channel"], "ts": message["ts"]}


def permalink(world: World, args: Json) -> Json:
    where = world.space.channel_named(text_of(args, "channel"))
    ts = text_of(args, "message_ts")
    world.space.message(where.id, ts)
    # the page opens a message by what follows the hash
    link = f"{world.url}/#/{where.id}/{ts}"
    return {"channel": where.id, "permalink": link, "team": team_domain(world.space)}


# -- reading ----------------------------------------------------------------------------------


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


def _between(messages: list[Json], args: Json) -> list[Json]:
    oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "9" * 10)
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
    size = max(1, min(number(args, "limit", limit), 1000))
    more = start + size < len(found)
    cursor = base64.b64encode(f"next:{start + size}".encode()).decode() if more else ""
    return {
        "items": found[start : start + size],
        "has_more": more,
        "response_metadata": {"next_cursor": cursor},
    }
