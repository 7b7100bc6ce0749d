"""A long journal: one change of many events, written, read back and folded."""

from __future__ import annotations

import gc
import json
import os
import time
from datetime import UTC, datetime
from itertools import islice

from bot.core import events as e
from bot.core.changes import Change
from bot.core.events import Direction, Event
from bot.core.keeping import Note
from bot.core.targets import Phase, Secret
from bot.store.store import store, upgrade

EVENTS, ROUNDS = 10_000, 15
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


def write(url: str) -> int:
    """Write a journal of EVENTS events; the change's number."""
    kept = store(Secret(url))
    upgrade(kept.memory)
    story = list(islice(_story(), EVENTS))
    at = datetime.now(UTC)
    first = kept.journal.open(Note(events=(story[0],), by="U1", at=at))[0]
    for place in range(1, len(story), 1000):
        kept.journal.add(first.change, place, Note(events=tuple(story[place : place + 1000]), by="U1", at=at))
    kept.close()
    return first.change


def read_and_fold(url: str, change: int) -> list[float]:
    """Read the journal and fold it, again and again, each time from nothing; the seconds of each."""
    took = []
    for _ in range(ROUNDS):
        kept = store(Secret(url))
        kept.journal.newest()  # the connection is made
        began = time.perf_counter()
        found = Change.of(kept.journal.read(change))
        took.append(time.perf_counter() - began)
        kept.close()
        if found.seq != EVENTS:
            raise RuntimeError(f"{found.seq} of {EVENTS} events came back")
    return took


if __name__ == "__main__":
    # A process of its own, loaded as the bot's is, and with the bot's way with what was loaded.
    import bot.app  # noqa: F401

    where = os.environ["BENCH_STORE"]
    number = write(where)
    gc.freeze()
    print(json.dumps(read_and_fold(where, number)))
