"""What a rehearsal needs from outside: scratch databases, measuring, a workload. One form for each kind of
database; none of it ever writes to an environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from bot.core.events import Direction
from bot.core.intruders import Intruders
from bot.core.measures import Copied, Copying, Felt, Measured, Written
from bot.core.plans import Script
from bot.core.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key that is not there yet. `parent_columns`: none for the parent's primary key."""

    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOrder:
    """What to copy. `tables` are copied (with all that they point at); none: every table."""

    how: Copying
    tables: tuple[str, ...] = ()
    #: Rows of each named table at most, for SAMPLE and MADE; 0: as many as the source has.
    rows: int = 0
    #: With which lock timeout the source is read, in seconds.
    patience: float = 3.0
    #: Bytes that the copy may take on the rehearsal server at most; 0: as many as there is room for.
    most: int = 0
    #: Keys that the change will add: copied rows have to keep them too, where the source's rows do.
    references: tuple[Reference, ...] = ()


#: What a server says when it was built or installed without something, whatever the script is like.
_NOT_BUILT = re.compile(
    r"not supported (in|by) this build|extension \S+ is not available|could not open extension control file"
    r"|could not access file"
)
ANOTHER = "Name a rehearsal server that has what production has: `rehearsal: {server: ${NAME}}`."


def lacks(error: str) -> bool:
    """Whether a statement was refused for what the rehearsal server has not, and production may have."""
    return bool(_NOT_BUILT.search(error))


class Scratches(Protocol):
    """Scratch databases on the rehearsal server. Names are ours alone: they begin with "whimbrel_"."""

    def make(
        self, name: str, source: Target, order: CopyOrder, progress: Callable[[float], None]
    ) -> tuple[Target, Copied]:
        """A new scratch database; one of that name is replaced. The source is only read.

        Raises StepFailed when the source cannot be read or the copy cannot be made; nothing is left then.
        """
        ...

    def clone(self, of: str, name: str) -> Target:
        """A copy of a scratch database that nobody is joined to, made on the server itself."""
        ...

    def drop(self, name: str) -> None:
        """Gone, with whoever is still joined to it; no harm when it is gone already."""
        ...

    def target(self, name: str) -> Target:
        """A scratch database that is there."""
        ...

    def names(self) -> Collection[str]:
        """The scratch databases that are there."""
        ...


class Meter(Protocol):
    """Runs a script's rendered SQL on a scratch database, a statement at a time, as the tool would."""

    def measure(self, target: Target, script: Script, direction: Direction) -> Sequence[Measured]:
        """What each statement did; ends with the first that the database refused (its `error` says why)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Statements that an application would run. `weights` go with `statements`."""

    #: In words: "the project's script load.sql", "the 10 busiest statements", "made from the catalog".
    source: str
    statements: tuple[str, ...]
    weights: tuple[float, ...] = ()
    clients: int = 4
    #: A pgbench script in place of statements.
    script: str = ""


class Loaded(Protocol):
    """A workload that is running."""

    def mark(self, part: str) -> None:
        """From now on it is "during" or "after"; it begins as "before"."""
        ...

    def felt(self) -> Felt:
        """What it felt; ends it."""
        ...


class Loads(Protocol):
    """Workloads: where they come from, and playing one."""

    def workload(self, source: Target, scratch: Target, tables: Sequence[str]) -> Workload:
        """The busiest statements of the source that the copy can run, else made from the catalog."""
        ...

    def scripted(self, name: str, text: str) -> Workload:
        """The project's own script for pgbench. StepFailed, with the line, for what is not known in it."""
        ...

    def play(self, target: Target, workload: Workload) -> AbstractContextManager[Loaded]: ...

    def write_new_shape(self, target: Target, tables: Sequence[str], rows: int) -> Written:
        """Write rows as the new schema allows them: how many each table took, and what none took."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """What a scratch database was made for: a run of a change, or a ghost, made at a moment."""

    change: int = 0
    run: str = ""
    #: Seconds since 1970, of a ghost.
    born: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """The rehearsal server, joined."""

    scratches: Scratches
    meter: Meter
    loads: Loads
    #: Stand in a revision's way; none where a server's sessions cannot be met (SQLite).
    intruders: Intruders | None = None
    #: Eight hexadecimal digits that stand for this bot's store: several bots may share a server.
    owner: str = "00000000"

    def name(self, change: int, run: str, part: str) -> str:
        """The name of a scratch database of a run."""
        return f"{self.of(change)}{run.rpartition('.')[2]}_{part}"

    def of(self, change: int) -> str:
        """What the names of a change's scratch databases begin with."""
        return f"whimbrel_{self.owner}_{change}_"

    def ghost(self, born: float) -> str:
        """A new name for a ghost that is made at this moment (seconds since 1970)."""
        return f"whimbrel_{self.owner}_ghost_{int(born)}_{uuid4().hex[:8]}"

    def whose(self, name: str) -> Whose | None:
        """What a scratch database of that name was made for; None when it is none of this bot's."""
        if ghost := re.fullmatch(rf"whimbrel_{self.owner}_ghost_(\d+)_[0-9a-f]+", name):
            return Whose(born=int(ghost[1]))
        if mine := re.match(rf"whimbrel_{self.owner}_(\d+)_(\d+)_", name):
            return Whose(change=int(mine[1]), run=f"{mine[1]}.{mine[2]}")
        return None
