"""`python -m tests.bench`: prints the figures of one run. Nothing is asserted; every line names its aim."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from threading import Event, Thread

import psycopg

from bot.core.targets import ENVIRONMENTS, Phase
from tests.bench import lint, projects, rehearsal
from tests.bench.acks import timed, typist, volley
from tests.bench.figures import Figure, milliseconds, quantile, spread, table
from tests.bench.runs import Carried, carried, plain_upgrade
from tests.bench.stage import App, Stage, memory_of, running, slack
from tests.bench.telling import live_delays, thread_delays, told_to_the_end

CHANNELS = ("one", "two", "three", "small")
PARTS = ("journal", "start", "memory", "run", "acks", "rehearsal", "lint")
SMALL, STARTS = 50, 3
#: Seconds in which a plan's thread begins: details and file, a message a second. Nobody starts a run before.
OPENING = 5
PER_SECOND, VOLLEY_SECONDS = 20, 20


class Bench:
    """The figures, in the order in which they are taken."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.figures: list[Figure] = []
        self.bot: App
        self.peak = 0.0

    def add(self, what: str, found: str, aim: str = "", met: bool | None = None) -> None:
        """Print a figure, and keep it for the table."""
        self.figures.append(Figure(what=what, found=found, aim=aim, met=met))
        sign = "" if met is None else (" (met)" if met else " (NOT met)")
        print(f"{what}: {found}{f'; aim {aim}' if aim else ''}{sign}", flush=True)

    def starts(self) -> None:
        """Seconds from the process's start to an open socket."""
        took = []
        for _ in range(STARTS):
            with running(self.stage.bot()) as bot:
                took.append(bot.seconds)
        self.add(f"Start of the bot until it hears, {STARTS} times", spread(took))

    def idle(self) -> None:
        """Memory with nothing to do."""
        time.sleep(4)
        self.add("Memory of the one process, idle", f"{memory_of(self.bot.pid):.0f} MB")

    def small_run(self) -> None:
        """Fifty small revisions, three times, each beside a plain upgrade of an equal database."""
        stage, channel = self.stage, "small"
        folder = stage.project_folder("small")
        change = stage.approved(channel, "small")
        root = stage.root_of(change, channel)
        time.sleep(OPENING)
        runs: list[Carried] = []
        plain: list[float] = []
        thread: list[float] = []
        live: list[float] = []
        for phase in ENVIRONMENTS:
            plain.append(plain_upgrade(stage, folder, stage.server.create(f"plain_{phase}")))
            with self.watched_memory():
                stage.run(change, channel, phase)
                runs.append(carried(stage, change, phase))
                told_to_the_end(stage.slack, runs[-1].entries, root)
            calls, run = stage.slack.calls, runs[-1]
            thread += thread_delays(run.entries, calls)
            live += live_delays(run.entries, calls, root)
        applying = [run.applying for run in runs]
        ratio = median(applying) / median(plain)
        self.add(
            f"{SMALL} small revisions beside plain `alembic upgrade head`, 3 times each",
            f"{median(applying):.2f} s beside {median(plain):.2f} s, {ratio:.2f}x",
            "1.2x",
            ratio <= 1.2,
        )
        self.add("The same run with backup and all checks", spread([run.whole for run in runs]))
        self.told("Event to the thread, a burst of 50 small revisions", thread)
        self.told("The same to the live message, edited in place", live)

    def told(self, what: str, delays: list[float], *, aimed: bool = True) -> None:
        """A line on how soon the channel had it."""
        p95 = quantile(delays, 0.95)
        self.add(what, spread(delays, 0.95), "p95 2 s" if aimed else "", p95 < 2 if aimed else None)

    def three_runs(self) -> None:
        """Acknowledgements while three runs are under way, beside a Bolt app that only acknowledges."""
        stage = self.stage
        blocker = psycopg.connect(stage.server.url(projects.database("three", Phase.DEVELOPMENT)))
        blocker.execute("SELECT 1 FROM held")
        numbers = {name: stage.approved(name, name) for name in CHANNELS[:3]}
        time.sleep(OPENING)
        for name, number in numbers.items():
            stage.run(number, name, Phase.DEVELOPMENT)
        time.sleep(4)
        with self.watched_memory():
            self.acknowledged()
        over = datetime.now(UTC)
        self.add("Memory of the one process, three runs under way", f"{self.peak:.0f} MB at most")
        blocker.close()
        runs = {number: carried(stage, number, Phase.DEVELOPMENT) for number in numbers.values()}
        if early := [number for number, run in runs.items() if run.run.ended and run.run.ended < over]:
            print(f"  (not all three were under way to the end: {early} had ended)")
        roots = {number: stage.root_of(number, name) for name, number in numbers.items()}
        for number, run in runs.items():
            told_to_the_end(stage.slack, run.entries, roots[number])
        calls = stage.slack.calls
        thread = [d for run in runs.values() for d in thread_delays(run.entries, calls)]
        live = [d for number, run in runs.items() for d in live_delays(run.entries, calls, roots[number])]
        self.told(f"Event to the thread, three runs and {PER_SECOND} asks a second", thread)
        self.told("The same to the three live messages, which share 50 edits a minute", live, aimed=False)

    def acknowledged(self) -> None:
        """`/migrate status` twenty times a second to each of the two apps."""
        stage = self.stage
        other = slack(CHANNELS)
        environ = stage.environ(**stage.way_in(other))
        bolt = App(
            command=["tests.bench.bolt_app"], environ=environ, slack=other, log=stage.folder / "bolt.log"
        )
        try:
            with running(bolt):
                ours, theirs = timed(stage.slack), timed(other)
                places = CHANNELS[:3]
                types = [typist(stage.slack, "guest", places), typist(other, "guest", places)]
                volley(types, PER_SECOND, VOLLEY_SECONDS)
        finally:
            other.stop()
        ratio = median(ours.seconds) / median(theirs.seconds)
        tail = quantile(ours.seconds, 0.99)
        lost = f", {ours.lost} lost" if ours.lost else ""
        self.add(
            f"Acknowledgement of /migrate status at {PER_SECOND}/s, three runs under way",
            f"{milliseconds(ours.seconds, 0.99)} ({len(ours.seconds)} asks{lost})",
            "p99 150 ms",
            tail < 0.15 and not ours.lost,
        )
        self.add(
            "The same beside a Bolt app that only acknowledges",
            f"{milliseconds(theirs.seconds, 0.99)}; medians {ratio:.2f}x",
            "2x",
            ratio <= 2,
        )

    def journals(self) -> None:
        """Ten thousand events, on both kinds of store."""
        stage = self.stage
        urls = {"SQLite": f"sqlite:///{stage.folder / 'long.db'}", "PostgreSQL": stage.server.create("long")}
        for kind, url in urls.items():
            took = self.stage.measured("tests.bench.journal", BENCH_STORE=url)
            self.add(
                f"Journal of 10,000 events, read and folded, {kind}",
                milliseconds(took, 0.99),
                "100 ms",
                median(took) < 0.1,
            )

    def watched_memory(self) -> Watched:
        """Notes the most memory that the bot holds meanwhile."""
        return Watched(self)


