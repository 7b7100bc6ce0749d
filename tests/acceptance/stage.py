"""What whole runs are tried on: small shop databases on a real server, a local Slack with people in it, and
the bot as a process of its own that can be killed. The journal is read from the store, past the bot."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from bot.core import events as e
from bot.core.changes import Change
from bot.core.errors import StoreGone
from bot.core.events import Entry
from bot.core.targets import ENVIRONMENTS, Phase, Secret
from bot.databases.embedded import Server
from bot.demo.seed import seed_shop
from bot.demo.world import CHANNEL, workspace
from bot.playground.client import Person, read
from bot.playground.server import Playground
from bot.store.store import store, upgrade
from tests.acceptance.programs import Bot, crash

__all__ = ["Bot", "Stage", "crash"]

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "bot" / "demo" / "shop"
PATIENCE = 60.0
Found = TypeVar("Found")
#: Locks are given up soon and asked for again soon: a test has no night to wait for.
_LIMITS = {"lock_timeout": "800ms", "lock_retries": "20", "lock_backoff": "100ms", "step_timeout": "2m"}


@dataclass(kw_only=True)
class Stage:
    """One shop, one Slack, one store."""

    server: Server
    folder: Path
    #: What the shop's databases are called; a server may serve several stages.
    name: str
    store_url: str = ""
    orders: int = 400
    limits: dict[str, str] | None = None
    #: More environment for every bot.
    more: dict[str, str] | None = None
    #: What the workspace has else than the demo's has.
    workspace: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.store_url = self.store_url or f"sqlite:///{self.folder / 'store.db'}"
        self.slack = Playground(replace(workspace(rates=False), **(self.workspace or {})))
        self.project = self.folder / "shop"
        self._people: dict[str, Person] = {}
        self._bots: list[Bot] = []

    def __enter__(self) -> Stage:
        shutil.copytree(SHOP, self.project, ignore=shutil.ignore_patterns("__pycache__"))
        file = self.project / "whimbrel.yaml"
        text = file.read_text()
        for key, value in {**_LIMITS, **(self.limits or {})}.items():
            text = re.sub(rf"(?m)^(  {key}:).*$", rf"\1 {value}", text)
        # These are about environments alone; what comes before them has tests of its own.
        file.write_text(f"{text}\nphases: [development, staging, production]\ntemplate: none\n")
        for phase in ENVIRONMENTS:
            self.server.create(self.database(phase))
            seed_shop(self.url(phase), self.orders)
        self.slack.start()
        self.kept = store(Secret(self.store_url))
        upgrade(self.kept.memory)
        return self

    def __exit__(self, *_: object) -> None:
        for bot in self._bots:
            bot.kill()
        self.slack.stop()
        self.kept.close()
        with suppress(psycopg.Error), psycopg.connect(self.server.url("postgres"), autocommit=True) as link:
            for phase in ENVIRONMENTS:
                name = sql.Identifier(self.database(phase))
                link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    # -- the bot -----------------------------------------------------------------------------------------

    def bot(self, worker: str = "one") -> Bot:
        """A bot of this name, not started yet."""
        urls = {f"SHOP_{phase.upper()}_URL": self.url(phase) for phase in ENVIRONMENTS}
        environ = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "WHIMBREL_PROJECTS": str(self.project),
            "WHIMBREL_STORE": self.store_url,
            "WHIMBREL_BACKUPS": str(self.folder / "backups"),
            "WHIMBREL_REHEARSALS": str(self.folder / "rehearsals"),
            "WHIMBREL_WORKER": worker,
            "SLACK_BASE_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            **urls,
            **(self.more or {}),
        }
        self._bots.append(Bot(environ, self.folder / f"{worker}.log"))
        return self._bots[-1]

    def heard(self, bot: Bot) -> Bot:
        """Start the bot and wait until Slack has a connection from it."""
        before = self.slack.world.sockets.opened
        bot.start()
        self.wait(lambda: self.slack.world.sockets.opened > before or not bot.runs, "a connection")
        assert bot.runs, bot.said()
        return bot

    # -- the databases -----------------------------------------------------------------------------------

    def database(self, phase: Phase) -> str:
        return f"{self.name}_{phase}"

    def url(self, phase: Phase) -> str:
        return self.server.url(self.database(phase))

    def ask(self, query: str, *values: object, phase: Phase = Phase.PRODUCTION) -> list[tuple[Any, ...]]:
        """What a phase's database says."""
        with psycopg.connect(self.url(phase), autocommit=True) as link:
            found = link.execute(query.encode(), values or None)
            return found.fetchall() if found.description else []

    @contextmanager
    def locked(
        self, table: str, mode: str = "ACCESS EXCLUSIVE", phase: Phase = Phase.PRODUCTION
    ) -> Iterator[int]:
        """Another session holds a lock on a table; its pid."""
        with psycopg.connect(self.url(phase), application_name="month-end report") as link:
            link.execute(sql.SQL(f"LOCK TABLE {{}} IN {mode} MODE").format(sql.Identifier(table)))  # type: ignore[arg-type]
            yield link.info.backend_pid
            with suppress(psycopg.Error):
                link.rollback()

    def waiting(self, phase: Phase = Phase.PRODUCTION, application: str = "%") -> bool:
        """A session of that name waits for a lock in the phase's database."""
        query = """
            SELECT 1 FROM pg_stat_activity
            WHERE datname = %s AND application_name LIKE %s AND wait_event_type = 'Lock'
        """
        return bool(self.ask(query, self.database(phase), application, phase=phase))

    def backends(self, change: int = 1, phase: Phase = Phase.PRODUCTION) -> list[int]:
        """The backends that bear the change's name."""
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = %s"
        return [row[0] for row in self.ask(query, self.database(phase), f"whimbrel/{change}", phase=phase)]

    # -- the journal -------------------------------------------------------------------------------------

    def entries(self, change: int = 1, after: int = 0) -> list[Entry]:
        """The journal as it is on disk now."""
        return list(self.kept.journal.read(change, after))

    def steps_done(self, run: str) -> list[str]:
        """The revisions that the journal says were applied by a run, one entry for each time."""
        ends = [n.event for n in self.entries() if isinstance(n.event, e.StepFinished | e.StepSettled)]
        mine = [ev for ev in ends if ev.run == run and ev.step.startswith("apply:")]
        return [ev.step[6:] for ev in mine if getattr(ev, "applied", True)]

    def change(self, number: int = 1) -> Change:
        return Change.of(self.entries(number))

    def until(
        self,
        true: Callable[[Change], object],
        change: int = 1,
        what: str = "",
        seconds: float = PATIENCE,
    ) -> Change:
        """Read the journal every few milliseconds until the change is as wanted."""
        known: list[Entry] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(StoreGone):
                known += self.entries(change, known[-1].seq if known else 0)
            if known and true(found := Change.of(known)):
                return found
            time.sleep(0.002)
        raise AssertionError(self._in_vain(what))

    def wait(
        self, true: Callable[[], Found], what: str, seconds: float = PATIENCE, every: float = 0.005
    ) -> Found:
        """Ask until it is so."""
        end = time.monotonic() + seconds
        while not (found := true()):
            if time.monotonic() > end:
                raise AssertionError(self._in_vain(what))
            time.sleep(every)
        return found

    def _in_vain(self, what: str) -> str:
        last = [f"{n.change}.{n.seq} {n.at:%T.%f} {n.by} {n.event}" for n in self.entries()[-8:]]
        return "\n".join([f"in vain for {what}", *last, *(b.said() for b in self._bots)])

    # -- people ------------------------------------------------------------------------------------------

    def who(self, name: str) -> Person:
        if name not in self._people:
            self._people[name] = Person(self.slack.url, name, patience=PATIENCE)
        return self._people[name]

    def says(self, name: str, words: str) -> str:
        """Type words after /migrate; the answer to this person alone, or the one that all can read."""
        person = self.who(name)
        before = {m["ts"] for m in person.messages(CHANNEL)}
        person.say(CHANNEL, f"/migrate {words}")

        def answered(_: object) -> str:
            fresh = [m for m in person.ephemerals(CHANNEL) if m["ts"] not in before]
            return read(fresh[-1]) if fresh else ""

        return person.wait_for(answered, PATIENCE, f"an answer to {words}")

    def orders_said(self, name: str, words: str) -> None:
        """Type words after /migrate whose effect is looked for elsewhere."""
        self.who(name).say(CHANNEL, f"/migrate {words}")

    def root(self, change: int = 1) -> str:
        """Slack's id of the change's live message."""
        guest = self.who("guest")

        def live(_: object) -> str:
            found = [m for m in guest.messages(CHANNEL) if f"· change {change}\n" in read(m)]
            roots = [m["ts"] for m in found if m.get("thread_ts") in (None, m["ts"])]
            return str(roots[-1]) if roots else ""

        return guest.wait_for(live, PATIENCE, f"the message of change {change}")

    def live(self, change: int = 1) -> str:
        """What the live message shows."""
        return read(self.who("guest").message(CHANNEL, self.root(change)))

    def thread(self, change: int = 1) -> list[str]:
        """The thread's messages, the live one left out."""
        ts = self.root(change)
        return [read(m) for m in self.who("guest").thread(CHANNEL, ts) if m["ts"] != ts]

    def told(self, phrase: str, change: int = 1, seconds: float = PATIENCE) -> str:
        """Wait until the thread says it; the message that does."""

        def said(_: object) -> str:
            found = [text for text in self.thread(change) if re.search(phrase, text)]
            return found[0] if found else ""

        return self.who("guest").wait_for(said, seconds, f"“{phrase}” in the thread of change {change}")

    # -- the way to a run --------------------------------------------------------------------------------

    def approved(self, to: str, change: int = 1) -> None:
        """A change opened by the developer, and approved by every role."""
        self.says("developer", f"start shop to {to}")
        for name in ("dev-lead", "dba", "qa", "sre", "product-owner"):
            self.says(name, f"approve {change}")
        roles = {"dev-lead", "dba", "qa", "sre", "product-owner"}
        self.until(lambda c: set(c.approvals) == roles, change, "approvals")

    def carried(self, *phases: Phase, change: int = 1) -> Change:
        """Run phases to their ends."""
        for phase in phases:
            said = self.says("dev-lead", f"run {phase} {change}")
            assert "⛔" not in said, said
            self.until(lambda c, p=phase: c.passed(p), change, f"{phase} passed")  # type: ignore[misc]
        return self.change(change)
