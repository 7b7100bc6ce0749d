"""Alembic keeps one context for the whole process; stores are upgraded side by side all the same."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from bot.store.sql import Memory
from bot.store.store import at_head, upgrade

STORES = 8


@pytest.fixture(autouse=True)
def restless() -> Iterator[None]:
    """Threads take turns far more often than they would."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def test_stores_of_one_process_are_upgraded_side_by_side(tmp_path: Path) -> None:
    ready = Barrier(STORES)

    def up(number: int) -> bool:
        memory = Memory(f"sqlite:///{tmp_path / f'{number}.db'}")
        try:
            ready.wait(10)
            upgrade(memory)
            return at_head(memory)
        finally:
            memory.close()

    with ThreadPoolExecutor(STORES) as pool:
        assert list(pool.map(up, range(STORES))) == [True] * STORES
