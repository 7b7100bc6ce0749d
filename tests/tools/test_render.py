"""What a plan shows of a script is what runs."""

from __future__ import annotations

import logging
import re
import time
from hashlib import sha256
from pathlib import Path

import pytest

from bot.core.errors import StepFailed
from bot.core.events import Direction
from bot.core.plans import Script
from bot.core.targets import Kind
from bot.databases.embedded import Server
from tests.tools import made

#: Writes down each statement that a revision sends, as the server's driver gets it.
SPY = """
from sqlalchemy import event
from sqlalchemy.engine import Engine

@event.listens_for(Engine, "before_cursor_execute")
def spy(conn, cursor, statement, parameters, context, executemany):
    if context is not None and "alembic_version" not in statement:
        with open("seen.txt", "a") as file:
            file.write(" ".join(statement.split()) + "\\n")
"""


def only(tool: made.Tool) -> Script:
    (script,) = tool.scripts("")
    return script


def statements(sql: str) -> list[str]:
    return [" ".join(part.split()) for part in sql.split(";") if part.strip() not in ("", "COMMIT", "BEGIN")]


def test_the_rendered_sql_is_the_sql_that_runs(tmp_path: Path, server: Server) -> None:
    env = SPY + made.ENV.format(url=made.BOGUS[Kind.POSTGRESQL])
    tool, where = made.alembic(tmp_path, env=env), made.target(server, tmp_path, Kind.POSTGRESQL)
    up = """
b = sa.Column('b', sa.Text, server_default='5%')
op.create_table('t', sa.Column('a', sa.Integer, primary_key=True), b)
op.execute("INSERT INTO t (b) VALUES ('100%')")
op.execute(sa.text("UPDATE t SET b = 'x:y' WHERE b LIKE '1%'"))
with op.get_context().autocommit_block():
    op.create_index('i', 't', ['b'], postgresql_concurrently=True)
op.add_column('t', sa.Column('c', sa.DateTime(timezone=True), nullable=True))
"""
    made.revision(tmp_path, "0001", None, up, "op.drop_table('t')")
    script = only(tool)
    with made.opened(tool, where) as session:
        session.carry("0001", Direction.FORWARD)
        session.carry("0001", Direction.BACK)

    seen = (tmp_path / "seen.txt").read_text().splitlines()
    quiet = ("SELECT pg_catalog", "show ", "SHOW ", "select pg_catalog", "select current_schema")
    ran = [line.replace("%%", "%") for line in seen if not line.startswith(quiet)]
    assert statements(script.forward) + statements(script.backward) == ran
    assert (script.transactional, script.rendered, script.reversible) == (False, True, True)


def test_a_script_tells_where_it_comes_from(tmp_path: Path) -> None:
    tool = made.alembic(tmp_path)
    made.revision(tmp_path, "0001", None, "op.execute('SELECT 1')", "op.execute('SELECT 2')")
    script = only(tool)
    path = tmp_path / "migrations/versions/0001_it.py"

    assert script.title == "What 0001 does"
    assert script.file == "migrations/versions/0001_it.py"
    assert script.checksum == sha256(path.read_bytes()).hexdigest()
    assert (script.forward, script.backward) == ("SELECT 1;\n", "SELECT 2;\n")
    assert (script.transactional, script.rendered, script.reversible) == (True, True, True)


@pytest.mark.parametrize(
    ("back", "reversible"),
    [
        ("pass", False),
        ("'''Nobody goes back.'''", False),
        ("return None", False),
        ("raise NotImplementedError('no way')", False),
        ("op.execute('SELECT 1')", True),
    ],
)
def test_a_way_back_that_does_nothing_is_none(back: str, reversible: bool, tmp_path: Path) -> None:
    tool = made.alembic(tmp_path)
    made.revision(tmp_path, "0001", None, "op.execute('SELECT 1')", back)

    assert only(tool).reversible is reversible
    assert bool(only(tool).backward) is reversible
    assert only(tool).rendered


def test_what_reads_data_is_shown_as_far_as_it_is_known(tmp_path: Path) -> None:
    tool = made.alembic(tmp_path)
    up = "op.execute('ALTER TABLE t ADD a int')\nfor row in op.get_bind().execute(sa.text('SELECT 1')): pass"
    made.revision(tmp_path, "0001", None, up, "op.execute('ALTER TABLE t DROP a')")
    script = only(tool)

    assert not script.rendered
    assert script.forward.startswith("ALTER TABLE t ADD a int;")
    assert script.forward.endswith("-- What follows reads the database: it is known only when it runs.\n")


