"""How a revision's time and rows grow from the copy to an environment. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from bot.core.measures import Growth, Measured, Rehearsal
from bot.core.plans import Stage
from bot.core.spans import figure
from bot.core.targets import TableFacts
from bot.core.text import listed, seconds, size

#: Exponents when the growth was not measured: a sort grows a little faster than the rows, a look-up slower.
_UNMEASURED = (0.5, 1.1)
#: When it was too quick at both sizes to tell: what is fixed does not grow, what is not grows with the rows.
_TOO_QUICK = (0.0, 1.0)
#: Each of the two times that a growth law comes from may be off by a quarter, and by 5 ms when it was short.
_OFF, _JITTER = 1.25, 0.005
#: A shorter time, in seconds, may be all noise: it is taken to grow with the rows at the high end, at least.
_SHORT = 0.1
#: Bytes per second of a disk that reads a table which is not in memory; a slow one, for the high end.
_COLD = 100_000_000
#: What nobody knows the size of may be ten times the copy's.
_UNKNOWN = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What the times on the copy are multiplied with, and seconds that reading from disk adds at most."""

    low: float = 1.0
    high: float = 1.0
    #: What its written rows are multiplied with; None when nobody can tell.
    rows: float | None = 1.0
    cold: float = 0.0
    why: tuple[str, ...] = ()


def bare(name: str) -> str:
    """A table's name without quotes and without the schema that the server would add by itself."""
    return name.replace('"', "").removeprefix("public.").removeprefix("main.")


def scale(revision: str, rehearsal: Rehearsal, stage: Stage, *, blind: bool) -> Scale:
    """How much longer a revision takes there than on the copy. `blind`: nobody knows what it reads."""
    there = {bare(t.name): t for t in stage.tables}
    copy = {bare(name): rows for name, rows in rehearsal.copied.rows.items()}
    own = [s for s in rehearsal.statements if s.revision == revision]
    law = next((g for g in rehearsal.growth if g.revision == revision), None)
    if blind:
        return _blind(revision, copy, there, law)
    handled = {name: rows for name, rows in _handled(own, copy).items() if name in copy}
    if not handled:
        return Scale()
    unknown = [n for n in handled if n not in there or (not copy[n] and there[n].rows)]
    if unknown:
        said = f"The size of {listed(unknown)} on {stage.target} is not known, or the copy had no row of it"
        return Scale(high=_UNKNOWN, rows=None, why=(f"{said}: taken as up to ten times the copy's.",))
    weight = sum(handled.values())
    ratio = sum(n * there[t].rows / max(1, copy[t]) for t, n in handled.items()) / weight
    low, high, how = _powers(ratio, law)
    most = max(handled, key=lambda name: handled[name])
    why = [f"{most} has {there[most].rows:,} rows, the copy had {copy[most]:,}: {how}."] if how else []
    cold, slow = _cold(own, there)
    return Scale(low=low, high=high, rows=ratio, cold=cold, why=(*why, *slow))


def _handled(own: Sequence[Measured], copy: Mapping[str, int]) -> dict[str, int]:
    """Rows of the copy that were read as a whole or written, by table; at least 1 for each."""
    found: dict[str, int] = {}
    for statement in own:
        for rows in (statement.scanned, statement.rows):
            for name, count in rows.items():
                found[bare(name)] = found.get(bare(name), 0) + max(1, count)
        for name in map(bare, statement.rewritten):
            if name in copy:
                found[name] = max(found.get(name, 0), copy[name], 1)
    return found


def _blind(
    revision: str, copy: Mapping[str, int], there: Mapping[str, TableFacts], law: Growth | None
) -> Scale:
    ratios = [t.rows / max(1, copy[name]) for name, t in there.items() if name in copy]
    _, high, _ = _powers(max([1.0, *ratios]), law)
    low, _, _ = _powers(min([1.0, *ratios]), law)
    said = f"Nobody can read what {revision} works with: it may grow with any of the plan's tables."
    return Scale(low=low, high=high, rows=None, why=(said,))


def _powers(ratio: float, law: Growth | None) -> tuple[float, float, str]:
    """Factors for the low and the high end, and the rule in words ("" where nothing grows)."""
    if abs(ratio - 1) < 0.02:
        return 1.0, 1.0, ""
    if law is None or law.exponent is None:
        least, most = _UNMEASURED if law is None else _TOO_QUICK
        low, high = sorted((ratio**least, ratio**most))
        known = "was not measured" if law is None else "was too quick to measure"
        return low, high, f"how its time grows {known}, so between x {figure(low)} and x {figure(high)}"
    exponent = min(2.0, max(0.0, law.exponent))
    # More than with the rows grows only what looks at rows for rows; two noisy times may say so of anything.
    low, high = sorted((ratio ** min(1.0, max(0.0, exponent - _doubt(law))), ratio**exponent))
    high = max(high, _line(law, ratio), ratio if law.large_seconds < _SHORT else 0.0)
    so = f"so between x {figure(low)} and x {figure(high)}"
    if exponent < 0.1:
        return low, high, f"its time hardly grew with them, {so}"
    with_rows = "with the rows" if abs(exponent - 1) < 0.1 else f"with the rows to the power {exponent:.1f}"
    return low, high, f"its time grows {with_rows}: about x {figure(ratio**exponent)}, {so}"


def _doubt(law: Growth) -> float:
    """By how much the exponent may be off: the nearer the two sizes, the more a wrong time bends it."""
    return log(_OFF) / log(max(2.0, law.large_rows / max(1, law.small_rows)))


def _line(law: Growth, ratio: float) -> float:
    """The most that a fixed part and a part for each row come to; what is quick is mostly the fixed part.

    A straight line through both times, with the small one as much too long and the large one as much too
    short as they may be. In multiples of the large time.
    """
    if ratio <= 1 or law.large_seconds <= 0 or law.large_rows <= law.small_rows:
        return 0.0
    small = max(0.0, min(law.small_seconds / _OFF, law.small_seconds - _JITTER))
    large = max(law.large_seconds * _OFF, law.large_seconds + _JITTER)
    slope = (large - small) / law.large_seconds / (1 - law.small_rows / law.large_rows)
    return 1 + max(0.0, slope) * (ratio - 1)


def _cold(own: Sequence[Measured], there: Mapping[str, TableFacts]) -> tuple[float, list[str]]:
    """Seconds to read from disk what the copy, just written, had in memory; less than one is not counted."""
    names = dict.fromkeys(bare(n) for s in own for n in (*s.scanned, *s.rewritten))
    found = [(more, there[n]) for n in names if n in there and (more := there[n].bytes / _COLD) >= 1]
    said = [
        f"{bare(table.name)} has {size(table.bytes)} there: if none of it is in memory, reading it takes up"
        f" to {seconds(more)} more."
        for more, table in found
    ]
    return sum(more for more, _ in found), said
