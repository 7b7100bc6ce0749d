"""What a workspace holds when it opens; from a JSON file, or made in a test."""

import json
import secrets
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bot.playground.values import Json


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
    greetings: tuple[GreetingSeed, ...] = ()
    app_name: str = "app"
    scopes: frozenset[str] | None = None  # None: every scope is granted
    bot_events: frozenset[str] | None = None  # None: every event is subscribed to
    plan_is_free: bool = False  # user groups need a paid plan
    rates: bool = True
    rate_scale: float = 1.0  # 10.0 allows ten times as much
    ack_seconds: float = 3.0
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    connection_seconds: float | None = None  # how long a socket lives before Slack asks for a new one
    bot_token: str = field(default_factory=lambda: "xoxb-playground-" + secrets.token_hex(8), repr=False)
    app_token: str = field(default_factory=lambda: "xapp-playground-" + secrets.token_hex(8), repr=False)
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


_PARTS: dict[str, type[Any]] = {
    "users": UserSeed,
    "usergroups": GroupSeed,
    "channels": ChannelSeed,
    "commands": CommandSeed,
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


def from_manifest(manifest: Json) -> Json:
    """The parts of an app manifest that decide how Slack treats the app."""
    if not manifest:
        return {}
    features, settings = manifest.get("features", {}), manifest.get("settings", {})
    told = ("command", "usage_hint", "description", "should_escape")
    return {
        "app_name": features.get("bot_user", {}).get("display_name")
        or manifest.get("display_information", {}).get("name", "app"),
        "commands": [
            {key: one[key] for key in told if key in one} for one in features.get("slash_commands", ())
        ],
        "scopes": manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ()),
        "bot_events": settings.get("event_subscriptions", {}).get("bot_events", ()),
    }


def read_seed(path: Path | None, manifest: Path | None = None) -> Seed:
    def parsed(file: Path | None) -> Json:
        if file is None:
            return {}
        found = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise TypeError(f"{file.name}: an object was expected at the top")
        return found

    return seed_from(parsed(path), parsed(manifest))
