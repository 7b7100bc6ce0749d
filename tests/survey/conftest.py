"""Targets to be surveyed: the embedded PostgreSQL, Debian's 15, and files of SQLite."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from uuid import uuid4

import pytest

from bot.core.targets import Kind
from tests.databases.beds import Bed, target_of


def fresh(request: pytest.FixtureRequest, version: str) -> Bed:
    server = request.getfixturevalue("server" if version == "PostgreSQL 18" else "debian_server")
    return Bed.over(target_of(Kind.POSTGRESQL, server.create(f"survey_{uuid4().hex[:8]}")))


@pytest.fixture(params=["PostgreSQL 18", "PostgreSQL 15"])
def pg(request: pytest.FixtureRequest) -> Bed:
    """An empty target on each PostgreSQL."""
    return fresh(request, request.param)


@pytest.fixture
def pg18(request: pytest.FixtureRequest) -> Bed:
    """An empty target on the embedded PostgreSQL, for what does not differ between versions."""
    return fresh(request, "PostgreSQL 18")


@pytest.fixture
def lite(tmp_path: Path) -> Bed:
    """An empty SQLite target."""
    sqlite3.connect(tmp_path / "shop.db").close()
    return Bed.over(target_of(Kind.SQLITE, f"sqlite:///{tmp_path / 'shop.db'}"))
