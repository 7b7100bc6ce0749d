"""usergroups.*: the groups of people that can be mentioned, on paid plans."""

import time
from dataclasses import replace
from typing import Any

from bot.playground.methods_conversations import people
from bot.playground.objects import group_of
from bot.playground.places import Group
from bot.playground.values import Json, Refused, flag, new_id, text_of
from bot.playground.world import World


def _require_paid(world: World) -> None:
    if world.seed.plan_is_free or world.faults.no_groups:
        raise Refused("plan_upgrade_required")


def _found(world: World, args: Json) -> Group:
    _require_paid(world)
    group = world.space.groups.get(text_of(args, "usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return group


def listed(world: World, args: Json) -> Json:
    _require_paid(world)
    users = flag(args, "include_users")
    found = [group_of(world.space, one, users=users) for one in world.space.groups.values()]
    if not flag(args, "include_count"):
        for one in found:
            one.pop("user_count")
    return {"usergroups": [one for one in found if flag(args, "include_disabled") or not one["date_delete"]]}


def users(world: World, args: Json) -> Json:
    group = _found(world, args)
    if group.gone and not flag(args, "include_disabled"):
        raise Refused("no_such_subteam")
    return {"users": [one for one in group.users if not world.space.user(one).deleted]}


def _require_free(world: World, args: Json, mine: str = "") -> None:
    """No two groups have one handle or one name; a person's name is taken too."""
    others = [one for one in world.space.groups.values() if one.id != mine]
    handle, name = args.get("handle"), args.get("name")
    taken = {one.handle for one in others} | {one.name for one in world.space.users.values()}
    if handle and handle in taken:
        raise Refused("handle_already_exists")
    if name and name in {one.name for one in others}:
        raise Refused("name_already_exists")


def create(world: World, args: Json) -> Json:
    _require_paid(world)
    if not args.get("name"):
        raise Refused("missing_subteam_name")
    _require_free(world, args)
    name, now = str(args["name"]), int(time.time())
    made = Group(
        id=new_id("S"),
        name=name,
        handle=str(args.get("handle") or name.lower().replace(" ", "-")),
        description=str(args.get("description") or ""),
        users=(),
        created=now,
        updated=now,
    )
    return _kept(world, made, "subteam_created")


def _kept(world: World, group: Group, news: str) -> Json:
    world.space.groups[group.id] = group
    world.space.tell(news, group=group.id)
    return {"usergroup": group_of(world.space, group)}


def _changed(world: World, args: Json, **changes: Any) -> Json:
    group = replace(_found(world, args), updated=int(time.time()), **changes)
    return _kept(world, group, "subteam_updated")


def update(world: World, args: Json) -> Json:
    _require_free(world, args, _found(world, args).id)
    told = {key: str(args[key]) for key in ("name", "handle", "description") if key in args}
    return _changed(world, args, **told)


def disable(world: World, args: Json) -> Json:
    return _changed(world, args, gone=int(time.time()))


def enable(world: World, args: Json) -> Json:
    return _changed(world, args, gone=0)


def set_users(world: World, args: Json) -> Json:
    group, names = _found(world, args), people(args)
    if not names:
        raise Refused("no_users_provided")
    if any(one not in world.space.users for one in names):
        raise Refused("invalid_users")
    return {"usergroup": group_of(world.space, world.space.set_group(group.id, names))}
