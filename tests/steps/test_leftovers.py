"""Scratch databases go: with the run's end, however it ends, and later what nobody came to drop."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from bot.core import events as e
from bot.core.lab import Lab
from bot.core.moves import Status
from bot.core.runs import RunState
from bot.core.targets import Kind, Phase, Secret
from bot.databases.embedded import Server
from bot.databases.labs import Labs, machine_of
from bot.leftovers import Leftovers

from .conftest import Track

NOTE = ("0001_note", "ALTER TABLE orders ADD COLUMN place text;", "ALTER TABLE orders DROP COLUMN place;")


def looking(track: Track) -> Leftovers:
    assert track.labs
    return Leftovers(garage=track.garage(), labs=track.labs)


def paused(track: Track) -> None:
    """A rehearsal that stands between two steps, with what it has made."""
    track.script(*NOTE)
    track.started()
    track.says("U0DEV", "run test 1")
    track.until(lambda c: c.run and "tool" in c.run.steps)
    track.says("U0DEV", "pause 1")
    track.until(lambda c: c.status is Status.PAUSED)


def test_a_run_that_fails_leaves_nothing(track: Track) -> None:
    track.script("0001_key", "ALTER TABLE orders ADD UNIQUE (n);", "SELECT 1;")
    failed = track.rehearsed()
    track.close()

    assert failed.run and failed.run.state is RunState.FAILED
    assert failed.run.steps["copy"].state == "done"
    assert track.scratches() == []


def test_a_paused_run_keeps_its_own_until_it_is_aborted_with_nobody_at_it(track: Track) -> None:
    paused(track)
    kept = sorted(track.scratches())
    assert [name.rpartition("_")[2] for name in kept] == ["golden", "tool"]
    assert looking(track).drop() == []
    assert sorted(track.scratches()) == kept

    track.says("U0DEV", "abort 1")
    assert track.change().run and not track.change().run.live  # type: ignore[union-attr]
    assert sorted(looking(track).drop()) == kept
    assert track.scratches() == []


@pytest.fixture
def others() -> Iterator[Labs]:
    """The rehearsal servers of another process."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    folder.chmod(0o711)
    made = Labs(folder, "a store of these tests")
    yield made
    made.close()
    shutil.rmtree(folder)


def test_a_process_that_takes_a_run_over_makes_what_it_cannot_reach_once_more(
    track: Track, others: Labs
) -> None:
    paused(track)
    other = Track(track.root, store=track.store, environ=track.environ, labs=others)
    other.says("U0DEV", "resume 1")
    done = other.until(lambda c: c.run and not c.run.live, seconds=60)
    other.close()

    assert done.passed(Phase.TEST), done.run
    begun = [x.event.step for x in track.store.journal.read(1) if isinstance(x.event, e.StepStarted)]
    assert (begun.count("copy"), begun.count("sql"), begun.count("tool")) == (2, 1, 2)
    assert other.scratches() == []
    assert len(looking(track).drop()) == 2  # what the first process had made on its own server
    assert track.scratches() == []


def made(lab: Lab, of: str, *names: str) -> None:
    for name in names:
        lab.scratches.clone(of, name)


def test_on_a_shared_server_only_what_is_ours_and_over_goes(track: Track, debian_server: Server) -> None:
    shared = debian_server.url("postgres")
    track.environ["REHEARSAL"] = shared
    track.yaml("rehearsal: {faults: 1s}", 'rehearsal: {server: "${REHEARSAL}", faults: 1s}')
    assert track.labs
    lab = track.labs.lab(Kind.POSTGRESQL, Secret(shared))
    stranger = replace(lab, owner="0123abcd")
    now = time.time()
    with psycopg.connect(shared, autocommit=True) as link:
        link.execute("CREATE DATABASE whimbrel_00000000_5_1_base CONNECTION LIMIT 97")
        link.execute(f"CREATE DATABASE {lab.name(7, '7.1', 'mine')}".encode())  # somebody's, of our name
    young, old = lab.ghost(now - 600), lab.ghost(now - 7200)
    of_nobody = lab.name(7, "7.1", "golden")
    made(lab, "whimbrel_00000000_5_1_base", young, old, of_nobody)
    made(lab, "whimbrel_00000000_5_1_base", stranger.name(7, "7.1", "golden"), stranger.ghost(now - 7200))
    before = set(lab.scratches.names())

    gone = looking(track).drop()
    assert set(gone) == {old, of_nobody}
    assert set(lab.scratches.names()) == before - {old, of_nobody}
    for name in lab.scratches.names():
        lab.scratches.drop(name)


def test_on_our_own_server_every_ghost_of_an_earlier_process_goes(track: Track) -> None:
    assert track.labs
    lab = track.labs.lab(Kind.POSTGRESQL)
    paused(track)
    golden = next(n for n in track.scratches() if n.endswith("_golden"))
    old, new = lab.ghost(time.time() - 5), lab.ghost(time.time() + 5)
    made(lab, golden, old, new)

    assert looking(track).drop() == [old]
    assert new in track.scratches()
    lab.scratches.drop(new)
    track.says("U0DEV", "abort 1")
    looking(track).drop()


def test_a_server_of_our_own_that_was_never_used_is_not_started(tmp_path: Path) -> None:
    labs = Labs(tmp_path, "a store")

    assert [own for _, own in labs.used([])] == [True]  # SQLite's folder
    assert [lab.scratches.names() for lab, _ in labs.used([])] == [[]]
    assert list(tmp_path.iterdir()) == []


def test_two_bots_with_a_store_of_the_same_address_have_names_of_their_own() -> None:
    here, there = Secret("sqlite:///whimbrel.db"), Secret("postgresql://bot@db.example.com/whimbrel")
    lab = {m: Labs(Path("x"), here.reveal(), m).lab(Kind.SQLITE).owner for m in ("one", "two", "")}

    assert machine_of(here) and machine_of(Secret("postgresql://localhost/whimbrel"))
    assert machine_of(there) == ""  # workers on several machines are one bot
    assert len(set(lab.values())) == 3
    places = {Labs(Path("x"), here.reveal(), m).target("shop", Kind.SQLITE, None).place for m in "ab"}
    assert len(places) == 1  # approvals rest on it, and a machine may be renamed
