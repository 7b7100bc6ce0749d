"""Rehearsal servers, joined: one of our own for each kind of database, or the one that a project names."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from threading import Lock

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


class Labs:
    """Makes each rehearsal server once, when it is first needed. `folder` is this process's alone."""

    def __init__(self, folder: Path, owner: str) -> None:
        self._folder, self._owner = folder, sha256(owner.encode()).hexdigest()[:8]
        self._servers: dict[str, RehearsalServer] = {}
        self._lock = Lock()

    def target(self, project: str, kind: Kind, server: Secret | None) -> Target:
        """What a project's rehearsals hold while they run; our own server is started for it."""
        place = Target.place_of(server.reveal() if server else f"{self._owner} {kind}")
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
