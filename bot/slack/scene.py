"""What the messages of a change are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.core import lines, outlook
from bot.core.changes import Change
from bot.core.findings import Finding, Weight
from bot.core.keeping import Progress
from bot.core.measures import Forecast, Rehearsal
from bot.core.outlook import Hindrance, Lacking, Why, hindrance
from bot.core.plans import Plan
from bot.core.schemas import TableShape
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import plain


def measured(change: Change, plan: Plan) -> dict[str, Any]:
    """What a scene shows of a change's rehearsal, findings and lines."""
    rehearsal, turn = change.rehearsal, outlook.next_phase(change, plan.phases)
    return {
        "rehearsal": rehearsal,
        "forecasts": {Phase(phase): cast for phase, cast in change.forecasts.items()},
        "findings": tuple(lines.findings(change, plan).values()),
        "accepted": frozenset(change.accepted),
        "open_lines": len(lines.open_lines(change, plan, turn)) if turn else 0,
        "before": rehearsal.before if rehearsal else None,
        "after": rehearsal.after if rehearsal else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A change, its plan and what is known at this moment."""

    change: Change
    plan: Plan
    lacking: Lacking
    now: datetime
    progress: Progress | None = None
    #: person's id -> their name, as it came from outside.
    name: Callable[[str], str] = str
    #: False for a workspace that does not take the newer blocks.
    native: bool = True
    #: Of this very plan; None while it was not rehearsed.
    rehearsal: Rehearsal | None = None
    forecasts: Mapping[Phase, Forecast] = field(default_factory=dict)
    #: What the checks noticed, and the names of those that a role has accepted.
    findings: tuple[Finding, ...] = ()
    accepted: frozenset[str] = frozenset()
    #: Lines of the template that must be answered before the next phase may start.
    open_lines: int = 0
    #: The affected tables as they are, and as the rehearsal left them; None for what nobody has looked at.
    before: tuple[TableShape, ...] | None = None
    after: tuple[TableShape, ...] | None = None

    @property
    def phases(self) -> tuple[Phase, ...]:
        return tuple(stage.phase for stage in self.plan.stages)

    @property
    def next(self) -> Phase | None:
        """The phase whose turn it is."""
        return outlook.next_phase(self.change, self.phases)

    @property
    def judged(self) -> bool:
        """The plan is one that is measured: it has a rehearsal, or is to have one, or checks have spoken."""
        known = (self.rehearsal, self.forecasts, self.findings, self.open_lines)
        return any(known) or Phase.TEST in self.phases

    @property
    def touched(self) -> bool:
        """A run has been at an environment."""
        return any(run.phase in ENVIRONMENTS for run in self.change.runs.values())

    @property
    def stops(self) -> tuple[Finding, ...]:
        """Findings that no environment is changed with."""
        return tuple(f for f in self.findings if f.weight is Weight.STOP and f.name not in self.accepted)

    @property
    def hindrance(self) -> Hindrance:
        """What else than approvals stands in the way of the next phase."""
        return hindrance(self.change, self.next, self.stops, self.open_lines)

    @property
    def ready(self) -> bool:
        """Nothing is missing for the next phase."""
        return self.next is not None and not self.lacking.get(self.next) and not self.hindrance.sentence

    @property
    def why(self) -> Why:
        return outlook.why(self.change, self.phases, self.lacking, self.now, self.hindrance)

    @property
    def title(self) -> str:
        """What people call the change."""
        revisions = len(self.plan.scripts)
        plain_title = self.change.title or self.plan.notes.title
        return plain(plain_title or f"{self.plan.project}: {revisions} revisions", 100)

    def who(self, person: str) -> str:
        """A person's name, made harmless; it pings nobody."""
        return "Whimbrel" if person == "whimbrel" else plain(self.name(person), 80)
