"""How wide a forecast has to be: a factor down and a factor up, by what is not known. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from bot.core.measures import Copied, Copying
from bot.core.records import NEWEST, Pair
from bot.core.spans import figure

#: The environment's machine is another one: from half to twice as fast is usual, and nothing says which.
_MACHINE = 2.0
#: The same thing, done twice on one machine, differed by 12 to 24 % (measured on 8 million rows).
_NOISE = 1.25
#: Some rows stand for all: the values of the others may be longer, or more alike.
_SAMPLE = 1.25
#: Rows made to the catalog's statistics have the right counts and lengths, and no real order.
_MADE = 1.5
#: Another major version may choose another way, or lock another way.
_VERSION = 1.25
#: Without waiting for the disk, what writes much was up to twice as quick.
_NOT_DURABLE = 2.0
#: From so many earlier forecasts on, they say more than rules do.
ENOUGH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """What a measured time is multiplied with for the low and for the high end, and why."""

    low: float
    high: float
    why: tuple[str, ...]


def width(copied: Copied, target: str, pairs: Sequence[Pair]) -> Width:
    """By rules; by the record of the target's earlier forecasts instead, when it has ENOUGH of them.

    `pairs` are durations, newest last, of forecasts that were made for this target.
    """
    up, why = _MACHINE, [f"{target} runs on another machine: from half to twice as fast."]
    for factor, sentence in _lacks(copied):
        up *= factor
        why.append(sentence)
    low, high = 1 / up, up
    if not copied.durable:
        high *= _NOT_DURABLE
        why.append("The rehearsal server does not wait for its disk: the real one may take twice as long.")
    newest = pairs[-NEWEST:]
    return (
        Width(low=low, high=high, why=tuple(why))
        if len(newest) < ENOUGH
        else _by_record(low, high, target, newest)
    )


def _lacks(copied: Copied) -> list[tuple[float, str]]:
    found = []
    if copied.how is Copying.SAMPLE:
        found.append((_SAMPLE, "It was rehearsed on a sample of the rows: the others may be unlike them."))
    if copied.how is Copying.MADE:
        found.append((_MADE, "It was rehearsed on made rows: real ones are in another order."))
    if copied.version != copied.source_version:
        said = f"It was rehearsed on version {copied.version}, and production has {copied.source_version}."
        found.append((_VERSION, said))
    return found


def _by_record(low: float, high: float, target: str, pairs: Sequence[Pair]) -> Width:
    """As far round the middle as it really came to, and further for the runs that nobody has seen yet.

    Of n runs the next one lies between the least and the greatest with (n - 1) / (n + 1): the stretch of
    1 + 1 / n makes up for small n. The middle is the geometric one, for errors multiply.
    """
    ratios = sorted(min(20.0, max(0.05, pair.actual / _middle(pair))) for pair in pairs)
    stretch = max(_NOISE, 1 + 1 / len(ratios))
    middle = sqrt(low * high)
    least, most = figure(ratios[0]), figure(ratios[-1])
    why = (
        f"The last {len(ratios)} runs on {target} took {least} to {most} times the middle of their forecasts:"
        " the range is made to fit that.",
    )
    return Width(low=middle * ratios[0] / stretch, high=middle * ratios[-1] * stretch, why=why)


def _middle(pair: Pair) -> float:
    return sqrt(max(pair.forecast.low, 1e-3) * max(pair.forecast.high, 1e-3))
