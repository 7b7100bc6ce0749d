"""What the bot keeps, as ports: the journal, and what stands beside it. Each has a form in SQL, and a double
in memory that ships and keeps the same contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.events import Entry, Event
from bot.core.plans import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Events to add to one change together, or not at all."""

    events: tuple[Event, ...]
    by: str
    at: datetime
    #: The ask they come from: the same cause never adds the same kind of event twice.
    cause: str = ""


class Journal(Protocol):
    """Where facts are kept."""

    def open(self, note: Note) -> Sequence[Entry]:
        """A new change, begun by ChangeOpened. The same cause again returns the first one's entries."""
        ...

    def add(self, change: int, after: int, note: Note) -> Sequence[Entry]:
        """Add after entry `after`. Conflict when others were added meanwhile, or the cause is spent."""
        ...

    def read(self, change: int, after: int = 0) -> Sequence[Entry]: ...

    def newest(self) -> Mapping[int, int]:
        """change -> the seq of its newest entry, for every change."""
        ...


class Plans(Protocol):
    """Frozen plans by fingerprint."""

    def keep(self, plan: Plan) -> None: ...

    def get(self, fingerprint: str) -> Plan: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A plan message in the chat, and how far the change has been told in its thread."""

    change: int
    channel: str
    #: Slack's id of the message; it is also the thread's.
    ts: str
    #: The plan that the message shows: reactions on it count for this fingerprint only.
    fingerprint: str
    #: The newest entry told in the thread.
    told: int = 0
    #: Digest of the blocks last drawn.
    drawn: str = ""


class Tellings(Protocol):
    """What has been said where."""

    def newest(self, change: int) -> Telling | None:
        """The message that now stands for the change."""
        ...

    def at(self, channel: str, ts: str) -> Telling | None:
        """The telling behind a message; also an earlier plan's."""
        ...

    def put(self, telling: Telling) -> None: ...


class Inbox(Protocol):
    """Asks that were acknowledged: each is answered, also after a crash."""

    def put(self, key: str, data: dict[str, str], at: datetime) -> bool:
        """Keep an ask; false when this key was kept before."""
        ...

    def waiting(self) -> Sequence[tuple[str, dict[str, str]]]:
        """Asks not answered yet, oldest first."""
        ...

    def done(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the step under way has come. `share` is 0.0 to 1.0, or None when nobody can tell."""

    run: str
    step: str
    share: float | None
    text: str
    at: datetime


class Board(Protocol):
    """How far the steps under way have come; lost without harm."""

    def show(self, progress: Progress) -> None: ...

    def of(self, run: str) -> Progress | None: ...


class Hold(Protocol):
    """The right to be the only one over all processes of a store."""

    def mine(self) -> bool:
        """Take it if it is free; true while it is ours."""
        ...

    def close(self) -> None: ...
