"""conversations.*: what there is, who is in it, and making, entering and leaving it."""

import re
import time

from bot.playground.limits import most
from bot.playground.methods_history import paged, readable
from bot.playground.objects import channel_of
from bot.playground.places import Channel
from bot.playground.values import Json, Refused, flag, new_id, text_of
from bot.playground.world import World

_NAME = re.compile(r"[\w-]+")
KINDS = ("public_channel", "private_channel", "mpim", "im")


def _visible(world: World, args: Json, who: str) -> list[Channel]:
    kinds = [one.strip() for one in str(args.get("types") or "public_channel").split(",")]
    if not set(kinds) <= set(KINDS):
        raise Refused("invalid_types")
    hidden = flag(args, "exclude_archived")
    return [
        one
        for one in world.space.channels.values()
        if one.kind in kinds
        and (who in one.members or one.kind == "public_channel")
        and not (hidden and one.is_archived)
    ]


def listed(world: World, args: Json) -> Json:
    visible = _visible(world, args, world.space.bot_user)
    found = [channel_of(world.space, one, count=True) for one in visible]
    page = paged(found, args, 100)
    return {"channels": page.pop("items"), "response_metadata": page["response_metadata"]}


def of_user(world: World, args: Json) -> Json:
    """users.conversations: those that both the person and the app are in."""
    who = str(args.get("user") or world.space.bot_user)
    world.space.user(who)
    both = {who, world.space.bot_user}
    found = [channel_of(world.space, one) for one in _visible(world, args, who) if both <= set(one.members)]
    for one in found:
        one.pop("is_member", None)
    page = paged(found, args, 100)
    return {"channels": page.pop("items"), "response_metadata": page["response_metadata"]}


def seen(world: World, args: Json) -> Channel:
    where = world.space.channel_named(text_of(args, "channel"))
    if where.kind != "public_channel" and world.space.bot_user not in where.members:
        raise Refused("channel_not_found")
    return where


def info(world: World, args: Json) -> Json:
    count = flag(args, "include_num_members")
    return {"channel": channel_of(world.space, seen(world, args), count=count)}


def members(world: World, args: Json) -> Json:
    found = [{"id": one} for one in seen(world, args).members]
    page = paged(found, args, 100)
    return {
        "members": [one["id"] for one in page.pop("items")],
        "response_metadata": page["response_metadata"],
    }


def _named(where: Channel) -> Channel:
    if where.is_im or where.is_mpim:
        raise Refused("method_not_supported_for_channel_type")
    return where


def _living(where: Channel) -> Channel:
    if _named(where).is_archived:
        raise Refused("is_archived")
    return where


def join(world: World, args: Json) -> Json:
    where = _living(seen(world, args))
    if where.is_private:
        raise Refused("method_not_supported_for_channel_type")
    there: Json = {}
    if world.space.bot_user in where.members:
        there = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    world.space.join(where.id, world.space.bot_user)
    return {"channel": channel_of(world.space, where), **there}


def people(args: Json, name: str = "users") -> list[str]:
    """Ids, however they were put: with commas, or as a list."""
    given = args.get(name)
    found = given if isinstance(given, list) else str(given or "").split(",")
    return [str(one).strip() for one in found if str(one).strip()]


def opened(world: World, args: Json) -> Json:
    if args.get("channel"):
        where = readable(world, args)
        return {"channel": _opening(world, args, where), "no_op": True, "already_open": True}
    names = people(args)
    if not names:
        raise Refused("users_list_not_supplied")
    if len(names) > most("conversation.users"):
        raise Refused("too_many_users")
    if any(world.space.user(one).deleted for one in names):
        raise Refused("user_disabled")
    before = len(world.space.channels)
    where = world.space.direct(names[0]) if len(names) == 1 else world.space.several(names)
    old = len(world.space.channels) == before
    return {"channel": _opening(world, args, where), **({"no_op": True, "already_open": True} if old else {})}


def _opening(world: World, args: Json, where: Channel) -> Json:
    return channel_of(world.space, where) if flag(args, "return_im") else {"id": where.id}


def create(world: World, args: Json) -> Json:
    name = str(args.get("name") or "")
    if not name:
        raise Refused("invalid_name_required")
    if len(name) > most("channel.name"):
        raise Refused("invalid_name_maxlength")
    if name != name.lower() or not _NAME.fullmatch(name):
        raise Refused("invalid_name_specials")
    if any(one.name == name for one in world.space.channels.values()):
        raise Refused("name_taken")
    made = Channel(
        id=new_id("C"),
        name=name,
        members=[world.space.bot_user],
        is_private=flag(args, "is_private"),
        created=int(time.time()),
        creator=world.space.bot_user,
    )
    world.space.channels[made.id] = made
    world.space.tell("channel", channel=made.id)
    if not made.is_private:
        world.space.tell("channel_created", channel=made.id)
    return {"channel": channel_of(world.space, made)}


def invite(world: World, args: Json) -> Json:
    where = _living(readable(world, args))
    names = people(args)
    if not names:
        raise Refused("no_user")
    if world.space.bot_user in names:
        raise Refused("cant_invite_self")
    for one in names:
        world.space.user(one)
    if set(names) <= set(where.members):
        raise Refused("already_in_channel")
    for one in names:
        world.space.join(where.id, one, world.space.bot_user)
    return {"channel": channel_of(world.space, where)}


def kick(world: World, args: Json) -> Json:
    where, who = _named(readable(world, args)), text_of(args, "user")
    if who == world.space.bot_user:
        raise Refused("cant_kick_self")
    if who not in where.members:
        raise Refused("not_in_channel")
    world.space.leave(where.id, who)
    return {}


def leave(world: World, args: Json) -> Json:
    where = _named(seen(world, args))
    if where.name == "general":
        raise Refused("cant_leave_general")
    if world.space.bot_user not in where.members:
        return {"not_in_channel": True}
    world.space.leave(where.id, world.space.bot_user)
    return {}


def archive(world: World, args: Json) -> Json:
    where = _named(readable(world, args))
    if where.is_archived:
        raise Refused("already_archived")
    if where.name == "general":
        raise Refused("cant_archive_general")
    where.is_archived = True
    world.space.tell("channel_archive", channel=where.id, user=world.space.bot_user)
    return {}


def unarchive(world: World, args: Json) -> Json:
    where = _named(seen(world, args))
    if not where.is_archived:
        raise Refused("not_archived")
    where.is_archived = False
    world.space.tell("channel_unarchive", channel=where.id, user=world.space.bot_user)
    return {}


def topic(world: World, args: Json) -> Json:
    where, text = _living(readable(world, args)), str(args.get("topic", ""))
    if len(text) > most("channel.topic"):
        raise Refused("too_long")
    where.topic = text
    world.space.tell("channel", channel=where.id)
    return {"channel": channel_of(world.space, where)}


def purpose(world: World, args: Json) -> Json:
    where, text = _living(readable(world, args)), str(args.get("purpose", ""))
    if len(text) > most("channel.topic"):
        raise Refused("too_long")
    where.purpose = text
    world.space.tell("channel", channel=where.id)
    return {"channel": channel_of(world.space, where)}
