"""The right to be the one: one clock, one teller, over all processes of a store."""

from __future__ import annotations

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from bot.core.keeping import Hold
from bot.core.targets import Secret

#: Advisory locks of ours on the store's server; the second half of each key.
_NUMBERS = {"clock": 1, "teller": 2}


def hold_of(store: Secret, what: str) -> Hold:
    """The hold on "clock" or "teller" for the store behind a URL."""
    url = sa.make_url(store.reveal())
    if url.get_backend_name() == "sqlite":
        return FileHold(Path(url.database or "whimbrel.db").with_suffix(f".{what}.lock"))
    return ServerHold(store, _NUMBERS[what])


class FileHold:
    """For a SQLite store: a lock on a file beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def mine(self) -> bool:
        """Take it if it is free; true while it is ours."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("w")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return False
            self._file = file
        return True

    def close(self) -> None:
        """Let it go."""
        if self._file:
            self._file.close()
            self._file = None


_TRY = sa.text("select pg_try_advisory_lock(7712, :number)")


class ServerHold:
    """For a PostgreSQL store: an advisory lock on a connection of its own."""

    def __init__(self, url: Secret, number: int) -> None:
        self._number = number
        parts = sa.make_url(url.reveal()).set(drivername="postgresql+psycopg")
        self._engine = sa.create_engine(parts, poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT")
        self._connection: sa.Connection | None = None

    def mine(self) -> bool:
        """Take it if it is free; true while its connection lives."""
        try:
            if self._connection is None:
                connection = self._engine.connect()
                if not connection.execute(_TRY, {"number": self._number}).scalar():
                    connection.close()
                    return False
                self._connection = connection
            self._connection.execute(sa.text("select 1"))
        except sa.exc.DBAPIError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Let it go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sa.exc.DBAPIError):
                connection.invalidate()
                connection.close()
