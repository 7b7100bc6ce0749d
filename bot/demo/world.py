"""The demo's world: a database server, three databases for each project, a local Slack, and the bot as a
process of its own, joined to them exactly as it is joined to the real ones."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType

from bot.app import words
from bot.core.targets import ENVIRONMENTS, Phase
from bot.databases.embedded import Server
from bot.demo.seed import seed_loyalty, seed_shop
from bot.playground.seed import ChannelSeed, CommandSeed, GreetingSeed, GroupSeed, Seed, UserSeed
from bot.playground.server import Playground
from bot.slack.manifest import manifest

HERE = Path(__file__).parent
PROJECTS = ("shop", "loyalty")
CHANNEL = "database-changes"
APP = "whimbrel"
ORDERS = {Phase.DEVELOPMENT: 2_000, Phase.STAGING: 5_000, Phase.PRODUCTION: 300_000}
#: People of the workspace: their names are their roles. With each, what they are there for.
PEOPLE = {
    "developer": "Wrote the change",
    "dev-lead": "Approves development",
    "dba": "Approves staging and production",
    "qa": "Approves staging",
    "sre": "Approves production, hears alerts",
    "security": "Reads along, holds no role",
    "product-owner": "Approves production",
    "guest": "Holds no role: may not approve",
}
GROUPS = {
    "dev-leads": ("dev-lead",),
    "dbas": ("dba",),
    "qa": ("qa",),
    "sres": ("sre",),
    "product": ("product-owner",),
    "security": ("security",),
}
GREETING = """\
*Welcome.* This is a local Slack with a small shop's databases behind it; nothing here can harm anything.
• You are the developer. Type `/migrate start shop` to see a plan.
• A plan wants approvals: become `dev-lead` in the list of people and press *Approve* under it.
• Become `developer` again and type `/migrate run development`.
After each step a message says what comes next; `/migrate help` has all words."""


def hint(usage: str, does: str) -> str:
    """What the completion shows beside a word: what may follow it, then what it does."""
    return " — ".join(part for part in (usage.partition(" ")[2], does) if part)


def workspace(*, rates: bool = True) -> Seed:
    """The demo's Slack workspace; the app may do there what its manifest asks for, and no more."""
    asked = manifest()
    return Seed(
        team="Whimbrel demo",
        users=tuple(UserSeed(name=name, real_name=name, title=title) for name, title in PEOPLE.items()),
        usergroups=tuple(GroupSeed(handle=h, name=h, users=people) for h, people in GROUPS.items()),
        channels=(ChannelSeed(name=CHANNEL, topic="Plans, approvals and runs of database changes"),),
        commands=(
            CommandSeed(
                command="/migrate",
                usage_hint="start | status | run <phase> | help",
                description="Carry a database change from plan to production",
                words=tuple(word.name for word in words()),
                hints=tuple(hint(word.usage, word.help) for word in words()),
            ),
        ),
        greetings=(GreetingSeed(channel=CHANNEL, user=APP, text=GREETING),),
        app_name=APP,
        scopes=frozenset(asked["oauth_config"]["scopes"]["bot"]),
        bot_events=frozenset(asked["settings"]["event_subscriptions"]["bot_events"]),
        rates=rates,
    )


@dataclass
class World:
    """Everything the demo runs, in a folder of its own that goes away with it."""

    folder: Path = field(default_factory=lambda: Path(mkdtemp(prefix="whimbrel-demo-")))
    port: int = 0
    #: PostgreSQL settings that make a throw-away server fast.
    settings: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    #: Lines to add to each project's whimbrel.yaml.
    more: str = ""

    def __post_init__(self) -> None:
        self.projects = self.folder / "projects"
        self.server = Server(self.folder / "postgresql", settings=self.settings)
        self.slack = Playground(workspace(), port=self.port)
        self.bot: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> World:
        try:
            self._lay()
            self.timed("database server", self.server.start)
            self.timed("sample data", self._fill)
            self.timed("local Slack", self.slack.start)
            self.timed("bot", self.start_bot)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything that was started."""
        self.stop_bot()
        self.slack.stop()
        self.server.stop()
        self.server.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def timed(self, name: str, do: Callable[[], object]) -> None:
        """Do something and remember the seconds it took."""
        began = time.monotonic()
        do()
        self.seconds[name] = time.monotonic() - began

    def url(self, project: str, phase: Phase) -> str:
        """The URL of a project's database."""
        return self.server.url(f"{project}_{phase}")

    def _lay(self) -> None:
        """The projects as a team has them: in a repository, with everything committed."""
        for name in PROJECTS:
            root = self.projects / name
            shutil.copytree(HERE / name, root, ignore=shutil.ignore_patterns("__pycache__"))
            (root / ".gitignore").write_text("__pycache__/\n")
            with (root / "whimbrel.yaml").open("a") as file:
                file.write(self.more)
            who = ("-c", "user.name=developer", "-c", "user.email=developer@demo.invalid")
            for order in (
                ("init", "--quiet"),
                ("add", "."),
                (*who, "commit", "--quiet", "-m", "The project"),
            ):
                subprocess.run(["git", *order], cwd=root, check=True, stdout=subprocess.DEVNULL)

    def _fill(self) -> None:
        for phase, orders in ORDERS.items():
            for project in PROJECTS:
                self.server.create(f"{project}_{phase}")
            seed_shop(self.url("shop", phase), orders)
            seed_loyalty(self.url("loyalty", phase), orders // 10, twice=phase is Phase.STAGING)

    def environ(self) -> dict[str, str]:
        """The bot's whole environment: nothing else joins it to this world."""
        urls = {
            f"{project.upper()}_{phase.upper()}_URL": self.url(project, phase)
            for project in PROJECTS
            for phase in ENVIRONMENTS
        }
        return {
            # The projects' own commands find the interpreter that has what they need.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.folder),
            "PYTHONPATH": str(HERE.parents[1]),
            "WHIMBREL_PROJECTS": os.pathsep.join(str(self.projects / p) for p in PROJECTS),
            "WHIMBREL_STORE": f"sqlite:///{self.folder / 'store.db'}",
            "WHIMBREL_BACKUPS": str(self.folder / "backups"),
            "WHIMBREL_REHEARSALS": str(self.folder / "rehearsals"),
            "WHIMBREL_WORKER": "demo",
            "SLACK_BASE_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            **urls,
        }

    def start_bot(self) -> None:
        """Start the bot and wait until it is connected."""
        with (self.folder / "bot.log").open("ab") as log:
            self.bot = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], env=self.environ(), stdout=log, stderr=log
            )
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if self.bot.poll() is not None:
                raise RuntimeError(f"the bot ended: {self.log()}")
            if self.slack.connections:
                return
            time.sleep(0.02)
        raise RuntimeError(f"the bot did not connect within 30 s: {self.log()}")

    def log(self) -> str:
        """The end of the bot's log."""
        return (self.folder / "bot.log").read_text(errors="replace")[-3000:]

    def stop_bot(self, *, kill: bool = False) -> None:
        """SIGTERM, or SIGKILL."""
        if self.bot is None or self.bot.poll() is not None:
            return
        self.bot.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.bot.wait(30)
            return
        self.bot.kill()
        self.bot.wait(10)
