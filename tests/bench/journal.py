"""A long journal: one change of many events, written, read back and folded."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import islice

from bot.core import events as e
from bot.core.changes import Change
from bot.core.events import Direction, Event
from bot.core.keeping import Note
from bot.core.targets import Phase, Secret
from bot.store.store import store, upgrade

_RUN = "1-1"


def _story() -> list[Event]:
    revisions = tuple(f"{n:05}" for n in range(5000))
    begun: list[Event] = [
        e.ChangeOpened(project="shop", title="Many small steps", fingerprint="abcdef012345", channel="C1"),
        e.RunRequested(
            run=_RUN,
            phase=Phase.DEVELOPMENT,
            direction=Direction.FORWARD,
            target="shop/development",
            revisions=revisions,
        ),
        e.RunStarted(run=_RUN, driver="bench/1"),
    ]
    for revision in revisions:
        key = f"apply:{revision}"
        begun.append(e.StepStarted(run=_RUN, step=key, title=f"Apply {revision}: a small revision"))
        begun.append(
            e.StepFinished(run=_RUN, step=key, seconds=0.02, evidence="2 statements", facts={"rows": "0"})
        )
    return begun


def read_and_fold(url: str, count: int = 10_000, rounds: int = 9) -> list[float]:
    """Write a journal of `count` events, then read and fold it; the seconds of each round."""
    kept = store(Secret(url))
    upgrade(kept.memory)
    story = list(islice(_story(), count))
    at = datetime.now(UTC)
    first = kept.journal.open(Note(events=(story[0],), by="U1", at=at))[0]
    for place in range(1, len(story), 1000):
        kept.journal.add(first.change, place, Note(events=tuple(story[place : place + 1000]), by="U1", at=at))
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        change = Change.of(kept.journal.read(first.change))
        took.append(time.perf_counter() - began)
        if change.seq != count:
            raise RuntimeError(f"{change.seq} of {count} events came back")
    kept.close()
    return took
