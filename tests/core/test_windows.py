"""A phase starts inside its window only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core import policy
from bot.core.errors import Conflict
from bot.core.targets import Phase
from bot.core.windows import Window

from .test_changes import PLAN

NIGHT = Window(opens="22:00", closes="04:00", days=("tue", "wed"), zone="Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-12-01 20:59", False),  # Tuesday, 21:59 in Berlin
        ("2026-12-01 21:00", True),
        ("2026-12-02 02:59", True),
        ("2026-12-02 03:00", False),
        ("2026-12-03 02:00", True),  # opened on Wednesday
        ("2026-12-03 21:30", False),  # Thursday does not open
        ("2026-12-01 01:00", False),  # Monday night had not opened
        ("2026-07-07 20:00", True),  # 22:00 in summer
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens(moment: str, is_open: bool) -> None:
    assert NIGHT.open_at(at(moment)) is is_open


def test_it_says_when_it_opens_next() -> None:
    assert NIGHT.next(at("2026-12-02 22:00")) == at("2026-12-08 21:00")
    assert Window(opens="08:00", closes="17:00").next(at("2026-12-01 07:00")) == at("2026-12-01 08:00")


def test_outside_the_window_the_refusal_says_when_and_what_to_type() -> None:
    stages = tuple(replace(s, window=NIGHT) for s in PLAN.stages)
    plan = replace(PLAN, stages=stages)

    policy.must_be_in_window(plan, Phase.PRODUCTION, at("2026-12-01 21:30"))
    with pytest.raises(
        Conflict, match="Production may start from 22:00 to 04:00 Europe/Berlin on tue, wed"
    ) as no:
        policy.must_be_in_window(plan, Phase.PRODUCTION, at("2026-12-01 12:00"))
    assert no.value.hint == "/migrate schedule production 22:00 Europe/Berlin"
