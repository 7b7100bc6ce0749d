"""A shop on PostgreSQL whose changes are rehearsed, in one process, through the words that people type."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

import commands
from bot.chat import Chat, discover
from bot.core.changes import Change
from bot.core.findings import Finding
from bot.core.moves import Status
from bot.core.targets import Kind
from bot.databases.embedded import Server
from bot.databases.labs import Labs
from bot.databases.world import Databases
from bot.ghosts import ghost_of
from bot.projects import ProjectFolders
from bot.toolbox import tools
from tests.carrying.conftest import Shop

NAMES = ("DEV", "STAGING", "PRODUCTION")
YAML = """
project: shop
tool: sql
environments:
  development: {url: "${DEV}", backup: false}
  staging: {url: "${STAGING}", backup: false}
  production: {url: "${PRODUCTION}", backup: false}
roles:
  dev-lead: {people: [U0LEAD], rests_on: [sql, rollback]}
  dba: {people: [U0DBA]}
  qa: {people: [U0QA], rests_on: [sql]}
phases: [test, development, staging, production]
template: none
approvals: {development: [dev-lead], staging: [qa], production: [dba]}
limits: {lock_timeout: 2s}
rehearsal: {faults: 1s}
"""
FILLED = (
    "CREATE TABLE customers (id integer PRIMARY KEY, email text NOT NULL)",
    "CREATE TABLE orders (id integer PRIMARY KEY, customer integer, n integer, note text)",
    "INSERT INTO customers SELECT g, 'c' || g FROM generate_series(1, 50) g",
    "INSERT INTO orders SELECT g, 1 + g % 50, g % 7, 'note' FROM generate_series(1, 400) g",
    "ANALYZE",
)


@dataclass
class Track(Shop):
    """A shop whose scripts are rehearsed before they come near its databases."""

    environ: dict[str, str] = field(default_factory=dict)
    labs: Labs | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.labs
        self.world = world = Databases(self.root / "backups", self.labs)
        self.projects = ProjectFolders(
            roots=[self.root],
            environ=self.environ,
            tools=tools(world),
            database=world.database,
            rehearsal=self.labs.target,
            ghost=lambda target, scripts, server: ghost_of(world, target, scripts, server),
        )
        self.desk = replace(self.desk, projects_port=self.projects)
        self.chat = Chat(discover(commands), self.desk)

    def on(self, name: str, *statements: str) -> list[tuple[Any, ...]]:
        """What an environment's database says to the last of these."""
        with psycopg.connect(self.environ[name], autocommit=True) as link:
            for statement in statements:
                asked = link.execute(statement.encode())
            return asked.fetchall() if asked.description else []

    def script(self, name: str, forward: str, back: str) -> None:
        """Write a revision of plain SQL."""
        (self.root / "migrations" / f"{name}.sql").write_text(forward)
        (self.root / "migrations" / f"{name}.down.sql").write_text(back)

    def yaml(self, was: str, now: str) -> None:
        """Alter the project's file."""
        file = self.root / "whimbrel.yaml"
        text = file.read_text()
        assert was in text
        file.write_text(text.replace(was, now))

    def started(self) -> Change:
        """Open a change."""
        said = self.says("U0DEV", "start shop")
        assert "⛔" not in said, said
        return self.change()

    def rehearsed(self) -> Change:
        """Open a change, unless one is open, and rehearse it to the run's end."""
        if not self.store.journal.newest():
            self.started()
        said = self.says("U0DEV", "run test 1")
        assert "⛔" not in said, said
        return self.until(
            lambda c: c.run and c.status is not Status.QUEUED and (not c.run.live or c.status is Status.HELD),
            seconds=60,
        )

    def findings(self) -> dict[str, Finding]:
        """What was noticed of change 1, by name."""
        return self.desk.findings(self.change())

    def scratches(self) -> list[str]:
        """The scratch databases that are there."""
        assert self.labs
        return list(self.labs.lab(Kind.POSTGRESQL).scratches.names())


@pytest.fixture(scope="session")
def labs() -> Iterator[Labs]:
    """A rehearsal server of our own, for all of these tests."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    folder.chmod(0o711)
    made = Labs(folder, "a store of these tests")
    yield made
    made.close()
    shutil.rmtree(folder)


@pytest.fixture
def track(tmp_path: Path, server: Server, labs: Labs) -> Iterator[Track]:
    """Three databases with the same small shop; no revision yet."""
    (tmp_path / "whimbrel.yaml").write_text(YAML)
    (tmp_path / "migrations").mkdir()
    environ = {name: server.create(f"track_{uuid4().hex[:8]}") for name in NAMES}
    made = Track(tmp_path, environ=environ, labs=labs)
    for name in environ:
        made.on(name, *FILLED)
    yield made
    made.stopping.set()
    made.close()
