"""Every store keeps the same contract: in memory, on SQLite, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.core import events as e
from bot.core.answers import Answer
from bot.core.changes import Change
from bot.core.errors import NotFound, Overtaken, Repeated, StoreGone
from bot.core.events import Direction, Event
from bot.core.findings import Finding
from bot.core.keeping import Note, Progress, Telling
from bot.core.measures import (
    Copied,
    Copying,
    Fault,
    Faulted,
    Forecast,
    LockHeld,
    Measured,
    Rehearsal,
    Span,
)
from bot.core.plans import Assertion, Notes, Plan, Script, Stage, Verdict
from bot.core.targets import Blocker, Phase, Secret, TableFacts
from bot.store.memory import MemoryStore
from bot.store.store import SqlStore, at_head, downgrade, store, upgrade
from bot.store.tables import metadata

NOW = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
OPENED = e.ChangeOpened(project="shop", title="Orders", fingerprint="f1", channel="C1")


def note(*events: Event, cause: str = "", by: str = "U-dba") -> Note:
    return Note(events=events, by=by, at=NOW, cause=cause)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "memory":
        yield MemoryStore()
        return
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.db'}"
    else:
        server = request.getfixturevalue("server")
        name = f"store_{abs(hash(tmp_path))}"
        server.create(name)
        url = server.url(name)
    found = store(Secret(url))
    upgrade(found.memory)
    yield found
    found.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def sql_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.db'}"
    else:
        server = request.getfixturevalue("server")
        name = f"schema_{abs(hash(tmp_path))}"
        server.create(name)
        url = server.url(name)
    found = store(Secret(url))
    yield found
    found.close()


def test_a_change_gets_the_next_number_and_keeps_its_events_in_order(kept: Any) -> None:
    first = kept.journal.open(note(OPENED))
    second = kept.journal.open(note(OPENED))
    kept.journal.add(
        first[0].change, 1, note(e.RoleApproved(role="dba", person="U", fingerprint="f1", via="typed"))
    )

    assert second[0].change == first[0].change + 1
    assert [type(x.event).__name__ for x in kept.journal.read(first[0].change)] == [
        "ChangeOpened",
        "RoleApproved",
    ]
    assert kept.journal.newest() == {first[0].change: 2, second[0].change: 1}


FORECAST = Forecast(duration=Span(low=1, high=2), wait=Span(low=0, high=1), downtime=Span(low=0, high=1))
REHEARSAL = Rehearsal(
    copied=Copied(
        how=Copying.SAMPLE, rows={"orders": 3}, bytes=9, seconds=1.0, version=18, source_version=15
    ),
    statements=(
        Measured(
            revision="1",
            number=1,
            sql="ALTER",
            seconds=0.1,
            locks=(LockHeld(relation="orders", mode="AccessExclusive", begin=0.0, seconds=0.1),),
        ),
    ),
    faulted=(Faulted(revision="1", fault=Fault.CUT, number=1, state="gone", clean=True),),
)


def test_every_kind_of_event_comes_back_as_it_was(kept: Any) -> None:
    samples: dict[str, Any] = {
        "phase": Phase.STAGING, "direction": Direction.BACK, "at": NOW, "deadline": NOW, "seconds": 1.5,
        "attempt": 1, "attempts": 6, "behind": 3, "applied": True, "clean": True, "facts": {"rows a": "1"},
        "blockers": (Blocker(pid=7, user="u", application="psql", query="select 1"),),
        "moved": ("limits",), "revisions": ("a1",), "leftovers": ("ix",), "cures": ("DROP INDEX ix",),
        "rests_on": ("sql",), "lines": (31, 32), "line": 31, "forecasts": {"production": FORECAST},
        "answers": (Answer(lines=(3,), ok=True, evidence="e", findings=(Finding(rule="r", reason="w"),)),),
        "rehearsal": REHEARSAL,
        "what": ("a1 has held a for 14 s.",),
    }  # fmt: skip
    all_events = [
        kind(**{f: samples.get(f, f"some {f}") for f in kind.__dataclass_fields__})
        for kind in e.KINDS.values()
        if kind is not e.ChangeOpened
    ]
    change = kept.journal.open(note(OPENED))[0].change
    kept.journal.add(change, 1, note(*all_events))

    assert all_events == [x.event for x in kept.journal.read(change, after=1)]
    assert len(all_events) == len(e.KINDS) - 1


def test_who_writes_second_is_overtaken_and_writes_nothing(kept: Any) -> None:
    change = kept.journal.open(note(OPENED))[0].change
    kept.journal.add(change, 1, note(e.ChangeAborted(why="first")))
    with pytest.raises(Overtaken):
        kept.journal.add(change, 1, note(e.ChangeAborted(why="second"), e.ReminderDue(schedule="s")))

    assert len(kept.journal.read(change)) == 2


def test_one_ask_is_carried_out_once(kept: Any) -> None:
    change = kept.journal.open(note(OPENED, cause="Ev1"))[0].change
    again = kept.journal.open(note(OPENED, cause="Ev1"))[0].change
    kept.journal.add(change, 1, note(e.PauseAsked(run="r"), cause="Ev2"))
    with pytest.raises(Repeated):
        kept.journal.add(change, 2, note(e.PauseAsked(run="r"), cause="Ev2"))

    assert change == again
    assert len(kept.journal.newest()) == 1


def test_of_many_writers_at_once_each_place_goes_to_one(kept: Any) -> None:
    change = kept.journal.open(note(OPENED))[0].change
    won: list[int] = []

    def write(me: int) -> None:
        for seq in range(1, 11):
            try:
                kept.journal.add(change, seq, note(e.ChangeAborted(why=f"{me} at {seq}")))
                won.append(seq)
            except Overtaken:
                pass

    threads = [Thread(target=write, args=(me,)) for me in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(won) == sorted(set(won))
    assert [x.seq for x in kept.journal.read(change)] == list(range(1, len(won) + 2))


def test_a_plan_comes_back_whole(kept: Any) -> None:
    plan = Plan(
        project="shop",
        tool="alembic",
        scripts=(
            Script(revision="a1", title="Add", file="a1.py", checksum="c", forward="ALTER", backward="DROP"),
        ),
        stages=(
            Stage(
                phase=Phase.STAGING,
                target="shop/staging",
                place="p",
                roles=("dba",),
                tables=(TableFacts(name="orders", rows=3, bytes=8192),),
            ),
        ),
        assertions=(Assertion(name="n", sql="select 1", expect="1"),),
        verdicts=(Verdict(question="risk", answer="Low", rule="nothing is dropped"),),
        notes=Notes(title="Orders", expected={"staging": "1 min"}, links=("https://example.com",)),
    )
    kept.plans.keep(plan)

    assert kept.plans.get(plan.fingerprint) == plan
    with pytest.raises(NotFound):
        kept.plans.get("none")


def test_an_ask_is_kept_once_and_waits_until_it_is_answered(kept: Any) -> None:
    assert kept.inbox.put("Ev1", {"text": "status"}, NOW)
    assert not kept.inbox.put("Ev1", {"text": "status"}, NOW)
    assert kept.inbox.put("Ev2", {"text": "list"}, NOW + timedelta(seconds=1))
    kept.inbox.done("Ev1")

    assert kept.inbox.waiting() == [("Ev2", {"text": "list"})]
    assert not kept.inbox.put("Ev1", {"text": "status"}, NOW)


def test_the_newest_message_stands_for_a_change_and_older_ones_are_still_known(kept: Any) -> None:
    old = Telling(change=1, channel="C1", ts="1764600000.000100", fingerprint="f1", told=3)
    new = Telling(change=1, channel="C1", ts="1764600009.000100", fingerprint="f2", told=4, drawn="d")
    kept.tellings.put(old)
    kept.tellings.put(new)

    assert kept.tellings.newest(1) == new
    assert kept.tellings.at("C1", old.ts) == old
    assert kept.tellings.newest(2) is None
    assert kept.tellings.at("C2", old.ts) is None


def test_progress_is_what_was_shown_last(kept: Any) -> None:
    kept.board.show(Progress(run="1.1", step="backup", share=0.2, text="writing", at=NOW))
    last = Progress(run="1.1", step="apply:a", share=None, text="", at=NOW)
    kept.board.show(last)

    assert kept.board.of("1.1") == last
    assert kept.board.of("1.2") is None


def test_the_schema_goes_up_and_down_and_is_what_the_models_say(sql_store: SqlStore) -> None:
    assert not at_head(sql_store.memory)
    upgrade(sql_store.memory)
    assert at_head(sql_store.memory)
    with sql_store.memory.begin() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda n, k, _: k != "table" or n != "whimbrel_version",
            },
        )
        assert compare_metadata(context, metadata) == []
    downgrade(sql_store.memory)
    assert not at_head(sql_store.memory)
    upgrade(sql_store.memory)
    assert at_head(sql_store.memory)


def test_a_store_that_is_gone_says_so_without_its_password() -> None:
    gone = store(Secret("postgresql://someone:s3cret@127.0.0.1:1/none"))
    with pytest.raises(StoreGone) as caught:
        gone.journal.newest()
    gone.close()

    assert "s3cret" not in f"{caught.value} {caught.value.message}"


def test_ten_thousand_events_fold_into_one_change(kept: Any) -> None:
    change = kept.journal.open(note(OPENED))[0].change
    steps: list[Event] = [
        e.RunRequested(run="1.1", phase=Phase.STAGING, direction=Direction.FORWARD, target="t", revisions=()),
        e.RunStarted(run="1.1", driver="d"),
    ]
    for number in range(5000):
        steps.append(e.StepStarted(run="1.1", step=f"apply:{number}", title="t"))
        steps.append(e.StepFinished(run="1.1", step=f"apply:{number}", seconds=0.1, evidence="", facts={}))
    kept.journal.add(change, 1, note(*steps))
    folded = Change.of(kept.journal.read(change))

    assert folded.seq == 10_003
    assert len(folded.applied(Phase.STAGING)) == 5000
