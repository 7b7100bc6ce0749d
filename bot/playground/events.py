"""Which news the app hears, and in what words (the Events API)."""

from collections.abc import Callable

from bot.playground.objects import channel_of, group_of, user_of
from bot.playground.payloads import as_sent
from bot.playground.places import Channel
from bot.playground.scopes import heard
from bot.playground.values import Json, News
from bot.playground.workspace import Workspace

Told = tuple[str, Json]  # the subscription it needs, and the event

_KINDS = {"im": "im", "mpim": "mpim", "private_channel": "group", "public_channel": "channel"}


def _kind(channel: Channel) -> str:
    return _KINDS[channel.kind]


def _subscription(channel: Channel) -> str:
    return {"im": "message.im", "mpim": "message.mpim", "group": "message.groups"}.get(
        _kind(channel), "message.channels"
    )


def _place(space: Workspace, news: News) -> Channel:
    return space.channels[news.body["channel"]]


def _message(space: Workspace, news: News) -> list[Told]:
    where, message = _place(space, news), news.body["message"]
    inner = {
        **as_sent(message),
        "channel": where.id,
        "event_ts": message["ts"],
        "channel_type": _kind(where),
    }
    told: list[Told] = [(_subscription(where), inner)]
    if f"<@{space.bot_user}>" in message.get("text", "") and message["user"] != space.bot_user:
        mention = {key: value for key, value in inner.items() if key != "channel_type"}
        told.append(("app_mention", {**mention, "type": "app_mention"}))
    return told


def _changed(space: Workspace, news: News) -> list[Told]:
    where, ts = _place(space, news), space.clock.ts()
    inner = {
        "type": "message",
        "subtype": "message_changed",
        "message": as_sent(news.body["message"]),
        "previous_message": as_sent(news.body["previous"]),
        "channel": where.id,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
        "channel_type": _kind(where),
    }
    return [(_subscription(where), inner)]


def _deleted(space: Workspace, news: News) -> list[Told]:
    where, ts = _place(space, news), space.clock.ts()
    inner = {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": as_sent(news.body["previous"]),
        "channel": where.id,
        "hidden": True,
        "deleted_ts": news.body["ts"],
        "ts": ts,
        "event_ts": ts,
        "channel_type": _kind(where),
    }
    return [(_subscription(where), inner)]


def _reaction(space: Workspace, news: News) -> list[Told]:
    message = news.body["message"]
    inner = {
        "type": news.kind,
        "user": news.body["user"],
        "reaction": news.body["reaction"],
        "item": {"type": "message", "channel": message["channel"], "ts": message["ts"]},
        "event_ts": space.clock.ts(),
    }
    if message.get("subtype") != "bot_message":  # posted through a response_url: it has no author
        inner["item_user"] = message["user"]
    return [(news.kind, inner)]


def _member(space: Workspace, news: News) -> list[Told]:
    where = _place(space, news)
    inner = {
        "type": news.kind,
        "user": news.body["user"],
        "channel": where.id,
        "channel_type": "G" if where.is_private else "C",
        "team": space.team_id,
        "event_ts": space.clock.ts(),
    }
    if news.body.get("inviter"):
        inner["inviter"] = news.body["inviter"]
    return [(news.kind, inner)]


def _channel(space: Workspace, news: News) -> list[Told]:
    shown: object = news.body["channel"]
    if news.kind == "channel_created":
        shown = channel_of(space, _place(space, news))
        del shown["is_member"]
    inner = {"type": news.kind, "channel": shown, "event_ts": space.clock.ts()}
    if "user" in news.body:
        inner["user"] = news.body["user"]
    return [(news.kind, inner)]


def _members(space: Workspace, news: News) -> list[Told]:
    before, after = set(news.body["before"]), set(news.body["after"])
    added, gone = sorted(after - before), sorted(before - after)
    inner = {
        "type": news.kind,
        "subteam_id": news.body["group"],
        "team_id": space.team_id,
        "date_previous_update": news.body["previous"],
        "date_update": space.groups[news.body["group"]].updated,
        "added_users": added,
        "added_users_count": len(added),
        "removed_users": gone,
        "removed_users_count": len(gone),
        "event_ts": space.clock.ts(),
    }
    return [(news.kind, inner), *_group(space, News(kind="subteam_updated", body=news.body))]


