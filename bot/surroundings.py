"""A project's surroundings: version control, its tool, its sources, the variables behind its addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from bot.core.project_facts import ProjectFacts
from bot.core.targets import ENVIRONMENTS, Phase
from bot.project_file import ProjectFile
from bot.tools.repository import repository, tool_facts

_VARIABLE = re.compile(r"\$\{(\w+)\}")
#: The distribution in the project's interpreter that each tool is; a tool of our own has none.
_PACKAGES = {"alembic": "alembic"}


def facts(root: Path, file: ProjectFile, python: Path, backups: Path) -> ProjectFacts:
    """What can be asked of the folder. Runs nothing yet."""
    folder = root / (file.tool.folder or "migrations")
    package = _PACKAGES.get(file.tool.name, "sqlalchemy")
    return ProjectFacts(
        repository=lambda: repository(root),
        tool=lambda: tool_facts(file.tool.name, package, str(python), root),
        variables=_variables(file),
        sources=tuple((root / tree).resolve() for tree in file.sources),
        scripts=(folder.resolve(),),
        backups=backups,
        superuser_why={phase: file.environments.of(phase).superuser for phase in ENVIRONMENTS},
    )


def _variables(file: ProjectFile) -> Mapping[Phase, str]:
    found = {phase: _VARIABLE.search(file.environments.of(phase).url) for phase in ENVIRONMENTS}
    return {phase: match[1] if match else "" for phase, match in found.items()}
