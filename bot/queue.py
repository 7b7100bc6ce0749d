"""Who drives a run, where and when. dbos decides that; the journal decides what is done.

A workflow of ours says only "drive run N". Losing one is harmless: the sweep finds every run that is wanted
and that nobody has driven for a while, and asks for a fresh drive of it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Lock, Thread
from typing import Protocol
from uuid import uuid4

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID

from bot.core.changes import Change
from bot.core.moves import Status
from bot.core.runs import Run
from bot.core.targets import Secret
from bot.drive import Garage

log = logging.getLogger(__name__)

#: A run whose driver has written and shown nothing for this long is driven afresh. Drivers show a sign of
#: life every half second while a revision runs; a second driver finds the target's lock taken and leaves.
SILENT = timedelta(seconds=10)
#: Bump when what a workflow is given changes; dbos gives runs only to processes of the same version.
VERSION = "1"
_QUEUE = "whimbrel-runs"

#: What is called to drive: (change, run).
Drive = Callable[[int, str], None]


class Queue(Protocol):
    """Takes runs that are wanted; drives each, soon, somewhere."""

    def put(self, change: int, run: str) -> None: ...


class Nowhere:
    """The queue of a process that drives nothing: a worker's sweep finds the run."""

    def put(self, change: int, run: str) -> None:
        """Nothing to do."""


class OneAtATime:
    """Drives a run once at a time in this process; a drive wanted meanwhile follows the one under way."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive
        #: run -> whether another drive of it is wanted when this one comes back.
        self._under_way: dict[str, bool] = {}
        self._lock = Lock()

    def __call__(self, change: int, run: str) -> None:
        """Drive now, or have who is at it drive once more."""
        with self._lock:
            if run in self._under_way:
                self._under_way[run] = True
                return
            self._under_way[run] = False
        again = True
        while again:
            try:
                self._drive(change, run)
            finally:
                again = self._again(run)

    def _again(self, run: str) -> bool:
        """Whether another drive was wanted meanwhile; if not, the run is left, both in one breath."""
        with self._lock:
            if self._under_way[run]:
                self._under_way[run] = False
                return True
            del self._under_way[run]
            return False


class Threads:
    """The in-memory double: a thread for each drive."""

    def __init__(self, drive: Drive) -> None:
        self._drive = OneAtATime(drive)
        self._threads: list[Thread] = []

    def put(self, change: int, run: str) -> None:
        """Drive the run now."""
        thread = Thread(target=self._drive, args=(change, run), name=f"drive {run}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self, timeout: float = 30.0) -> None:
        """Wait until every drive has come back."""
        for thread in self._threads:
            thread.join(timeout)


class Durable:
    """The queue on dbos: on SQLite a file of its own beside the store's, else a schema of its own."""

    def __init__(self, store: Secret, worker: str, drive: Drive, *, at_once: int = 8) -> None:
        self._drive = OneAtATime(drive)
        DBOS(config=_config(store, worker))
        _tame_logger()

        @DBOS.workflow(name="drive", max_recovery_attempts=20)
        def drive_run(change: int, run: str) -> None:
            self._drive(change, run)

        self._workflow = drive_run
        DBOS.launch()
        DBOS.register_queue(_QUEUE, worker_concurrency=at_once, polling_interval_sec=0.2)

    def put(self, change: int, run: str) -> None:
        """Have the run driven. A failure to enqueue is logged: the sweep comes by again."""
        try:
            with SetWorkflowID(f"{run}-{uuid4().hex[:12]}"):
                DBOS.enqueue_workflow(_QUEUE, self._workflow, change, run)
        except Exception:
            log.warning("run %s was not enqueued; the sweep will find it", run, exc_info=True)

    def close(self, timeout: int = 30) -> None:
        """Stop taking runs and wait for those under way to reach a step's end."""
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=timeout)


def sweep(garage: Garage, queue: Queue, *, again: bool = False) -> int:
    """Enqueue every run that is wanted and that nobody drives; how many there were.

    `again`: this process has just started, so whatever a process of its name drove is driven by nobody.
    """
    ours = f"{garage.worker}/"
    found = [
        (c, c.run)
        for c in garage.live()
        if c.run and (_forgotten(garage, c, c.run) or (again and c.run.driver.startswith(ours)))
    ]
    for change, run in found:
        queue.put(change.id, run.id)
    return len(found)


def _forgotten(garage: Garage, change: Change, run: Run) -> bool:
    if change.status not in (Status.QUEUED, Status.RUNNING):
        return False
    entries = garage.journal.read(change.id, change.seq - 1)
    signs = [entry.at for entry in entries[-1:]]
    if shown := garage.board.of(run.id):
        signs.append(shown.at)
    if run.behind:  # it waits for another change: look whether that has let go
        ahead = garage.change(run.behind)
        return not (ahead.run and ahead.run.live and ahead.run.target == run.target)
    wait = SILENT if change.status is Status.RUNNING else SILENT / 5
    return garage.now() - max(signs) > wait


def _config(store: Secret, worker: str) -> DBOSConfig:
    url = sa.make_url(store.reveal())
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "whimbrel.db").with_suffix(".runs.db")
        path.parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(path) as connection:  # dbos does not set WAL; the mode stays with the file
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
        own = f"sqlite:///{path}"
    else:
        own = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return DBOSConfig(
        name="whimbrel",
        system_database_url=own,
        executor_id=worker,
        application_version=VERSION,
        log_level="WARNING",
        dbos_system_schema="whimbrel_runs",
    )


def _tame_logger() -> None:
    """dbos brings a handler of its own to stderr; ours is enough."""
    logger = logging.getLogger("dbos")
    logger.handlers.clear()
    logger.propagate = True
