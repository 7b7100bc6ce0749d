"""Real input: the published revisions of optuna, carried from first to last and back as far as they go."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.core.errors import StepFailed
from bot.core.events import Direction
from bot.core.targets import Kind, Target
from bot.databases.embedded import Server
from bot.tools.alembic import Alembic
from tests.tools import made

FORWARD, BACK = Direction.FORWARD, Direction.BACK
ORDER = (
    "v0.9.0.a", "v1.2.0.a", "v1.3.0.a", "v2.4.0.a", "v2.6.0.a",
    "v3.0.0.a", "v3.0.0.b", "v3.0.0.c", "v3.0.0.d", "v3.2.0.a",
)  # fmt: skip
#: What an optimisation of 2019 left behind.
ROWS = (
    "INSERT INTO studies VALUES (1, 'old', 'MINIMIZE')",
    "INSERT INTO trials VALUES (1, 1, 'COMPLETE', 0.5, NULL, NULL), (2, 1, 'COMPLETE', 1.5, NULL, NULL)",
    "INSERT INTO trial_system_attributes VALUES (1, 1, '_number', '0'), (2, 2, '_number', '1')",
    "INSERT INTO trial_values VALUES (1, 1, 7, 3.25), (2, 2, 7, 4.25)",
    "INSERT INTO trial_params VALUES (1, 1, 'x', 0.25, "
    """'{"name": "UniformDistribution", "attributes": {"low": 0.0, "high": 1.0}}')""",
)


def published(root: Path) -> None:
    """Optuna's scripts as they are installed, with its own env.py and ini file."""
    spec = find_spec("optuna")
    assert spec
    assert spec.origin
    place = Path(spec.origin).parent / "storages/_rdb"
    shutil.copytree(place / "alembic", root / "alembic", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(place / "alembic.ini", root)


def columns(where: Target, table: str) -> set[object]:
    sql = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
    if where.kind is Kind.SQLITE:
        sql = f"SELECT name FROM pragma_table_info('{table}')"
    return {row[0] for row in made.ask(where, sql)}


@pytest.mark.parametrize("kind", list(Kind))
def test_the_revisions_of_optuna_go_all_the_way_and_back_as_far_as_they_can(
    kind: Kind, tmp_path: Path, server: Server
) -> None:
    published(tmp_path)
    tool, where = Alembic(tmp_path, kind=kind), made.target(server, tmp_path, kind)
    scripts = {script.revision: script for script in tool.scripts("")}
    assert tuple(scripts) == ORDER
    assert [name for name, script in scripts.items() if not script.reversible] == ["v2.4.0.a"]
    assert not scripts["v1.3.0.a"].rendered, "it reads rows"
    assert "CREATE TABLE studies" in scripts["v0.9.0.a"].forward

    with made.opened(tool, where) as session:
        session.carry(ORDER[0], FORWARD)
        for row in ROWS:
            made.ask(where, row, change=True)
        for name in ORDER[1:]:
            session.carry(name, FORWARD)
        assert tool.history(where).applied == ORDER
        assert made.ask(where, "SELECT number FROM trials ORDER BY trial_id") == [(0,), (1,)]
        assert made.ask(where, "SELECT value FROM trial_values ORDER BY trial_id") == [(0.5,), (1.5,)]
        assert made.ask(where, "SELECT intermediate_value FROM trial_intermediate_values ORDER BY 1") == [
            (3.25,),
            (4.25,),
        ]
        ((written,),) = made.ask(where, "SELECT distribution_json FROM trial_params")
        assert "FloatDistribution" in str(written)

        session.carry("v3.2.0.a", BACK)
        session.carry("v3.0.0.d", BACK)
        assert "value_type" not in columns(where, "trial_values")
        # The way back of the next one, as it is published, names a class that is not there: it drops the
        # column, then it fails. The column has to be there again.
        with pytest.raises(StepFailed, match="FloatTypeEnum"):
            session.carry("v3.0.0.c", BACK)
        assert "intermediate_value_type" in columns(where, "trial_intermediate_values")
        assert tool.history(where).current == "v3.0.0.c"

        for name in ORDER[-2:]:
            session.carry(name, FORWARD)
    assert tool.history(where).applied == ORDER
    assert len(made.ask(where, "SELECT * FROM trial_values")) == 2
