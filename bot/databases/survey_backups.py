"""What a backup needs: a program that fits the server, a folder that can be written, and room in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from bot.core.errors import StepFailed
from bot.core.standing import BackupMeans
from bot.databases.postgresql_tools import installed, program

_PROGRAMS = ("pg_dump", "pg_restore")


def postgresql_means(major: int, tls: bool, estimate: int, folder: Path) -> BackupMeans:
    """For a server of this version, reached by TLS or not."""
    try:
        dump, _ = (program(name, major, tls=tls) for name in _PROGRAMS)
    except StepFailed as failed:
        return _with_folder(BackupMeans(tool="", why=failed.message.rstrip("."), estimate=estimate), folder)
    version = next(found for found, _, place in installed() if place == dump.parent)
    return _with_folder(BackupMeans(tool=f"pg_dump and pg_restore {version}", estimate=estimate), folder)


def sqlite_means(size: int, folder: Path) -> BackupMeans:
    """SQLite copies itself: no program is needed."""
    return _with_folder(BackupMeans(tool="SQLite's own copying", estimate=size), folder)


def _with_folder(means: BackupMeans, folder: Path) -> BackupMeans:
    """A folder that is not there yet is made by the first backup: then its nearest folder counts."""
    place = next(p for p in [folder.absolute(), *folder.absolute().parents] if p.exists())
    closed = ""
    try:
        if place == folder.absolute():
            # Written to, and gone again at once: a mode says little on a full or read-only disk.
            with tempfile.TemporaryFile(dir=place) as proof:
                proof.write(b"whimbrel")
                proof.flush()
        elif not os.access(place, os.W_OK | os.X_OK):
            closed = "it is not there and cannot be made"
    except OSError as error:
        closed = (error.strerror or "it cannot be written").lower()
    free = shutil.disk_usage(place).free
    return BackupMeans(tool=means.tool, why=means.why, estimate=means.estimate, free=free, closed=closed)
