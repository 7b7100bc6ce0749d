"""How a revision's time grows with the rows, from two sizes. Pure."""

from __future__ import annotations

import math

from bot.core.measures import Growth
from bot.core.text import seconds as said

#: Below this, in seconds, what is measured is round trips, the catalog and a commit, and not the rows.
TOO_QUICK = 0.05
#: Two sizes that are nearer to each other than this tell noise: times of one statement differ by up to a
#: quarter from run to run (measured on 8 million rows, rewrites and index builds).
_APART = 1.5
_FLAT, _LINEAR_LOW, _LINEAR_HIGH = 0.2, 0.75, 1.25


def growth(revision: str, small: tuple[int, float], large: tuple[int, float]) -> Growth:
    """From (rows, seconds) at two sizes, in any order. The exponent is None where nobody can tell."""
    (few, quick), (many, slow) = sorted((small, large))
    return Growth(
        revision=revision,
        small_rows=few,
        small_seconds=quick,
        large_rows=many,
        large_seconds=slow,
        exponent=_exponent(few, quick, many, slow),
    )


def sentence(found: Growth) -> str:
    """For people: "0010 grows with the rows: about 3.0 s per million"."""
    name, power = found.revision, found.exponent
    sizes = (
        f"{said(found.small_seconds)} at {found.small_rows:,} rows, "
        f"{said(found.large_seconds)} at {found.large_rows:,}"
    )
    if power is None:
        if max(found.small_seconds, found.large_seconds) < TOO_QUICK:
            return f"{name} takes less than {TOO_QUICK:g} s at both sizes: too quick to tell how it grows."
        return f"{name}: the two sizes are too alike to tell how it grows ({sizes})."
    if power < _FLAT:
        return f"{name} does not grow with the rows ({sizes})."
    if power < _LINEAR_LOW:
        return f"{name} grows more slowly than the rows: ten times the rows take {_times(power)} ({sizes})."
    if power <= _LINEAR_HIGH:
        per_million = found.large_seconds / found.large_rows * 1_000_000
        return f"{name} grows with the rows: about {said(per_million)} per million ({sizes})."
    return f"{name} grows faster than the rows: ten times the rows take {_times(power)} ({sizes})."


def _exponent(few: int, quick: float, many: int, slow: float) -> float | None:
    if max(quick, slow) < TOO_QUICK or few < 1 or many / few < _APART:
        return None
    # What is too quick to be told from nothing counts as the least that can be told.
    least = TOO_QUICK / 10
    return math.log(max(slow, least) / max(quick, least)) / math.log(many / few)


def _times(power: float) -> str:
    return f"{10**power:.0f} times as long" if power < 3 else "over a thousand times as long"
