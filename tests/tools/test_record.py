"""A revision that is there already, and which the history table does not know, is recorded and not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.events import Direction
from bot.core.targets import Kind
from bot.databases.embedded import Server
from tests.tools import made

FORWARD, BACK = Direction.FORWARD, Direction.BACK


def tool_of(name: str, root: Path, kind: Kind) -> made.Tool:
    """A table, then a column."""
    if name == "sql":
        return made.files(
            root,
            kind,
            _0001_table="CREATE TABLE t (a int);",
            _0001_table_down="DROP TABLE t;",
            _0002_column="-- whimbrel: no transaction\nALTER TABLE t ADD COLUMN b int;",
            _0002_column_down="ALTER TABLE t DROP COLUMN b;",
        )
    tool = made.alembic(root, kind)
    made.revision(
        root, "0001", None, "op.create_table('t', sa.Column('a', sa.Integer))", "op.drop_table('t')"
    )
    made.revision(
        root, "0002", "0001", "op.add_column('t', sa.Column('b', sa.Integer))", "op.drop_column('t', 'b')"
    )
    return tool


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_what_is_there_is_recorded_and_not_run(name: str, kind: Kind, tmp_path: Path, server: Server) -> None:
    tool, where = tool_of(name, tmp_path, kind), made.target(server, tmp_path, kind)
    with made.opened(tool, where) as session:
        session.carry("0001", FORWARD)
        made.ask(where, "ALTER TABLE t ADD COLUMN b int", change=True)
        session.carry("0002", FORWARD, record=True)
        assert tool.history(where).applied == ("0001", "0002")
        made.ask(where, "INSERT INTO t (a, b) VALUES (1, 2)", change=True)
        session.carry("0002", BACK, record=True)
        assert tool.history(where).applied == ("0001",)
    assert made.ask(where, "SELECT a, b FROM t") == [(1, 2)]
