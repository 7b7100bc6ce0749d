"""The files of the demo's projects are right as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

import bot.demo
from bot.core.targets import ENVIRONMENTS, Target
from bot.projects import ProjectFolders, ToolSetup

DEMO = Path(next(iter(bot.demo.__path__)))


class Named:
    """Remembers what it would have been made from."""

    def __init__(self, setup: ToolSetup) -> None:
        self.setup = setup


def unasked(target: Target) -> object:
    raise AssertionError(target)


@pytest.mark.parametrize("root", sorted(p.parent for p in DEMO.glob("*/whimbrel.yaml")), ids=lambda p: p.name)
def test_a_demo_projects_file_has_no_problem(root: Path) -> None:
    name = root.name
    environ = {
        f"{name.upper()}_{phase.upper()}_URL": f"postgresql://a:b@127.0.0.1:5432/{name}_{phase}"
        for phase in ENVIRONMENTS
    }
    folders = ProjectFolders(
        roots=[root],
        environ=environ,
        tools={"alembic": Named, "sql": Named},  # type: ignore[dict-item]
        database=unasked,  # type: ignore[arg-type,return-value]
    )
    assert list(folders.names()) == [name]
    assert folders.problems() == {}
    assert [t.id for t in folders.targets(name).values()] == [f"{name}/{phase}" for phase in ENVIRONMENTS]
    assert folders.channels(name) == ("database-changes",)
