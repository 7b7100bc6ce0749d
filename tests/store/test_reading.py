"""Reading the store: beside those who write, and what is kept at hand of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from bot.core.events import ChangeOpened
from bot.core.keeping import Note
from bot.core.plans import Notes, Plan
from bot.core.targets import Secret
from bot.store.store import SqlStore, store, upgrade

PLAN = Plan(project="shop", tool="sql", scripts=(), stages=())


def made(folder: Path) -> SqlStore:
    kept = store(Secret(f"sqlite:///{folder / 'store.db'}"))
    upgrade(kept.memory)
    return kept


def test_reading_does_not_wait_for_a_process_that_is_writing(tmp_path: Path) -> None:
    kept, other = made(tmp_path), made(tmp_path)
    event = ChangeOpened(project="shop", title="", fingerprint=PLAN.fingerprint, channel="C1")
    kept.journal.open(Note(events=(event,), by="U1", at=datetime.now(UTC)))
    found: list[int] = []
    reader = Thread(target=lambda: found.append(len(kept.journal.read(1)) + len(kept.journal.newest())))

    with other.memory.begin():
        reader.start()
        reader.join(5)

        assert found == [2]

    reader.join()
    kept.close()
    other.close()


def test_a_plan_whose_words_another_process_has_replaced_is_read_with_its_new_words(tmp_path: Path) -> None:
    kept, other = made(tmp_path), made(tmp_path)
    kept.plans.keep(PLAN)
    assert kept.plans.get(PLAN.fingerprint) == PLAN

    renamed = replace(PLAN, notes=Notes(title="Orders get a channel"))
    other.plans.keep(renamed)

    assert kept.plans.get(PLAN.fingerprint) == renamed
    kept.close()
    other.close()
