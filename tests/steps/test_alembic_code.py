"""A revision of Alembic that runs code which its SQL does not show."""

from __future__ import annotations

from bot.core.findings import Weight
from bot.core.targets import Phase

from .conftest import Track

ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, pool

if context.is_offline_mode():
    context.configure(url="postgresql+psycopg://", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine("postgresql+psycopg://nowhere/none", poolclass=pool.NullPool).connect() as link:
        context.configure(connection=link)
        with context.begin_transaction():
            context.run_migrations()
"""
REVISION = '''
"""add a flag"""
from alembic import context, op
import sqlalchemy as sa

revision = "0001"
down_revision = None


def upgrade():
    op.add_column("orders", sa.Column("flag", sa.Boolean))
    if not context.is_offline_mode():
        op.create_index("orders_n", "orders", ["n"])


def downgrade():
    if not context.is_offline_mode():
        op.drop_index("orders_n")
    op.drop_column("orders", "flag")
'''


def test_code_that_the_sql_does_not_show_is_said(track: Track) -> None:
    (track.root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/scripts\n")
    (track.root / "scripts" / "versions").mkdir(parents=True)
    (track.root / "scripts" / "env.py").write_text(ENV)
    (track.root / "scripts" / "versions" / "0001_flag.py").write_text(REVISION)
    track.yaml("tool: sql", "tool: alembic")
    done = track.rehearsed()

    assert done.passed(Phase.TEST), done.run
    found = {f.rule: f for f in track.findings().values()}
    assert set(found) == {"tool-does-more-than-its-sql"}
    assert found["tool-does-more-than-its-sql"].weight is Weight.NOTE
    assert done.rehearsal and done.rehearsal.prints["sql"] != done.rehearsal.prints["forward"]
    assert done.rehearsal.prints["again"] == done.rehearsal.prints["forward"]
