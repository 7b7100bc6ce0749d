"""How often we write, on a clock of the test's own."""

from __future__ import annotations

import pytest

from bot.slack.pace import EDITS, MINUTE, Pace, Wish


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_message_is_edited_no_faster_than_slack_allows() -> None:
    time = Time()
    pace = Pace(time)
    pace.edited(1, urgent=True)
    assert pace.turn([Wish(key=1, urgent=True)])[1] == pytest.approx(1.2)
    assert pace.turn([Wish(key=1, urgent=False)])[1] == pytest.approx(3.0)
    time.now += 1.3
    assert pace.turn([Wish(key=1, urgent=True)])[0] == 1


def test_edits_are_shared_fairly_and_changes_that_moved_on_go_first() -> None:
    time = Time()
    pace = Pace(time)
    drawn: list[int] = []
    while time.now < 1000 + 3 * MINUTE:
        key, wait = pace.turn([Wish(key=n, urgent=False) for n in range(20)])
        if key is None:
            time.now += wait
            continue
        drawn.append(key)
        pace.edited(key, urgent=False)
    assert max(map(drawn.count, range(20))) - min(map(drawn.count, range(20))) <= 1
    assert len(drawn) <= 3 * (EDITS - 8) + 1
    assert pace.turn([Wish(key=3, urgent=False), Wish(key=7, urgent=True)])[0] == 7


def test_no_minute_holds_more_edits_than_the_workspace_may_make() -> None:
    time = Time()
    pace = Pace(time)
    made: list[float] = []
    while time.now < 1000 + 3 * MINUTE:
        key, wait = pace.turn([Wish(key=n, urgent=True) for n in range(200)])
        if key is None:
            time.now += wait
            continue
        made.append(time.now)
        pace.edited(key, urgent=True)
    assert max(sum(1 for other in made if at <= other < at + MINUTE) for at in made) == EDITS
