"""Disk, write-ahead log and growth, lines 25 and 26."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

from bot.checks import growth, storage
from bot.core.standing import Room
from bot.core.survey import IndexState, Snapshot, TableState
from bot.databases.embedded import Server
from bot.databases.postgresql_survey import PostgreSQLSurvey
from tests.databases.beds import Bed
from tests.survey.reading import evidence

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def table(bytes_: int, rows: int = 100, writes: int | None = None, seconds: float = 0.0) -> TableState:
    index = IndexState(name="a_pkey", bytes=bytes_ // 10)
    heap = bytes_ - index.bytes
    return TableState(
        name="a", rows=rows, exact=False, heap=heap, indexes=(index,), writes=writes, seconds=seconds
    )


def test_free_space_is_read_where_the_server_runs_on_this_machine(pg18: Bed, server: Server) -> None:
    room = PostgreSQLSurvey().room(pg18.target)

    assert room.free is not None, room.why
    assert abs(room.free - shutil.disk_usage(server.data).free) < 10**9
    assert room.database > 1_000_000
    assert room.wal_level == "replica"


def test_room_needed_is_a_second_copy_of_what_is_rewritten() -> None:
    states = [table(1_000_000)]
    rewrite = evidence("ALTER TABLE a ALTER COLUMN i TYPE bigint").acts
    update = evidence("UPDATE a SET i = 1").acts
    some = evidence("UPDATE a SET i = 1 WHERE i = 5; ALTER TABLE a ADD COLUMN j int").acts
    index = evidence("CREATE INDEX CONCURRENTLY x ON a (i)").acts

    assert storage.needed(rewrite, states) == {"a": 1_000_000}
    assert storage.needed(update, states) == {"a": 1_000_000}
    assert storage.needed(index, states) == {"a": 200_000}
    assert storage.needed(some, states) == {}


def test_a_disk_that_may_run_full_stops_the_plan_and_one_that_is_not_known_is_said() -> None:
    acts, states = evidence("ALTER TABLE a ALTER COLUMN i TYPE bigint").acts, [table(1_000_000)]
    fine = storage.answer(acts, states, Room(free=3_000_000, wal_level="replica"))
    full = storage.answer(acts, states, Room(free=2_400_000, wal_level="replica"))
    unknown = storage.answer(acts, states, Room(free=None, why="the server runs on another machine"))

    assert fine.ok
    assert [f.rule for f in full.findings] == ["disk-may-run-full"]
    assert not full.ok
    assert unknown.ok
    assert "free space is not known: the server runs on another machine" in unknown.evidence


def test_growth_comes_from_snapshots_that_are_far_enough_apart() -> None:
    now = Snapshot(at=NOW, tables=(table(2_000_000, 200, writes=5000),))
    week = Snapshot(at=NOW - timedelta(days=7), tables=(table(600_000, 60, writes=100),))
    minute = Snapshot(at=NOW - timedelta(minutes=1), tables=(table(1_999_000, 199, writes=4400),))
    answer = growth.answer(now, [minute, week])

    assert answer.ok
    assert "10.0 rows are written a second" in answer.evidence
    assert "it grows by 200.0 kB a day (over 7 days, so it doubles in 10 days)" in answer.evidence
    assert "known from the second look on" in growth.answer(now, [minute]).evidence
    assert "it has not grown over 7 days" in growth.answer(week, [
        Snapshot(at=week.at - timedelta(days=7), tables=(table(700_000),))
    ]).evidence  # fmt: skip


def test_a_rate_is_told_from_the_servers_own_counting_when_there_is_no_snapshot() -> None:
    counted = growth.answer(Snapshot(at=NOW, tables=(table(10, writes=500, seconds=100.0),)))
    unknown = growth.answer(Snapshot(at=NOW, tables=(table(10),)))
    # After a reset the counter is smaller than it was.
    reset = growth.answer(
        Snapshot(at=NOW, tables=(table(10, writes=5),)),
        [Snapshot(at=NOW - timedelta(seconds=10), tables=(table(10, writes=500),))],
    )

    assert "5.0 rows are written a second" in counted.evidence
    assert "a second" not in unknown.evidence
    assert "a second" not in reset.evidence


def test_two_readings_of_a_real_table_tell_its_growth(pg18: Bed) -> None:
    pg18.run("CREATE TABLE a (t text)")
    survey = PostgreSQLSurvey()
    before = Snapshot(at=NOW - timedelta(days=1), tables=tuple(survey.states(pg18.target, ["a"])))
    pg18.run("INSERT INTO a SELECT repeat('x', 1000) FROM generate_series(1, 1000)")
    now = Snapshot(at=NOW, tables=tuple(survey.states(pg18.target, ["a"])))

    assert "it grows by 1." in growth.answer(now, [before]).evidence
