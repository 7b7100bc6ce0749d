"""Which table a rehearsal kept from reads or writes, and the picture of it."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from bot.core.measures import Copied, Copying, LockHeld, Measured, Rehearsal
from bot.slack.blocking import ALL, WRITES, blocked_in, blocking_said, by_table, longest, parts_of
from bot.slack.lock_chart import REVISIONS, TABLES, charted, lock_picture
from bot.slack.sample_measures import REHEARSAL

COPIED = Copied(how=Copying.FULL, rows={}, bytes=1, seconds=1, version=18, source_version=18)


def rehearsal(*statements: Measured) -> Rehearsal:
    return Rehearsal(copied=COPIED, statements=statements)


def statement(
    *locks: tuple[str, str, float, float], revision: str = "1", seconds: float = 1.0, created: str = ""
) -> Measured:
    held = tuple(LockHeld(relation=r, mode=m, begin=b, seconds=s) for r, m, b, s in locks)
    return Measured(
        revision=revision,
        number=1,
        sql="select 1",
        seconds=seconds,
        locks=held,
        created=(created,) if created else (),
    )


def spans(one: Rehearsal) -> list[tuple[str, str, float, float]]:
    return [(b.table, b.what, round(b.begin, 3), round(b.end, 3)) for b in blocked_in(one)]


@pytest.mark.parametrize(
    ("mode", "what"),
    [("AccessExclusive", ALL), ("Exclusive", WRITES), ("ShareRowExclusive", WRITES), ("Share", WRITES)],
)
def test_a_mode_keeps_off_what_it_conflicts_with(mode: str, what: str) -> None:
    assert spans(rehearsal(statement(("t", mode, 0.5, 2.0)))) == [("t", what, 0.5, 2.5)]


@pytest.mark.parametrize("mode", ["AccessShare", "RowExclusive", "ShareUpdateExclusive"])
def test_what_no_application_feels_is_no_blocking(mode: str) -> None:
    assert spans(rehearsal(statement(("t", mode, 0, 9)))) == []


def test_stretches_that_touch_are_one_and_the_worse_hides_the_lesser() -> None:
    one = statement(("t", "Share", 0, 4), ("t", "Share", 3, 2), ("t", "AccessExclusive", 1, 2))
    assert spans(rehearsal(one)) == [("t", WRITES, 0, 1), ("t", ALL, 1, 3), ("t", WRITES, 3, 5)]
    assert by_table(blocked_in(rehearsal(one))) == {"t": {ALL: 2.0, WRITES: 3.0}}


def test_a_table_that_the_change_made_blocks_nobody() -> None:
    first = statement(("new", "AccessExclusive", 0, 1), ("old", "Share", 0, 1), created="new")
    later = statement(("new", "AccessExclusive", 0, 1), revision="2")
    assert [b.table for b in blocked_in(rehearsal(first, later))] == ["old"]


def test_a_revision_lasts_as_long_as_its_statements_or_its_locks() -> None:
    (part,) = parts_of(rehearsal(statement(seconds=1.0), statement(("t", "Share", 0, 5), seconds=2.0)))
    assert part.seconds == 5.0
    (part,) = parts_of(rehearsal(statement(seconds=1.5), statement(seconds=2.0)))
    assert part.seconds == 3.5


def test_the_longest_stretch_counts_and_of_equals_the_worse() -> None:
    one = rehearsal(statement(("a", "Share", 0, 2), ("b", "AccessExclusive", 0, 2), ("c", "Share", 0, 1)))
    worst = longest(blocked_in(one))
    assert worst
    assert worst.table == "b"
    assert longest(()) is None


def test_the_sentence_names_table_time_and_revision() -> None:
    said = blocking_said(REHEARSAL)
    assert "orders: no reads or writes for 0.8 s, no writes for 2.2 s (in 0001, 0003)" in said
    assert blocking_said(rehearsal()) == "No table was kept from reads or writes."
    assert len(lock_picture(many(), "x.png").alt) < 2500


def many() -> Rehearsal:
    return rehearsal(
        *(
            statement((f"table {t}" * 5, "AccessExclusive", 0, 0.001 * t), revision=f"r{n}", seconds=n)
            for n in range(60)
            for t in range(1, 40)
        )
    )


def test_the_chart_is_bounded_and_says_what_is_left_out() -> None:
    chart = charted(parts_of(many()))
    assert len(chart.strips) == REVISIONS
    assert len(chart.tables) == TABLES
    assert any("27 more tables" in note for note in chart.notes)
    assert any("50 more revisions" in note for note in chart.notes)
    with Image.open(BytesIO(lock_picture(many(), "x.png").data)) as picture:
        assert picture.width < 3200
        assert picture.height < 1600


def test_every_bar_lies_in_its_revision_and_is_wide_enough_to_be_seen() -> None:
    for one in (REHEARSAL, many(), rehearsal(statement(("t", "Share", 0.999999, 0.0000001)))):
        for strip in charted(parts_of(one)).strips:
            for stretch in strip.part.blocked:
                begin, wide = strip.span(stretch)
                assert strip.x < begin
                assert begin + wide < strip.x + strip.width
                assert wide >= 6


def test_a_longer_stretch_has_a_longer_bar_in_its_place_along_the_revision() -> None:
    first, _, third = charted(parts_of(REHEARSAL)).strips
    (short,), (whole, late) = ([s.span(b) for b in s.part.blocked] for s in (first, third))
    assert first.x < third.x
    assert late[0] > whole[0]
    assert late[1] < whole[1]
    assert short[1] < first.width


def test_the_same_rehearsal_gives_the_same_bytes() -> None:
    assert lock_picture(REHEARSAL, "x.png") == lock_picture(REHEARSAL, "x.png")
    assert lock_picture(REHEARSAL, "x.png").data != lock_picture(many(), "x.png").data
