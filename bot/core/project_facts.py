"""What is asked of a project's own folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.standing import Repository, ToolFacts
from bot.core.targets import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFacts:
    """A project's surroundings. What runs a program is asked only when it is called."""

    repository: Callable[[], Repository]
    tool: Callable[[], ToolFacts]
    #: For each environment the variable that its address comes from; "" when the file names it itself.
    variables: Mapping[Phase, str]
    #: Folders of the application's source, and what in them is not looked at: the scripts themselves.
    sources: tuple[Path, ...]
    scripts: tuple[Path, ...]
    #: Where backups go.
    backups: Path
    #: Why an environment's role is a superuser; "" for no reason.
    superuser_why: Mapping[Phase, str] = field(default_factory=dict)
    #: Seconds since the last verified backup of production ended; None when there is none.
    backup_age: float | None = None
