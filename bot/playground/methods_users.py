"""auth.*, team.*, bots.*, users.*: who is there."""

from bot.playground.methods_history import paged
from bot.playground.objects import bot_of, profile_of, team_domain, user_of
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
    if not world.seed.socket_mode:
        raise Refused("socket_mode_not_enabled")
    return {"url": f"{world.url.replace('http', 'ws', 1)}/link?{world.sockets.ticket()}"}


def team(world: World, args: Json) -> Json:
    del args
    domain = team_domain(world.space)
    return {
        "team": {
            "id": world.space.team_id,
            "name": world.seed.team,
            "url": f"{world.url}/",
            "domain": domain,
            "email_domain": "",
            "icon": {"image_default": True},
        }
    }


def bot(world: World, args: Json) -> Json:
    if args.get("bot") not in (None, "", world.space.bot_id):
        raise Refused("bot_not_found")
    shown = bot_of(world.space) | {"user_id": world.space.bot_user}
    del shown["team_id"]
    return {"bot": shown}


def info(world: World, args: Json) -> Json:
    return {"user": user_of(world.space, world.space.user(text_of(args, "user")))}


def listed(world: World, args: Json) -> Json:
    page = paged([user_of(world.space, one) for one in world.space.users.values()], args, 1000)
    return {
        "members": page.pop("items"),
        "cache_ts": world.space.opened,
        "response_metadata": page["response_metadata"],
    }


def by_email(world: World, args: Json) -> Json:
    wanted = text_of(args, "email").lower()
    for one in world.space.users.values():
        shown = user_of(world.space, one)
        if not one.deleted and shown["profile"].get("email", "").lower() == wanted:
            return {"user": shown}
    raise Refused("users_not_found")


def presence(world: World, args: Json) -> Json:
    user = world.space.user(str(args.get("user") or world.space.bot_user))
    return {"presence": "away" if user.deleted else "active"}


def profile(world: World, args: Json) -> Json:
    user = world.space.user(str(args.get("user") or world.space.bot_user))
    shown = profile_of(world.space, user)
    del shown["team"]
    return {"profile": shown}


def emoji(world: World, args: Json) -> Json:
    del world, args
    return {"emoji": {}, "cache_ts": "0"}
