"""What people have said about a change: approvals, rejections, dates, and the question put to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.core.targets import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A role's word on one fingerprint."""

    role: str
    person: str
    fingerprint: str
    via: str
    at: datetime
    #: The facets that it rests on, none: all; and the facts as they were then.
    rests_on: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    role: str
    person: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    id: str
    phase: Phase
    at: datetime
    person: str
    reminded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    run: str
    phase: Phase
    deadline: datetime
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a check said to a line, in which step."""

    ok: bool
    evidence: str
    run: str
    step: str
    at: datetime
    #: The findings that keep it from being as it should be; once all are accepted, it is.
    stops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person said to a line: that it is as it should be, or that it may stay open."""

    waived: bool
    role: str
    person: str
    #: What they have seen, or why it may stay open.
    words: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A role's word that a finding may stay."""

    role: str
    person: str
    why: str
    at: datetime
