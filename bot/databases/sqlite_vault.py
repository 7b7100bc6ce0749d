"""Backups of a SQLite target: SQLite's own copy of one snapshot, compressed on the way and checked by reading
all of it again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.core.errors import StepFailed
from bot.core.targets import Backup, Leftover, Target
from bot.databases.backup_file import CHUNK, Sealed, calm, draft, new_path, packer, plain, scratch
from bot.databases.questions import size
from bot.databases.sqlite_guard import leftovers
from bot.databases.sqlite_link import linked, open_file

_PAGES = 2048
#: The copy's share of the work; the rest is packing it.
_COPY = 0.5


class SQLiteVault:
    """Port Vault. Backups are files in `folder`, readable by their owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)

    def backup(self, target: Target, name: str, progress: Callable[[float], None]) -> Backup:
        """Copy the whole database in one snapshot, and pack the copy. A backup of that name stays.

        The checksum is over the packed bytes, taken of each chunk as it is handed to the file: what the disk
        makes of them later does not enter into it. The copy itself is read once, on its way into the file;
        whether SQLite finds every page of it in order, `prove` says.
        """
        began = time.monotonic()
        path = new_path(self._folder, name, ".sqlite.zst")
        progress(0.0)
        with draft(path) as part, scratch(self._folder) as copy:
            _copy(target, copy, calm(progress))
            with part.open("wb") as file:
                sealed = Sealed(file)
                _pack(copy, sealed, calm(progress))
        progress(1.0)
        return Backup(
            path=str(path.absolute()),
            bytes=path.stat().st_size,
            sha256=sealed.sum.hexdigest(),
            seconds=time.monotonic() - began,
        )

    def prove(self, backup: Backup) -> str:
        """Read all of it: the checksum is as written, and SQLite finds every page in order."""
        name = Path(backup.path).name
        with _unpacked(backup) as link:
            try:
                said = [row[0] for row in link.execute("PRAGMA integrity_check(3)")]
                tables = link.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").fetchone()[0]
            except sqlite3.Error as error:
                raise StepFailed(f"The backup {name} is damaged: {error}.") from None
        if said != ["ok"]:
            raise StepFailed(f"The backup {name} is damaged: {said[0]}.")
        count = "1 table" if tables == 1 else f"{tables} tables"
        return f"Read back whole: {size(backup.bytes)} with the data of {count}, checksum as written."

    def clear(self, target: Target, leftover: Leftover) -> None:
        """Run the leftover's cure, if the schema still names it with that cure; else it is gone already."""
        if leftover in leftovers(target):
            with linked(target, read_only=False) as link:
                link.execute(leftover.cure)

    def restore(self, backup: Backup, target: Target) -> None:
        """Put the backup in the place of all that the target's file holds, once all of it has been read."""
        with _unpacked(backup) as source, linked(target, read_only=False) as link:
            source.backup(link)


def _copy(target: Target, copy: Path, progress: Callable[[float], None]) -> None:
    def copied(_: int, left: int, total: int) -> None:
        progress(_COPY * (total - left) / max(total, 1))

    with linked(target) as source:
        # An open reader keeps the snapshot: otherwise every write of another would start the copy anew.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        with closing(open_file(copy, "rw")) as link:
            # Nobody needs the copy after a crash.
            link.execute("PRAGMA journal_mode = OFF")
            link.execute("PRAGMA synchronous = OFF")
            source.backup(link, pages=_PAGES, progress=copied)


def _pack(copy: Path, sealed: Sealed, progress: Callable[[float], None]) -> None:
    total, read, packed = max(copy.stat().st_size, 1), 0, packer()
    with copy.open("rb") as file:
        while chunk := file.read(CHUNK):
            sealed.write(packed.compress(chunk))
            read += len(chunk)
            progress(min(0.99, _COPY + (1 - _COPY) * read / total))
    sealed.write(packed.flush())


@contextmanager
def _unpacked(backup: Backup) -> Iterator[sqlite3.Connection]:
    """The backup's database, to be read, after its checksum was found right."""
    with scratch(Path(backup.path).parent) as copy:
        with copy.open("wb") as file:
            for chunk in plain(backup):
                file.write(chunk)
        # Read without leaving a file beside it.
        with closing(open_file(copy, "ro&immutable=1")) as link:
            yield link
