"""Rehearsal servers, joined: one of our own for each kind of database, or the one that a project names."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from threading import Lock

from sqlalchemy.engine import make_url

from bot.core.lab import Lab
from bot.core.targets import REHEARSAL, Kind, Phase, Secret, Target
from bot.databases.postgresql_intruder import PostgreSQLIntruders
from bot.databases.postgresql_load import PostgreSQLLoads
from bot.databases.postgresql_meter import PostgreSQLMeter
from bot.databases.postgresql_scratch import PostgreSQLScratches
from bot.databases.rehearsal import RehearsalServer
from bot.databases.sqlite_load import SQLiteLoads
from bot.databases.sqlite_meter import SQLiteMeter
from bot.databases.sqlite_scratch import SQLiteScratches

_HERE = (None, "", "localhost", "127.0.0.1", "::1")


def machine_of(store: Secret) -> str:
    """This machine's name, for a store that only this machine reaches by its address; else ""."""
    url = make_url(store.reveal())
    alone = url.get_backend_name() == "sqlite" or url.host in _HERE
    return socket.gethostname() if alone else ""


class Labs:
    """Makes each rehearsal server once, when it is first needed. `folder` is this process's alone."""

    def __init__(self, folder: Path, store: str, machine: str = "") -> None:
        """`store`: the address of this bot's store; `machine`: where that is, if another machine's store may
        have the same address."""
        self._folder, self._store = folder, sha256(store.encode()).hexdigest()[:8]
        self._owner = sha256(f"{machine} {store}".encode()).hexdigest()[:8] if machine else self._store
        self._servers: dict[str, RehearsalServer] = {}
        self._lock = Lock()

    def target(self, project: str, kind: Kind, server: Secret | None) -> Target:
        """What a project's rehearsals hold while they run; our own server is started for it."""
        place = Target.place_of(server.reveal() if server else f"{self._store} {kind}")
        url = server or Secret("")
        if kind is Kind.SQLITE:
            path = self._folder / "sqlite" / f"{project}.db"
            path.parent.mkdir(parents=True, exist_ok=True)
            url = Secret(f"sqlite:///{path}")
        elif server is None:
            url = self._server(None).target().url
        return Target(id=f"{project}/{REHEARSAL}", phase=Phase.TEST, kind=kind, url=url, place=place)

    def lab(self, kind: Kind, server: Secret | None = None) -> Lab:
        """The rehearsal server with its instruments."""
        if kind is Kind.SQLITE:
            folder = self._folder / "sqlite" / "scratch"
            return Lab(
                scratches=SQLiteScratches(folder), meter=SQLiteMeter(), loads=SQLiteLoads(), owner=self._owner
            )
        return Lab(
            scratches=PostgreSQLScratches(self._server(server)),
            meter=PostgreSQLMeter(),
            loads=PostgreSQLLoads(),
            intruders=PostgreSQLIntruders(),
            owner=self._owner,
        )

    def used(self, named: Iterable[Secret]) -> Iterator[tuple[Lab, bool]]:
        """The servers on which scratch databases may be left, ours and those of these addresses; and whether
        a server is this process's alone. Ours is started only by asking it, and only if it was ever used."""
        yield self.lab(Kind.SQLITE), True
        if self._server(None).used:
            yield self.lab(Kind.POSTGRESQL), True
        for url in {secret.reveal() for secret in named}:
            yield self.lab(Kind.POSTGRESQL, Secret(url)), False

    def close(self) -> None:
        """Stop what was started."""
        with self._lock:
            for server in self._servers.values():
                server.close()
            self._servers.clear()

    def _server(self, url: Secret | None) -> RehearsalServer:
        key = url.reveal() if url else ""
        with self._lock:
            if key not in self._servers:
                self._servers[key] = RehearsalServer(self._folder / "postgresql", url)
            return self._servers[key]
