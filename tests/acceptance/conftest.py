"""Stages that tests of whole runs share."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.databases.embedded import Server
from tests.acceptance.stage import Stage


@pytest.fixture
def stage(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A shop of its own for each test."""
    name = f"f{abs(hash(request.node.name)) % 10**6}"
    with Stage(server=server, folder=tmp_path, name=name) as made:
        yield made


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may stop and start."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    folder.chmod(0o711)
    made = Server(folder, settings={"fsync": "off", "autovacuum": "off"})
    try:
        yield made.start()
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)
