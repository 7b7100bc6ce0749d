"""Who stands in a revision's way when a rehearsal tries what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.core.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A lock to be held in a revision's way."""

    #: A table; "" for the tools' history tables.
    relation: str
    #: As `core.locks` has it, e.g. "AccessShare".
    mode: str
    #: In place of the whole table, the row in its middle.
    row: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A session as the server shows it: its statement, since how many seconds, and if it waits for a lock."""

    sql: str
    seconds: float
    waits: bool


class Intruder(Protocol):
    """A second session on a copy."""

    def hold(self, hold: Hold) -> bool:
        """Take the lock, and keep it; false when there is no such table."""
        ...

    def let_go(self) -> None: ...

    def seen(self, application: str) -> Seen | None:
        """What the session of that name does now; None when none has a statement under way."""
        ...

    def cancel(self, application: str) -> int:
        """Cancel the statements of the sessions of that name; how many there were."""
        ...

    def written(self, tables: Sequence[str]) -> Mapping[str, int]:
        """Rows of each table that others have written, and committed, since the intruder joined."""
        ...


class Intruders(Protocol):
    """Joins them. Only ever to a scratch database."""

    def join(self, target: Target) -> AbstractContextManager[Intruder]: ...
