"""The demo's shop on a server that counts its statements, and copies of it as a rehearsal makes them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.core.targets import Kind, Target
from bot.databases.embedded import Server
from bot.demo.seed import seed_shop
from tests.databases.beds import target_of
from tests.rehearsal.copies import Copies

ORDERS = 20_000
QUICK = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_prepared_transactions": "4"}


@pytest.fixture(scope="session")
def counting() -> Iterator[Server]:
    """An embedded PostgreSQL with pg_stat_statements loaded, and the shop in its database "golden"."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    folder.chmod(0o711)
    settings = {**QUICK, "shared_preload_libraries": "pg_stat_statements"}
    server = Server(folder, settings=settings)
    try:
        server.start()
        seed_shop(server.create("golden"), ORDERS)
        with psycopg.connect(server.url("golden"), autocommit=True) as link:
            link.execute("CREATE EXTENSION pg_stat_statements")
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


@pytest.fixture
def copies(counting: Server) -> Iterator[Copies]:
    """Copies on that server; they go with the test."""
    made = Copies(counting)
    yield made
    made.drop_all()


@pytest.fixture
def source(counting: Server) -> Target:
    """The shop, as an environment on which nothing has been run yet."""
    with psycopg.connect(counting.url("golden"), autocommit=True) as link:
        link.execute("SELECT pg_stat_statements_reset()")
    return target_of(Kind.POSTGRESQL, counting.url("golden"))


@pytest.fixture
def shop(copies: Copies) -> Target:
    """A copy of the shop."""
    return copies.clone("golden", "whimbrel_shop")
