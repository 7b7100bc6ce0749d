"""A project whose file is right, and what its parts are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.errors import NotFound
from bot.core.plans import Ghost, Script
from bot.core.ports import Tool
from bot.core.targets import Kind, Phase, Secret, Target
from bot.core.template import Line
from bot.project_file import ProjectFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSetup:
    """What a tool is made from. `folder` and `config`: from the root, "" for the tool's own choice."""

    name: str
    root: Path
    folder: str
    config: str
    python: Path
    kind: Kind
    #: What the scripts see of the bot's environment, beside PATH and the like; it may hold secrets.
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


ToolMaker = Callable[[ToolSetup], Tool]
#: What scripts do on an empty copy of a target's schema, made on the project's rehearsal server.
GhostMaker = Callable[[Target, Sequence[Script], Secret | None], Ghost]
#: The target that a project's rehearsals hold: (project, kind of database, its own server's address).
Rehearsal = Callable[[str, Kind, Secret | None], Target]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A project whose file is right."""

    file: ProjectFile
    targets: Mapping[Phase, Target]
    tool: Tool
    #: The address of a rehearsal server of the project's; None for one of our own.
    server: Secret | None = None
    lines: tuple[Line, ...] = ()


def nowhere(project: str, kind: Kind, server: Secret | None) -> Target:
    """For where nothing is rehearsed."""
    del kind, server
    raise NotFound(f"{project} has no rehearsal server here.")


def no_ghost(target: Target, scripts: Sequence[Script], server: Secret | None) -> Ghost:
    """For where nothing is rehearsed."""
    del target, scripts, server
    return Ghost(missing="There is no rehearsal server here.")
