"""Backups of a SQLite target, by SQLite's own backup interface."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.core.errors import StepFailed
from bot.core.targets import Backup, Leftover, Target
from bot.databases.backup_file import chunks, draft, new_path
from bot.databases.questions import size
from bot.databases.sqlite_guard import leftovers
from bot.databases.sqlite_link import linked, open_file

_PAGES = 2048


class SQLiteVault:
    """Port Vault. Backups are files in `folder`, readable by their owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)

    def backup(self, target: Target, name: str, progress: Callable[[float], None]) -> Backup:
        """Copy the whole database in one snapshot. A backup of that name that is there already stays."""
        began = time.monotonic()
        path = new_path(self._folder, name, ".sqlite")
        progress(0.0)

        def copied(_: int, left: int, total: int) -> None:
            progress(min(0.99, (total - left) / max(total, 1)))

        with linked(target) as source, draft(path) as part:
            # An open reader keeps the snapshot: otherwise every write of another would start the copy anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            with closing(open_file(part, "rw")) as copy:
                source.backup(copy, pages=_PAGES, progress=copied)
            with part.open("rb") as file:
                checksum = hashlib.file_digest(file, "sha256").hexdigest()
        progress(1.0)
        return Backup(
            path=str(path.absolute()),
            bytes=path.stat().st_size,
            sha256=checksum,
            seconds=time.monotonic() - began,
        )

    def prove(self, backup: Backup) -> str:
        """Read all of it: the checksum is as written, and SQLite finds every page in order."""
        _check(backup)
        name = Path(backup.path).name
        try:
            with closing(_frozen(backup)) as link:
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
        """Put the backup in the place of all that the target's file holds."""
        _check(backup)
        with linked(target, read_only=False) as link, closing(_frozen(backup)) as source:
            source.backup(link)


def _check(backup: Backup) -> None:
    for _ in chunks(backup):
        pass  # It says at its end whether the checksum is right.


def _frozen(backup: Backup) -> sqlite3.Connection:
    """Read without leaving a file beside it."""
    return open_file(Path(backup.path), "ro&immutable=1")
