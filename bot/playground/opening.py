"""Filling a new workspace with what its seed names."""

from typing import TYPE_CHECKING

from bot.playground.places import Channel, Group, User
from bot.playground.seed import ChannelSeed, Seed, UserSeed

if TYPE_CHECKING:
    from bot.playground.workspace import Workspace


def fill(space: "Workspace", seed: Seed) -> None:
    app = UserSeed(name=seed.app_name, id=space.bot_user, is_bot=True)
    for n, one in enumerate((*seed.users, app), 1):
        user = User(
            id=one.id or f"U{n:09d}",
            name=one.name,
            real_name=one.real_name or one.name,
            email=one.email,
            title=one.title,
            is_bot=one.is_bot,
            is_admin=one.is_admin,
            is_restricted=one.is_restricted,
            deleted=one.deleted,
        )
        space.users[user.id] = user
    for n, group in enumerate(seed.usergroups, 1):
        ident = group.id or f"S{n:09d}"
        members = tuple(space.user_named(name).id for name in group.users)
        space.groups[ident] = Group(
            id=ident,
            handle=group.handle,
            name=group.name or group.handle,
            users=members,
            created=space.opened,
            updated=space.opened,
        )
    for n, channel in enumerate(seed.channels, 1):
        _open(space, channel, channel.id or f"C{n:09d}")
    for hello in seed.greetings:
        where = space.channel_named(hello.channel)
        space.post(where.id, {"user": space.user_named(hello.user).id, "text": hello.text})


def _open(space: "Workspace", one: ChannelSeed, ident: str) -> None:
    named = one.members
    members = [u.id for u in space.users.values() if u.id != space.bot_user and not u.deleted]
    if named is not None:
        members = [space.user_named(name).id for name in named]
    space.channels[ident] = Channel(
        id=ident,
        name=one.name.lstrip("#"),
        topic=one.topic,
        members=[*members, *([space.bot_user] if one.app else [])],
        is_private=one.is_private,
        created=space.opened,
    )
