"""What the figures are measured on: a database server, local Slacks, the bot and a plain Bolt app, each a
process of its own, all on 127.0.0.1, all ended by their own process ids."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from bot.chat import ATTENTION, REFUSED
from bot.core.targets import ENVIRONMENTS, Phase
from bot.databases.embedded import Server
from bot.demo.world import workspace
from bot.playground.client import Person, read
from bot.playground.seed import ChannelSeed
from bot.playground.server import Playground
from tests.bench import projects

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
#: What an answer begins with that did nothing.
REFUSALS = (REFUSED, ATTENTION)


def slack(channels: Sequence[str]) -> Playground:
    """A local Slack with these channels, and Slack's rates."""
    seed = replace(workspace(), channels=tuple(ChannelSeed(name=name) for name in channels), greetings=())
    return Playground(seed).start()


@dataclass
class App:
    """An app of the local Slack, as a process."""

    command: Sequence[str]
    environ: Mapping[str, str]
    slack: Playground
    log: Path
    seconds: float = 0.0

    def start(self) -> None:
        """Start it, and wait until it is connected."""
        began, before = time.monotonic(), self.slack.world.sockets.opened
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                env=dict(self.environ),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        while self.slack.world.sockets.opened == before:
            if self.child.poll() is not None or time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"{self.command} did not connect: {self.log.read_text()[-3000:]}")
            time.sleep(0.005)
        self.seconds = time.monotonic() - began

    def stop(self) -> None:
        """SIGTERM; SIGKILL when that does not do."""
        self.child.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(20)
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    @property
    def pid(self) -> int:
        return self.child.pid


class Stage:
    """Everything that the figures need; `with` starts the server and the local Slack, and ends them."""

    def __init__(self, channels: Sequence[str]) -> None:
        self.folder = Path(mkdtemp(prefix="whimbrel-bench-"))
        self.folder.chmod(0o711)
        self.server = Server(self.folder / "postgresql")
        self.channels = channels
        self.people: dict[str, Person] = {}
        self._folders: list[Path] = []
        self._urls: dict[str, str] = {}

    def __enter__(self) -> Stage:
        self.server.start()
        self.slack = slack(self.channels)
        return self

    def __exit__(self, *_: object) -> None:
        self.slack.stop()
        self.server.stop()
        self.server.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def project(self, name: str, revisions: list[tuple[str, str, str]]) -> Path:
        """Write a project and make its three databases."""
        self._folders.append(projects.write(self.folder / "projects", name, revisions))
        for phase in ENVIRONMENTS:
            self._urls[projects.variable(name, phase)] = self.server.create(projects.database(name, phase))
        return self._folders[-1]

    def project_folder(self, name: str) -> Path:
        """Where a project lies."""
        return self.folder / "projects" / name

    def root_of(self, change: int, channel: str) -> str:
        """Slack's id of a change's live message."""
        guest = self.people.setdefault("guest", Person(self.slack.url, "guest", patience=PATIENCE))

        def live(_: object) -> str:
            return next(
                (str(m["ts"]) for m in guest.messages(channel) if f"· change {change}\n" in read(m)), ""
            )

        return guest.wait_for(live, PATIENCE, f"the message of change {change}")

    def environ(self, **more: str) -> dict[str, str]:
        """What any of our processes finds in its environment."""
        known = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
        }
        return {**known, **more}

    @property
    def store(self) -> str:
        """The URL of the bot's store."""
        return f"sqlite:///{self.folder / 'store.db'}"

    def bot(self) -> App:
        """The bot, not started yet."""
        environ = self.environ(
            **self._urls,
            WHIMBREL_PROJECTS=os.pathsep.join(str(f) for f in self._folders),
            WHIMBREL_STORE=self.store,
            WHIMBREL_BACKUPS=str(self.folder / "backups"),
            WHIMBREL_REHEARSALS=str(self.folder / "rehearsals"),
            WHIMBREL_WORKER="bench",
            **self.way_in(self.slack),
        )
        return App(command=["bot", "run"], environ=environ, slack=self.slack, log=self.folder / "bot.log")

    @staticmethod
    def way_in(where: Playground) -> dict[str, str]:
        """How an app reaches a local Slack."""
        return {
            "SLACK_BASE_URL": where.api_url,
            "SLACK_BOT_TOKEN": where.bot_token,
            "SLACK_APP_TOKEN": where.app_token,
        }

    def measured(self, module: str, **environ: str) -> list[float]:
        """What a module of ours measures in a process of its own, and prints."""
        order = [sys.executable, "-m", module]
        done = subprocess.run(
            order, env=self.environ(**environ), cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE
        )
        found: list[float] = json.loads(done.stdout)
        return found

    def says(self, name: str, channel: str, words: str) -> str:
        """Type words after /migrate; the answer."""
        person = self.people.setdefault(name, Person(self.slack.url, name, patience=PATIENCE))
        before = {m["ts"] for m in person.ephemerals(channel)}
        person.say(channel, f"/migrate {words}")

        def fresh(_: object) -> str:
            return "\n".join(read(m) for m in person.ephemerals(channel) if m["ts"] not in before)

        return person.wait_for(fresh, PATIENCE, f"an answer to {words}")

    def approved(self, channel: str, project: str) -> int:
        """Open a change and have every approval given; its number."""
        opened = self.says("developer", channel, f"start {project}")
        number = re.search(r"opened change (\d+)", opened)
        if number is None:
            raise RuntimeError(opened)
        said = self.says("dba", channel, f"approve {number[1]}")
        if said.startswith(REFUSALS):
            raise RuntimeError(said)
        return int(number[1])

    def run(self, change: int, channel: str, phase: Phase) -> None:
        """Have a phase started."""
        said = self.says("developer", channel, f"run {phase} {change}")
        if said.startswith(REFUSALS):
            raise RuntimeError(said)


@contextmanager
def running(app: App) -> Iterator[App]:
    """Start an app, and end it afterwards."""
    app.start()
    try:
        yield app
    finally:
        app.stop()


def memory_of(pid: int) -> float:
    """Megabytes that a process holds in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
