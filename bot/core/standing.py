"""Where a target stands: who may do what, where there is room, what it is busy with. Sizes in bytes, times in
seconds, unless they say otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TableAccess:
    """What the target's role may do with one table. `lacks`: privileges as SQL names them."""

    name: str
    owned: bool
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the target's role may do. `written` says how writing was proved; "" when it was refused: `why`."""

    role: str
    superuser: bool
    #: Schemas of the tables that were asked for, and of new ones, in which it may not create; "" when new
    #: ones would have no schema.
    closed: tuple[str, ...]
    tables: tuple[TableAccess, ...]
    written: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where there is room. `free` is None where it cannot be read, and `why` is the clause on it."""

    free: int | None
    why: str = ""
    #: Bytes of one database, and what its write-ahead log is kept for: "minimal", "replica", "logical".
    database: int = 0
    wal_level: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiving:
    """Whether the write-ahead log is archived. Seconds count back from now; None: never."""

    on: bool
    last: float | None = None
    failed: float | None = None
    #: Why there is none, for databases that know no such thing: a clause.
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One fact about who may do what: `what` is "grant", "default", "owner", "row security", "policy",
    "definer", "role" or "file"."""

    what: str
    #: The table, function, schema or role that it is about.
    object: str
    #: Who has it; "PUBLIC" for everybody, "" where it is nobody's.
    who: str = ""
    #: The privilege, the policy's words, "on", "off", "forced".
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyStatement:
    """A statement that applications run, with $1 for its values, as the server counted it."""

    sql: str
    calls: int
    #: Mean time of one call.
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """The statements that take most time on some tables. `why`: the clause when there are none to be had."""

    statements: tuple[BusyStatement, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlan:
    """How the server would run a statement. Costs are the planner's own unit."""

    sql: str
    cost: float = 0.0
    node: str = ""
    indexes: tuple[str, ...] = ()
    #: Tables that it reads as a whole.
    scanned: tuple[str, ...] = ()
    #: Why it cannot be run: a clause; "" when it can.
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """One reading of a server's health. None: it has no such thing."""

    connections: int
    most_connections: int
    #: Sessions that wait for a lock.
    waiting: int
    #: The oldest open transaction, and the oldest of a session that does nothing in it.
    longest: float
    idle_longest: float
    #: Share of reads that found their block in memory, 0.0 to 1.0.
    cache_hit: float | None
    deadlocks: int
    temp: int
    #: Bytes of write-ahead log since ever: the difference of two readings is what was written.
    wal: int | None
    #: The replica that is farthest behind; None without a replica.
    lag_bytes: int | None = None
    lag_seconds: float | None = None
    #: Write-ahead log that the slowest replication slot keeps from being removed.
    slot_bytes: int | None = None
    #: The target's role sees its own sessions only, so the figures of sessions are too small.
    half_seen: bool = False
    #: Transactions since the oldest row that has not been frozen; at 2 thousand million the server stops.
    age: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMeans:
    """What a backup needs, as it was found. `tool`: the program and its version; "" when none fits: `why`."""

    tool: str
    why: str = ""
    #: Bytes that a backup is expected to need at most, before it is compressed.
    estimate: int = 0
    #: Bytes that are free where backups go; None where that cannot be read.
    free: int | None = None
    #: Why nothing can be written there: a clause; "" when it can.
    closed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRule:
    """How an environment is backed up, in words, and how old its last verified backup may be."""

    method: str
    most_hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A folder of scripts as version control has it. `why`: the clause when there is no telling."""

    commit: str = ""
    #: Files that are not as they were committed, or not committed: the first of them, and how many.
    changed: tuple[str, ...] = ()
    count: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFacts:
    """A migration tool as it was found. `version` is "" when it does not start: `why`."""

    name: str
    version: str = ""
    why: str = ""
    #: The requirement that pins it ("alembic==1.20.1"), and in which file; "" when nothing does.
    pin: str = ""
    file: str = ""
