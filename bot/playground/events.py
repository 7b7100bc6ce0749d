"""Which news the app hears, and in what words (the Events API)."""

from collections.abc import Callable

from bot.playground.payloads import as_sent
from bot.playground.places import Channel
from bot.playground.values import Json, News
from bot.playground.workspace import Workspace

Told = tuple[str, Json]  # the subscription it needs, and the event


def _kind(channel: Channel) -> str:
    return "im" if channel.is_im else "group" if channel.is_private else "channel"


def _subscription(channel: Channel) -> str:
    return {"im": "message.im", "group": "message.groups", "channel": "message.channels"}[_kind(channel)]


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
        told.append(("app_mention", {**inner, "type": "app_mention"}))
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


def _joined(space: Workspace, news: News) -> list[Told]:
    where = _place(space, news)
    inner = {
        "type": news.kind,
        "user": news.body["user"],
        "channel": where.id,
        "channel_type": "G" if where.is_private else "C",
        "team": space.team_id,
        "event_ts": space.clock.ts(),
    }
    return [(news.kind, inner)]


def _group(space: Workspace, news: News) -> list[Told]:
    before, after = set(news.body["before"]), set(news.body["after"])
    added, gone = sorted(after - before), sorted(before - after)
    inner = {
        "type": news.kind,
        "subteam_id": news.body["group"],
        "team_id": space.team_id,
        "added_users": added,
        "added_users_count": len(added),
        "removed_users": gone,
        "removed_users_count": len(gone),
        "event_ts": space.clock.ts(),
    }
    return [(news.kind, inner)]


def _home(space: Workspace, news: News) -> list[Told]:
    inner = {"type": news.kind, "tab": "home", "event_ts": space.clock.ts(), **news.body}
    return [(news.kind, inner)]


_WORDS: dict[str, Callable[[Workspace, News], list[Told]]] = {
    "message": _message,
    "message_changed": _changed,
    "message_deleted": _deleted,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "member_joined_channel": _joined,
    "subteam_members_changed": _group,
    "app_home_opened": _home,
}


def told_to_app(space: Workspace, news: News) -> list[Json]:
    """The events of one piece of news: only where the app is a member, and only those it subscribed to."""
    words = _WORDS.get(news.kind)
    if words is None or (news.to is not None and news.kind != "app_home_opened"):
        return []
    channel = news.body.get("channel")
    if channel in space.channels and space.bot_user not in space.channels[channel].members:
        return []
    wanted = space.seed.bot_events
    return [inner for name, inner in words(space, news) if wanted is None or name in wanted]
