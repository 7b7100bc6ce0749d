"""Whatever env.py does, the revisions reach the target that was named, and no secret is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.core.errors import OutcomeUnknown, StepFailed
from bot.core.events import Direction
from bot.core.targets import Kind
from bot.databases.embedded import Server
from bot.tools.alembic import Alembic
from tests.tools import made

FORWARD = Direction.FORWARD
POSTGRESQL = Kind.POSTGRESQL
#: Prints, takes logging over, reads stdin, holds the transaction itself.
NOISY = """
import logging, logging.config, sys
from alembic import context
from sqlalchemy import create_engine

print("hello from env.py")
print("trouble ahead", file=sys.stderr)
logging.config.dictConfig({"version": 1, "root": {"level": "DEBUG"}})
assert sys.stdin.read() == ""

engine = create_engine("postgresql+psycopg://nobody@db.internal.invalid/nowhere")
with engine.begin() as connection:
    connection.exec_driver_sql("SELECT 1")
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
ASYNC = """
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def migrate(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine("postgresql+psycopg://nobody@db.internal.invalid/nowhere")
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()

asyncio.run(main())
"""
CREATOR = """
import psycopg
from alembic import context
from sqlalchemy import create_engine

engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect({url!r}))
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
#: It changes the history table of its own connection, and only that one says so.
LIAR = """
from alembic import context
from sqlalchemy import create_engine

engine = create_engine("postgresql+psycopg://nobody@db.internal.invalid/nowhere")
with engine.connect() as connection:
    connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS aside")
    connection.exec_driver_sql("SET search_path = aside")
    connection.commit()
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


#: What `alembic init` writes.
STOCK = """
from alembic import context
from sqlalchemy import engine_from_config, pool

config = context.config
if context.is_offline_mode():
    context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    section = config.get_section(config.config_ini_section, {})
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""


def two(root: Path, env: str = "") -> Alembic:
    tool = made.alembic(root, POSTGRESQL, env)
    made.revision(
        root, "0001", None, "op.create_table('t', sa.Column('a', sa.Integer))", "op.drop_table('t')"
    )
    made.revision(
        root, "0002", "0001", "op.execute('INSERT INTO t VALUES (1)')", "op.execute('DELETE FROM t')"
    )
    return tool


@pytest.mark.parametrize("env", ["", NOISY, ASYNC], ids=["plain", "noisy", "async"])
def test_the_target_is_the_one_that_was_named(env: str, tmp_path: Path, server: Server) -> None:
    tool, where = two(tmp_path, env), made.target(server, tmp_path, POSTGRESQL)
    assert [s.rendered for s in tool.scripts("")] == [True, True]

    with made.opened(tool, where) as session:
        session.carry("0001", FORWARD)
        assert tool.history(where).applied == ("0001",)
        session.carry("0002", FORWARD)
        session.carry("0002", Direction.BACK)
        session.carry("0002", FORWARD)

    assert tool.history(where).applied == ("0001", "0002")
    assert made.ask(where, "SELECT a FROM t") == [(1,)]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("written", ["driver://user:pass@localhost/dbname", "mysql://a/b", "", "50%off"])
def test_a_stand_in_for_a_url_is_no_matter(written: str, kind: Kind, tmp_path: Path, server: Server) -> None:
    tool, where = made.alembic(tmp_path, kind, STOCK), made.target(server, tmp_path, kind)
    made.revision(tmp_path, "0001", None, "op.execute('CREATE TABLE t (a int)')")
    with (tmp_path / "alembic.ini").open("a") as file:
        file.write(f"sqlalchemy.url = {written}\n")

    assert tool.scripts("")[0].forward == "CREATE TABLE t (a int);\n"
    with made.opened(tool, where) as session:
        session.carry("0001", FORWARD)
    assert "t" in made.tables(where)


def test_an_env_that_makes_its_own_connections_is_refused(tmp_path: Path, server: Server) -> None:
    where, other = (made.target(server, tmp_path, POSTGRESQL) for _ in range(2))
    tool = two(tmp_path, CREATOR.format(url=other.url.reveal()))

    with made.opened(tool, where) as session, pytest.raises(StepFailed, match="makes its connections itself"):
        session.carry("0001", FORWARD)

    assert made.tables(where) == made.tables(other) == set()


def test_a_history_that_did_not_move_where_it_should_is_unknown(tmp_path: Path, server: Server) -> None:
    tool, where = two(tmp_path, LIAR), made.target(server, tmp_path, POSTGRESQL)

    with (
        made.opened(tool, where) as session,
        pytest.raises(OutcomeUnknown, match=r"env\.py bypassed Whimbrel"),
    ):
        session.carry("0001", FORWARD)


def test_an_env_for_another_kind_of_server_is_refused(tmp_path: Path, server: Server) -> None:
    tool = two(tmp_path, made.ENV.format(url="sqlite:///elsewhere.db"))
    where = made.target(server, tmp_path, POSTGRESQL)

    with made.opened(tool, where) as session, pytest.raises(StepFailed, match="connects to sqlite"):
        session.carry("0001", FORWARD)
    assert not (tmp_path / "elsewhere.db").exists()


def test_an_env_that_ends_or_does_nothing_has_failed(tmp_path: Path, server: Server) -> None:
    where = made.target(server, tmp_path, POSTGRESQL)
    for number, (env, said) in enumerate(
        [("import sys\nsys.exit('no settings')", "no settings"), ("x = 1", "ran no migrations")]
    ):
        tool = two(tmp_path / str(number), env)
        with made.opened(tool, where) as session, pytest.raises(StepFailed, match=said):
            session.carry("0001", FORWARD)


def test_the_schema_and_name_of_the_version_table_are_those_of_env(tmp_path: Path, server: Server) -> None:
    words = 'version_table="moves", version_table_schema="own", '
    env = made.ENV.format(url=made.BOGUS[POSTGRESQL])
    env = env.replace("configure(connection", f"configure({words}connection").replace(
        "configure(url", f"configure({words}url"
    )
    tool, where = two(tmp_path, env), made.target(server, tmp_path, POSTGRESQL)
    made.ask(where, "CREATE SCHEMA own", change=True)

    with made.opened(tool, where) as session:
        session.carry("0001", FORWARD)

    assert tool.history(where).current == "0001"
    assert made.ask(where, "SELECT version_num FROM own.moves") == [("0001",)]


@pytest.mark.parametrize("name", ["alembic", "sql"])
def test_secrets_are_in_no_error_argument_or_environment(
    name: str, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-not-for-scripts")
    where = made.target(server, tmp_path, POSTGRESQL)
    url, password = where.url.reveal(), server.password.reveal()
    if name == "sql":
        tool: made.Tool = made.files(tmp_path, POSTGRESQL, _0001_it=f"SELECT '{password}' FROM nowhere")
    else:
        tool = made.alembic(tmp_path)
        up = f"print({url!r})\nraise ValueError('I saw {url} and {password}')"
        made.revision(tmp_path, "0001", None, up)

    with made.opened(tool, where) as session:
        with pytest.raises(StepFailed) as caught:
            session.carry("0001", FORWARD)
        seen = "".join(
            Path(f"/proc/{session.pid}/{what}").read_text().replace("\0", "\n")
            for what in ("cmdline", "environ")
        )

    told = f"{caught.value.message} {caught.value.hint} {caught.value!r}"
    for text in (told, seen):
        assert password not in text
        assert "xoxb" not in text
    assert "•••" in told
    assert os.environ["SLACK_BOT_TOKEN"] not in seen


OWN = """
import os
from alembic import context
from sqlalchemy import create_engine