def test_the_dialect_is_the_targets(tmp_path: Path) -> None:
    up = "op.create_table('t', sa.Column('a', sa.DateTime(timezone=True)))"
    shown = {}
    for kind in Kind:
        other = Kind.SQLITE if kind is Kind.POSTGRESQL else Kind.POSTGRESQL
        root = tmp_path / kind
        tool = made.alembic(root, kind, made.ENV.format(url=made.BOGUS[other]))
        made.revision(root, "0001", None, up)
        shown[kind] = only(tool).forward
    assert "TIMESTAMP WITH TIME ZONE" in shown[Kind.POSTGRESQL]
    assert "DATETIME" in shown[Kind.SQLITE]


def test_an_edited_or_a_new_script_is_read_again(tmp_path: Path) -> None:
    tool = made.alembic(tmp_path)
    made.revision(tmp_path, "0001", None, "op.execute('SELECT 1')")
    before = only(tool)
    began = time.monotonic()
    assert only(tool) is before
    assert time.monotonic() - began < 0.1, "it was not read from the files again"

    made.revision(tmp_path, "0001", None, "op.execute('SELECT 3')")
    assert only(tool).forward == "SELECT 3;\n"
    made.revision(tmp_path, "0002", "0001", "op.execute('SELECT 4')")
    assert [s.revision for s in tool.scripts("")] == ["0001", "0002"]


def test_scripts_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    tool = made.alembic(tmp_path)
    made.revision(tmp_path, "0001", None, "this is no python")
    with pytest.raises(StepFailed, match="SyntaxError"):
        tool.scripts("")
    made.revision(tmp_path, "0001", "gone", "pass")
    with pytest.raises(StepFailed, match="gone"):
        tool.scripts("")


def test_a_pyproject_may_hold_the_configuration(tmp_path: Path, server: Server) -> None:
    tool, where = made.alembic(tmp_path), made.target(server, tmp_path, Kind.POSTGRESQL)
    made.revision(tmp_path, "0001", None, "op.execute('CREATE TABLE t ()')")
    (tmp_path / "alembic.ini").unlink()
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')

    with made.opened(tool, where) as session:
        session.carry("0001", Direction.FORWARD)
    assert tool.history(where).current == "0001"


def test_fifty_scripts_are_read_quickly_and_carried_by_one_child(tmp_path: Path, server: Server) -> None:
    tool, where = made.alembic(tmp_path), made.target(server, tmp_path, Kind.POSTGRESQL)
    names = [f"{n:04}" for n in range(1, 51)]
    for name, down in zip(names, [None, *names], strict=False):
        made.revision(tmp_path, name, down, f"op.execute('CREATE TABLE t{name} (a int)')")
    began = time.monotonic()
    assert [s.revision for s in tool.scripts("")] == names
    read = time.monotonic() - began
    began = time.monotonic()
    with made.opened(tool, where) as session:
        for name in names:
            session.carry(name, Direction.FORWARD)
    logging.getLogger(__name__).info("read in %.2f s, carried in %.2f s", read, time.monotonic() - began)

    assert tool.history(where).applied == tuple(names)
    assert read < 5


def test_a_file_of_sql_is_shown_as_it_stands(tmp_path: Path) -> None:
    tool = made.files(
        tmp_path,
        Kind.POSTGRESQL,
        _0001_a="-- Give t an a.\nALTER TABLE t ADD a int;\n",
        _0001_a_down="ALTER TABLE t DROP a;",
        _0002_fill_it="-- whimbrel: no transaction\nUPDATE t SET a = 1;",
    )
    first, second = tool.scripts("")

    assert (first.title, first.file) == ("Give t an a", "migrations/0001_a.sql")
    assert first.forward == "-- Give t an a.\nALTER TABLE t ADD a int;\n"
    assert (first.backward, first.reversible, first.transactional) == ("ALTER TABLE t DROP a;", True, True)
    assert (second.title, second.reversible, second.transactional) == ("fill it", False, False)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"_0001_a": "SELECT 1", "_0001_b": "SELECT 1"}, "the same number"),
        ({"_0001_a": "SELECT 1", "_2_b": "SELECT 1"}, "not of one length"),
        ({"_0001_a": "SELECT 1", "_0002_a_down": "SELECT 1"}, "takes back a file that is not there"),
        ({"_0001_a": "SELECT 1; COMMIT; SELECT 2"}, "says COMMIT"),
        ({"readme": "SELECT 1"}, "has no number"),
    ],
)
def test_files_of_sql_that_cannot_be_told_apart_are_named(
    texts: dict[str, str], said: str, tmp_path: Path
) -> None:
    tool = made.files(tmp_path, Kind.POSTGRESQL, **texts)
    with pytest.raises(StepFailed, match=re.escape(said)):
        tool.scripts("")
