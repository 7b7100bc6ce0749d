"""Facts about a run and its steps."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.answers import Answer
from bot.core.event import Event
from bot.core.measures import Direction, Forecast, Rehearsal
from bot.core.targets import Blocker, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequested(Event):
    run: str
    phase: Phase
    direction: Direction
    target: str
    #: The revisions to carry, in the order in which they will be carried.
    revisions: tuple[str, ...]
    #: The plan that the run is of.
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQueued(Event):
    """Another change holds the target."""

    run: str
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A driver took the run; the newest driver is the only one that may write about it."""

    run: str
    driver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted(Event):
    run: str
    step: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockWaited(Event):
    """A lock was not granted within the limit; `attempt` of `attempts` is over."""

    run: str
    step: str
    attempt: int
    attempts: int
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished(Event):
    run: str
    step: str
    seconds: float
    #: One sentence for people.
    evidence: str
    #: Values that later steps need (row counts, digests, the backup's path).
    facts: dict[str, str]
    #: What the step's checks say to the template's lines.
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed(Event):
    """The rehearsal has ended; what it expects of each environment, by phase."""

    run: str
    rehearsal: Rehearsal
    forecasts: dict[str, Forecast]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSettled(Event):
    """A step was begun and its end not seen; the target was asked, and this is what it says."""

    run: str
    step: str
    applied: bool
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(Event):
    run: str
    step: str
    reason: str
    hint: str
    #: What is true of the target now, in one sentence.
    remains: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLost(Event):
    """Nobody can tell whether the step happened: the target is held until a person says."""

    run: str
    step: str
    truth: str
    #: What half-done statements left in the catalog, by name; each has its cure in SQL.
    leftovers: tuple[str, ...] = ()
    cures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeLeft(Event):
    """A revision does what its rehearsal did not: the run pauses, and the phase's roles are asked.

    `what`: sentences, each with the forecast beside what was seen.
    """

    run: str
    step: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeSettled(Event):
    """A person looked and said what is true."""

    run: str
    step: str
    applied: bool
    clean: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAsked(Event):
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseDropped(Event):
    """Resumed before the pause had come into effect."""

    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused(Event):
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed(Event):
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortAsked(Event):
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAborted(Event):
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """Every step is done. `schema` is the digest of the target's schema afterwards."""

    run: str
    revision: str
    schema: str
