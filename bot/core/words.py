"""What people have said about a change: approvals, rejections, dates, and the question put to them."""

from __future__ import annotations

from dataclasses import dataclass
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
