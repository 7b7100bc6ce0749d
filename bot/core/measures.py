"""What a rehearsal or a run measured. Times in seconds, sizes in bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.schemas import TableShape


class Direction(StrEnum):
    """Which way a run goes."""

    FORWARD = "forward"
    BACK = "back"


class Copying(StrEnum):
    """How a scratch database comes to its data."""

    #: The schema alone: a ghost.
    SCHEMA = "schema"
    #: Every row.
    FULL = "full"
    #: Some rows of each table, and every row that those point at.
    SAMPLE = "sample"
    #: Rows made to the statistics of the catalog: no row leaves the source.
    MADE = "made"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHeld:
    """One lock on one relation: PostgreSQL's mode without its ending "Lock", e.g. "AccessExclusive"."""

    relation: str
    mode: str
    #: When it was granted, counted from the revision's first statement.
    begin: float
    #: Until the end of its transaction.
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One statement of a revision as it ran on a copy."""

    revision: str
    #: Counts from 1 within its revision.
    number: int
    sql: str
    seconds: float
    locks: tuple[LockHeld, ...] = ()
    #: Tables and indexes that were there before and whose storage is another one now.
    rewritten: tuple[str, ...] = ()
    #: Tables that were read as a whole, with the rows that were read.
    scanned: dict[str, int] = field(default_factory=dict)
    #: Rows that were written, by table.
    rows: dict[str, int] = field(default_factory=dict)
    created: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    wal: int = 0
    temp: int = 0
    #: What the database said when it refused; the statements after it did not run.
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a scratch database was made from. `rows` is each table's count in the copy."""

    how: Copying
    rows: dict[str, int]
    bytes: int
    seconds: float
    #: Major versions: the rehearsal server's, and the source's.
    version: int
    source_version: int
    #: Share of the source's bytes that the copy holds, 0.0 to 1.0.
    share: float = 1.0
    #: False: the rehearsal server does not wait for its disk (fsync is off), so its times are too good.
    durable: bool = True
    #: Sentences: what the copy leaves out, or has another way than the source.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """What a workload felt while revisions ran. `source` says in words where its statements are from."""

    source: str
    p95_before: float
    p95_during: float
    p95_after: float
    #: The longest time that one statement took meanwhile, and which it was.
    worst: float
    worst_sql: str
    statements: int
    #: What went wrong with its statements, by the database's words, with how often.
    errors: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Written(Mapping[str, int]):
    """Rows that each table took."""

    rows: dict[str, int]
    #: Sentences: what no table took.
    refused: tuple[str, ...] = ()

    def __getitem__(self, table: str) -> int:
        return self.rows[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


class Fault(StrEnum):
    """What is done to a revision to see what it leaves."""

    LOCK_REFUSED = "lock not granted"
    CUT = "connection cut"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulted:
    """What a fault in the middle of a revision left, found by asking the database."""

    revision: str
    fault: Fault
    #: The statement during which it came, counted from 1.
    number: int
    #: One sentence: "0004 is gone without a trace", "0005 left the invalid index orders_x".
    state: str
    #: The schema and the rows are as they were before it.
    clean: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How a revision's time grows with the rows: seconds ≈ rows ** exponent, from two sizes."""

    revision: str
    small_rows: int
    small_seconds: float
    large_rows: int
    large_seconds: float
    #: None when it was too quick at both sizes to tell.
    exponent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrying:
    """One revision as the real tool carried it on the copy."""

    revision: str
    direction: Direction
    seconds: float
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Everything that one rehearsal found."""

    copied: Copied
    #: (a) the rendered SQL, statement by statement, forward.
    statements: tuple[Measured, ...] = ()
    #: (b), (d), (e): the tool forward, back, and forward again.
    carried: tuple[Carrying, ...] = ()
    felt: Felt | None = None
    faulted: tuple[Faulted, ...] = ()
    growth: tuple[Growth, ...] = ()
    #: Schema digests: "start", "sql", "forward", "back", "again".
    prints: dict[str, str] = field(default_factory=dict)
    #: The affected tables and their neighbours, before and after.
    before: tuple[TableShape, ...] = ()
    after: tuple[TableShape, ...] = ()
    #: Sentences: what is not as it should be. Empty: the rehearsal has passed.
    problems: tuple[str, ...] = ()
    #: Sentences: what it could not tell, and what is worth knowing.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range that something is expected to lie in."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """How long one revision is expected to keep others from one table by a lock of one mode."""

    table: str
    mode: str
    #: From when it is granted until the end of its transaction.
    seconds: Span
    #: Longer by so much, at most, while the same transaction queues for its next locks.
    queued: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one revision has to be expected to do on one environment."""

    revision: str
    seconds: Span
    blocks: tuple[Block, ...] = ()
    #: Time in which at least one table keeps others out; its queueing is not counted.
    shut: Span
    #: Rows that it writes, as its driver counts them; None when nobody can tell.
    rows: int | None = None
    #: Its locks were not measured: it runs code that its SQL does not show, or did not come to its end.
    blind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What one environment has to expect. `why` has a sentence for each rule that spoke."""

    #: The revisions alone: backup and checks come on top.
    duration: Span
    #: The longest that one statement of an application waits.
    wait: Span
    #: All that nobody can work with a table, added up.
    downtime: Span
    why: tuple[str, ...] = ()
    #: The same for each revision that was rehearsed, in their order.
    revisions: tuple[Expected, ...] = ()
    #: Revisions that are pending there and were not rehearsed: nothing above counts them.
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A lock on a relation that a session holds at this moment. `mode` as in LockHeld."""

    relation: str
    mode: str
    #: Tells transactions apart: the session, and when its transaction began.
    transaction: str
    #: It has been held for at most so long: the age of its transaction.
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Where a table or an index lies on disk. Another `node` of the same `identity`: it was written anew."""

    name: str
    #: Stays the same when it is renamed (PostgreSQL: its oid).
    identity: int
    #: PostgreSQL: its relfilenode.
    node: int
