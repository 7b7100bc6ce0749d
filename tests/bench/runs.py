"""Runs: fifty small revisions through the bot and by plain Alembic; and what they make the channel say."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.changes import Change
from bot.core.events import Entry, StepFinished, StepStarted
from bot.core.runs import Run, RunState
from bot.core.targets import Phase, Secret
from bot.store.store import SqlStore, store
from tests.bench.projects import URL_VARIABLE
from tests.bench.stage import PATIENCE, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A run as the journal has it."""

    run: Run
    entries: Sequence[Entry]

    @property
    def applying(self) -> float:
        """Seconds from the first revision's begin to the last one's end."""
        steps = [n for n in self.entries if getattr(n.event, "step", "").startswith("apply:")]
        began = next(n.at for n in steps if isinstance(n.event, StepStarted))
        ended = [n.at for n in steps if isinstance(n.event, StepFinished)][-1]
        return (ended - began).total_seconds()

    @property
    def whole(self) -> float:
        """Seconds from the driver's start to the run's end."""
        assert self.run.started
        assert self.run.ended
        return (self.run.ended - self.run.started).total_seconds()


def until(found: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait; RuntimeError when it does not come."""
    end = time.monotonic() + patience
    while not found():
        if time.monotonic() > end:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.2)


def carried(stage: Stage, change: int, phase: Phase) -> Carried:
    """Wait until a run has ended well; what the journal says of it."""
    kept: SqlStore = store(Secret(stage.store))
    last: list[Run] = []

    def ended() -> bool:
        runs = Change.of(kept.journal.read(change)).runs_of(phase)
        last[:] = runs[-1:]
        return bool(runs and runs[-1].ended)

    until(ended, f"the end of {phase} of change {change}")
    run = last[0]
    if run.state is not RunState.FINISHED:
        raise RuntimeError(f"the run ended {run.state}: {run.reason}")
    entries = [n for n in kept.journal.read(change) if getattr(n.event, "run", "") == run.id]
    kept.close()
    return Carried(run=run, entries=entries)


def plain_upgrade(stage: Stage, project: Path, url: str) -> float:
    """`alembic upgrade head` by the same interpreter; the seconds it took."""
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=project,
        env=stage.environ(**{URL_VARIABLE: address}),
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=PATIENCE,
    )
    return time.perf_counter() - began