def _group(space: Workspace, news: News) -> list[Told]:
    shown = group_of(space, space.groups[news.body["group"]])
    return [(news.kind, {"type": news.kind, "subteam": shown, "event_ts": space.clock.ts()})]


def _user(space: Workspace, news: News) -> list[Told]:
    shown = user_of(space, space.users[news.body["user"]])
    inner = {"type": news.kind, "user": shown}
    return [(news.kind, {**inner, "cache_ts": space.opened} if news.kind == "user_change" else inner)]


def _pin(space: Workspace, news: News) -> list[Told]:
    where, pin = _place(space, news), news.body["pin"]
    message = as_sent(where.messages[pin["ts"]])
    inner = {
        "type": news.kind,
        "user": news.body["user"],
        "channel_id": where.id,
        "item": {
            "type": "message",
            "created": pin["created"],
            "created_by": pin["created_by"],
            "channel": where.id,
            "message": message,
        },
        "item_user": message["user"],
        "pin_count": len(where.pins),
        "pinned_info": {"channel": where.id, "pinned_by": pin["created_by"], "pinned_ts": pin["created"]},
        "event_ts": space.clock.ts(),
    }
    return [(news.kind, inner if news.kind == "pin_added" else {**inner, "has_pins": bool(where.pins)})]


def _file(space: Workspace, news: News) -> list[Told]:
    ident = news.body["file"]
    inner = {"type": news.kind, "file_id": ident, "event_ts": space.clock.ts()}
    if news.kind == "file_deleted":
        return [(news.kind, {**inner, "channel_ids": news.body["channels"]})]
    inner |= {"user_id": news.body["user"], "file": {"id": ident}}
    if "channel" in news.body:
        inner["channel_id"] = news.body["channel"]
    return [(news.kind, inner)]


def _home(space: Workspace, news: News) -> list[Told]:
    inner = {"type": news.kind, "tab": "home", "event_ts": space.clock.ts(), **news.body}
    return [(news.kind, inner)]


def _revoked(space: Workspace, news: News) -> list[Told]:
    return [(news.kind, {"type": news.kind, "tokens": {"oauth": [], "bot": [space.bot_user]}})]


Words = Callable[[Workspace, News], list[Told]]
_WORDS: dict[str, Words] = {
    "message": _message,
    "message_changed": _changed,
    "message_deleted": _deleted,
    "app_home_opened": _home,
    "tokens_revoked": _revoked,
    "subteam_members_changed": _members,
    **dict.fromkeys(("reaction_added", "reaction_removed"), _reaction),
    **dict.fromkeys(("member_joined_channel", "member_left_channel"), _member),
    **dict.fromkeys(("channel_created", "channel_archive", "channel_unarchive"), _channel),
    **dict.fromkeys(("subteam_created", "subteam_updated"), _group),
    **dict.fromkeys(("user_change", "team_join"), _user),
    **dict.fromkeys(("pin_added", "pin_removed"), _pin),
    **dict.fromkeys(("file_created", "file_shared", "file_deleted"), _file),
}
#: Told whether or not the app is in the channel.
_OF_THE_TEAM = ("channel_created", "channel_archive", "channel_unarchive", "member_left_channel")


def told_to_app(space: Workspace, news: News) -> list[Json]:
    """The events of one piece of news: only where the app is a member, and only those it subscribed to."""
    words = _WORDS.get(news.kind)
    if words is None or (news.to is not None and news.kind != "app_home_opened"):
        return []
    channel = space.channels.get(news.body.get("channel", ""))
    if channel and space.bot_user not in channel.members:
        own = news.body.get("user") == space.bot_user
        if news.kind not in _OF_THE_TEAM or (channel.kind != "public_channel" and not own):
            return []
    seed = space.seed
    return [inner for name, inner in words(space, news) if heard(name, seed.scopes, seed.bot_events)]
