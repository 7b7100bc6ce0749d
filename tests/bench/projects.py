"""Projects to carry: folders of Alembic revisions, written anew for each run of the figures."""

from __future__ import annotations

from pathlib import Path

from bot.core.targets import ENVIRONMENTS, Phase

#: The variable that a plain `alembic upgrade head` takes its database from.
URL_VARIABLE = "BENCH_URL"

_YAML = """\
project: {name}
tool: alembic
environments:
{environments}
roles:
  dba: {{group: "@dbas"}}
phases: [development, staging, production]
template: none
approvals: {{development: [dba], staging: [dba], production: [dba]}}
alerts: [dba]
limits: {{lock_timeout: 500ms, lock_retries: 100, lock_backoff: 500ms, lock_backoff_most: 1s}}
"""
_INI = "[alembic]\nscript_location = %(here)s/migrations\n"
_ENV = f"""\
import os

from alembic import context
from sqlalchemy import create_engine, pool

url = os.environ.get("{URL_VARIABLE}", "postgresql+psycopg://nobody@db.internal.invalid/none")
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""
_REVISION = '''\
"""{title}"""

from alembic import op

revision = "{revision}"
down_revision = {before!r}


def upgrade() -> None:
    {forward}


def downgrade() -> None:
    {backward}
'''
#: A table for every ten revisions, so that not all of them queue for the same one.
_WIDE = 10


def variable(name: str, phase: Phase) -> str:
    """The variable that holds the URL of a project's database."""
    return f"{name.upper()}_{phase.upper()}_URL"


def database(name: str, phase: Phase) -> str:
    """The name of a project's database."""
    return f"{name}_{phase}"


def small_revisions(count: int, seconds: float = 0.0) -> list[tuple[str, str, str]]:
    """Small revisions as people write them: tables, nullable columns. With `seconds`, each takes as long."""
    wait = f'op.execute("SELECT pg_sleep({seconds})")\n    ' if seconds else ""
    made = []
    for n in range(count):
        table = f"part_{n // _WIDE}"
        if n % _WIDE == 0:
            forward = f'op.execute("CREATE TABLE {table} (id bigserial PRIMARY KEY, name text NOT NULL)")'
            backward = f'op.execute("DROP TABLE {table}")'
        else:
            forward = f'op.execute("ALTER TABLE {table} ADD COLUMN field_{n} text")'
            backward = f'op.execute("ALTER TABLE {table} DROP COLUMN field_{n}")'
        made.append((f"Small revision {n + 1}", wait + forward, backward))
    return made


def locked_revision() -> list[tuple[str, str, str]]:
    """One revision that cannot go on while somebody reads the table `held`."""
    forward = 'op.execute("ALTER TABLE held ADD COLUMN field text")'
    return [("Waits for a lock", forward, 'op.execute("ALTER TABLE held DROP COLUMN field")')]


def write(root: Path, name: str, revisions: list[tuple[str, str, str]]) -> Path:
    """Write a project; its folder."""
    folder = root / name
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    rows = [f'  {phase}: {{url: "${{{variable(name, phase)}}}"}}' for phase in ENVIRONMENTS]
    (folder / "whimbrel.yaml").write_text(_YAML.format(name=name, environments="\n".join(rows)))
    (folder / "alembic.ini").write_text(_INI)
    (folder / "migrations" / "env.py").write_text(_ENV)
    before = None
    for n, (title, forward, backward) in enumerate(revisions, start=1):
        text = _REVISION.format(
            title=title, revision=f"{n:04}", before=before, forward=forward, backward=backward
        )
        (versions / f"{n:04}_small.py").write_text(text)
        before = f"{n:04}"
    return folder
