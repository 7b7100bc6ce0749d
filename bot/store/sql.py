"""The store on SQLite or PostgreSQL: one engine, and the parts that share it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import RLock

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.core.errors import StoreGone

_READS = {"whimbrel_reads": True}


class Memory:
    """The engine behind every part of the store. All its statements go through `begin` or `look`."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        # On SQLite, who waits for a writer sleeps, longer and longer; among ourselves we take turns.
        self._turn = RLock() if self.dialect == "sqlite" else nullcontext()

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self.engine.dialect.name

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """One transaction that only reads: on SQLite it waits for nobody who writes."""
        with self._transaction(_READS) as connection:
            yield connection

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction. Raises StoreGone when the database is out of reach; IntegrityError passes."""
        with self._turn, self._transaction({}) as connection:
            yield connection

    @contextmanager
    def _transaction(self, options: Mapping[str, bool]) -> Iterator[Connection]:
        try:
            with self.engine.execution_options(**options).begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except (OperationalError, InterfaceError) as error:
            raise StoreGone("Whimbrel's own memory cannot be reached.") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise StoreGone("The connection to Whimbrel's own memory was cut.") from error
            raise

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    parts = sa.make_url(url)
    if parts.get_backend_name() == "postgresql":
        parts = parts.set(drivername="postgresql+psycopg")
        return sa.create_engine(
            parts,
            pool_pre_ping=True,
            pool_size=10,
            connect_args={"connect_timeout": 5, "application_name": "whimbrel store"},
        )
    if parts.database:
        Path(parts.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parts, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(dbapi: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    """WAL lets readers read while one writes; FULL puts each commit on disk before it is answered."""
    dbapi.isolation_level = None  # we say BEGIN ourselves, in _begin
    dbapi.execute("PRAGMA journal_mode=WAL")
    dbapi.execute("PRAGMA synchronous=FULL")
    dbapi.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    """IMMEDIATE: a transaction that will write waits at its start, and never fails half-way for a lock."""
    reads = connection.get_execution_options().get("whimbrel_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
