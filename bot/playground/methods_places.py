"""Who and what there is: auth, conversations, users, user groups."""

from bot.playground.methods_chat import paged, readable
from bot.playground.payloads import team_domain
from bot.playground.places import Channel, User
from bot.playground.values import Json, Refused, text_of
from bot.playground.world import World


def api_test(world: World, args: Json) -> Json:
    del world
    if args.get("error"):
        raise Refused(str(args["error"]), args=args)
    return {"args": args}


def auth_test(world: World, args: Json) -> Json:
    del args
    space = world.space
    return {
        "url": f"{world.url}/",
        "team": world.seed.team,
        "user": world.seed.app_name,
        "team_id": space.team_id,
        "user_id": space.bot_user,
        "bot_id": space.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(world: World, args: Json) -> Json:
    del args
    return {"url": f"{world.url.replace('http', 'ws', 1)}/link?{world.sockets.ticket()}"}


# -- conversations ----------------------------------------------------------------------------


def _channel(world: World, channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_im and not channel.is_private,
        "is_group": channel.is_private,
        "is_im": channel.is_im,
        "is_private": channel.is_private,
        "is_archived": False,
        "is_member": world.space.bot_user in channel.members,
        "created": channel.created,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def _kind(channel: Channel) -> str:
    return "im" if channel.is_im else "private_channel" if channel.is_private else "public_channel"


def conversations_list(world: World, args: Json) -> Json:
    kinds = [one.strip() for one in str(args.get("types") or "public_channel").split(",")]
    bot = world.space.bot_user
    found = [
        _channel(world, one)
        for one in world.space.channels.values()
        if _kind(one) in kinds and (bot in one.members or not one.is_private)
    ]
    page = paged(found, args, 100)
    return {"channels": page.pop("items"), "response_metadata": page["response_metadata"]}


def _seen(world: World, args: Json) -> Channel:
    where = world.space.channel_named(text_of(args, "channel"))
    if where.is_private and world.space.bot_user not in where.members:
        raise Refused("channel_not_found")
    return where


def conversations_info(world: World, args: Json) -> Json:
    return {"channel": _channel(world, _seen(world, args))}


def conversations_members(world: World, args: Json) -> Json:
    found = [{"id": one} for one in _seen(world, args).members]
    page = paged(found, args, 100)
    members = [one["id"] for one in page.pop("items")]
    return {"members": members, "response_metadata": page["response_metadata"]}


def conversations_join(world: World, args: Json) -> Json:
    where = _seen(world, args)
    if where.is_im or where.is_private:
        raise Refused("method_not_supported_for_channel_type")
    return {"channel": _channel(world, world.space.join(where.id, world.space.bot_user))}


def conversations_open(world: World, args: Json) -> Json:
    if args.get("channel"):
        return {"channel": {"id": readable(world, args).id}}
    people = text_of(args, "users").split(",") if not isinstance(args.get("users"), list) else args["users"]
    if len(people) != 1:
        raise Refused("too_many_users")
    return {"channel": {"id": world.space.direct(people[0].strip()).id}}


# -- people -----------------------------------------------------------------------------------


def _user(world: World, user: User) -> Json:
    return {
        "id": user.id,
        "team_id": world.space.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "color": user.color,
        "real_name": user.real_name,
        "tz": "Etc/UTC",
        "tz_label": "UTC",
        "tz_offset": 0,
        "profile": {
            "real_name": user.real_name,
            "display_name": user.name,
            "team": world.space.team_id,
        },
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }


def users_info(world: World, args: Json) -> Json:
    return {"user": _user(world, world.space.user(text_of(args, "user")))}


def users_list(world: World, args: Json) -> Json:
    page = paged([_user(world, one) for one in world.space.users.values()], args, 1000)
    return {"members": page.pop("items"), "cache_ts": 0, "response_metadata": page["response_metadata"]}


def _require_paid(world: World) -> None:
    if world.seed.plan_is_free:
        raise Refused("plan_upgrade_required")


def usergroups_list(world: World, args: Json) -> Json:
    _require_paid(world)
    found = []
    for group in world.space.groups.values():
        shown: Json = {
            "id": group.id,
            "team_id": world.space.team_id,
            "is_usergroup": True,
            "name": group.name,
            "handle": group.handle,
            "description": "",
            "is_external": False,
            "date_delete": 0,
            "user_count": len(group.users),
        }
        if str(args.get("include_users", "")).lower() in ("1", "true"):
            shown["users"] = list(group.users)
        found.append(shown)
    return {"usergroups": found, "team": team_domain(world.space)}


def usergroups_users(world: World, args: Json) -> Json:
    _require_paid(world)
    group = world.space.groups.get(text_of(args, "usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": [one for one in group.users if not world.space.user(one).deleted]}
