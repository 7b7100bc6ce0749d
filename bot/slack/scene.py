"""What the messages of a change are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core import outlook
from bot.core.changes import Change
from bot.core.findings import Finding, Weight
from bot.core.keeping import Progress
from bot.core.measures import Forecast, Rehearsal
from bot.core.moves import Status
from bot.core.outlook import Lacking, Why
from bot.core.plans import Plan
from bot.core.schemas import TableShape
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import plain


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
    def hindered(self) -> str:
        """What else than approvals stands in the way of the next phase: "2 findings are open"; or ""."""
        if self.stops and self.next in ENVIRONMENTS:
            return f"{counted(len(self.stops), 'finding')} open"
        return f"{counted(self.open_lines, 'checklist line')} open" if self.open_lines else ""

    @property
    def ready(self) -> bool:
        """Nothing is missing for the next phase."""
        return self.next is not None and not self.lacking.get(self.next) and not self.hindered

    @property
    def why(self) -> Why:
        found = outlook.why(self.change, self.phases, self.lacking, self.now)
        if not self.hindered or self.change.status is not Status.OPEN or self.next is None:
            return found
        for free in ("Nothing stands in the way of", "Nothing else stands in the way of"):
            end = f"{free} {self.next}: it starts when someone says so."
            if found.sentence.endswith(end):
                waits = f"{self.next.title()} waits: {self.hindered}."
                return replace(found, sentence=found.sentence.removesuffix(end) + waits, next=self.mending)
        return found

    @property
    def mending(self) -> tuple[str, ...]:
        """The words that take the hindrance away."""
        if self.stops and self.next in ENVIRONMENTS:
            return (accepting(self.stops[0]),)
        return ("/migrate tick",) if self.open_lines else ()

    @property
    def title(self) -> str:
        """What people call the change."""
        revisions = len(self.plan.scripts)
        plain_title = self.change.title or self.plan.notes.title
        return plain(plain_title or f"{self.plan.project}: {revisions} revisions", 100)

    def who(self, person: str) -> str:
        """A person's name, made harmless; it pings nobody."""
        return "Whimbrel" if person == "whimbrel" else plain(self.name(person), 80)


def accepting(finding: Finding) -> str:
    """The words that accept a finding; a name with a space in it stands in quotes."""
    name = f'"{finding.name}"' if " " in finding.name else finding.name
    return f"/migrate accept {name} WHY"


def counted(number: int, word: str) -> str:
    """ "1 finding is", "2 findings are"."""
    return f"{number} {word} is" if number == 1 else f"{number:,} {word}s are"
