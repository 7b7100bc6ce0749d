"""Who and what a workspace holds."""

import zlib
from dataclasses import dataclass, field

from bot.playground.values import Json

COLORS = ("4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "e0a729", "684b6c", "5b89d5", "2b6836", "99a949")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: str
    name: str
    real_name: str
    email: str = ""
    title: str = ""
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    deleted: bool = False

    @property
    def color(self) -> str:
        return COLORS[zlib.crc32(self.id.encode()) % len(COLORS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    id: str
    handle: str
    name: str
    users: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Channel:
    id: str
    name: str
    topic: str = ""
    members: list[str] = field(default_factory=list)
    is_private: bool = False
    is_im: bool = False
    created: int = 0
    pins: list[Json] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    messages: dict[str, Json] = field(default_factory=dict)
