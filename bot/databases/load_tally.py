"""What a workload's statements took, added up while they run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from threading import Lock

from bot.core.measures import Felt
from bot.databases.questions import short

BEFORE, DURING, AFTER = "before", "during", "after"
#: How an error begins that the change cannot be blamed for.
EVEN_BEFORE = "before the change: "
PARTS = (BEFORE, DURING, AFTER)
#: Buckets are two per cent wide: a figure read from them is off by no more than that.
_WIDTH = math.log(1.02)
_LEAST = 1e-6
#: Different errors that are kept apart; the rest are counted together.
_MOST_ERRORS = 20
_OTHERS = "other errors"
_SHOWN = 120


class Tally:
    """Counts times in buckets, so that an hour of load takes no more memory than a second. Any thread may.

    A client that waits sends nothing, so a long stall would be one time among thousands. As in HdrHistogram's
    `recordValueWithExpectedInterval`, the statements that it would have sent meanwhile are counted, too: each
    waits one `interval` less than the one before.
    """

    def __init__(self, texts: Sequence[str], interval: float) -> None:
        self._texts, self._interval = texts, interval
        self._buckets: dict[str, Counter[int]] = {part: Counter() for part in PARTS}
        self._errors: Counter[str] = Counter()
        self._worst, self._worst_text, self._count = 0.0, "", 0
        self._lock = Lock()

    def took(self, part: str, which: int, seconds: float) -> None:
        """A statement is through: its part, its place among the texts, its time."""
        with self._lock:
            self._note(part, which, seconds)
            left = seconds
            while left > self._interval:
                self._buckets[part][_bucket(left)] += 1
                left -= self._interval
            self._buckets[part][_bucket(left)] += 1

    def failed(self, part: str, which: int, seconds: float, words: str) -> None:
        """A statement was refused: a quick refusal is no quick answer, so only its wait may count."""
        words = f"{words}, in: {short(self._texts[which], _SHOWN)}"
        if part == BEFORE:
            words = f"{EVEN_BEFORE}{words}"
        with self._lock:
            self._note(part, which, seconds)
            known = words in self._errors or len(self._errors) < _MOST_ERRORS
            self._errors[words if known else _OTHERS] += 1

    def felt(self, source: str) -> Felt:
        """All of it."""
        with self._lock:
            return Felt(
                source=source,
                p95_before=_quantile(self._buckets[BEFORE], 0.95),
                p95_during=_quantile(self._buckets[DURING], 0.95),
                p95_after=_quantile(self._buckets[AFTER], 0.95),
                worst=self._worst,
                worst_sql=self._worst_text,
                statements=self._count,
                errors=dict(self._errors.most_common()),
            )

    def _note(self, part: str, which: int, seconds: float) -> None:
        self._count += 1
        if part == DURING and seconds > self._worst:
            self._worst, self._worst_text = seconds, self._texts[which]


def part_of(began: str, ended: str) -> str:
    """Where a statement belongs: what reached into the change's time was there because of it."""
    return began if began == ended else DURING


def _bucket(seconds: float) -> int:
    return math.floor(math.log(max(seconds, _LEAST)) / _WIDTH)


def _quantile(buckets: Counter[int], share: float) -> float:
    """Seconds that this share of the times does not exceed; 0 when there are none."""
    left = share * buckets.total()
    for bucket in sorted(buckets):
        left -= buckets[bucket]
        if left <= 0:
            return math.exp((bucket + 0.5) * _WIDTH)
    return 0.0