class Watched:
    """Looks at the bot's memory twice a second."""

    def __init__(self, bench: Bench) -> None:
        self._bench, self._over = bench, Event()
        self._thread = Thread(target=self._serve, daemon=True)

    def __enter__(self) -> None:
        self._bench.peak = 0.0
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _serve(self) -> None:
        while not self._over.wait(0.5):
            self._bench.peak = max(self._bench.peak, memory_of(self._bench.bot.pid))


def main(parts: Sequence[str]) -> int:
    """Take every figure, or those of the parts that are named, and print them as a table."""
    began = time.monotonic()
    wanted = set(parts or PARTS)
    if unknown := wanted - set(PARTS):
        print(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
        return 2
    with Stage(CHANNELS) as stage:
        prepare(stage)
        bench = Bench(stage)
        if "journal" in wanted:
            bench.journals()
        if "start" in wanted:
            bench.starts()
        with running(stage.bot()) as bench.bot:
            if "memory" in wanted:
                bench.idle()
            if "run" in wanted:
                bench.small_run()
            if "acks" in wanted:
                bench.three_runs()
        if "rehearsal" in wanted:
            rehearsal.take(bench.add)
        if "lint" in wanted:
            lint.take(bench.add)
    print(f"\n{table(bench.figures)}\n\nTaken in {time.monotonic() - began:.0f} s.")
    return 0


def prepare(stage: Stage) -> None:
    """Write the projects and make their databases."""
    stage.project("small", projects.small_revisions(SMALL))
    stage.project("one", projects.small_revisions(150, 0.25))
    stage.project("two", projects.small_revisions(75, 0.5))
    stage.project("three", projects.locked_revision())
    with psycopg.connect(stage.server.url(projects.database("three", Phase.DEVELOPMENT))) as link:
        link.execute("CREATE TABLE held (id int)")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
