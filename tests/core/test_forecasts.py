"""What is forecast from what was rehearsed: each rule alone, and the record of how good they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from math import log2

import pytest

from bot.core.declared import beyond
from bot.core.events import Direction
from bot.core.forecasts import forecast
from bot.core.measures import (
    Carrying,
    Copied,
    Copying,
    Forecast,
    Growth,
    LockHeld,
    Measured,
    Rehearsal,
    Span,
)
from bot.core.plans import Limits, Plan, Script, Stage
from bot.core.records import Pair, accuracy, beside
from bot.core.runs import Run, Step
from bot.core.spans import between, effects
from bot.core.targets import Phase, TableFacts

NOW = datetime(2027, 3, 1, tzinfo=UTC)
COPY = Copied(
    how=Copying.FULL,
    rows={"orders": 20_000, "customers": 500},
    bytes=5,
    seconds=1,
    version=15,
    source_version=15,
)


def lock(
    relation: str = "orders", mode: str = "AccessExclusive", begin: float = 0, held: float = 2
) -> LockHeld:
    return LockHeld(relation=relation, mode=mode, begin=begin, seconds=held)


def measured(
    *locks: LockHeld, sql: str = "ALTER TABLE orders …", seconds: float = 2, **more: object
) -> Measured:
    return Measured(revision="0009", number=1, sql=sql, seconds=seconds, locks=locks, **more)  # type: ignore[arg-type]


def rehearsal(
    *statements: Measured,
    copied: Copied = COPY,
    took: tuple[float, ...] = (2,),
    growth: float | str | None = 1.0,
) -> Rehearsal:
    law = Growth(
        revision="0009",
        small_rows=10_000,
        small_seconds=2 / 2 ** (growth if isinstance(growth, float) else 0),
        large_rows=20_000,
        large_seconds=2,
        exponent=growth if isinstance(growth, float) else None,
    )
    return Rehearsal(
        copied=copied,
        statements=statements,
        carried=tuple(
            Carrying(revision="0009", direction=Direction.FORWARD, seconds=s, rows=100) for s in took
        ),
        growth=() if growth == "not measured" else (law,),
    )


def plan(rows: int = 20_000, *, transactional: bool = True, **limits: object) -> Plan:
    script = Script(
        revision="0009",
        title="",
        file="",
        checksum="",
        forward="x",
        backward="y",
        transactional=transactional,
    )
    tables = (
        TableFacts(name="orders", rows=rows, bytes=1000),
        TableFacts(name="customers", rows=500, bytes=9),
    )
    stage = Stage(
        phase=Phase.PRODUCTION,
        target="shop/production",
        place="",
        roles=("dba",),
        pending=("0009",),
        tables=tables,
    )
    return Plan(
        project="shop",
        tool="sql",
        scripts=(script,),
        stages=(stage,),
        limits=Limits(**limits),  # type: ignore[arg-type]
    )


def made(measure: Rehearsal, rows: int = 20_000, record: tuple[Pair, ...] = (), **more: object) -> Forecast:
    found = forecast(plan(rows, **more), Phase.PRODUCTION, measure, record)  # type: ignore[arg-type]
    assert found
    return found


def said(found: Forecast, part: str) -> bool:
    return any(part in sentence for sentence in found.why)


SCANNED = measured(lock(), scanned={"orders": 20_000})


def test_a_whole_copy_of_the_same_size_gives_half_to_twice_what_was_measured() -> None:
    found = made(rehearsal(SCANNED))

    assert (found.duration.low, found.duration.high) == (1, 4)
    assert (found.downtime.low, found.downtime.high) == (1, 4)
    assert (found.wait.low, found.wait.high) == (1, 4 + 3)
    assert said(found, "shop/production runs on another machine")


def test_time_and_locks_grow_with_the_rows_and_the_sentence_says_so() -> None:
    found = made(rehearsal(SCANNED), rows=300_000)

    assert said(
        found, "orders has 300,000 rows, the copy had 20,000: its time grows with the rows: about x 15, so"
    )
    assert 15 / 3 < found.duration.low < 2 * 15 < found.duration.high < 2 * 15 * 2 * 2
    assert found.downtime == found.duration
    assert found.revisions[0].rows == 1500


@pytest.mark.parametrize(
    ("exponent", "low", "high"),
    [
        (0.0, 1, 13.6),
        (0.5, 1.6, 20.2),
        (1.0, 6.3, 24.8),
        (1.5, 15, 58.1),
        (None, 1, 15),
        ("not measured", 3.9, 19.7),
    ],
)
def test_the_growth_law_decides_how_far_it_grows(exponent: float, low: float, high: float) -> None:
    found = made(rehearsal(SCANNED, growth=exponent), rows=300_000)

    assert found.duration.low == pytest.approx(low, rel=0.05)
    assert found.duration.high == pytest.approx(4 * high, rel=0.05)


@pytest.mark.parametrize(
    ("what", "small", "large", "came_to"),
    [
        ("CREATE INDEX", 0.020, 0.023, 0.61),
        ("CREATE INDEX", 0.007, 0.014, 0.46),
        ("ALTER COLUMN TYPE bigint", 0.013, 0.022, 0.81),
        ("ALTER COLUMN TYPE bigint", 0.025, 0.023, 0.89),
        ("UPDATE", 0.049, 0.082, 4.44),
        ("UPDATE", 0.110, 0.158, 2.21),
        ("ADD COLUMN DEFAULT gen_random_uuid()", 0.092, 0.136, 2.89),
        ("ADD COLUMN DEFAULT gen_random_uuid()", 0.077, 0.271, 5.62),
    ],
)
def test_what_was_measured_at_20_000_and_40_000_rows_held_at_800_000(
    what: str, small: float, large: float, came_to: float
) -> None:
    """Times of PostgreSQL 18 on two busy cores: quick ones say little, and the range owns up to it."""
    law = Growth(
        revision="0009",
        small_rows=20_000,
        small_seconds=small,
        large_rows=40_000,
        large_seconds=large,
        exponent=log2(large / small),
    )
    copied = replace(COPY, how=Copying.SAMPLE, rows={"orders": 40_000})
    own = measured(lock(held=large), sql=what, seconds=large, scanned={"orders": 40_000})
    found = made(replace(rehearsal(own, copied=copied, took=(large,)), growth=(law,)), rows=800_000)

    assert found.duration.low < came_to < found.duration.high


def test_what_reads_no_rows_takes_as_long_on_any_size() -> None:
    quick = rehearsal(measured(lock(held=0.004), seconds=0.004), took=(0.004,))

    assert made(quick, rows=20_000) == made(quick, rows=300_000_000)
    assert made(quick).duration.high == 0.1
    assert said(made(quick), "No revision is counted with less than 0.1 s")
    assert made(quick).revisions[0].blocks[0].seconds.high == 0.05


def width(measure: Rehearsal) -> float:
    found = made(measure)
    return found.duration.high / found.duration.low


@pytest.mark.parametrize(
    ("lacks", "sentence"),
    [
        ({"how": Copying.SAMPLE}, "a sample of the rows"),
        ({"how": Copying.MADE}, "made rows"),
        ({"version": 18}, "rehearsed on version 18, and production has 15"),
        ({"durable": False}, "does not wait for its disk"),
    ],
)
def test_less_knowledge_makes_a_wider_range_and_is_said(lacks: dict[str, object], sentence: str) -> None:
    poor = rehearsal(SCANNED, copied=replace(COPY, **lacks))  # type: ignore[arg-type]

    assert width(poor) > width(rehearsal(SCANNED)) * 1.2
    assert said(made(poor), sentence)
    assert not said(made(rehearsal(SCANNED)), sentence)


def test_made_rows_are_trusted_less_than_a_sample_and_a_ghost_says_nothing() -> None:
    copies = {how: rehearsal(SCANNED, copied=replace(COPY, how=how)) for how in Copying}

    assert width(copies[Copying.MADE]) > width(copies[Copying.SAMPLE]) > width(copies[Copying.FULL])
    assert forecast(plan(), Phase.PRODUCTION, copies[Copying.SCHEMA]) is None
    assert forecast(plan(), Phase.PRODUCTION, Rehearsal(copied=COPY)) is None


def test_a_table_that_may_have_to_come_from_disk_takes_longer_at_the_high_end() -> None:
    large = plan()
    big = TableFacts(name="orders", rows=20_000, bytes=1_000_000_000)
    cold = forecast(
        replace(large, stages=(replace(large.stages[0], tables=(big,)),)),
        Phase.PRODUCTION,
        rehearsal(SCANNED),
    )

    assert cold
    assert (cold.duration.low, cold.duration.high) == (1, 14)
    assert said(
        cold, "orders has 1.0 GB there: if none of it is in memory, reading it takes up to 10 s more."
    )


def test_a_size_that_nobody_knows_is_said_and_taken_as_up_to_ten_times() -> None:
    unknown = plan()
    found = forecast(
        replace(unknown, stages=(replace(unknown.stages[0], tables=()),)),
        Phase.PRODUCTION,
        rehearsal(SCANNED),
    )

    assert found
    assert (found.duration.low, found.duration.high) == (1, 40)
    assert said(found, "The size of orders on shop/production is not known")
    assert found.revisions[0].rows is None


def test_locks_on_two_tables_at_once_shut_for_one_time_and_one_after_another_for_two() -> None:
    at_once = made(rehearsal(measured(lock(), lock("customers", begin=0))))
    in_turn = made(rehearsal(measured(lock(), lock("customers", begin=2))))

    assert at_once.downtime.high == 4
    assert in_turn.downtime.high == 8
    assert len(at_once.revisions[0].blocks) == 2


def test_a_lock_that_is_held_while_the_next_is_queued_for_may_be_held_for_longer() -> None:
    two = (lock(held=2), lock("customers", "Share", begin=1, held=1))
    found = made(rehearsal(measured(*two)))
    alone = made(rehearsal(measured(*two)), transactional=False)

    assert [block.queued for block in found.revisions[0].blocks] == [3, 0]
    assert found.wait.high == 4 + 3 + 3
    assert alone.wait.high == 4 + 3
    assert said(found, "others queue behind it: at most 3.0 s a try (lock_timeout)")


@pytest.mark.parametrize(
    ("one", "downtime", "wait"),
    [
        (lock(mode="ShareUpdateExclusive"), 0, 0),
        (lock(mode="AccessShare"), 0, 0),
        (lock(mode="Share"), 4, 7),
        (lock(mode="AccessExclusive"), 4, 7),
        (lock("new_table"), 0, 0),
    ],
)
def test_only_locks_that_keep_an_application_out_count(one: LockHeld, downtime: float, wait: float) -> None:
    found = made(rehearsal(measured(one, scanned={"orders": 9}, created=("new_table",))))

    assert (found.downtime.high, found.wait.high) == (downtime, wait)


def test_an_index_goes_with_its_table() -> None:
    found = made(rehearsal(measured(lock(), lock("orders_pkey"))))

    assert [block.table for block in found.revisions[0].blocks] == ["orders"]


@pytest.mark.parametrize(
    ("sql", "rows", "blocks", "shut"),
    [
        ("UPDATE orders SET x = 1", 20_000, 1, True),
        ("UPDATE orders SET x = 1 WHERE id < 9", 9, 1, False),
        ("INSERT INTO orders SELECT 1", 20_000, 0, False),
    ],
)
def test_changed_rows_keep_their_writers_waiting_and_most_of_a_table_shuts_it(
    sql: str, rows: int, blocks: int, shut: bool
) -> None:
    found = made(rehearsal(measured(lock(mode="RowExclusive"), sql=sql, rows={"orders": rows})))

    assert len(found.revisions[0].blocks) == blocks
    assert found.wait.high == (4 if blocks else 0)
    assert bool(found.downtime.high) is shut


def test_what_the_tool_took_longer_than_its_sql_may_have_been_under_its_locks() -> None:
    found = made(rehearsal(measured(lock(held=2), seconds=2), took=(5, 6)))

    assert (found.duration.low, found.duration.high) == (2.5, 12)
    assert (found.downtime.low, found.downtime.high) == (1, 12)


@pytest.mark.parametrize("statements", [(), (measured(error="no such column"),)])
def test_code_whose_sql_is_not_seen_may_shut_any_table_all_the_time(statements: tuple[Measured, ...]) -> None:
    found = made(rehearsal(*statements))

    assert found.revisions[0].blind
    assert (found.downtime.low, found.downtime.high) == (0, found.duration.high)
    assert said(found, "The locks of 0009 were not measured")
    assert effects(found) == ("0009 may block any table for up to 4 s",)


def test_a_revision_that_was_not_rehearsed_is_named() -> None:
    two = plan()
    other = replace(two.scripts[0], revision="0010")
    stage = replace(two.stages[0], pending=("0009", "0010"))
    found = forecast(
        replace(two, scripts=(*two.scripts, other), stages=(stage,)), Phase.PRODUCTION, rehearsal(SCANNED)
    )

    assert found
    assert found.missing == ("0010",)
    assert said(found, "Not rehearsed, and so not counted here: 0010.")


def pairs(*actual: float) -> tuple[Pair, ...]:
    return tuple(Pair(forecast=Span(low=1, high=4), actual=a) for a in actual)


def test_from_three_runs_on_the_record_sets_the_range() -> None:
    rules = made(rehearsal(SCANNED))
    good = made(rehearsal(SCANNED), record=pairs(2, 2.1, 1.9))
    slow = made(rehearsal(SCANNED), record=pairs(8, 9, 10))

    assert made(rehearsal(SCANNED), record=pairs(8, 9)) == rules
    assert 1.4 < good.duration.low < 2 < good.duration.high < 3
    assert slow.duration.low == pytest.approx(2 * 4 / (4 / 3))
    assert slow.duration.high == pytest.approx(2 * 5 * (4 / 3))
    assert said(slow, "The last 3 runs on shop/production took 4 to 5 times the middle of their forecasts")


def test_a_forecast_that_learns_from_its_record_is_met_by_the_next_run() -> None:
    factors = (1.3, 2.4, 1.8, 2.9, 1.6, 2.2, 2.7, 1.4, 2.0, 2.5)
    record: tuple[Pair, ...] = ()
    for factor in factors:
        found = made(rehearsal(SCANNED), record=record)
        record = (*record, Pair(forecast=found.duration, actual=2 * factor))
    late = accuracy(record[4:])

    assert late
    assert late.inside == late.count == 6
    assert late.width < 5


@pytest.mark.parametrize(
    ("actual", "off"), [(1, 0), (2.5, 0), (4, 0), (5, 0.2), (0.5, 1.0), (8, 0.5), (0.001, 9.99)]
)
def test_off_is_the_distance_to_the_nearest_end_of_what_it_came_to(actual: float, off: float) -> None:
    assert Pair(forecast=Span(low=1, high=4), actual=actual).off == pytest.approx(off)


def test_the_record_is_told_with_its_worst_and_its_width() -> None:
    assert accuracy(()) is None
    found, right, one = accuracy(pairs(2, 5, 8)), accuracy(pairs(2, 3)), accuracy(pairs(8))
    assert found and right and one

    assert found.sentence == (
        "The last 3 forecasts were within 50 %; 1 lay inside the range"
        " (a range's high end was 4 times its low one)."
    )
    assert right.sentence.startswith("The last 2 forecasts were right: what it came to lay inside the range")
    assert one.sentence.startswith("The last forecast was within 50 % (")
    assert accuracy(pairs(8, *[2] * 10)).inside == 10  # type: ignore[union-attr]  # the oldest counts no more


def test_after_a_phase_the_forecast_stands_beside_what_it_came_to() -> None:
    run = Run(
        id="1.1",
        phase=Phase.PRODUCTION,
        direction=Direction.FORWARD,
        target="shop/production",
        revisions=("0009",),
        by="U",
        requested=NOW,
    )
    for key, seconds, facts in (
        ("backup", 60.0, {}),
        ("apply:0008", 3.0, {"held orders": "1.5", "held customers": "0.5"}),
        ("apply:0009", 5.0, {"held orders": "0.5"}),
    ):
        run.steps[key] = Step(key=key, title=key, started=NOW, state="done", seconds=seconds, facts=facts)
    run.steps["apply:0009"].waits = 2
    found = made(rehearsal(SCANNED))

    assert beside(found, run) == (
        "The revisions took 8.0 s; the forecast was 1 to 4 s: off by 50 %.",
        "Locks were seen to keep others out for 2.0 s; the forecast was 1 to 4 s: inside it.",
        "A lock was not granted 2 times on the way.",
    )


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (12, 40, "12 to 40 s"),
        (0.3, 1, "0.3 to 1 s"),
        (0.01, 0.3, "up to 0.3 s"),
        (0.001, 0.02, "under 0.1 s"),
        (0, 0, "no time"),
        (12.1, 12.3, "about 12 s"),
        (130, 400, "2.2 to 6.7 min"),
        (30, 130, "0.5 to 2.2 min"),
        (3600, 14400, "1 to 4 h"),
    ],
)
def test_a_range_is_said_as_people_say_it(low: float, high: float, words: str) -> None:
    assert between(Span(low=low, high=high)) == words


def test_effects_name_who_is_kept_from_what() -> None:
    found = made(
        rehearsal(
            measured(
                lock(mode="Share", held=0.3),
                lock("customers", held=0.6),
                lock("orders", mode="RowExclusive"),
                sql="UPDATE orders",
                rows={"orders": 7},
            )
        )
    )

    assert effects(found) == (
        "0009 blocks writes to the rows that it changes in orders for 1 to 4 s",
        "0009 blocks reads and writes of customers for 0.3 to 1.2 s",
        "0009 blocks writes to orders for 0.1 to 0.6 s",
    )


def test_declared_limits_are_compared_and_what_was_not_forecast_is_not_within_them() -> None:
    costs = Limits(
        duration={"production": 3}, wait={"production": 60}, downtime={"staging": 1, "production": 0.5}
    )
    found = made(rehearsal(SCANNED))

    assert beyond(costs, Phase.PRODUCTION, found) == (
        "Production: the revisions may take 3.0 s at most, and the forecast is 1 to 4 s:"
        " it may come to more.",
        "Production: tables may be shut for 0.5 s at most, and the forecast is 1 to 4 s: that is over it.",
    )
    assert beyond(costs, Phase.STAGING, None) == (
        "Staging: tables may be shut for 1.0 s at most, and nothing was forecast: rehearse it first.",
    )
    assert beyond(costs, Phase.DEVELOPMENT, found) == ()
    assert beyond(Limits(wait={"production": 60}), Phase.PRODUCTION, replace(found, missing=("0010",))) == (
        "Production: 0010 was not rehearsed, so its cost is not known.",
    )


def test_a_declared_cost_moves_the_fingerprint_and_none_leaves_it_as_it_was() -> None:
    costly = plan(wait={"production": 2.0})

    assert costly.moved(plan()) == ("limits",)
    assert plan(wait={}).fingerprint == plan().fingerprint
