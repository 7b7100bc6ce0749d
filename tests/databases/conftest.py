"""A bed for each kind of database."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot.core.targets import Kind, Target
from bot.databases.world import Databases
from tests.databases.beds import FILL, SHOP, Bed, target_of


def _bed(kind: str, request: pytest.FixtureRequest, folder: Path) -> Bed:
    def fresh() -> Target:
        name = f"shop_{uuid4().hex[:8]}"
        if kind == "SQLite":
            sqlite3.connect(folder / name).close()
            return target_of(Kind.SQLITE, f"sqlite:///{folder / name}")
        server = request.getfixturevalue("server" if kind == "PostgreSQL 18" else "debian_server")
        return target_of(Kind.POSTGRESQL, server.create(name))

    return Bed(target=fresh(), world=Databases(folder / "backups"), another=fresh)


@pytest.fixture(params=["PostgreSQL 18", "PostgreSQL 15", "SQLite"])
def bed(request: pytest.FixtureRequest, tmp_path: Path) -> Bed:
    """An empty target of every kind in turn."""
    return _bed(request.param, request, tmp_path)


@pytest.fixture
def shop(bed: Bed) -> Bed:
    """A target with customers, orders and a view."""
    bed.run(*SHOP, *FILL)
    return bed


@pytest.fixture(params=["PostgreSQL 18", "PostgreSQL 15"])
def pg(request: pytest.FixtureRequest, tmp_path: Path) -> Bed:
    """A target on each PostgreSQL, with the shop in it."""
    found = _bed(request.param, request, tmp_path)
    found.run(*SHOP, *FILL)
    return found


@pytest.fixture
def lite(request: pytest.FixtureRequest, tmp_path: Path) -> Bed:
    """A SQLite target with the shop in it."""
    found = _bed("SQLite", request, tmp_path)
    found.run(*SHOP, *FILL)
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where every account may enter, as a user's own folder is for that user."""
    path = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)
