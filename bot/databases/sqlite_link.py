"""Connections to a SQLite target, and its errors in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import make_url

from bot.core.errors import LockTimeout, StepFailed
from bot.core.targets import Target

LOCK_TIMEOUT = 3.0


def file_of(target: Target) -> Path:
    """The database's file."""
    try:
        name = make_url(target.url.reveal()).database or ""
    except Exception:
        # Whatever is wrong with it, the text of that error may hold the URL.
        raise StepFailed(f"The URL of {target.id} is not one.", hint="sqlite:///path/of/the/file") from None
    if name in {"", ":memory:"} or name.startswith("file:"):
        raise StepFailed(
            f"{target.id} is not a file, so nobody else could see it.", hint="sqlite:///path/of/the/file"
        )
    return Path(name).absolute()


@contextmanager
def linked(target: Target, *, read_only: bool = True) -> Iterator[sqlite3.Connection]:
    """A connection for a few statements; errors are ours. The file is never made by looking at it."""
    path = file_of(target)
    if not path.is_file():
        raise StepFailed(
            f"{target.id} cannot be reached: its file is not there.", hint="Is the target's URL right?"
        )
    with saying(target), closing(open_file(path, "rw")) as link:
        if read_only:
            link.execute("PRAGMA query_only = ON")
        yield link


def open_file(path: Path, mode: str) -> sqlite3.Connection:
    """Open without making it; `mode` is what a SQLite URI says. Nothing is begun unless asked."""
    uri = f"file:{quote(str(path))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=LOCK_TIMEOUT, isolation_level=None)


@contextmanager
def saying(target: Target) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise LockTimeout(f"{target.id} was locked by someone else for {LOCK_TIMEOUT:.0f} s.") from None
        said = str(error).replace(str(file_of(target)), "its file")
        raise StepFailed(f"{target.id} said: {said}.") from None


def quoted(name: str) -> str:
    """A name as SQL may hold it."""
    return '"' + name.replace('"', '""') + '"'
