"""What runs is what was approved, to the byte, at the moment it runs; forward and back, with both tools."""

from __future__ import annotations

import os
import py_compile
import shutil
from pathlib import Path

import pytest

from bot.core.errors import NotBegun, ScriptMoved
from bot.core.events import Direction
from bot.core.targets import Kind
from bot.databases.embedded import Server
from tests.tools import made

FORWARD, BACK = Direction.FORWARD, Direction.BACK
SQLITE = Kind.SQLITE
TOOLS = ["alembic", "sql"]
#: The second revision as it was approved, and as somebody has edited it: as long, to the byte.
ROWS, EDITED = "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)"


def tool_of(name: str, root: Path) -> made.Tool:
    """A table; a row; another row."""
    if name == "sql":
        return made.files(
            root,
            SQLITE,
            _0001_it="CREATE TABLE t (a int)",
            _0001_it_down="DROP TABLE t",
            _0002_it=ROWS,
            _0002_it_down="DELETE FROM t",
            _0003_it="INSERT INTO t VALUES (3)",
            _0003_it_down="DELETE FROM t WHERE a = 3",
        )
    tool = made.alembic(root, SQLITE)
    made.revision(root, "0001", None, "op.execute('CREATE TABLE t (a int)')", "op.drop_table('t')")
    made.revision(root, "0002", "0001", f"op.execute('{ROWS}')", "op.execute('DELETE FROM t')")
    last = ("op.execute('INSERT INTO t VALUES (3)')", "op.execute('DELETE FROM t WHERE a = 3')")
    made.revision(root, "0003", "0002", *last)
    return tool


def file_of(name: str, root: Path, *, back: bool = False) -> Path:
    """The file of the second revision for one way."""
    if name == "alembic":
        return root / "migrations/versions/0002_it.py"
    return root / f"migrations/0002_it{'.down' * back}.sql"


def edit(file: Path, was: str, is_now: str) -> None:
    """Edit a file so that neither its length nor its time tells of it: Python's cache is of before."""
    known = file.stat()
    if file.suffix == ".py":
        py_compile.compile(str(file), doraise=True)
    text = file.read_text()
    assert was in text
    file.write_text(text.replace(was, is_now))
    os.utime(file, ns=(known.st_atime_ns, known.st_mtime_ns))


@pytest.mark.parametrize("name", TOOLS)
def test_a_script_edited_between_two_revisions_of_one_child_does_not_run(
    name: str, tmp_path: Path, server: Server
) -> None:
    tool, where = tool_of(name, tmp_path), made.target(server, tmp_path, SQLITE)
    file = file_of(name, tmp_path)
    with made.opened(tool, where) as session:
        session.carry("0001", FORWARD)
        edit(file, ROWS, EDITED)
        with pytest.raises(ScriptMoved) as caught:
            session.carry("0002", FORWARD)
        assert caught.value.message == (
            f"0002 was not begun: {file.relative_to(tmp_path)} is not the file that was approved."
        )
        assert made.ask(where, "SELECT a FROM t") == []
        assert tool.history(where).applied == ("0001",)

        edit(file, EDITED, ROWS)
        session.carry("0002", FORWARD)
    assert made.ask(where, "SELECT a FROM t") == [(1,)]


@pytest.mark.parametrize("name", TOOLS)
def test_a_script_edited_before_the_child_starts_does_not_run(
    name: str, tmp_path: Path, server: Server
) -> None:
    tool, where = tool_of(name, tmp_path), made.target(server, tmp_path, SQLITE)
    approved = tool.scripts("")
    edit(file_of(name, tmp_path), ROWS, EDITED)

    with made.opened(tool, where, approved=approved) as session:
        session.carry("0001", FORWARD)
        with pytest.raises(ScriptMoved, match="0002 was not begun"):
            session.carry("0002", FORWARD)
    with made.opened(tool, where, approved=tool.scripts("")) as session:
        session.carry("0002", FORWARD)
    assert made.ask(where, "SELECT a FROM t") == [(2,)]


