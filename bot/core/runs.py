"""A run: one attempt to carry out one phase of one change on one target, and its steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.events import Direction
from bot.core.targets import Blocker, Phase


class RunState(StrEnum):
    """How a run stands or ended."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    HELD = "held"
    FAILED = "failed"
    ABORTED = "aborted"
    FINISHED = "finished"


@dataclass(slots=True, kw_only=True)
class Step:
    """One recorded part of a run. `state`: running, done, failed or unknown."""

    key: str
    title: str
    started: datetime
    state: str = "running"
    seconds: float = 0.0
    evidence: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    waits: int = 0
    blockers: tuple[Blocker, ...] = ()
    #: A person looked and said that it happened.
    attested: bool = False


@dataclass(slots=True, kw_only=True)
class Run:
    """One attempt to carry out one phase, forward or back."""

    id: str
    phase: Phase
    direction: Direction
    target: str
    revisions: tuple[str, ...]
    by: str
    requested: datetime
    #: The plan that it is of.
    fingerprint: str = ""
    state: RunState = RunState.QUEUED
    #: "", "pause" or "abort": what to do at the next step boundary.
    wish: str = ""
    driver: str = ""
    behind: int = 0
    started: datetime | None = None
    ended: datetime | None = None
    steps: dict[str, Step] = field(default_factory=dict)
    reason: str = ""
    hint: str = ""
    remains: str = ""
    cures: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    #: What its revisions did that was not rehearsed, until one of the phase's roles lets it go on.
    left: tuple[str, ...] = ()
    clean: bool = False
    revision: str = ""
    schema: str = ""

    @property
    def live(self) -> bool:
        """It holds its target, or waits for it."""
        return self.state in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED, RunState.HELD)

    @property
    def unfinished(self) -> Step | None:
        """The step that was begun and whose end is not on record."""
        for step in self.steps.values():
            if step.state in ("running", "unknown"):
                return step
        return None

    def carried(self) -> list[str]:
        """The revisions whose step is done, in the order in which they were done."""
        done = (k.partition(":") for k, s in self.steps.items() if s.state == "done")
        return [revision for verb, _, revision in done if verb in ("apply", "reverse")]
