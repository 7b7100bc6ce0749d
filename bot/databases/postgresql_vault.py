"""Backups of a PostgreSQL target: pg_dump, compressed on the way and checked by reading all of it again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from bot.core.errors import StepFailed
from bot.core.targets import Backup, Leftover, Target
from bot.databases.backup_file import CHUNK, Sealed, chunks, draft, new_path, packer, plain
from bot.databases.postgresql_guard import leftovers
from bot.databases.postgresql_link import LONG, conninfo, linked, words
from bot.databases.postgresql_tools import Child, installed, program, running
from bot.databases.questions import size

#: pg_dump waits this long for a table that a change holds, then gives up.
_LOCK_WAIT_MS = 10_000
_TELL_EVERY = 0.2
# About what will be dumped: tables without their indexes. Asking for exact sizes would wait for locks.
_DATA = """
SELECT coalesce(nullif(sum(relpages::bigint * current_setting('block_size')::bigint), 0),
                pg_database_size(current_database()))
FROM pg_class WHERE relkind IN ('r', 'm', 't') AND oid >= 16384
"""


class PostgreSQLVault:
    """Port Vault. Backups are files in `folder`, readable by their owner alone."""

    def __init__(self, folder: Path, application: str = "whimbrel") -> None:
        self._folder = Path(folder)
        self._application = application

    def backup(self, target: Target, name: str, progress: Callable[[float], None]) -> Backup:
        """Dump the whole database in one snapshot. A backup of that name that is there already stays."""
        began = time.monotonic()
        major, tls, expected = self._server(target)
        order: list[str | Path] = [program("pg_dump", major, tls=tls), "--format=custom", "--compress=0"]
        order += ["--no-password", f"--lock-wait-timeout={_LOCK_WAIT_MS}", f"--dbname={conninfo()}"]
        path = new_path(self._folder, name, ".dump.zst")
        progress(0.0)
        with draft(path) as part, part.open("wb") as file, running(order, target, feed=False) as child:
            sealed = Sealed(file)
            _compress(child, sealed, _Meter(progress, expected))
            child.end()
            file.flush()
        progress(1.0)
        seconds = time.monotonic() - began
        return Backup(
            path=str(path.absolute()),
            bytes=path.stat().st_size,
            sha256=sealed.sum.hexdigest(),
            seconds=seconds,
        )

    def prove(self, backup: Backup) -> str:
        """Read all of it: the checksum is as written, and pg_restore understands every entry and row."""
        newest = max(installed(), default=None)
        if newest is None:
            raise StepFailed("There is no pg_restore to read the backup with.")
        order: list[str | Path] = [newest[2] / "pg_restore", "--verbose", "--file=/dev/null"]
        with running(order, None, feed=True) as child:
            _feed(child, plain(backup))
            entries = child.end().count("processing data for table")
        tables = "1 table" if entries == 1 else f"{entries} tables"
        return f"Read back whole: {size(backup.bytes)} with the data of {tables}, checksum as written."

    def clear(self, target: Target, leftover: Leftover) -> None:
        """Run the leftover's cure, if the catalog still names it with that cure; else it is gone already."""
        if leftover in leftovers(target, self._application):
            with linked(target, self._application, seconds=LONG, read_only=False) as link:
                link.execute(leftover.cure.encode())

    def restore(self, backup: Backup, target: Target, *, clean: bool = False) -> None:
        """Put the backup into a database, whole or not at all. `clean` drops first what the backup holds."""
        for _ in chunks(backup):
            pass  # The checksum must be right before the first row is written.
        major, tls, _ = self._server(target)
        order: list[str | Path] = [
            program("pg_restore", major, tls=tls),
            "--single-transaction",
            "--no-password",
        ]
        order += ["--clean", "--if-exists"] if clean else []
        order += [f"--dbname={conninfo(words(target).get('dbname', ''))}"]
        with running(order, target, feed=True) as child:
            _feed(child, plain(backup))
            child.end()

    def _server(self, target: Target) -> tuple[int, bool, int]:
        """Major version, whether it is reached by TLS, and about how many bytes of data there are."""
        with linked(target, self._application) as link:
            row = link.execute(_DATA).fetchone()
            return link.info.server_version // 10000, link.pgconn.ssl_in_use, int(row[0]) if row else 0


class _Meter:
    """Tells how far a dump is, not too often; never that it is done."""

    def __init__(self, progress: Callable[[float], None], expected: int) -> None:
        self._progress, self._expected = progress, max(expected, 1)
        self._read, self._told = 0, time.monotonic()

    def add(self, count: int) -> None:
        self._read += count
        if time.monotonic() - self._told >= _TELL_EVERY:
            self._told = time.monotonic()
            self._progress(min(0.99, self._read / self._expected))


def _compress(child: Child, sealed: Sealed, meter: _Meter) -> None:
    source, packed = _pipe(child.popen.stdout), packer()
    while chunk := source.read(CHUNK):
        sealed.write(packed.compress(chunk))
        meter.add(len(chunk))
    sealed.write(packed.flush())


def _feed(child: Child, data: Iterator[bytes]) -> None:
    sink = _pipe(child.popen.stdin)
    alive = True
    for chunk in data:
        try:
            if alive:
                sink.write(chunk)
        except BrokenPipeError:
            # It does not read on; it says why. The checksum is still worth knowing.
            alive = False
    if alive:
        try:
            sink.close()
        except BrokenPipeError:
            return


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
