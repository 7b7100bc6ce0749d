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
    """`gone`: when it was disabled, in seconds since 1970; 0 while it is in use."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]
    description: str = ""
    created: int = 0
    updated: int = 0
    gone: int = 0


@dataclass(slots=True, kw_only=True)
class Channel:
    id: str
    name: str
    topic: str = ""
    purpose: str = ""
    members: list[str] = field(default_factory=list)
    is_private: bool = False
    is_im: bool = False
    is_mpim: bool = False
    is_archived: bool = False
    created: int = 0
    creator: str = ""
    canvas: str = ""
    pins: list[Json] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    messages: dict[str, Json] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """As conversations.list names it."""
        if self.is_im:
            return "im"
        return "mpim" if self.is_mpim else "private_channel" if self.is_private else "public_channel"


@dataclass(slots=True, kw_only=True)
class Canvas:
    """A page of Markdown; `sections` holds (id, text) in their order."""

    id: str
    title: str
    owner: str
    channel: str = ""
    sections: list[tuple[str, str]] = field(default_factory=list)
