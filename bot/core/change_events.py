"""Facts about a change as a whole: its plan, what people say of it, dates and decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.core.event import Event
from bot.core.targets import Phase


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
    #: The facets of the plan that the role answers for; none: all of them.
    rests_on: tuple[str, ...] = ()
    #: What was known then of the facts that may move by themselves (`bot.core.facets`).
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWithdrawn(Event):
    role: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalLapsed(Event):
    """A fact that the role's approval rests on has left the band in which it was given."""

    role: str
    person: str
    facet: str
    #: One line: what it was then, and what it is now.
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRejected(Event):
    """Stands until the same role approves, or the plan is revised."""

    role: str
    person: str
    why: str


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
class LinesTicked(Event):
    """A person of the role says that lines are as they should be."""

    lines: tuple[int, ...]
    role: str
    person: str
    #: What they have seen: words or a link.
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesWaived(Event):
    """A role lets the change go on although the lines are open."""

    lines: tuple[int, ...]
    role: str
    person: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReopened(Event):
    """What a person said of a line is taken back."""

    line: int
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingAccepted(Event):
    """A role accepts one finding by its name."""

    finding: str
    role: str
    person: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFinished(Event):
    """Production is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAborted(Event):
    why: str
