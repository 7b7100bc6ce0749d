"""Small projects and targets, made for one test."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent
from uuid import uuid4

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bot.core.plans import Limits, Script
from bot.core.targets import Kind, Phase, Secret, Target
from bot.databases.embedded import Server
from bot.tools.alembic import Alembic
from bot.tools.session import ChildSession
from bot.tools.sql import Sql

Tool = Alembic | Sql
LIMITS = Limits(lock_timeout=0.3, step_timeout=20)

ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

URL = "{url}"

if context.is_offline_mode():
    context.configure(url=URL, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(URL, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""
#: A place that is not there: whoever connects to it fails.
BOGUS = {
    Kind.POSTGRESQL: "postgresql+psycopg://nobody@db.internal.invalid/nowhere",
    Kind.SQLITE: "sqlite:////nonexistent/folder/nowhere.db",
}


def alembic(root: Path, kind: Kind = Kind.POSTGRESQL, env: str = "") -> Alembic:
    """A project without revisions, whose env.py names a place that is not there."""
    (root / "migrations/versions").mkdir(parents=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (root / "migrations/env.py").write_text(env or ENV.format(url=BOGUS[kind]))
    return Alembic(root, python=sys.executable, kind=kind)


def revision(root: Path, name: str, down: str | tuple[str, ...] | None, up: str, back: str = "pass") -> None:
    """Write a revision. `up` and `back` are Python."""
    functions = f"""
def upgrade():
{indent(dedent(up).strip(), "    ")}


def downgrade():
{indent(dedent(back).strip(), "    ")}
"""
    head = f'"""What {name} does\n\nAnd why."""\nimport sqlalchemy as sa\nfrom alembic import op\n'
    names = f"\nrevision = {name!r}\ndown_revision = {down!r}\n"
    (root / f"migrations/versions/{name}_it.py").write_text(head + names + functions)


def files(root: Path, kind: Kind, **texts: str) -> Sql:
    """Files of SQL: `_0001_a="…"` becomes 0001_a.sql, and `_0001_a_down` its way back."""
    folder = root / "migrations"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in texts.items():
        (folder / f"{re.sub('_down$', '.down', name.lstrip('_'))}.sql").write_text(content)
    return Sql(root, kind=kind)


def target(server: Server, tmp_path: Path, kind: Kind) -> Target:
    """A new, empty database."""
    name = f"t{uuid4().hex[:12]}"
    url = server.create(name) if kind is Kind.POSTGRESQL else f"sqlite:///{tmp_path / name}.db"
    return Target(id=f"{name}/staging", phase=Phase.STAGING, kind=kind, url=Secret(url), place="here")


def elsewhere(where: Target, url: str) -> Target:
    """The same target, said to be somewhere else."""
    return replace(where, url=Secret(url))


def ask(where: Target, sql: str, *, change: bool = False) -> list[tuple[object, ...]]:
    """What a target says, over a connection of the test's own."""
    url = where.url.reveal().replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as link:
        said = link.execute(text(sql))
        rows = [tuple(row) for row in said] if said.returns_rows else []
        if change:
            link.commit()
        return rows


def tables(where: Target) -> set[object]:
    """The tables that somebody made."""
    sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    if where.kind is Kind.SQLITE:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    return {row[0] for row in ask(where, sql)}


@contextmanager
def opened(
    tool: Tool, where: Target, limits: Limits = LIMITS, approved: Sequence[Script] | None = None
) -> Iterator[ChildSession]:
    """A session that is closed afterwards; by itself, all scripts as they are now are approved."""
    session = tool.open(where, limits, "whimbrel/7", tool.scripts("") if approved is None else approved)
    try:
        yield session
    finally:
        session.close()


def end_backends(where: Target, application: str = "whimbrel/7") -> int:
    """End the sessions of that name; how many there were."""
    sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = %s"
    with psycopg.connect(where.url.reveal(), autocommit=True) as link:
        row = link.execute(sql, [application]).fetchone()
    assert row
    return int(row[0])


def until(true: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)
