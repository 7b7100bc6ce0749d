"""A plan: what is to happen, frozen and fingerprinted."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from bot.core.findings import Finding
from bot.core.hooks import Hook
from bot.core.measures import Copying, Measured
from bot.core.targets import Phase, TableFacts
from bot.core.template import Line
from bot.core.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One revision as its tool would run it; `forward` and `backward` are rendered SQL."""

    revision: str
    title: str
    #: Path inside the project, for people.
    file: str
    #: sha256 of the file's bytes: any edit moves it.
    checksum: str
    forward: str
    backward: str
    #: False when a statement of it commits by itself (CREATE INDEX CONCURRENTLY, autocommit blocks).
    transactional: bool = True
    #: False when the SQL could not be rendered in full: the revision runs code that only runs on a database.
    rendered: bool = True
    #: False when there is no way back (no downgrade, or an empty one).
    reversible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A question in SQL with the answer that must come back (first column of the first row, as text)."""

    name: str
    sql: str
    expect: str
    #: "before", "after" or "both" sides of a run.
    when: str = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An answer about the plan and the rule that gave it, in words."""

    question: str
    answer: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a run may go before it stops by itself. Times in seconds."""

    lock_timeout: float = 3.0
    lock_retries: int = 5
    #: Wait before the second try; doubles each time, at most `lock_backoff_most`.
    lock_backoff: float = 1.0
    lock_backoff_most: float = 30.0
    #: A statement's backend is cancelled after this long.
    step_timeout: float = 3600.0
    #: How long the roles have to answer after a failure, before it is said again.
    decide_within: float = 900.0
    #: What a phase may cost at most, by the phase's name: its duration, the longest wait of one statement of
    #: an application, and the time in which a table is shut. The forecast is compared with it.
    duration: dict[str, float] = field(default_factory=dict)
    wait: dict[str, float] = field(default_factory=dict)
    downtime: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One phase of a plan: where it runs, who approves it, what it does when it fails."""

    phase: Phase
    #: Target.id and Target.place as they were when the plan was made.
    target: str
    place: str
    #: Roles that must all have approved.
    roles: tuple[str, ...]
    backup: bool = True
    #: Take back by itself what this run had applied, when a revision fails.
    take_back: bool = True
    criteria: tuple[str, ...] = ()
    #: When it may start; none: always.
    window: Window | None = None
    #: Facts when the plan was made; they are shown, and do not move the fingerprint.
    current: str = ""
    pending: tuple[str, ...] = ()
    tables: tuple[TableFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What a machine cannot know, from the plan file."""

    title: str = ""
    why: str = ""
    owner: str = ""
    team: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    #: phase -> how long people expect it to take, in words.
    expected: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsing:
    """How a plan is rehearsed: with which data, how many rows of each table, for how long under faults."""

    #: None: every row of the affected tables while they are small, else a sample.
    data: Copying | None = None
    rows: int = 20_000
    #: A pgbench script of the project's, from its root; "" for the busiest statements.
    workload: str = ""
    #: Seconds at most.
    faults: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ghost:
    """What the scripts did on a schema without rows: locks, rewrites and refusals, no times."""

    forward: tuple[Measured, ...] = ()
    backward: tuple[Measured, ...] = ()
    #: Schema digests: "start", "forward", "back".
    prints: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    #: Why there is none, "" when there is.
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The revisions to carry through the stages. `tables` are the names that the SQL touches."""

    project: str
    tool: str
    scripts: tuple[Script, ...]
    stages: tuple[Stage, ...]
    limits: Limits = field(default_factory=Limits)
    assertions: tuple[Assertion, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    tables: tuple[str, ...] = ()
    notes: Notes = field(default_factory=Notes)
    #: One person may count for several roles of one change.
    several_roles: bool = False
    #: The template's lines that the change has to answer, and the team's hooks that answer some of them.
    lines: tuple[Line, ...] = ()
    hooks: tuple[Hook, ...] = ()
    #: The project's roles, and the facets that each answers for; one that is not named answers for all.
    roles: tuple[str, ...] = ()
    rests_on: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: What the scripts did on an empty copy of production's schema, forward and back, and what was noticed.
    ghost: Ghost | None = None
    findings: tuple[Finding, ...] = ()
    rehearsing: Rehearsing = field(default_factory=Rehearsing)

    @property
    def parts(self) -> dict[str, str]:
        """A digest for each part that will run or decide; facts and words are left out."""
        what: dict[str, Any] = {f"revision {s.revision}": _forward(s) for s in self.scripts}
        what |= {f"way back of {s.revision}": [s.backward, s.reversible] for s in self.scripts}
        what["order of revisions"] = [s.revision for s in self.scripts]
        what["tool"] = [self.project, self.tool]
        what["assertions"] = [asdict(a) for a in self.assertions]
        # What is not declared is left out, so that a plan without it keeps its fingerprint.
        what["limits"] = {name: value for name, value in asdict(self.limits).items() if value != {}}
        what["targets"] = [[s.phase, s.target, s.place] for s in self.stages]
        what["approvals"] = [[s.phase, s.roles] for s in self.stages] + [self.several_roles]
        what["failure and backup"] = [[s.phase, s.backup, s.take_back] for s in self.stages]
        what["windows"] = [[s.phase, str(s.window or "")] for s in self.stages]
        what["template"] = [[line.n, line.by, line.via, line.role, line.phase] for line in self.lines]
        what["hooks"] = [asdict(hook) for hook in self.hooks]
        what["facets"] = self.rests_on
        what["rehearsal"] = asdict(self.rehearsing)
        return {name: _digest(value) for name, value in what.items()}

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits over all that will run."""
        known, print_ = _PRINTS.get(id(self), (None, ""))
        if known is not self:  # a frozen plan's never changes, and it is asked for with every drawing
            print_ = _digest(self.parts)[:12]
            if len(_PRINTS) >= _PRINTS_AT_HAND:
                _PRINTS.clear()
            _PRINTS[id(self)] = (self, print_)
        return print_

    def moved(self, since: Plan) -> tuple[str, ...]:
        """The parts that are not as they were in `since`."""
        now, then = self.parts, since.parts
        return tuple(name for name in (*now, *(then.keys() - now.keys())) if now.get(name) != then.get(name))

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases that it goes through, in their order."""
        return tuple(stage.phase for stage in self.stages)

    def stage(self, phase: Phase) -> Stage:
        """The stage of a phase; KeyError when the plan has none."""
        for stage in self.stages:
            if stage.phase == phase:
                return stage
        raise KeyError(phase)

    def script(self, revision: str) -> Script:
        """The script of a revision; KeyError when the plan has none."""
        for script in self.scripts:
            if script.revision == revision:
                return script
        raise KeyError(revision)


#: Fingerprints worked out lately, by the identity of their plan, which is held so that it stays its own.
_PRINTS: dict[int, tuple[Plan, str]] = {}
_PRINTS_AT_HAND = 32


def _forward(script: Script) -> dict[str, Any]:
    return {k: v for k, v in asdict(script).items() if k not in ("backward", "reversible")}


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
