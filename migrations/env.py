"""How Alembic reaches the bot's own tables: a connection handed in, or WHIMBREL_STORE."""

from __future__ import annotations

import os

from alembic import context

from bot.store.sql import Memory
from bot.store.tables import metadata

OPTIONS = {
    "target_metadata": metadata,
    "version_table": "whimbrel_version",
    "render_as_batch": True,
    "include_name": lambda name, kind, _: kind != "table" or str(name).startswith("whimbrel_"),
}


def run(connection: object) -> None:
    """Run the migrations on one connection."""
    context.configure(connection=connection, **OPTIONS)  # type: ignore[arg-type]
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    from bot.settings import read  # only a bare `alembic upgrade head` reads the environment

    with Memory(read(os.environ).store.reveal()).begin() as own:
        run(own)
