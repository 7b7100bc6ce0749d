"""What may be changed, and what we learn when we look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256


class Phase(StrEnum):
    """A stage of the template, in this order. The first three change no environment."""

    PLAN = "plan"
    SCRIPTS = "scripts"
    TEST = "test"
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


#: The phases that change a target.
ENVIRONMENTS = (Phase.DEVELOPMENT, Phase.STAGING, Phase.PRODUCTION)


#: The name of the target on which the phases before them work: "shop/rehearsal".
REHEARSAL = "rehearsal"


class Kind(StrEnum):
    """The server behind a target."""

    POSTGRESQL = "postgresql"
    SQLITE = "sqlite"


class Secret:
    """Text that never shows itself: not in a repr, an f-string, a log or an event."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One database that may be changed. `id` is "project/environment"."""

    id: str
    phase: Phase
    kind: Kind
    #: SQLAlchemy URL without a driver, e.g. "postgresql://…" or "sqlite:///…".
    url: Secret
    #: What the URL points at, without user and password: "host:port/database" or the file's path, hashed.
    place: str

    @staticmethod
    def place_of(location: str) -> str:
        """The digest under which a plan remembers where it was approved to run."""
        return sha256(location.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What one look at a target says. `problems` are sentences; none means it may be changed."""

    version: str
    primary: bool
    superuser: bool
    round_trip_ms: float
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """Size of one table. `rows` is the planner's estimate unless `exact`; `bytes` counts indexes too."""

    name: str
    rows: int
    bytes: int
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaPrint:
    """The schema's fingerprint: one digest for each section (tables, constraints, indexes, …)."""

    sections: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """One digest over all sections; equal means the same schema."""
        return sha256(repr(sorted(self.sections.items())).encode()).hexdigest()[:16]

    def differs(self, other: SchemaPrint) -> tuple[str, ...]:
        """The sections in which the two are not the same."""
        names = sorted(self.sections.keys() | other.sections.keys())
        return tuple(n for n in names if self.sections.get(n) != other.sections.get(n))


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A session that holds the lock we wait for."""

    pid: int
    user: str
    application: str
    query: str
    #: Seconds for which its transaction has been open.
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was written and read back. `sha256` is taken while writing."""

    path: str
    bytes: int
    sha256: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something a half-done statement left in the catalog, and the SQL that clears it away."""

    kind: str
    name: str
    table: str
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """Rows of `table` whose foreign key `constraint` points at nothing."""

    constraint: str
    table: str
    rows: int
