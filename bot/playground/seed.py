"""What a workspace holds when it opens; from a JSON file, or made in a test."""

import json
import secrets
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bot.playground.limits import bounds, most
from bot.playground.scopes import lacking
from bot.playground.values import Json

RETRIES = tuple(bounds(f"events.{one}_retry_seconds")[1] for one in ("first", "second", "third"))


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSeed:
    name: str
    id: str | None = None
    real_name: str = ""
    email: str = ""
    title: str = ""
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSeed:
    handle: str
    name: str = ""
    users: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSeed:
    """No members named means everybody. The app is let in unless `app` says otherwise."""

    name: str
    members: tuple[str, ...] | None = None
    topic: str = ""
    id: str | None = None
    is_private: bool = False
    app: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSeed:
    command: str
    usage_hint: str = ""
    description: str = ""
    #: What may follow the command, and what each of these words does: the page's completion shows both.
    words: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    should_escape: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcutSeed:
    """`type`: global, or message for the menu of a message."""

    callback_id: str
    name: str = ""
    type: str = "global"
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingSeed:
    channel: str
    user: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    team: str = "Playground"
    users: tuple[UserSeed, ...] = ()
    usergroups: tuple[GroupSeed, ...] = ()
    channels: tuple[ChannelSeed, ...] = (ChannelSeed(name="general"),)
    commands: tuple[CommandSeed, ...] = ()
    shortcuts: tuple[ShortcutSeed, ...] = ()
    greetings: tuple[GreetingSeed, ...] = ()
    app_name: str = "app"
    scopes: frozenset[str] | None = None  # None: every scope is granted
    bot_events: frozenset[str] | None = None  # None: every event is subscribed to
    socket_mode: bool = True
    interactive: bool = True  # whether the app wants to hear of clicks, forms and shortcuts
    home_tab: bool = True
    plan_is_free: bool = False  # user groups need a paid plan
    rates: bool = True
    rate_scale: float = 1.0  # 10.0 allows ten times as much
    ack_seconds: float = most("acknowledgement.seconds")
    retry_delays: tuple[float, ...] = RETRIES
    connection_seconds: float | None = None  # how long a socket lives before Slack asks for a new one
    bot_token: str = field(default_factory=lambda: "xoxb-playground-" + secrets.token_hex(8), repr=False)
    app_token: str = field(default_factory=lambda: "xapp-playground-" + secrets.token_hex(8), repr=False)
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


_PARTS: dict[str, type[Any]] = {
    "users": UserSeed,
    "usergroups": GroupSeed,
    "channels": ChannelSeed,
    "commands": CommandSeed,
    "shortcuts": ShortcutSeed,
    "greetings": GreetingSeed,
}


def _made(kind: type[Any], raw: Json, where: str) -> Any:
    known = {one.name for one in fields(kind)}
    unknown = sorted(set(raw) - known)
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()})


def seed_from(raw: Json, manifest: Json | None = None) -> Seed:
    """A seed from parsed JSON; an app manifest adds the app's name, commands, scopes and events."""
    values = {**from_manifest(manifest or {}), **raw}
    for part, kind in _PARTS.items():
        if part in values:
            values[part] = tuple(
                one if isinstance(one, kind) else _made(kind, one, f"{part}[{n}]")
                for n, one in enumerate(values[part])
            )
    for name in ("scopes", "bot_events"):
        if values.get(name) is not None:
            values[name] = frozenset(values[name])
    seed: Seed = _made(Seed, values, "seed")
    return seed


def _part(body: Json, name: str) -> Json:
    found = body.get(name) or {}
    if not isinstance(found, dict):
        raise TypeError(f"{name}: an object was expected")
    return found


def from_manifest(manifest: Json) -> Json:
    """The parts of an app manifest that decide how Slack treats the app."""
    if not manifest:
        return {}
    features, settings = _part(manifest, "features"), _part(manifest, "settings")
    scopes = _part(_part(manifest, "oauth_config"), "scopes")
    events, clicks = _part(settings, "event_subscriptions"), _part(settings, "interactivity")
    user, name = _part(features, "bot_user"), _part(manifest, "display_information").get("name", "app")
    told = ("command", "usage_hint", "description", "should_escape")
    named = ("callback_id", "name", "type", "description")
    return {
        "app_name": user.get("display_name") or name,
        "commands": [
            {key: one[key] for key in told if key in one} for one in features.get("slash_commands", ())
        ],
        "shortcuts": [
            {key: one[key] for key in named if key in one} for one in features.get("shortcuts", ())
        ],
        "socket_mode": settings.get("socket_mode_enabled", False),
        "interactive": clicks.get("is_enabled", False),
        "home_tab": _part(features, "app_home").get("home_tab_enabled", False),
        "scopes": scopes.get("bot", ()),
        "bot_events": events.get("bot_events", ()),
    }


#: Who is there when nobody was named.
EVERYDAY: Json = {
    "users": [{"name": "developer"}, {"name": "reviewer"}, {"name": "operator", "is_admin": True}],
    "usergroups": [{"handle": "operators", "users": ["operator"]}],
    "channels": [{"name": "general"}, {"name": "changes"}, {"name": "lounge", "app": False}],
}


def read_seed(path: Path | None, manifest: Path | None = None) -> Seed:
    def parsed(file: Path | None) -> Json:
        if file is None:
            return {}
        found = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise TypeError(f"{file.name}: an object was expected at the top")
        return found

    wanted = parsed(manifest)
    told = from_manifest(wanted)
    if told:
        wrong = lacking(frozenset(told["scopes"]), frozenset(told["bot_events"]), bool(told["commands"]))
        if wrong:
            raise ValueError(f"{manifest}: {'; '.join(wrong)}")
    return seed_from(parsed(path) if path else EVERYDAY, wanted)
