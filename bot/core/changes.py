"""A change is the sum of its events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.core import events as e
from bot.core.errors import Conflict
from bot.core.events import Direction, Entry, Event
from bot.core.findings import Finding
from bot.core.measures import Forecast, Rehearsal
from bot.core.moves import MOVES, Status
from bot.core.notes import NOTES
from bot.core.runs import Run, RunState
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.words import Accepted, Answered, Approval, Decision, Rejection, Said, Schedule


@dataclass(slots=True, kw_only=True)
class Change:
    """One plan under way. Only `take` alters it; everyone else reads."""

    id: int
    project: str = ""
    title: str = ""
    channel: str = ""
    fingerprint: str = ""
    opened_by: str = ""
    opened: datetime | None = None
    status: Status | None = None
    #: Since when it has had its status.
    since: datetime | None = None
    seq: int = 0
    approvals: dict[str, Approval] = field(default_factory=dict)
    rejections: dict[str, Rejection] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    schedule: Schedule | None = None
    decision: Decision | None = None
    moved: tuple[str, ...] = ()
    #: What checks and people have said to the template's lines, by number.
    answers: dict[int, Answered] = field(default_factory=dict)
    said: dict[int, Said] = field(default_factory=dict)
    #: What the checks of a step have noticed of the plan as it stands, and what was accepted, by name.
    found: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    accepted: dict[str, Accepted] = field(default_factory=dict)
    rehearsal: Rehearsal | None = None
    rehearsed: datetime | None = None
    #: phase -> what the rehearsal expects of it.
    forecasts: dict[str, Forecast] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Change:
        """The sum of a change's entries, oldest first; Conflict if one may not follow the others."""
        change: Change | None = None
        for entry in entries:
            change = change or cls(id=entry.change)
            change.take(entry)
        if change is None:
            raise Conflict("This change has no events.")
        return change

    def check(self, event: Event) -> None:
        """Conflict if `event` may not happen now."""
        allowed, _ = MOVES[type(event)]
        fits = self.status in allowed if self.status else isinstance(event, e.ChangeOpened)
        if not fits:
            raise Conflict(
                f"Change {self.id} is {self.status or 'not open yet'}: {_words(event)} cannot happen now.",
                hint=f"/migrate why {self.id}",
            )

    def take(self, entry: Entry) -> None:
        """Add one entry; Conflict if it may not happen now."""
        event = entry.event
        self.check(event)
        leads = MOVES[type(event)][1]
        if leads and leads != self.status:
            self.status, self.since = leads, entry.at
        self.seq = entry.seq
        if note := NOTES.get(type(event)):
            note(self, entry)

    @property
    def final(self) -> bool:
        """Nothing more is expected of it."""
        return self.status in (Status.DONE, Status.ABORTED)

    @property
    def run(self) -> Run | None:
        """The newest run."""
        return next(reversed(self.runs.values()), None)

    def runs_of(self, phase: Phase) -> list[Run]:
        """The runs of a phase, oldest first."""
        return [r for r in self.runs.values() if r.phase == phase]

    def applied(self, phase: Phase) -> list[str]:
        """The revisions that this change has applied to the phase's target, oldest first."""
        there: list[str] = []
        for run in self.runs_of(phase):
            for revision in run.carried():
                if run.direction is Direction.FORWARD:
                    there.append(revision)
                elif revision in there:
                    there.remove(revision)
        return there

    def passed(self, phase: Phase) -> bool:
        """The phase's newest run went forward to its end; one that only looks, on the plan as it stands."""
        run = next(reversed(self.runs_of(phase)), None)
        if run is None or run.state is not RunState.FINISHED or run.direction is not Direction.FORWARD:
            return False
        return phase in ENVIRONMENTS or run.fingerprint == self.fingerprint

    @property
    def started(self) -> bool:
        """An environment has been run on at least once."""
        return any(run.phase in ENVIRONMENTS for run in self.runs.values())


def _words(event: Event) -> str:
    name = type(event).__name__
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
