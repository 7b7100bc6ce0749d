"""The tools by the names that whimbrel.yaml gives them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.ports import Tool, World
from bot.core.targets import Target
from bot.loaded import ToolMaker, ToolSetup
from bot.tools.alembic import Alembic
from bot.tools.sql import Sql


def tools(world: World) -> Mapping[str, ToolMaker]:
    """The tools by the names that whimbrel.yaml gives them."""

    def cut_off(target: Target, application: str) -> int:
        return world.guard(target).cut_off(target, application)

    def alembic(setup: ToolSetup) -> Tool:
        return Alembic(
            root=setup.root,
            python=str(setup.python),
            kind=setup.kind,
            config=setup.config,
            environ=setup.environ,
            cut_off=cut_off,
        )

    def sql(setup: ToolSetup) -> Tool:
        return Sql(root=setup.root, folder=setup.folder, kind=setup.kind, cut_off=cut_off)

    return {"alembic": alembic, "sql": sql}
