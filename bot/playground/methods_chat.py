"""chat.*: saying, changing, taking back, and saying later."""

import json

from bot.playground.blocks import require_message
from bot.playground.limits import most
from bot.playground.messages import composed
from bot.playground.methods_history import paged
from bot.playground.payloads import as_sent
from bot.playground.places import Channel
from bot.playground.scheduled import Later
from bot.playground.values import Json, Refused, flag, number, text_of
from bot.playground.world import World


def writable(world: World, args: Json) -> Channel:
    """The channel, if the app may write there."""
    where = world.space.channel_named(text_of(args, "channel"))
    scopes = world.seed.scopes
    anywhere = scopes is not None and "chat:write.public" in scopes and where.kind == "public_channel"
    if world.space.bot_user not in where.members and not anywhere:
        raise Refused("not_in_channel" if where.kind == "public_channel" else "channel_not_found")
    if where.is_archived:
        raise Refused("is_archived")
    return where


def _content(world: World, args: Json) -> Json:
    """What is to be said, if Slack takes it: Markdown as a block of it."""
    args = dict(args)
    if args.get("markdown_text"):
        if args.get("text") or args.get("blocks"):
            raise Refused("markdown_text_conflict")
        args["blocks"] = [{"type": "markdown", "text": str(args["markdown_text"])}]
        args["text"] = str(args["markdown_text"])
        if len(args["text"]) > most("message.markdown_text"):
            raise Refused("msg_too_long")
    if not args.get("text") and not args.get("blocks") and not args.get("attachments"):
        raise Refused("no_text")
    require_message(args.get("blocks"), args.get("attachments"), old=world.faults.no_new_blocks)
    _require_metadata(args.get("metadata"))
    return args


def _require_metadata(metadata: object) -> None:
    if not metadata:
        return
    if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= set(metadata):
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata["event_payload"], dict):
        raise Refused("invalid_metadata_schema")
    if len(json.dumps(metadata)) > most("metadata.characters"):
        raise Refused("metadata_too_large")


def _composed(world: World, args: Json) -> Json:
    message = composed(world.space, args)
    if args.get("thread_ts"):
        message["thread_ts"] = str(args["thread_ts"])
        if flag(args, "reply_broadcast"):
            message["subtype"] = "thread_broadcast"
    return message


def post_message(world: World, args: Json) -> Json:
    where = writable(world, args)
    made = world.space.post(where.id, _composed(world, _content(world, args)))
    return {"channel": where.id, "ts": made["ts"], "message": as_sent(made)}


def me_message(world: World, args: Json) -> Json:
    where = writable(world, args)
    message = composed(world.space, {"text": text_of(args, "text")})
    made = world.space.post(where.id, {**message, "subtype": "me_message"})
    return {"channel": where.id, "ts": made["ts"]}


def post_ephemeral(world: World, args: Json) -> Json:
    where = writable(world, args)
    user = text_of(args, "user")
    if user not in where.members:
        raise Refused("user_not_in_channel")
    message = {**composed(world.space, _content(world, args)), "channel": where.id}
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
    args = _content(world, args)
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
    return {"channel": where.id, "permalink": f"{world.url}/#/{where.id}/{ts}"}


# -- later ------------------------------------------------------------------------------------


def schedule(world: World, args: Json) -> Json:
    where, post_at = writable(world, args), number(args, "post_at", 0, "invalid_time")
    if not post_at:
        raise Refused("invalid_time")
    message = _composed(world, _content(world, args))
    later = world.scheduled.add(where.id, post_at, message)
    shown = {key: value for key, value in as_sent(message).items() if key not in ("ts", "thread_ts")}
    return {
        "scheduled_message_id": later.id,
        "channel": where.id,
        "post_at": post_at,
        "message": {"type": "delayed_message", "team": world.space.team_id, **shown},
    }


def scheduled(world: World, args: Json) -> Json:
    where, rows = str(args.get("channel") or ""), world.scheduled.rows.values()
    oldest, latest = number(args, "oldest", 0), number(args, "latest", 10**12)
    found = [
        _later(one)
        for one in sorted(rows, key=lambda one: one.post_at)
        if where in ("", one.channel) and oldest <= one.post_at <= latest
    ]
    page = paged(found, args, 100)
    return {"scheduled_messages": page.pop("items"), "response_metadata": page["response_metadata"]}


def _later(one: Later) -> Json:
    return {
        "id": one.id,
        "channel_id": one.channel,
        "post_at": one.post_at,
        "date_created": one.created,
        "text": one.message["text"],
    }


def unschedule(world: World, args: Json) -> Json:
    where = world.space.channel_named(text_of(args, "channel"))
    world.scheduled.drop(where.id, text_of(args, "scheduled_message_id"))
    return {}
