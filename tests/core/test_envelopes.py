"""The trip-wires: what goes off, what does not, and what is said."""

from __future__ import annotations

import pytest

from bot.core import events as e
from bot.core.envelopes import Edge, Envelope, Seen, envelope, left
from bot.core.measures import (
    Block,
    Copied,
    Copying,
    Expected,
    Forecast,
    LockHeld,
    Measured,
    Rehearsal,
    Span,
)
from bot.core.outlook import why
from bot.core.targets import Phase

from .test_changes import NOW, STARTED, story

LEFT = e.EnvelopeLeft(run="1.1", step="apply:a", what=("a has held orders for 14 s.",))
NONE = Span(low=0, high=0)


def edges(*blocks: Block, rows: int | None = 2_000, blind: bool = False, seconds: float = 4) -> Envelope:
    """An envelope for 0009 as it comes from a rehearsal in which an index was rewritten and a table made."""
    measured = Measured(
        revision="0009",
        number=1,
        sql="",
        seconds=1,
        rewritten=("orders_total",),
        created=("public.ledger",),
        dropped=("orders_old",),
    )
    copied = Copied(how=Copying.FULL, rows={"orders": 1}, bytes=1, seconds=1, version=15, source_version=15)
    expected = Expected(
        revision="0009",
        seconds=Span(low=1, high=seconds),
        blocks=blocks,
        shut=NONE,
        rows=rows,
        blind=blind,
    )
    cast = Forecast(duration=NONE, wait=NONE, downtime=NONE, revisions=(expected,))
    return envelope(Rehearsal(copied=copied, statements=(measured,)), cast)


def block(mode: str = "AccessExclusive", high: float = 2, table: str = "orders", queued: float = 0) -> Block:
    return Block(table=table, mode=mode, seconds=Span(low=1, high=high), queued=queued)


def seen(seconds: float, mode: str = "AccessExclusive", table: str = "orders") -> Seen:
    return Seen(locks=(LockHeld(relation=table, mode=mode, begin=0, seconds=seconds),))


def test_a_lock_held_far_longer_is_said_with_what_it_keeps_from_whom_and_what_was_expected() -> None:
    assert left(edges(block()), "0009", seen(14)) == (
        "0009 has held orders (reads and writes blocked) for 14 s; the rehearsal expected at most 2.0 s.",
    )
    assert left(edges(), "0009", seen(3, "Share")) == (
        "0009 has held orders (writes blocked) for 3.0 s; in the rehearsal it kept nobody from that.",
    )


@pytest.mark.parametrize(
    ("expected", "held", "trips"),
    [
        (0.05, 2.0, False),
        (0.05, 2.1, True),
        (0.5, 2.4, False),
        (0.5, 2.6, True),
        (10, 29, False),
        (10, 31, True),
    ],
)
def test_three_times_as_long_and_two_seconds_more_is_far_longer(
    expected: float, held: float, trips: bool
) -> None:
    assert bool(left(edges(block(high=expected)), "0009", seen(held))) is trips


@pytest.mark.parametrize(
    ("rehearsed", "now", "trips"),
    [
        ("AccessExclusive", "Share", False),
        ("AccessExclusive", "RowExclusive", False),
        ("Share", "ShareRowExclusive", False),
        ("Share", "AccessExclusive", True),
        ("RowExclusive", "Share", True),
        ("ShareUpdateExclusive", "AccessExclusive", True),
    ],
)
def test_a_lock_may_do_what_one_that_keeps_others_from_as_much_was_rehearsed_to_do(
    rehearsed: str, now: str, trips: bool
) -> None:
    assert bool(left(edges(block(rehearsed, high=10)), "0009", seen(5, now))) is trips


@pytest.mark.parametrize("mode", ["RowExclusive", "ShareUpdateExclusive", "AccessShare"])
def test_a_lock_that_keeps_nobody_out_of_the_table_trips_nothing(mode: str) -> None:
    assert left(edges(), "0009", seen(500, mode)) == ()


def test_changed_rows_that_are_kept_far_longer_than_rehearsed_trip() -> None:
    (words,) = left(edges(block("RowExclusive")), "0009", seen(14, "RowExclusive"))

    assert "orders (writes to changed rows blocked) for 14 s" in words


def test_time_in_which_it_queues_for_its_next_lock_was_foretold() -> None:
    assert left(edges(block(queued=3)), "0009", seen(14)) == ()
    assert left(edges(block(queued=3)), "0009", seen(16))


def test_of_several_locks_on_a_table_the_worst_that_trips_is_said_once() -> None:
    locks = (
        LockHeld(relation="orders", mode="AccessExclusive", begin=0, seconds=1),
        LockHeld(relation="public.orders", mode="Share", begin=0, seconds=9),
        LockHeld(relation="customers", mode="Share", begin=0, seconds=9),
    )
    found = left(edges(), "0009", Seen(locks=locks))

    assert len(found) == 2
    assert "orders (writes blocked) for 9.0 s" in found[0]


