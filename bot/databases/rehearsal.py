"""The rehearsal server: a PostgreSQL of our own that starts when it is needed, or one that is named by URL.

Times that are measured on it are to mean something in production, so our own waits for its disk as production
does. Nothing else goes on there: no autovacuum, and no rows or statements in its log.
"""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path
from threading import Lock
from typing import IO

from sqlalchemy.engine import make_url

from bot.core.errors import StepFailed
from bot.core.targets import Kind, Phase, Secret, Target
from bot.databases.embedded import Server

_SETTINGS = {
    # It would add its own locks, WAL and time to what is measured; copies are analysed when they are made.
    "autovacuum": "off",
    # A dump is restored in few transactions, each with a lock for every table that it makes.
    "max_locks_per_transaction": "1024",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    # Rows of production pass through it.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_IN_USE = "Another process uses the rehearsal server's folder."


class RehearsalServer:
    """Where scratch databases are made: our own server in `folder`, or the server of `url`.

    One folder serves one process at a time. What was there when a process was killed is there again at the
    next start. Safe to use from several threads.
    """

    def __init__(self, folder: Path, url: Secret | None = None, bin_folder: Path | None = None) -> None:
        self._folder, self._url = Path(folder).absolute(), url
        self._bin = bin_folder
        self._server = Server(self._folder, bin_folder, settings=_SETTINGS)
        self._starting = Lock()
        self._claim: IO[bytes] | None = None

    @property
    def own(self) -> bool:
        """Whether it is ours alone; on another's server we leave nothing behind but scratch databases."""
        return self._url is None

    @property
    def used(self) -> bool:
        """Whether scratch databases may be left from before; it starts nothing."""
        return not self.own or self._folder.exists()

    def target(self, database: str = "") -> Target:
        """A database of the server, which is started if it does not run; "" for the one we manage it from.

        Raises StepFailed when the server does not start, or when another process uses its folder.
        """
        if self._url is not None:
            url = make_url(self._url.reveal())
            named = url.set(database=database) if database else url
            return _target(database, named.render_as_string(hide_password=False))
        with self._starting:
            self._take_folder()
            return _target(database, self._started().url(database or "postgres"))

    def free(self) -> int | None:
        """Bytes that its disk has left; None when that cannot be known from here."""
        data = self._server.data
        return shutil.disk_usage(data).free if self.own and data.exists() else None

    def close(self) -> None:
        """Stop our own server; its databases stay in the folder."""
        with self._starting:
            self._server.stop()
            self._let_folder_go()

    def remove(self) -> None:
        """Stop our own server and delete everything that it holds."""
        with self._starting:
            self._server.remove()
            self._let_folder_go()

    def _started(self) -> Server:
        """A server that has died comes back with what it held. One that cannot, for it was of an older
        version or has lost its power, begins anew: nothing in it is worth more than a rehearsal."""
        try:
            return self._server.start()
        except StepFailed:
            self._server.remove()
            self._folder.mkdir(parents=True, exist_ok=True)
            self._server = Server(self._folder, self._bin, settings=_SETTINGS)
            return self._server.start()

    def _take_folder(self) -> None:
        if self._claim:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        # The system lets the lock go when the process dies, however it dies.
        claim = (self._folder.with_name(f"{self._folder.name}.lock")).open("wb")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            claim.close()
            raise StepFailed(_IN_USE, hint="Give each process a folder of its own.") from None
        self._claim = claim

    def _let_folder_go(self) -> None:
        claim, self._claim = self._claim, None
        if claim:
            claim.close()


def _target(database: str, url: str) -> Target:
    return Target(
        id=f"rehearsal/{database}" if database else "the rehearsal server",
        phase=Phase.TEST,
        kind=Kind.POSTGRESQL,
        url=Secret(url),
        place=Target.place_of(url.rpartition("@")[2]),
    )
