"""What has ended is read once, and again only when it has moved."""

from __future__ import annotations

from bot.core import events as e
from bot.core.changes import Change
from bot.core.quiet import Quiet

from .test_changes import story


def test_an_ended_change_is_read_once_and_again_when_it_has_moved() -> None:
    changes = {1: story(e.ChangeAborted(why="w")), 2: story()}
    read: list[int] = []

    def look(number: int) -> Change:
        read.append(number)
        return changes[number]

    quiet = Quiet()
    for _ in range(3):
        found = quiet.rest({1: 2, 2: 1}, look, lambda c: not c.final)

    assert [c.status for c in found] == ["open"]
    assert read.count(1) == 1
    assert read.count(2) == 3
    quiet.rest({1: 3, 2: 1}, look, lambda c: not c.final)
    assert read.count(1) == 2
