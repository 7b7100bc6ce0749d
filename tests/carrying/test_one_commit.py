"""A step's end and the next one's start are written together, and nothing is begun against a wish."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core import events as e
from bot.core.errors import StoreGone
from bot.core.events import Entry, Event
from bot.core.keeping import Note
from bot.core.moves import Status
from bot.core.targets import Phase
from bot.store.memory import MemoryJournal, MemoryStore

from .conftest import Shop


def ends(note: Note, step: str) -> bool:
    return any(isinstance(event, e.StepFinished) and event.step == step for event in note.events)


class Journal(MemoryJournal):
    """Remembers what was written together."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[tuple[Event, ...]] = []

    def add(self, change: int, after: int, note: Note) -> Sequence[Entry]:
        entries = super().add(change, after, note)
        self.notes.append(note.events)
        return entries


class Crowded(Journal):
    """Somebody asks for a pause at the very moment at which the first revision's end is written."""

    asked = False

    def add(self, change: int, after: int, note: Note) -> Sequence[Entry]:
        if ends(note, "apply:0001") and not self.asked:
            self.asked = True
            wish = Note(events=(e.PauseAsked(run="1.1"),), by="U0LEAD", at=note.at)
            super().add(change, after, wish)
        return super().add(change, after, note)


class Forgetful(Journal):
    """Writes the first revision's end, and its answer is lost on the way."""

    lost = False

    def add(self, change: int, after: int, note: Note) -> Sequence[Entry]:
        entries = super().add(change, after, note)
        if ends(note, "apply:0001") and not self.lost:
            self.lost = True
            raise StoreGone("The connection was cut.")
        return entries


def carried_with(shop: Shop, journal: Journal) -> Shop:
    made = Shop(shop.root, store=MemoryStore(journal=journal))
    made.approved()
    made.says("U0LEAD", "run development 1")
    made.until(lambda c: c.run and (c.status is Status.PAUSED or not c.run.live))
    made.queue.close()
    return made


def steps(entries: Sequence[Entry]) -> list[str]:
    return [
        f"{type(n.event).__name__} {getattr(n.event, 'step', '')}".strip()
        for n in entries
        if isinstance(n.event, e.StepStarted | e.StepFinished | e.PauseAsked | e.RunPaused)
    ]


def test_a_wish_written_while_a_step_ends_is_obeyed_before_the_next_begins(shop: Shop) -> None:
    made = carried_with(shop, Crowded())

    assert made.change().status is Status.PAUSED
    assert steps(made.store.journal.read(1))[-3:] == ["PauseAsked", "StepFinished apply:0001", "RunPaused"]
    assert "orders" in shop.tables("dev")
    made.says("U0LEAD", "resume 1")
    made.until(lambda c: c.passed(Phase.DEVELOPMENT))
    made.queue.close()


def test_what_was_written_and_whose_answer_was_lost_is_not_written_again(shop: Shop) -> None:
    made = carried_with(shop, Forgetful())

    known = steps(made.store.journal.read(1))
    assert len(known) == len(set(known))
    assert made.change().passed(Phase.DEVELOPMENT)


@pytest.mark.parametrize("alone", [False, True])
def test_only_the_start_of_what_commits_as_it_goes_is_written_alone(shop: Shop, alone: bool) -> None:
    file = shop.root / "migrations/0002_note.sql"
    file.write_text(("-- whimbrel: no transaction\n" if alone else "") + file.read_text())
    journal = Journal()
    carried_with(shop, journal)

    begun = next(n for n in journal.notes if any(getattr(ev, "step", "") == "apply:0002" for ev in n))
    names = [f"{type(ev).__name__} {getattr(ev, 'step', '')}" for ev in begun]
    before = [] if alone else ["StepFinished apply:0001"]
    assert names == [*before, "StepStarted apply:0002"]
    together = ["StepFinished apply:0002", "StepStarted apply:0003"]
    assert together in [[f"{type(ev).__name__} {getattr(ev, 'step', '')}" for ev in n] for n in journal.notes]