assert "SLACK_BOT_TOKEN" not in os.environ
engine = create_engine(os.environ["APP_DATABASE_URL"])
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def test_an_env_that_reads_variables_of_its_own_gets_those_that_are_named(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-not-for-scripts")
    where, own = made.target(server, tmp_path, POSTGRESQL), {"APP_DATABASE_URL": made.BOGUS[POSTGRESQL]}
    two(tmp_path, OWN)
    made.revision(tmp_path, "0003", "0002", "import os\nraise ValueError(os.environ['APP_DATABASE_URL'])")
    for environ in ({}, own):
        tool = Alembic(tmp_path, environ=environ)
        with made.opened(tool, where) as session:
            if not environ:
                with pytest.raises(StepFailed, match="APP_DATABASE_URL"):
                    session.carry("0001", FORWARD)
                continue
            session.carry("0001", FORWARD)
            session.carry("0002", FORWARD)
            with pytest.raises(StepFailed, match="ValueError: •••") as caught:
                session.carry("0003", FORWARD)
    assert "db.internal" not in f"{caught.value.message} {caught.value.hint}"
    assert made.ask(where, "SELECT a FROM t") == [(1,)]


def test_what_a_script_printed_is_shown_when_it_fails(tmp_path: Path, server: Server) -> None:
    tool, where = made.alembic(tmp_path), made.target(server, tmp_path, POSTGRESQL)
    lines = "for n in range(50):\n    print('line', n)\nraise KeyError('flavour')"
    made.revision(tmp_path, "0001", None, lines)

    with (
        made.opened(tool, where) as session,
        pytest.raises(StepFailed, match="KeyError: 'flavour'") as caught,
    ):
        session.carry("0001", FORWARD)

    assert "line 49" in caught.value.hint
    assert "line 29" not in caught.value.hint


def test_an_interpreter_that_is_not_there_is_named(tmp_path: Path, server: Server) -> None:
    two(tmp_path)
    tool = Alembic(tmp_path, python="/nonexistent/python")
    with pytest.raises(StepFailed, match="interpreter does not start") as caught:
        tool.scripts("")
    assert "/nonexistent/python" in caught.value.hint
