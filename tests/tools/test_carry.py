"""Both tools carry revisions forward and back, on both kinds of target, in one child."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import NotFound, NotUnderstood, StepFailed
from bot.core.events import Direction
from bot.core.targets import Kind
from bot.databases.embedded import Server
from tests.tools import made

FORWARD, BACK = Direction.FORWARD, Direction.BACK


def tool_of(name: str, root: Path, kind: Kind) -> made.Tool:
    """Three steps: a table, two rows, an index."""
    if name == "sql":
        return made.files(
            root,
            kind,
            _0001_table="CREATE TABLE t (a int);",
            _0001_table_down="DROP TABLE t;",
            _0002_rows="INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)",
            _0002_rows_down="DELETE FROM t",
            _0003_index="CREATE INDEX i ON t (a)",
            _0003_index_down="DROP INDEX i",
        )
    tool = made.alembic(root, kind)
    made.revision(
        root, "0001", None, "op.create_table('t', sa.Column('a', sa.Integer))", "op.drop_table('t')"
    )
    rows = "op.execute('INSERT INTO t VALUES (1)')\nop.execute('INSERT INTO t VALUES (2)')"
    made.revision(root, "0002", "0001", rows, "op.execute('DELETE FROM t')")
    made.revision(root, "0003", "0002", "op.create_index('i', 't', ['a'])", "op.drop_index('i', 't')")
    return tool


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_revisions_go_forward_and_back_in_one_child(
    name: str, kind: Kind, tmp_path: Path, server: Server
) -> None:
    tool, where = tool_of(name, tmp_path, kind), made.target(server, tmp_path, kind)
    order = [s.revision for s in tool.scripts("")]
    assert order == ["0001", "0002", "0003"]
    assert tool.history(where).applied == ()

    with made.opened(tool, where) as session:
        pid = session.pid
        carried = [session.carry(r, FORWARD) for r in order]
        assert tool.history(where).applied == tuple(order)
        assert tool.history(where).current == "0003"
        assert made.ask(where, "SELECT a FROM t ORDER BY a") == [(1,), (2,)]

        back = [session.carry(r, BACK) for r in order[:0:-1]]
        assert session.pid == pid

    assert [(c.statements, c.rows) for c in (*carried, *back)] == [(1, 0), (2, 2), (1, 0), (1, 0), (1, 2)]
    assert all(0 < c.seconds < 10 for c in carried)
    assert tool.history(where).applied == ("0001",)
    assert made.ask(where, "SELECT * FROM t") == []


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_a_failed_revision_leaves_nothing_and_the_next_can_go(
    name: str, kind: Kind, tmp_path: Path, server: Server
) -> None:
    where = made.target(server, tmp_path, kind)
    if name == "sql":
        tool: made.Tool = made.files(
            tmp_path,
            kind,
            _0001_bad="CREATE TABLE u (a int); INSERT INTO u VALUES (5);\n"
            "-- why\nINSERT INTO nowhere VALUES (1)",
        )
    else:
        tool = made.alembic(tmp_path, kind)
        up = "op.execute('CREATE TABLE u (a int)')\nop.execute('INSERT INTO u VALUES (5)')\n"
        made.revision(tmp_path, "0001", None, up + "op.execute('INSERT INTO nowhere VALUES (1)')")

    with made.opened(tool, where) as session:
        with pytest.raises(StepFailed) as caught:
            session.carry("0001", FORWARD)
        assert type(caught.value) is StepFailed
        assert "nowhere" in caught.value.message
        assert "in: INSERT INTO nowhere VALUES (1)" in caught.value.message
        assert "u" not in made.tables(where)
        assert tool.history(where).applied == ()

        made.ask(where, "CREATE TABLE nowhere (a int)", change=True)
        assert session.carry("0001", FORWARD).statements == 3
    assert made.ask(where, "SELECT a FROM u") == [(5,)]


@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_only_the_next_revision_goes(name: str, tmp_path: Path, server: Server) -> None:
    kind = Kind.POSTGRESQL
    tool, where = tool_of(name, tmp_path, kind), made.target(server, tmp_path, kind)
    with made.opened(tool, where) as session:
        session.carry("0001", FORWARD)
        with pytest.raises(StepFailed, match="applied already"):
            session.carry("0001", FORWARD)
        with pytest.raises(StepFailed, match="not applied"):
            session.carry("0002", BACK)
        if name == "alembic":
            with pytest.raises(StepFailed, match="comes after 0002"):
                session.carry("0003", FORWARD)
    assert tool.history(where).applied == ("0001",)


def test_branches_go_in_the_order_of_alembic_and_come_back(tmp_path: Path, server: Server) -> None:
    tool, where = made.alembic(tmp_path), made.target(server, tmp_path, Kind.POSTGRESQL)
    for name, down in (("aaaa", None), ("bbbb", "aaaa"), ("cccc", "aaaa"), ("dddd", "cccc")):
        made.revision(
            tmp_path, name, down, f"op.execute('CREATE TABLE {name} ()')", f"op.drop_table('{name}')"
        )
    with pytest.raises(NotUnderstood, match="bbbb, dddd"):
        tool.scripts("")
    assert [s.revision for s in tool.scripts("dddd")] == ["aaaa", "cccc", "dddd"]

    made.revision(tmp_path, "eeee", ("bbbb", "dddd"), "pass")
    scripts = tool.scripts("")
    order = [s.revision for s in scripts]
    assert (order[0], order[-1]) == ("aaaa", "eeee")
    assert sorted(order) == ["aaaa", "bbbb", "cccc", "dddd", "eeee"]
    assert order.index("cccc") < order.index("dddd")
    assert scripts[-1].reversible, "a merge has nothing to take back"

    with made.opened(tool, where) as session:
        for count, name in enumerate(order, 1):
            session.carry(name, FORWARD)
            found = tool.history(where)
            assert (set(found.applied), found.problems) == (set(order[:count]), ())
        for name in reversed(order):
            session.carry(name, BACK)
    assert made.tables(where) == {"alembic_version"}


@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_a_name_that_is_no_revision_is_not_found(name: str, tmp_path: Path) -> None:
    tool = tool_of(name, tmp_path, Kind.POSTGRESQL)

    assert [s.revision for s in tool.scripts("0002")] == ["0001", "0002"]
    with pytest.raises(NotFound, match="0042"):
        tool.scripts("0042")


def test_the_history_names_what_no_script_has(tmp_path: Path, server: Server) -> None:
    tool, where = (
        tool_of("alembic", tmp_path, Kind.POSTGRESQL),
        made.target(server, tmp_path, Kind.POSTGRESQL),
    )
    made.ask(where, "CREATE TABLE alembic_version (version_num varchar(32))", change=True)
    made.ask(where, "INSERT INTO alembic_version VALUES ('gone')", change=True)

    found = tool.history(where)

    assert (found.applied, found.current) == ((), "")
    assert "gone" in found.problems[0]


def test_a_target_at_several_heads_is_a_problem(tmp_path: Path, server: Server) -> None:
    tool, where = made.alembic(tmp_path), made.target(server, tmp_path, Kind.POSTGRESQL)
    for name, down in (("aaaa", None), ("bbbb", "aaaa"), ("cccc", "aaaa")):
        made.revision(tmp_path, name, down, "pass")
    both = [*tool.scripts("bbbb"), *tool.scripts("cccc")]
    with made.opened(tool, where, approved=both) as session:
        for name in ("aaaa", "bbbb", "cccc"):
            session.carry(name, FORWARD)

    assert "several revisions" in tool.history(where).problems[0]


def test_a_target_that_cannot_be_reached_says_so_without_its_secrets(tmp_path: Path, server: Server) -> None:
    tool = tool_of("alembic", tmp_path, Kind.POSTGRESQL)
    where = made.target(server, tmp_path, Kind.POSTGRESQL)
    password = server.password.reveal()
    wrong = made.elsewhere(where, where.url.reveal().replace(password, "hunter2-wrong"))

    with pytest.raises(StepFailed) as caught:
        tool.history(wrong)
    with made.opened(tool, wrong) as session, pytest.raises(StepFailed) as carried:
        session.carry("0001", FORWARD)

    for error in (caught.value, carried.value):
        assert "hunter2" not in f"{error.message} {error.hint}"
        assert "password authentication failed" in error.message


def test_edited_files_of_sql_are_a_problem(tmp_path: Path, server: Server) -> None:
    tool, where = tool_of("sql", tmp_path, Kind.SQLITE), made.target(server, tmp_path, Kind.SQLITE)
    with made.opened(tool, where) as session:
        session.carry("0001", FORWARD)
        session.carry("0002", FORWARD)
    assert tool.history(where).problems == ()
    assert made.ask(where, "SELECT revision, applied_by FROM whimbrel_history") == [
        ("0001", "whimbrel/7"),
        ("0002", "whimbrel/7"),
    ]

    (tmp_path / "migrations/0001_table.sql").write_text("CREATE TABLE t (a bigint);")

    assert tool.history(where).problems == (
        f"migrations/0001_table.sql was edited after it had been applied to {where.id}.",
    )
