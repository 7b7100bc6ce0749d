"""A project with three SQLite databases, and everything that carries changes to them, in one process."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event

import pytest

import commands
from bot.chat import Ask, Chat, discover
from bot.clock import Clock
from bot.core import policy
from bot.core.changes import Change
from bot.core.policy import Missing
from bot.core.targets import Phase
from bot.databases.world import Databases
from bot.desk import Desk
from bot.drive import Garage, drive
from bot.projects import ProjectFolders
from bot.queue import Threads, sweep
from bot.store.memory import MemoryStore
from bot.tools.alembic import Alembic
from bot.tools.sql import Sql

YAML = """
project: shop
tool: sql
environments:
  development: {url: "sqlite:///dev.db"}
  staging: {url: "sqlite:///staging.db"}
  production: {url: "sqlite:///production.db"}
roles:
  dev-lead: {people: [U0LEAD]}
  dba: {people: [U0DBA]}
  qa: {people: [U0QA]}
phases: [development, staging, production]
template: none
approvals: {development: [dev-lead], staging: [qa], production: [dba, qa]}
channels: ["#db"]
limits: {lock_timeout: 0.2s, lock_retries: 2, lock_backoff: 0.1s, decide_within: 15m}
"""
SCRIPTS = {
    "0001_orders": ("CREATE TABLE orders (id integer primary key, n integer);", "DROP TABLE orders;"),
    "0002_note": ("ALTER TABLE orders ADD COLUMN note text;", "ALTER TABLE orders DROP COLUMN note;"),
    "0003_unique": ("CREATE UNIQUE INDEX members_email ON members (email);", "DROP INDEX members_email;"),
}


class Directory:
    """People of a workspace that is a dict; a test may take a role away."""

    def __init__(self) -> None:
        self.roles: dict[str, set[str]] = {"dev-lead": {"U0LEAD"}, "dba": {"U0DBA"}, "qa": {"U0QA"}}

    def holders(self, project: str) -> dict[str, Collection[str]]:
        return {role: set(people) for role, people in self.roles.items()}

    drawn = holders

    def name(self, person: str) -> str:
        return person


@dataclass
class Shop:
    """The whole, with a clock that a test sets."""

    root: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    people: Directory = field(default_factory=Directory)
    ahead: timedelta = timedelta()
    stopping: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._keys = count(1)
        self.world = Databases(self.root / "backups")
        self.projects = ProjectFolders(
            roots=[self.root],
            environ={},
            tools={
                "sql": lambda s: Sql(root=s.root, folder=s.folder, kind=s.kind),
                "alembic": lambda s: Alembic(s.root, kind=s.kind),
            },
            database=self.world.database,
        )
        self.queue = Threads(lambda change, run: drive(self.garage(), change, run))
        self.desk = Desk(
            journal=self.store.journal,
            plans=self.store.plans,
            board=self.store.board,
            projects_port=self.projects,
            people=self.people,
            queue=self.queue,
            now=self.now,
            nudge=lambda _: None,
        )
        self.chat = Chat(discover(commands), self.desk)
        self.clock = Clock(self.desk, self.chat, self, lambda: sweep(self.garage(), self.queue))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def mine(self) -> bool:
        return True

    def close(self) -> None:
        self.queue.close()

    def garage(self, worker: str = "one") -> Garage:
        return Garage(
            journal=self.store.journal,
            plans=self.store.plans,
            board=self.store.board,
            projects=self.projects,
            world=self.world,
            lacking=self._lacking,
            now=self.now,
            nudge=lambda _: None,
            worker=worker,
            stopping=self.stopping,
        )

    def _lacking(self, change: Change, phase: Phase) -> tuple[Missing, ...]:
        plan = self.store.plans.get(change.fingerprint)
        return policy.missing(change, plan, phase, self.people.holders(change.project))

    def says(self, person: str, words: str) -> str:
        ask = Ask(
            key=f"k{next(self._keys)}", text=words, person=person, channel="C1", via="typed", at=self.now()
        )
        return self.chat.answer(ask).text

    def approved(self) -> int:
        self.says("U0DEV", "start shop")
        number = max(self.store.journal.newest())
        for person in ("U0LEAD", "U0DBA", "U0QA"):
            self.says(person, f"approve {number}")
        return number

    def change(self, number: int = 1) -> Change:
        return self.desk.change(number)

    def until(self, true: Callable[[Change], object], number: int = 1, seconds: float = 20) -> Change:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            change = self.change(number)
            if true(change):
                return change
            time.sleep(0.02)
        raise AssertionError(f"in vain: {self.change(number).status} {self.change(number).run}")

    def carried(self, phase: str, number: int = 1, by: str = "U0DEV") -> Change:
        said = self.says(by, f"run {phase} {number}")
        assert "⛔" not in said, said
        return self.until(lambda c: c.run and not c.run.live and c.status != "queued", number)

    def ask(self, phase: str, sql: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.root / f"{phase}.db") as connection:
            rows = connection.execute(sql).fetchall()
        connection.close()
        return rows

    def do(self, phase: str, sql: str) -> None:
        with sqlite3.connect(self.root / f"{phase}.db") as connection:
            connection.executescript(sql)
        connection.close()

    def tables(self, phase: str) -> set[str]:
        return {
            str(r[0])
            for r in self.ask(
                phase, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        }


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    (tmp_path / "whimbrel.yaml").write_text(YAML)
    (tmp_path / "migrations").mkdir()
    for name, (forward, back) in SCRIPTS.items():
        (tmp_path / "migrations" / f"{name}.sql").write_text(forward)
        (tmp_path / "migrations" / f"{name}.down.sql").write_text(back)
    made = Shop(tmp_path)
    for phase in ("dev", "staging", "production"):
        made.do(phase, "CREATE TABLE members (email text); INSERT INTO members VALUES ('a'), ('b')")
    yield made
    made.stopping.set()
    made.close()
