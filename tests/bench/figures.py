"""Figures: how they are summed up, and the table that they are printed in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

#: Takes a figure: what was measured, what came out, what was aimed at, and whether that is met.
Add = Callable[[str, str, str, bool | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line: what was measured, what came out, and what was aimed at. `met` is None where nothing is."""

    what: str
    found: str
    aim: str = ""
    met: bool | None = None

    @property
    def sign(self) -> str:
        """Whether the aim is met, in a word."""
        return {True: "yes", False: "NO", None: ""}[self.met]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def spread(
    values: Sequence[float], *shares: float, scale: float = 1.0, unit: str = "s", digits: int = 2
) -> str:
    """Median and the named quantiles in one phrase."""
    parts = [f"median {median(values) * scale:.{digits}f} {unit}"]
    parts += [f"p{share * 100:.0f} {quantile(values, share) * scale:.{digits}f} {unit}" for share in shares]
    return ", ".join(parts)


def milliseconds(values: Sequence[float], *shares: float) -> str:
    """The same, of seconds, in milliseconds."""
    return spread(values, *shares, scale=1000, unit="ms", digits=1)


def table(figures: Sequence[Figure]) -> str:
    """All figures as a table that a README can hold."""
    rows = [("figure", "measured", "aim", "met"), ("---", "---", "---", "---")]
    rows += [(f.what, f.found, f.aim, f.sign) for f in figures]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
