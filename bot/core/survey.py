"""What the checks ask of a target, and the small values that come back. Sizes in bytes, times in seconds.

Nothing here holds a row's value: samples become counts before they leave the database's module.
Names of tables are as they were asked for; other names are written as the server keeps them, with the schema
where it is not the server's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.core.personal import Personal
from bot.core.standing import Access, Archiving, BackupMeans, Busy, QueryPlan, Right, Room, Vitals
from bot.core.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """One index. `drifted`: the collation whose version is not the one it was built with, "" for none."""

    name: str
    bytes: int
    valid: bool = True
    drifted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableState:
    """One table as it is now; a partitioned table is the sum of its partitions."""

    name: str
    rows: int
    #: Counted, not the planner's estimate.
    exact: bool
    #: Rows with what is stored beside them (TOAST), without indexes.
    heap: int
    indexes: tuple[IndexState, ...] = ()
    #: Rows inserted, updated and deleted in the last `seconds`; None where the server does not count them.
    writes: int | None = None
    seconds: float = 0.0

    @property
    def index_bytes(self) -> int:
        """All its indexes."""
        return sum(i.bytes for i in self.indexes)

    @property
    def bytes(self) -> int:
        """All of it: what a second copy needs."""
        return self.heap + self.index_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Tables as they were once: what the caller keeps, so that growth can be told."""

    at: datetime
    tables: tuple[TableState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A foreign key from or to a table that was asked for."""

    name: str
    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    validated: bool
    #: An index of the child begins with its columns: deleting a parent need not read the whole child.
    indexed: bool
    #: Rows that point at nothing; None when they could not be counted.
    orphans: int | None
    #: The orphans were looked for among this many rows.
    of: int = 0
    sampled: bool = False
    #: Why they could not be counted: a clause.
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    """Something that stands on a table that was asked for."""

    #: "view", "materialised view", "function", "trigger", "policy", "sequence", "partition", "rule".
    kind: str
    name: str
    table: str
    #: The table's columns that it stands on; empty: on the table, or nobody can tell.
    columns: tuple[str, ...] = ()
    #: The view in between; "" when it stands on the table itself.
    through: str = ""
    #: False when it was found by reading a body as text.
    sure: bool = True


class Demanded(StrEnum):
    """What a statement demands of the rows that are there already."""

    NOT_NULL = "not null"
    UNIQUE = "unique"
    PRIMARY_KEY = "primary key"
    FOREIGN_KEY = "foreign key"
    CHECK = "check"
    TYPE = "type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What every row of `table` must satisfy, or the statement fails."""

    kind: Demanded
    table: str
    #: Columns as the server keeps them; of a unique index they may be expressions, in `sql`.
    columns: tuple[str, ...] = ()
    #: The constraint or index.
    name: str = ""
    parent: str = ""
    #: Empty: the parent's primary key.
    parent_columns: tuple[str, ...] = ()
    #: CHECK: its expression ("" for one that the target has already). TYPE: the new type. UNIQUE: the
    #: expressions, when they are not plain columns. Of known functions and operators alone.
    sql: str = ""
    #: UNIQUE: the condition of a partial index.
    where: str = ""
    #: UNIQUE: two NULLs are the same.
    nulls_same: bool = False
    #: Why it cannot be asked as a question: a clause; "" when it can.
    unaskable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """How many rows break a demand. `rows` is None when nobody could count, and `why` is the clause on it."""

    demand: Demand
    rows: int | None
    #: Rows that were looked at.
    of: int = 0
    sampled: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLook:
    """What sampled values of a column look like: how many were not NULL, and how many have which shape."""

    table: str
    column: str
    type: str
    seen: int
    shapes: dict[Personal, int] = field(default_factory=dict)
    #: Why no value was looked at: a clause.
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSum:
    """All rows of a table in two figures. The order of rows is no part of it."""

    name: str
    #: The columns that are in it, in this order.
    columns: tuple[str, ...]
    rows: int
    #: The sum of a hash of each row; None when it could not be made, and `why` is the clause on it.
    sum: int | None
    why: str = ""


class TableSurvey(Protocol):
    """Questions about tables and their rows."""

    def states(self, target: Target, names: Sequence[str]) -> Sequence[TableState]:
        """Sizes, indexes and writes; a name that is not there is left out."""
        ...

    def keys(self, target: Target, names: Sequence[str]) -> Sequence[Key]: ...

    def dependents(self, target: Target, names: Sequence[str]) -> Sequence[Dependent]: ...

    def broken(self, target: Target, demands: Sequence[Demand]) -> Sequence[Broken]:
        """One answer for each demand, in order."""
        ...

    def looks(self, target: Target, names: Sequence[str]) -> Sequence[ColumnLook]: ...

    def sums(
        self, target: Target, names: Sequence[str], columns: Mapping[str, Sequence[str]] | None = None
    ) -> Sequence[TableSum]:
        """Checksums, each over the table's own columns, or over those of `columns` that it has."""
        ...


class StandingSurvey(Protocol):
    """Questions about where a target stands: who may do what, and where there is room."""

    def access(self, target: Target, names: Sequence[str]) -> Access: ...

    def room(self, target: Target) -> Room: ...

    def archiving(self, target: Target) -> Archiving: ...

    def rights(self, target: Target) -> frozenset[Right]: ...

    def means(self, target: Target, folder: Path) -> BackupMeans:
        """What a backup of it into `folder` needs. Nothing stays there."""
        ...


class LoadSurvey(Protocol):
    """Questions about what a target is busy with."""

    def busy(self, target: Target, names: Sequence[str]) -> Busy: ...

    def explain(self, target: Target, statements: Sequence[str]) -> Sequence[QueryPlan]:
        """How each would be run, whatever its values; nothing is run."""
        ...

    def vitals(self, target: Target) -> Vitals: ...


class Survey(TableSurvey, StandingSurvey, LoadSurvey, Protocol):
    """All that can be asked. Read-only, each question bounded in time; raises StepFailed when the target
    cannot be reached, LockTimeout when a lock was not granted."""
