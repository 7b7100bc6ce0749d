"""Servers that tests share: each is started once, at the first test that asks for it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.databases.embedded import Server

DEBIAN = Path("/usr/lib/postgresql/15/bin")

#: What these servers hold is thrown away with them.
QUICK = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_prepared_transactions": "4"}


@contextmanager
def _running(programs: Path | None) -> Iterator[Server]:
    # Not below pytest's own folder: as root that is closed to the account which runs the server.
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    folder.chmod(0o711)
    server = Server(folder, programs, settings=QUICK)
    try:
        yield server.start()
    finally:
        server.kill()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The embedded PostgreSQL, with `.url(database)` and `.create(database)`."""
    with _running(None) as running:
        yield running


@pytest.fixture(scope="session")
def debian_server() -> Iterator[Server]:
    """Debian's PostgreSQL 15; where it is not installed, a second embedded one."""
    with _running(DEBIAN if DEBIAN.exists() else None) as running:
        yield running
