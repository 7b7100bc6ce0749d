"""Which changes need not be read again: those that have not moved since they were last looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.core.changes import Change


class Quiet:
    """Remembers the changes that were of no interest, and at which entry. Any thread may ask."""

    def __init__(self) -> None:
        self._at: dict[int, int] = {}

    def rest(
        self, newest: Mapping[int, int], read: Callable[[int], Change], wanted: Callable[[Change], bool]
    ) -> list[Change]:
        """The changes that are wanted, newest number first; what is not is read again once it has moved."""
        found: list[Change] = []
        for number in sorted(newest, reverse=True):
            if self._at.get(number) == newest[number]:
                continue
            change = read(number)
            if wanted(change):
                found.append(change)
            else:
                self._at[number] = change.seq
        return found
