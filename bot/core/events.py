"""Facts about a change: past tense, written once, never altered. Times in seconds, moments in UTC.

An Entry is a fact with its place in the journal. `kind` in the store is the class's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.targets import Blocker, Phase


class Direction(StrEnum):
    """Which way a run goes."""

    FORWARD = "forward"
    BACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The root of all facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOpened(Event):
    project: str
    title: str
    fingerprint: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRevised(Event):
    """The scripts or the project's rules moved: what was approved is not what would run."""

    fingerprint: str
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleApproved(Event):
    role: str
    person: str
    fingerprint: str
    #: "reaction", "button" or "typed"; a reaction can be taken back by removing it.
    via: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWithdrawn(Event):
    role: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRejected(Event):
    """Stands until the same role approves, or the plan is revised."""

    role: str
    person: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequested(Event):
    run: str
    phase: Phase
    direction: Direction
    target: str
    #: The revisions to carry, in the order in which they will be carried.
    revisions: tuple[str, ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAsked(Event):
    """A run failed after something was applied: its roles say whether to take it back."""

    run: str
    phase: Phase
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionOverdue(Event):
    """Nobody answered in time; what is applied stays, and is said again."""

    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftKept(Event):
    """The roles left what was applied where it is."""

    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScheduled(Event):
    schedule: str
    phase: Phase
    at: datetime
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderDue(Event):
    schedule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEnded(Event):
    """Started, cancelled by a person, or refused when its time came; `why` says which."""

    schedule: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFinished(Event):
    """Production is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAborted(Event):
    why: str


KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in the journal: `seq` counts from 1 within its change; `by`: a person's id or "whimbrel"."""

    change: int
    seq: int
    at: datetime
    by: str
    event: Event
