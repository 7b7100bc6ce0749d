"""Where something was measured, it takes the place of a guess; where it was not, the rules stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.checks import downtime, risk, volume
from bot.checks.acts import Evidence
from bot.checks.statements import read
from bot.core.measures import (
    Block,
    Copied,
    Copying,
    Expected,
    Forecast,
    Measured,
    Rehearsal,
    Span,
)
from bot.core.plans import Script
from bot.core.targets import Kind, Phase, TableFacts

INDEX = "CREATE INDEX i ON orders (x)"
NOT_NULL = "ALTER TABLE orders ALTER COLUMN x SET NOT NULL"
WIDER = "ALTER TABLE orders ALTER COLUMN x TYPE bigint"
NONE = Span(low=0, high=0)


def evidence(
    *sql: str, high: float | None = None, mode: str = "Share", how: Copying = Copying.FULL, **seen: object
) -> Evidence:
    """Revisions 0001, 0002, …; the first was rehearsed, and may shut orders for half of `high` to `high`."""
    scripts = [
        Script(revision=f"{n:04}", title="", file="", checksum="", forward=text, backward="SELECT 1")
        for n, text in enumerate(sql, 1)
    ]
    shut = Span(low=(high or 0) / 2, high=high or 0)
    blocks = (Block(table="orders", mode=mode, seconds=shut),) if high else ()
    expected = Expected(revision="0001", seconds=Span(low=1, high=9), blocks=blocks, shut=shut)
    cast = Forecast(duration=expected.seconds, wait=shut, downtime=shut, revisions=(expected,))
    quick = Forecast(
        duration=NONE, wait=NONE, downtime=NONE, revisions=(replace(expected, blocks=(), shut=NONE),)
    )
    copied = Copied(how=how, rows={"orders": 20_000}, bytes=1, seconds=1, version=15, source_version=15)
    own = Measured(revision="0001", number=1, sql=sql[0], seconds=1, **seen)  # type: ignore[arg-type]
    return Evidence(
        kind=Kind.POSTGRESQL,
        scripts=scripts,
        acts=read(scripts, Kind.POSTGRESQL),
        facts={"orders": TableFacts(name="orders", rows=8_000_000, bytes=962_000_000)},
        rehearsal=Rehearsal(copied=copied, statements=(own,)),
        forecasts={} if high is None else {Phase.PRODUCTION: cast, Phase.DEVELOPMENT: quick},
    )


@pytest.mark.parametrize(
    ("high", "answer"),
    [(0, "None"), (0.4, "< 1 s"), (1.0, "Seconds"), (59, "Seconds"), (60, "Minutes"), (3600, "Hours")],
)
def test_downtime_is_the_forecasts_high_end(high: float, answer: str) -> None:
    assert downtime.verdict(evidence(WIDER, high=high)).answer == answer


def test_downtime_names_where_for_how_long_and_by_which_lock() -> None:
    assert downtime.verdict(evidence(INDEX, high=40)).rule == (
        "rehearsed: tables are shut on production for 20 to 40 s; 0001 blocks writes to orders for 20 to 40 s"
    )
    assert downtime.verdict(evidence(INDEX, high=0)).rule == (
        "rehearsed: no lock keeps others out of a table on production"
    )


def test_what_was_not_rehearsed_is_still_guessed_and_added() -> None:
    found = downtime.verdict(evidence(INDEX, WIDER, high=40))

    assert found.answer == "Minutes"
    assert "rehearsed: tables are shut on production for 20 to 40 s" in found.rule
    assert "rewrite table keeps others out of orders (8,000,000 rows) for about 28 s" in found.rule
    assert downtime.verdict(evidence(INDEX, "CALL anything()", high=0.2)).answer == "Minutes"
    assert downtime.verdict(evidence("CALL anything()", high=0.2)).answer == "< 1 s"


@pytest.mark.parametrize(
    ("high", "level"), [(None, "High"), (0, "Low"), (0.9, "Low"), (3, "Medium"), (12, "High")]
)
def test_risk_of_what_takes_time_is_how_long_others_would_wait(high: float | None, level: str) -> None:
    assert risk.verdict(evidence(INDEX, high=high)).answer == level
    assert risk.verdict(evidence(WIDER, high=high)).answer == level


def test_risk_says_what_was_rehearsed_and_the_better_way() -> None:
    assert risk.verdict(evidence(INDEX, high=40)).rule == (
        "create index: rehearsed, writes to orders (8,000,000 rows) are blocked for 20 to 40 s"
        " (CREATE INDEX CONCURRENTLY lets them write)"
    )


def test_a_row_that_was_not_on_the_copy_may_still_fail_what_proves_something() -> None:
    sample = risk.verdict(evidence(NOT_NULL, high=0.1, how=Copying.SAMPLE))

    assert risk.verdict(evidence(NOT_NULL, high=0.1)).answer == "Low"
    assert sample.answer == "Medium"
    assert sample.rule.endswith("and a row that was not on the copy may fail it")


def test_what_is_lost_or_cannot_be_read_no_rehearsal_makes_harmless() -> None:
    assert risk.verdict(evidence("DROP TABLE orders", high=0)).answer == "Critical"
    assert risk.verdict(evidence("DELETE FROM orders", high=0)).answer == "Critical"
    unread = risk.verdict(evidence("CALL anything()", high=0))
    assert unread.answer == "Medium"
    assert unread.rule == (
        "unknown statement: rehearsed, it keeps nobody out, and CALL in revision 0001 cannot be read"
    )


@pytest.mark.parametrize(
    ("sql", "seen", "answer", "part"),
    [
        (
            "UPDATE orders SET x = 1 WHERE id < 9",
            {"rows": {"orders": 8}},
            "Small",
            "3,200 rows are read or written",
        ),
        (
            "UPDATE orders SET x = 1",
            {"rows": {"orders": 20_000}},
            "Large",
            "the largest table read or written is",
        ),
        (WIDER, {"rewritten": ("orders",)}, "Large", "the largest table read or written is"),
        (WIDER, {}, "Small", "no table's rows are read or written"),
        ("CALL anything()", {"scanned": {"orders": 10_000}}, "Medium", "4,000,000 rows are read or written"),
        (
            "UPDATE orders SET x = 1 WHERE id < 9",
            {"error": "gone"},
            "Large",
            "the largest table read or written",
        ),
    ],
)
def test_volume_is_the_part_of_a_table_that_was_really_read_or_written(
    sql: str, seen: dict[str, object], answer: str, part: str
) -> None:
    found = volume.verdict(evidence(sql, high=0, **seen))

    assert found.answer == answer
    assert part in found.rule
