"""One run, joined to what its steps need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.core.answers import Answer
from bot.core.changes import Change
from bot.core.errors import StepFailed
from bot.core.events import Event
from bot.core.hooks import Hooks
from bot.core.keeping import Progress
from bot.core.lab import Lab
from bot.core.measures import Rehearsal
from bot.core.plans import Plan, Stage
from bot.core.policy import Missing
from bot.core.ports import Database, Guard, Session, Tool, Vault, World
from bot.core.project_facts import ProjectFacts
from bot.core.records import Pair
from bot.core.runs import Run
from bot.core.standing import Repository, ToolFacts
from bot.core.targets import Phase, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a step says when it is done."""

    #: One sentence for people.
    evidence: str
    #: Values that later steps need.
    facts: dict[str, str] = field(default_factory=dict)
    #: What its checks say to the template's lines.
    answers: tuple[Answer, ...] = ()
    #: Facts of their own that it brings, written right before the step's end.
    events: tuple[Event, ...] = ()


def _no_environment(phase: Phase) -> Target:
    raise StepFailed(f"This run has no way to {phase}.")


def _no_file(path: str) -> str:
    raise StepFailed(f"This run has no way to {path}.")


_NOTHING = ProjectFacts(
    repository=Repository,
    tool=lambda: ToolFacts(name=""),
    variables={},
    sources=(),
    scripts=(),
    backups=Path(),
)


@dataclass(slots=True, kw_only=True)
class Course:
    """One run, joined to what it needs. `change` grows while the run's events are written."""

    change: Change
    run: Run
    plan: Plan
    target: Target
    tool: Tool
    database: Database
    world: World
    guard: Guard
    vault: Vault
    now: Callable[[], datetime]
    #: Approvals that the phase still lacks, by the people who hold the roles now.
    lacking: Callable[[], tuple[Missing, ...]]
    #: The plan as the files have it now.
    again: Callable[[], Plan]
    show: Callable[[Progress], None]
    #: Take into `change` what others have written meanwhile: wishes, approvals.
    refresh: Callable[[], None]
    #: The process is asked to stop: finish the step, start no other.
    stopping: Callable[[], bool] = lambda: False
    #: An environment's target, for the phases that only look at it.
    environment: Callable[[Phase], Target] = _no_environment
    lab: Lab | None = None
    hooks: Hooks | None = None
    #: What can be asked of the project's folder.
    facts: ProjectFacts = _NOTHING
    #: What the newest runs of the project's other changes noted, by step and name.
    earlier: Callable[[str, str], Sequence[str]] = lambda *_: ()
    #: A file of the project's.
    text: Callable[[str], str] = _no_file
    #: What earlier changes were forecast to take on a phase's target, and took; newest last.
    record: Callable[[Phase], Sequence[Pair]] = lambda _: ()
    #: What production was rehearsed to do, for the trip-wires of a run that changes an environment.
    rehearsal: Rehearsal | None = None
    session: Session | None = field(default=None)

    @property
    def stage(self) -> Stage:
        """The stage of the run's phase."""
        return self.plan.stage(self.run.phase)

    @property
    def application(self) -> str:
        """The name that this change's connections bear on the server."""
        return f"whimbrel/{self.change.id}"

    def fact(self, step: str, name: str) -> str:
        """A value that an earlier step noted, or ""."""
        known = self.run.steps.get(step)
        return known.facts.get(name, "") if known else ""

    def progress(self, step: str, share: float | None, text: str = "") -> None:
        """Say how far a step has come."""
        self.show(Progress(run=self.run.id, step=step, share=share, text=text, at=self.now()))

    def joined(self) -> Session:
        """The tool's child for this run; started when it is first needed."""
        if self.session is None:
            self.session = self.tool.open(self.target, self.plan.limits, self.application, self.plan.scripts)
        return self.session

    def close(self) -> None:
        """End the tool's child, if there is one."""
        if self.session:
            self.session.close()
            self.session = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One step to make. `revision` is "" for steps that only look; those may always be done again."""

    key: str
    title: str
    do: Callable[[Course], Done]
    revision: str = ""
    #: Whether what it made for later steps can still be reached from here; if not, it is made once more.
    there: Callable[[Course], bool] = lambda _: True
