"""A rehearsal server, and sources on other servers to copy from."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot.core.targets import Kind, Target
from bot.databases.embedded import Server
from bot.databases.postgresql_scratch import PostgreSQLScratches
from bot.databases.rehearsal import RehearsalServer
from tests.databases.beds import target_of
from tests.lab.stage import Fresh
from tests.lab.zoo import FILL, HARD, ZOO


@pytest.fixture(scope="session")
def rehearsal() -> Iterator[RehearsalServer]:
    """A rehearsal server of our own."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    folder.chmod(0o711)
    server = RehearsalServer(folder / "rehearsal")
    try:
        yield server
    finally:
        server.remove()
        shutil.rmtree(folder)


@pytest.fixture
def scratches(rehearsal: RehearsalServer) -> Iterator[PostgreSQLScratches]:
    """Scratch databases on it, gone afterwards."""
    found = PostgreSQLScratches(rehearsal)
    yield found
    for name in found.names():
        found.drop(name)


def _fresh(server: Server) -> Callable[..., Target]:
    def made(*statements: str) -> Target:
        source = target_of(Kind.POSTGRESQL, server.create(f"source_{uuid4().hex[:8]}"))
        Fresh(source).run(*statements)
        return source

    return made


@pytest.fixture
def source(server: Server) -> Callable[..., Target]:
    """Makes a source of the rehearsal server's own version, with these statements run in it."""
    return _fresh(server)


@pytest.fixture(scope="session")
def zoo(server: Server) -> Target:
    """A source with everything in it that is hard to copy. Nobody changes it."""
    return _fresh(server)(*ZOO, *FILL)


@pytest.fixture(scope="session")
def hard(server: Server) -> Target:
    """A source whose schema grew for years. Nobody changes it."""
    return _fresh(server)(*HARD)


@pytest.fixture
def debian_source(debian_server: Server) -> Callable[..., Target]:
    """Makes a source on Debian's PostgreSQL 15."""
    return _fresh(debian_server)