def test_a_name_that_the_server_quotes_is_the_same_table() -> None:
    assert left(edges(block(table='"Order"')), "0009", seen(5, table="Order")) == ()
    assert left(edges(block(table='"Order"')), "0009", seen(7, table="Order"))


def test_of_many_tables_the_worst_are_named_and_the_rest_counted() -> None:
    locks = tuple(
        LockHeld(relation=f"part_{n}", mode="AccessExclusive", begin=0, seconds=3 + n) for n in range(1000)
    )
    found = left(edges(), "0009", Seen(locks=locks))

    assert len(found) == 7
    assert "part_999" in found[0]
    assert found[-1] == "0009 has held 994 more tables for far longer than rehearsed."


@pytest.mark.parametrize(("rows", "trips"), [(0, False), (5_000, False), (6_000, False), (6_001, True)])
def test_rows_far_more_than_scaled(rows: int, trips: bool) -> None:
    assert bool(left(edges(), "0009", Seen(rows=rows))) is trips


def test_few_rows_have_a_thousand_more_and_unknown_ones_are_no_wire() -> None:
    assert left(edges(rows=10), "0009", Seen(rows=1_010)) == ()
    assert left(edges(rows=10), "0009", Seen(rows=1_011)) == (
        "0009 wrote 1,011 rows; the rehearsal expected about 10.",
    )
    assert left(edges(rows=None), "0009", Seen(rows=10**9)) == ()


def test_a_table_that_is_written_anew_without_having_been_rehearsed_so() -> None:
    rehearsed = ("orders_total", "ledger", "public.orders_old")

    assert left(edges(), "0009", Seen(rewritten=rehearsed)) == ()
    assert left(edges(), "0009", Seen(rewritten=(*rehearsed, "orders"))) == (
        "orders was written anew on disk while 0009 ran; in the rehearsal it was not.",
    )
    (many,) = left(edges(), "0009", Seen(rewritten=tuple(f"t{n}" for n in range(7))))
    assert many.startswith("t0, t1, t2, t3, t4 and 2 more were written anew")


def test_what_nobody_could_read_may_lock_for_as_long_as_it_takes() -> None:
    blind = edges(blind=True)

    assert left(blind, "0009", seen(12)) == ()
    assert left(blind, "0009", seen(13))
    assert left(blind, "0009", Seen(rewritten=("orders",))) == ()


def test_a_revision_without_an_edge_has_no_wire() -> None:
    assert left(Envelope(edges={}), "0009", seen(10**6)) == ()
    assert left(Envelope(edges={"0008": Edge(holds={}, rows=0, rewritten=())}), "0009", seen(10**6)) == ()


def test_what_left_is_kept_until_the_run_is_resumed() -> None:
    begun = (*STARTED, e.StepStarted(run="1.1", step="apply:a", title=""))
    for paused, resumed in (
        ((), e.PauseDropped(run="1.1")),
        ((e.RunPaused(run="1.1"),), e.RunResumed(run="1.1")),
    ):
        change = story(*begun, LEFT, LEFT, *paused)
        assert change.run and change.run.left == LEFT.what * 2
        assert change.run.wish == ("" if paused else "pause")
        after = story(*begun, LEFT, *paused, resumed).run
        assert after and after.left == () and after.wish == ""


def test_why_says_what_left_while_it_runs_and_what_to_type_once_it_is_paused() -> None:
    begun = (*STARTED, e.StepStarted(run="1.1", step="apply:a", title="Apply a"))
    done = e.StepFinished(run="1.1", step="apply:a", seconds=14, evidence="", facts={})
    running = why(story(*begun, LEFT), (Phase.STAGING,), {}, NOW)
    paused = why(story(*begun, LEFT, done, e.RunPaused(run="1.1")), (Phase.STAGING,), {}, NOW)

    assert running.sentence.endswith("It has left what was rehearsed, and pauses after this step.")
    assert running.facts == paused.facts == LEFT.what
    assert paused.next == ("/migrate resume 1", "/migrate rollback staging 1", "/migrate abort 1")


def test_stop_outranks_what_left_and_an_unknown_outcome_does_not_answer_it() -> None:
    begun = (*STARTED, e.StepStarted(run="1.1", step="apply:a", title=""))
    stopped = story(*begun, e.AbortAsked(run="1.1"), LEFT).run
    assert stopped and stopped.wish == "abort"

    lost = e.OutcomeLost(run="1.1", step="apply:a", truth="?")
    settled = story(*begun, LEFT, lost, e.OutcomeSettled(run="1.1", step="apply:a", applied=True)).run
    assert settled and settled.left and settled.wish == "pause"
    plain = story(*begun, lost, e.OutcomeSettled(run="1.1", step="apply:a", applied=True)).run
    assert plain and plain.wish == ""
