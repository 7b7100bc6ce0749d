"""The composition root: the only place where real things are made and joined."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from types import FrameType

from slack_sdk import WebClient

import commands
from bot.chat import Chat, Command, discover
from bot.clock import Clock
from bot.core import policy
from bot.core.changes import Change
from bot.core.errors import BadSettings
from bot.core.policy import Missing
from bot.core.targets import Phase
from bot.databases.labs import Labs, machine_of
from bot.databases.world import Databases
from bot.desk import Desk
from bot.doctor import Whole, examine, report
from bot.drive import Garage, drive
from bot.ghosts import ghost_of
from bot.leftovers import Leftovers
from bot.projects import ProjectFolders
from bot.queue import Durable, Nowhere, Queue, sweep
from bot.settings import Settings, environment, read
from bot.slack.answers import Answers
from bot.slack.connect import Connection, Door, bolt, connect
from bot.slack.delivery import Delivery
from bot.slack.home import Home
from bot.slack.listen import join
from bot.slack.reactions import Reactions
from bot.slack.roles import SlackPeople
from bot.slack.tell import Sources, Teller
from bot.store.holds import hold_of
from bot.store.store import SqlStore, at_head, store, upgrade
from bot.toolbox import tools
from commands.help import in_order

log = logging.getLogger(__name__)

PARTS = frozenset({"bot", "worker", "clock"})
#: How long one call to Slack may take, in seconds.
SLACK_TIMEOUT = 15
#: How long a thread may compute while others wait, in seconds: an acknowledgement is a thread of many turns.
TURN = 0.001
#: Decisions that fall within so many seconds share one answer on who holds which role.
MOMENT = 5.0


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def words() -> tuple[Command, ...]:
    """What may be typed after /migrate, in the order in which a change meets it."""
    return tuple(in_order(discover(commands).values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every part of the process stands on."""

    settings: Settings
    kept: SqlStore
    projects: ProjectFolders
    world: Databases
    client: WebClient
    people: SlackPeople


def ground(settings: Settings, environ: Mapping[str, str]) -> Ground:
    """Make the store, the projects and the way to Slack. Raises BadSettings when the store is not ready."""
    kept = store(settings.store)
    if kept.memory.dialect == "sqlite":
        upgrade(kept.memory)
    elif not at_head(kept.memory):
        raise BadSettings("The store's tables are not up to date.", hint="Run: whimbrel upgrade")
    # A server of our own serves one process, so its folder bears the process's name.
    folder, machine = settings.rehearsals / settings.worker, machine_of(settings.store)
    labs = Labs(folder, settings.store.reveal(), machine)
    world = Databases(settings.backups, labs)
    projects = ProjectFolders(
        roots=settings.projects,
        environ=environ,
        tools=tools(world),
        database=world.database,
        rehearsal=labs.target,
        ghost=lambda target, scripts, server: ghost_of(world, target, scripts, server),
    )
    client = WebClient(token=settings.bot_token.reveal(), base_url=settings.slack, timeout=SLACK_TIMEOUT)
    people = SlackPeople(projects, client, moment=MOMENT)
    return Ground(settings=settings, kept=kept, projects=projects, world=world, client=client, people=people)