@pytest.mark.parametrize("name", TOOLS)
def test_a_way_back_edited_since_does_not_run(name: str, tmp_path: Path, server: Server) -> None:
    tool, where = tool_of(name, tmp_path), made.target(server, tmp_path, SQLITE)
    approved = tool.scripts("")
    with made.opened(tool, where, approved=approved) as session:
        for revision in ("0001", "0002"):
            session.carry(revision, FORWARD)
    edit(file_of(name, tmp_path, back=True), "DELETE FROM t", "DROP TABLE t ")

    with made.opened(tool, where, approved=approved) as session, pytest.raises(ScriptMoved) as caught:
        session.carry("0002", BACK)
    assert "0002 was not begun" in caught.value.message
    assert made.ask(where, "SELECT a FROM t") == [(1,)]
    assert tool.history(where).applied == ("0001", "0002")


@pytest.mark.parametrize("name", TOOLS)
def test_a_script_that_is_gone_or_was_never_approved_does_not_run(
    name: str, tmp_path: Path, server: Server
) -> None:
    tool, where = tool_of(name, tmp_path), made.target(server, tmp_path, SQLITE)
    approved = [script for script in tool.scripts("") if script.revision != "0003"]
    with made.opened(tool, where, approved=approved) as session:
        for revision in ("0001", "0002"):
            session.carry(revision, FORWARD)
        with pytest.raises(ScriptMoved, match="0003 was not begun: it is not among the scripts"):
            session.carry("0003", FORWARD)
        file_of(name, tmp_path, back=True).unlink()
        with pytest.raises(ScriptMoved, match="0002 was not begun"):
            session.carry("0002", BACK)
    assert made.ask(where, "SELECT a FROM t") == [(1,)]


def test_what_alembic_has_loaded_counts_and_not_what_the_file_says_since(
    tmp_path: Path, server: Server
) -> None:
    tool, where = tool_of("alembic", tmp_path), made.target(server, tmp_path, SQLITE)
    approved, file = tool.scripts(""), file_of("alembic", tmp_path)
    edit(file, ROWS, EDITED)
    with made.opened(tool, where, approved=approved) as session:
        session.carry("0001", FORWARD)  # loads every script
        edit(file, EDITED, ROWS)
        with pytest.raises(ScriptMoved, match=r"0002 was not begun: migrations/versions/0002_it\.py"):
            session.carry("0002", FORWARD)
    assert made.ask(where, "SELECT a FROM t") == []

    with made.opened(tool, where, approved=approved) as session:
        session.carry("0002", FORWARD)
    assert made.ask(where, "SELECT a FROM t") == [(1,)]


def test_scripts_among_installed_packages_and_behind_links_are_read_from_their_sources(
    tmp_path: Path, server: Server
) -> None:
    tool_of("alembic", tmp_path / "real")
    inside = tmp_path / "site-packages/real"
    shutil.move(tmp_path / "real", inside)
    (tmp_path / "link").symlink_to(inside)
    tool, where = made.Alembic(tmp_path / "link", kind=SQLITE), made.target(server, tmp_path, SQLITE)
    approved = tool.scripts("")
    edit(file_of("alembic", inside), ROWS, EDITED)  # by itself, Python would take the cache

    with made.opened(tool, where, approved=approved) as session:
        session.carry("0001", FORWARD)
        edit(file_of("alembic", inside), EDITED, ROWS)
        with pytest.raises(ScriptMoved):
            session.carry("0002", FORWARD)
    with made.opened(tool, where, approved=approved) as session:
        session.carry("0002", FORWARD)
    assert made.ask(where, "SELECT a FROM t") == [(1,)]


def test_a_script_that_is_only_recorded_may_have_been_edited(tmp_path: Path, server: Server) -> None:
    tool, where = tool_of("alembic", tmp_path), made.target(server, tmp_path, SQLITE)
    with made.opened(tool, where) as session:
        session.carry("0001", FORWARD)
        edit(file_of("alembic", tmp_path), ROWS, EDITED)
        session.carry("0002", FORWARD, record=True)
    assert tool.history(where).applied == ("0001", "0002")
    assert made.ask(where, "SELECT a FROM t") == []


def test_what_did_not_start_has_not_begun(tmp_path: Path, server: Server) -> None:
    tool, where = tool_of("sql", tmp_path), made.target(server, tmp_path, SQLITE)
    with made.opened(tool, where) as session:
        session.carry("0001", FORWARD)
        with pytest.raises(NotBegun, match="applied already"):
            session.carry("0001", FORWARD)
