"""Moments in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import NotUnderstood
from bot.when import when

#: A monday.
NOW = datetime(2026, 11, 23, 20, 42, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("22:00", "2026-11-23 22:00"),
        ("at 22:00", "2026-11-23 22:00"),
        ("today 21:00", "2026-11-23 21:00"),
        ("tomorrow 22:00", "2026-11-24 22:00"),
        ("22:00 tomorrow", "2026-11-24 22:00"),
        ("Tomorrow at 6:05", "2026-11-24 06:05"),
        ("2026-12-01 22:00", "2026-12-01 22:00"),
        ("2026-12-01T22:00Z", "2026-12-01 22:00"),
        ("2026-12-01T22:00:00+01:00", "2026-12-01 21:00"),
        ("22:00 UTC", "2026-11-23 22:00"),
        ("22:00 +01:00", "2026-11-23 21:00"),
        ("22:00 UTC+1", "2026-11-23 21:00"),
        ("22:00 -0330", "2026-11-24 01:30"),
        ("22:00 Europe/Berlin", "2026-11-23 21:00"),
        ("22:00 europe/berlin", "2026-11-23 21:00"),
        ("2027-07-01 22:00 Europe/Berlin", "2027-07-01 20:00"),
        ("in 2 hours", "2026-11-23 22:42"),
        ("in 1 hour and 30 minutes", "2026-11-23 22:12"),
        ("in 1h30m", "2026-11-23 22:12"),
        ("in 2 days", "2026-11-25 20:42"),
        ("friday 06:30", "2026-11-27 06:30"),
        ("on fri at 06:30", "2026-11-27 06:30"),
        ("monday 23:00", "2026-11-23 23:00"),
        ("monday 06:30", "2026-11-30 06:30"),
    ],
)
def test_the_moment_is_the_one_that_the_words_say(words: str, moment: str) -> None:
    found = when(words, NOW, UTC)

    assert datetime.fromisoformat(moment).replace(tzinfo=UTC) == found
    assert found.tzinfo is UTC


def test_seconds_are_counted_from_now() -> None:
    assert NOW + timedelta(seconds=90) == when("in 90 s", NOW, UTC)
    assert NOW + timedelta(seconds=90) == when("in 90s", NOW, UTC)


def test_a_time_without_a_zone_is_in_the_zone_given() -> None:
    assert datetime(2026, 11, 23, 21, tzinfo=UTC) == when("22:00", NOW, BERLIN)
    assert datetime(2026, 11, 23, 22, tzinfo=UTC) == when("22:00 UTC", NOW, BERLIN)


def test_today_is_the_day_of_the_zone_and_not_of_utc() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)

    assert datetime(2026, 11, 24, 5, tzinfo=UTC) == when("06:00", late, BERLIN)
    assert datetime(2026, 11, 25, 5, tzinfo=UTC) == when("tomorrow 06:00", late, BERLIN)


@pytest.mark.parametrize(
    "words",
    [
        *("", "soon", "tonight", "in", "in a while", "in 0 s", "in 5", "22", "25:00", "12:60", "22:00 23:00"),
        *("noon", "next friday 06:30", "tomorrow morning", "yesterday 10:00", "friday tomorrow 10:00"),
    ],
)
def test_vague_words_are_refused_with_examples(words: str) -> None:
    with pytest.raises(NotUnderstood, match="I cannot tell when") as refused:
        when(words, NOW, UTC)

    assert "`in 2 hours`" in refused.value.hint


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("9:15", "`2026-11-23 09:15 UTC`, which was 11 h 27 min ago", "`tomorrow 9:15 UTC`"),
        ("2026-11-01 09:00", "`2026-11-01 09:00 UTC`, which was 22 days ago", "`22:00`"),
        ("1999-11-01 09:00", "the day `1999-11-01`, which is long over", "`22:00`"),
        ("2029-11-01 09:00", "the day `2029-11-01`, which is more than a year away", "`22:00`"),
        ("in 99999 weeks", "`in 99999 weeks` is more than a year away", "`22:00`"),
        ("2026-13-01 22:00", "no day `2026-13-01` in the calendar", "`22:00`"),
        ("monday", "I understood the day `monday`, but no time", "`monday 22:00`"),
        ("22:00 PST", "no time zone `PST`", "`Europe/Berlin`"),
        ("22:00 +99:00", "no time zone `+99:00`", "`+01:00`"),
        ("22:00 Europe/Berln", "no time zone `Europe/Berln`", "`22:00 Europe/Berlin`"),
        ("2027-03-28 02:30 Europe/Berlin", "does not exist: the clocks go forward", "`2027-03-28 01:30 UTC`"),
        ("2027-10-31 02:30 Europe/Berlin", "comes twice: the clocks go back", "`2027-10-31 00:30 UTC` or"),
    ],
)
def test_what_was_understood_is_said(words: str, message: str, hint: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        when(words, datetime(2026, 11, 23, 20, 42, tzinfo=UTC), UTC)

    assert message in refused.value.message
    assert hint in refused.value.hint


def test_the_words_proposed_after_a_past_time_are_understood_themselves() -> None:
    with pytest.raises(NotUnderstood) as refused:
        when("9:15", NOW, timezone(timedelta(hours=1)))
    proposed = refused.value.hint.split("`")[1]

    assert datetime(2026, 11, 24, 8, 15, tzinfo=UTC) == when(proposed, NOW, UTC)


@pytest.mark.parametrize(
    "words", ["9999-12-31 23:59 -14:00", "0001-01-01 00:00 +14:00", "22:00 ../../etc/passwd"]
)
def test_the_ends_of_the_calendar_and_odd_zones_are_refusals_too(words: str) -> None:
    with pytest.raises(NotUnderstood):
        when(words, NOW, UTC)