class Whimbrel:
    """The running parts of one process."""

    def __init__(self, base: Ground, parts: Collection[str]) -> None:
        self._ground, self._parts = base, parts
        self.stopping = Event()
        self._ends = ExitStack()
        kept, settings = base.kept, base.settings
        self.teller = Teller(_sources(base), base.client)
        self.garage = Garage(
            journal=kept.journal,
            plans=kept.plans,
            board=kept.board,
            projects=base.projects,
            world=base.world,
            lacking=self._lacking,
            now=now,
            nudge=self.teller.nudge,
            worker=settings.worker,
            stopping=self.stopping,
        )
        self.queue: Queue = Nowhere()
        if "worker" in parts:
            durable = Durable(settings.store, settings.worker, lambda c, r: drive(self.garage, c, r))
            self._ends.callback(durable.close)
            self.queue = durable
        self.desk = Desk(
            journal=kept.journal,
            plans=kept.plans,
            board=kept.board,
            projects_port=base.projects,
            people=base.people,
            queue=self.queue,
            now=now,
            nudge=self.teller.nudge,
            reconcile=self._reconcile,
        )
        self.chat = Chat(discover(commands), self.desk)
        self._reactions = Reactions(base.client, kept.tellings, base.people, self.chat, self.desk.change)

    def start(self) -> None:
        """Start the parts, the ears last: what they hear can be answered."""
        store_url = self._ground.settings.store
        if "clock" in self._parts:
            clock = Clock(self.desk, self.chat, hold_of(store_url, "clock"), self._sweep)
            clock.start()
            self._ends.callback(clock.close)
        leftovers = Leftovers(garage=self.garage, labs=self._ground.world.labs)
        leftovers.start()
        self._ends.callback(leftovers.close)
        if "worker" in self._parts:
            sweep(self.garage, self.queue, again=True)
        if "bot" in self._parts:
            self._tell()
            self._listen()

    def close(self) -> None:
        """Hear no more, finish the steps under way, tell what there is to tell, and end."""
        self.stopping.set()
        self._ends.close()
        self._ground.people.close()
        self._ground.world.labs.close()
        self._ground.kept.close()

    def problems(self) -> list[str]:
        """Why this process is not ready for work; none: it is."""
        return self._connection.problems() if "bot" in self._parts else []

    def _reconcile(self, change: Change) -> None:
        self._reactions.reconcile(change)

    def _sweep(self) -> int:
        return sweep(self.garage, self.queue)

    def _lacking(self, change: Change, phase: Phase) -> tuple[Missing, ...]:
        plan = self._ground.kept.plans.get(change.fingerprint)
        return policy.missing(change, plan, phase, self._ground.people.holders(change.project))

    def _tell(self) -> None:
        """One process tells; the others wait until it is gone."""
        hold = hold_of(self._ground.settings.store, "teller")

        def serve() -> None:
            while not hold.mine():
                if self.stopping.wait(1):
                    return
            self.teller.serve()

        thread = Thread(target=serve, name="teller", daemon=True)
        thread.start()
        self._ends.callback(hold.close)
        self._ends.callback(thread.join, 15)
        self._ends.callback(self.teller.stop)

    def _listen(self) -> None:
        base = self._ground
        kept, client = base.kept, base.client
        delivery = Delivery(client, kept.tellings)
        answers = Answers(self.chat, kept.inbox, delivery, self._reactions, kept.tellings)
        home = Home(client, self.desk.name, self.desk.mine, self.desk.changes)
        app = bolt(client, base.settings.signing_secret)
        join(app, kept.inbox, answers, kept.tellings, base.people, home)
        door = Door(app_token=base.settings.app_token, port=_port(base.settings))

        def joined() -> None:
            """Slack was away: answer what waits, and look at the reactions that nobody told us of."""
            answers.again()
            answers.aside(lambda: self._reactions.after_outage(self.desk.changes()))

        self._connection: Connection = connect(app, door, self.problems, joined)
        self._ends.callback(answers.close)
        self._ends.callback(self._connection.close)
        self._connection.start()


def _port(settings: Settings) -> int:
    """Beside a socket, a port is opened only where the operator named one."""
    return 0 if settings.socket_mode and not settings.port_named else settings.port


def _sources(base: Ground) -> Sources:
    return Sources(
        journal=base.kept.journal,
        plans=base.kept.plans,
        tellings=base.kept.tellings,
        board=base.kept.board,
        people=base.people,
        team=base.projects,
        mention=base.people.mention,
        now=now,
    )


def serve(only: Collection[str] = ()) -> int:
    """Run until SIGTERM or Ctrl-C; the exit code."""
    environ = environment()
    settings = read(environ)
    logging.basicConfig(level=settings.log.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for loud in ("alembic", "apscheduler", "slack_sdk", "slack_bolt"):
        logging.getLogger(loud).setLevel(logging.WARNING)
    over = Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        over.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    sys.setswitchinterval(TURN)
    whimbrel = Whimbrel(ground(settings, environ), frozenset(only) or PARTS)
    whimbrel.start()
    gc.freeze()  # what is there now stays: a look through all of it would hold every thread up, each time
    log.info("whimbrel is running")
    over.wait()
    log.info("whimbrel finishes its step and ends")
    whimbrel.close()
    return 0


def check_up() -> int:
    """Examine everything and print what to mend; 1 when something is not right."""
    environ = environment()
    settings = read(environ)
    base = ground(settings, environ)
    whole = Whole(
        client=base.client,
        app_token=settings.app_token,
        signing_secret=settings.signing_secret,
        store=lambda: at_head(base.kept.memory),
        projects=base.projects,
        team=base.projects,
        people=base.people,
        world=base.world,
    )
    findings = examine(whole)
    print(report(findings))
    base.people.close()
    base.world.labs.close()
    base.kept.close()
    return 0 if all(finding.ok for finding in findings) else 1
