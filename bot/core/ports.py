"""What we need from outside. Each has a real form and, where a test wants one, a double that ships."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.core.events import Direction
from bot.core.hooks import Hooks
from bot.core.lab import Lab
from bot.core.measures import Holding, Storage
from bot.core.plans import Limits, Plan, Script
from bot.core.policy import RoleSource
from bot.core.project_facts import ProjectFacts
from bot.core.schemas import TableShape
from bot.core.survey import Survey
from bot.core.targets import (
    Backup,
    Blocker,
    Health,
    Kind,
    Leftover,
    Orphans,
    Phase,
    SchemaPrint,
    Secret,
    TableFacts,
    Target,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Where a target stands by its tool's history table. `problems` are sentences."""

    applied: tuple[str, ...]
    #: The newest revision applied, "" for none.
    current: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a revision did: statements run, rows changed (as the driver counts them), seconds."""

    statements: int
    rows: int
    seconds: float


class Session(Protocol):
    """One child process of the tool, joined to one target, carrying revision after revision."""

    def carry(self, revision: str, direction: Direction, *, record: bool = False) -> Carried:
        """Apply or reverse one revision in its own transaction. `record`: that was done already, and only
        the tool's history table is to learn of it.

        Raises ScriptMoved (the script is not, to the byte, an approved one), NotBegun (not one statement of
        it was sent), LockTimeout (a lock was not granted), StepFailed (the database or the script said no,
        and the transaction is gone), OutcomeUnknown (the connection or the child died on the way).
        """
        ...

    def close(self) -> None: ...


class Tool(Protocol):
    """How a project's scripts reach a target."""

    def scripts(self, to: str) -> Sequence[Script]:
        """Every script up to `to` ("" for the newest), oldest first, with its SQL rendered.

        Raises NotFound for an unknown revision, StepFailed when the tool cannot read its own scripts.
        """
        ...

    def history(self, target: Target) -> History: ...

    def open(self, target: Target, limits: Limits, application: str, approved: Sequence[Script]) -> Session:
        """Start the child. `application` is the application_name that its connection bears; `approved` are
        the only scripts that it carries, each as it is there, whatever its file says by then."""
        ...


class Database(Protocol):
    """What can be asked of a target's server. Raises StepFailed when it cannot be reached."""

    def look(self, target: Target) -> Health: ...

    def tables(self, target: Target, names: Sequence[str], *, exact: bool = False) -> Sequence[TableFacts]:
        """Sizes of the named tables; a name that is not there is left out."""
        ...

    def fingerprint(self, target: Target) -> SchemaPrint: ...

    def answer(self, target: Target, sql: str) -> str:
        """First column of the first row as text, in a read-only transaction that is rolled back."""
        ...

    def orphans(self, target: Target, names: Sequence[str]) -> Sequence[Orphans]:
        """Rows of the named tables whose foreign keys point at nothing; only constraints with such rows."""
        ...

    def shapes(self, target: Target, names: Sequence[str]) -> Sequence[TableShape]:
        """Columns, keys and indexes of the named tables in one look, then their neighbours by foreign key.

        A name that is not there is left out.
        """
        ...

    def analyze(self, target: Target, names: Sequence[str]) -> None: ...


class Guard(Protocol):
    """What keeps a target safe while steps run."""

    def hold(self, target: Target, owner: str) -> AbstractContextManager[bool]:
        """The session lock on the target: true when it was free. Lost with the connection."""
        ...

    def blockers(self, target: Target, application: str) -> Sequence[Blocker]:
        """Who holds what the sessions named `application` wait for."""
        ...

    def cut_off(self, target: Target, application: str) -> int:
        """End the backends named `application` and wait until they are gone; how many there were."""
        ...

    def leftovers(self, target: Target) -> Sequence[Leftover]: ...

    def locks(self, target: Target, application: str) -> Sequence[Holding]:
        """Locks on tables that the sessions named `application` hold now, of those that others can feel."""
        ...

    def storages(self, target: Target, names: Sequence[str]) -> Sequence[Storage]:
        """Where the named tables, their partitions and indexes lie; a name that is not there is left out."""
        ...


class Vault(Protocol):
    """Backups."""

    def backup(self, target: Target, name: str, progress: Callable[[float], None]) -> Backup:
        """Write a backup named `name`, its checksum taken while writing; `progress` gets 0.0 to 1.0."""
        ...

    def prove(self, backup: Backup) -> str:
        """Read all of it, compare the checksum, parse every entry; one sentence. StepFailed when damaged."""
        ...

    def clear(self, target: Target, leftover: Leftover) -> None:
        """Remove what a half-done statement left, by its cure."""
        ...


class People(Protocol):
    """Who holds which role now. An empty answer denies."""

    def holders(self, project: str) -> dict[str, Collection[str]]:
        """As it is at this moment, for a decision. Conflict when nobody can say."""
        ...

    def drawn(self, project: str) -> dict[str, Collection[str]]:
        """As it was within the last minute, for a drawing."""
        ...

    def name(self, person: str) -> str:
        """As people call them; the id when nobody knows better."""
        ...


class Projects(Protocol):
    """The projects that this bot serves."""

    def names(self) -> Sequence[str]: ...

    def work_out(self, project: str, to: str) -> Plan:
        """The plan as it would be now. Raises Refusal with every problem of the project's files at once."""
        ...

    def again(self, plan: Plan, phase: Phase | None = None) -> Plan:
        """The same revisions as files and rules have them now; its fingerprint says whether they moved.

        `phase`: of all targets only its own is asked, and for its history alone.
        """
        ...

    def target(self, project: str, target: str) -> Target: ...

    def tool(self, project: str) -> Tool: ...

    def rehearsal_server(self, project: str) -> Secret | None:
        """The address of the rehearsal server that the project names; None for one of our own."""
        ...

    def hooks(self, project: str) -> Hooks:
        """What runs the project's hooks."""
        ...

    def facts(self, project: str, backups: Path) -> ProjectFacts:
        """What can be asked of the project's folder. `backups`: where backups go."""
        ...

    def text(self, project: str, path: str) -> str:
        """A file of the project's. Raises StepFailed when it cannot be read."""
        ...


class Team(Protocol):
    """What a project says of its people and its places in the chat."""

    def roles(self, project: str) -> dict[str, RoleSource]: ...

    def channels(self, project: str) -> tuple[str, ...]:
        """Ids or names of the channels in which its changes may be opened; empty: any."""
        ...

    def alert_roles(self, project: str) -> tuple[str, ...]:
        """The roles that are mentioned when something is wrong and no phase's roles are meant."""
        ...


class World(Protocol):
    """The target side, joined: what the runner works with."""

    def survey(self, kind: Kind) -> Survey:
        """What the checks ask of a target."""
        ...

    @property
    def backups(self) -> Path:
        """Where backups go."""
        ...

    def lab(self, kind: Kind, server: Secret | None) -> Lab:
        """The rehearsal server for a kind of database: of our own, or the one that is named."""
        ...

    def database(self, target: Target) -> Database: ...

    def guard(self, target: Target) -> Guard: ...

    def vault(self, target: Target) -> Vault: ...


Ids = Callable[[], str]
Now = Callable[[], datetime]
