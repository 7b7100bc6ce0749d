"""The workspace: people, channels, messages, reactions, files. Pure state; it tells its listeners."""

import time
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from bot.playground.places import Channel, Group, User
from bot.playground.seed import ChannelSeed, Seed, UserSeed
from bot.playground.values import Clock, Json, Listener, News, Refused, new_id


class Workspace:
    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.clock = Clock()
        self.team_id, self.app_id, self.bot_id = "T000000001", "A000000001", "B000000001"
        self.bot_user = "U0000000B0"
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.channels: dict[str, Channel] = {}
        self.whispers: dict[str, dict[str, Json]] = {}  # person -> ts -> ephemeral message
        self.files: dict[str, Json] = {}
        self.contents: dict[str, bytes] = {}
        self.listeners: list[Listener] = []
        self._fill(seed)

    def tell(self, kind: str, to: str | None = None, **body: object) -> None:
        news = News(kind=kind, body=deepcopy(dict(body)), to=to)
        for listener in self.listeners:
            listener(news)

    # -- opening ------------------------------------------------------------------------------

    def _fill(self, seed: Seed) -> None:
        app = UserSeed(name=seed.app_name, id=self.bot_user, is_bot=True)
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
            self.users[user.id] = user
        for n, group in enumerate(seed.usergroups, 1):
            ident = group.id or f"S{n:09d}"
            members = tuple(self.user_named(name).id for name in group.users)
            self.groups[ident] = Group(
                id=ident, handle=group.handle, name=group.name or group.handle, users=members
            )
        for n, channel in enumerate(seed.channels, 1):
            self._open_seeded(channel, channel.id or f"C{n:09d}")
        for hello in seed.greetings:
            where = self.channel_named(hello.channel)
            self.post(where.id, {"user": self.user_named(hello.user).id, "text": hello.text})

    def _open_seeded(self, one: ChannelSeed, ident: str) -> None:
        named = one.members
        members = [u.id for u in self.users.values() if u.id != self.bot_user and not u.deleted]
        if named is not None:
            members = [self.user_named(name).id for name in named]
        self.channels[ident] = Channel(
            id=ident,
            name=one.name.lstrip("#"),
            topic=one.topic,
            members=[*members, *([self.bot_user] if one.app else [])],
            is_private=one.is_private,
            created=int(time.time()),
        )

    # -- finding ------------------------------------------------------------------------------

    def user(self, ident: str) -> User:
        if ident not in self.users:
            raise Refused("user_not_found")
        return self.users[ident]

    def user_named(self, name: str) -> User:
        for user in self.users.values():
            if name.lstrip("@") in (user.name, user.id):
                return user
        raise Refused("user_not_found")

    def channel_named(self, name: str) -> Channel:
        """By id, by name, by #name; a person's id is the direct conversation with them."""
        if name in self.channels:
            return self.channels[name]
        if name in self.users:
            return self.direct(name)
        for channel in self.channels.values():
            if channel.name == name.lstrip("#"):
                return channel
        raise Refused("channel_not_found")

    def direct(self, person: str) -> Channel:
        """The app's conversation with one person, opened at the first use."""
        who = self.user(person)
        for channel in self.channels.values():
            if channel.is_im and person in channel.members:
                return channel
        ident = "D" + person[1:]
        made = Channel(id=ident, name=who.name, members=[person, self.bot_user], is_im=True)
        made.created = int(time.time())
        self.channels[ident] = made
        self.tell("channel", to=person, channel=ident)
        return made

    def message(self, channel: str, ts: str) -> Json:
        found = self.channel_named(channel).messages.get(ts)
        if found is None:
            raise Refused("message_not_found")
        return found

    def replies(self, channel: str, ts: str) -> list[Json]:
        found = self.channel_named(channel).messages.values()
        return [one for one in found if one.get("thread_ts") == ts and one["ts"] != ts]

    # -- messages -----------------------------------------------------------------------------

    def post(self, channel: str, message: Json) -> Json:
        where = self.channel_named(channel)
        thread = message.get("thread_ts")
        if thread and thread not in where.messages:
            raise Refused("thread_not_found")
        made = {
            "type": "message",
            "ts": self.clock.ts(),
            "team": self.team_id,
            "channel": where.id,
            "reactions": [],
            **message,
        }
        where.messages[made["ts"]] = made
        if thread:
            self._count_replies(where, thread)
        self.tell("message", channel=where.id, message=made)
        return made

    def _count_replies(self, where: Channel, thread: str) -> None:
        root = where.messages.get(thread)
        if root is None:
            return
        answers = self.replies(where.id, thread)
        root["thread_ts"] = thread
        root["reply_count"] = len(answers)
        root["reply_users"] = sorted({one["user"] for one in answers})
        root["reply_users_count"] = len(root["reply_users"])
        if answers:
            root["latest_reply"] = answers[-1]["ts"]
        self.tell("message_counted", channel=where.id, message=root)

    def change(self, channel: str, ts: str, changes: Json) -> Json:
        """Only what is named changes; None takes a field away. Reactions stay."""
        message = self.message(channel, ts)
        before = deepcopy(message)
        message.update(changes)
        for key in [key for key, value in changes.items() if value is None]:
            del message[key]
        self.tell("message_changed", channel=message["channel"], message=message, previous=before)
        return message

    def delete(self, channel: str, ts: str) -> None:
        message = self.message(channel, ts)
        where = self.channel_named(channel)
        del where.messages[ts]
        if message.get("reply_count"):
            grave = {key: message[key] for key in ("type", "ts", "channel", "thread_ts", "reply_count")}
            where.messages[ts] = {
                **grave,
                "user": "USLACKBOT",
                "subtype": "tombstone",
                "text": "This message was deleted.",
                "reactions": [],
            }
            where.messages = dict(sorted(where.messages.items(), key=lambda pair: pair[0]))
            self.tell("message_counted", channel=where.id, message=where.messages[ts])
            return
        if message.get("thread_ts") and message["thread_ts"] != ts:
            self._count_replies(where, message["thread_ts"])
        self.tell("message_deleted", channel=where.id, ts=ts, previous=message)

    def whisper(self, person: str, message: Json) -> Json:
        """A message for one person's eyes."""
        made = {
            "type": "message",
            "ts": self.clock.ts(),
            "team": self.team_id,
            "reactions": [],
            "ephemeral": True,
            **message,
        }
        self.whispers.setdefault(person, {})[made["ts"]] = made
        self.tell("ephemeral", to=person, channel=made["channel"], message=made)
        return made

    def unwhisper(self, person: str, ts: str) -> None:
        gone = self.whispers.get(person, {}).pop(ts, None)
        if gone is not None:
            self.tell("message_deleted", to=person, channel=gone["channel"], ts=ts, previous=gone)

    # -- reactions ----------------------------------------------------------------------------

    def react(self, person: str, channel: str, ts: str, name: str) -> None:
        message = self.message(channel, ts)
        mark = next((one for one in message["reactions"] if one["name"] == name), None)
        if mark and person in mark["users"]:
            raise Refused("already_reacted")
        if mark is None:
            if len(message["reactions"]) >= 23:
                raise Refused("too_many_emoji")
            mark = {"name": name, "users": [], "count": 0}
            message["reactions"].append(mark)
        mark["users"].append(person)
        mark["count"] = len(mark["users"])
        self.tell("reaction_added", channel=message["channel"], message=message, user=person, reaction=name)

    def unreact(self, person: str, channel: str, ts: str, name: str) -> None:
        message = self.message(channel, ts)
        mark = next((one for one in message["reactions"] if one["name"] == name), None)
        if mark is None or person not in mark["users"]:
            raise Refused("no_reaction")
        mark["users"].remove(person)
        mark["count"] = len(mark["users"])
        message["reactions"] = [one for one in message["reactions"] if one["count"]]
        self.tell("reaction_removed", channel=message["channel"], message=message, user=person, reaction=name)

    # -- people and places --------------------------------------------------------------------

    def join(self, channel: str, person: str) -> Channel:
        where = self.channel_named(channel)
        if person not in where.members:
            where.members.append(person)
            self.tell("member_joined_channel", channel=where.id, user=person)
        return where

    def set_group(self, handle: str, names: Iterable[str]) -> Group:
        """Who is in a user group, from now on."""
        group = next((one for one in self.groups.values() if handle in (one.handle, one.id)), None)
        if group is None:
            raise Refused("no_such_subteam")
        after = replace(group, users=tuple(self.user_named(name).id for name in names))
        self.groups[group.id] = after
        before, now = list(group.users), list(after.users)
        self.tell("subteam_members_changed", group=group.id, before=before, after=now)
        return after

    def set_user(self, name: str, **changes: Any) -> User:
        """Deactivate a person, make them a guest, and back."""
        user = replace(self.user_named(name), **changes)
        self.users[user.id] = user
        self.tell("user_change", user=user.id)
        return user

    # -- files --------------------------------------------------------------------------------

    def expect_file(self, name: str, size: int, mimetype: str) -> Json:
        ident = new_id("F")
        self.files[ident] = {
            "id": ident,
            "name": name,
            "title": name,
            "size": size,
            "mimetype": mimetype,
            "user": self.bot_user,
            "created": int(time.time()),
            "timestamp": int(time.time()),
            "is_external": False,
            "shares": {"public": {}},
        }
        return self.files[ident]
