"""Every part of the store on one URL, and its schema."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.core.targets import Secret
from bot.store.journal import SqlJournal
from bot.store.shelves import SqlBoard, SqlInbox, SqlPlans, SqlTellings
from bot.store.sql import Memory

#: Alembic has one context for the whole process.
_ONE_AT_A_TIME = Lock()
_MIGRATIONS = Path(__file__).parents[2] / "migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlStore:
    """The parts share one engine."""

    memory: Memory
    journal: SqlJournal
    plans: SqlPlans
    inbox: SqlInbox
    tellings: SqlTellings
    board: SqlBoard

    def close(self) -> None:
        """Give back every connection."""
        self.memory.close()


def store(url: Secret) -> SqlStore:
    """The store behind a URL; its schema must be at head (see `upgrade`)."""
    memory = Memory(url.reveal())
    return SqlStore(
        memory=memory,
        journal=SqlJournal(memory),
        plans=SqlPlans(memory),
        inbox=SqlInbox(memory),
        tellings=SqlTellings(memory),
        board=SqlBoard(memory),
    )


def upgrade(memory: Memory, to: str = "head") -> None:
    """Bring the store's schema to a revision; StoreGone when it cannot be reached."""
    _move(memory, command.upgrade, to)


def downgrade(memory: Memory, to: str = "base") -> None:
    """Take the store's schema back; for tests and for an operator who knows why."""
    _move(memory, command.downgrade, to)


def at_head(memory: Memory) -> bool:
    """Whether the schema is the one that this version was made for."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with memory.begin() as connection:
        return MigrationContext.configure(connection, opts=_OPTIONS).get_current_revision() == head


_OPTIONS = {"version_table": "whimbrel_version"}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _move(memory: Memory, order: object, to: str) -> None:
    assert callable(order)
    config = _config()
    with _ONE_AT_A_TIME, memory.begin() as connection:
        if memory.dialect == "postgresql":  # two processes may start at once; the number is ours alone
            connection.execute(sa.text("select pg_advisory_xact_lock(7710)"))
        config.attributes["connection"] = connection
        order(config, to)
