"""What an approval rests on: facets of a plan, and the bands within which facts may move by themselves.

A role approves the facets that are its own. When one of them leaves the band in which the approval was given,
only that role is asked again, with one line that says what moved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.text import seconds


class Facet(StrEnum):
    """A side of a plan that a role answers for."""

    #: What will run, and the assertions that judge it.
    SQL = "sql"
    #: How it is taken back, and what is done when it fails.
    ROLLBACK = "rollback"
    #: How long it takes and who waits: the rehearsal's numbers, and the sizes that they rest on.
    FORECAST = "forecast"
    #: When it may run.
    WINDOW = "window"
    #: Which personal data the affected tables hold.
    DATA = "data"
    #: Who approves, on which databases, within which limits.
    RULES = "rules"


#: A forecast has left its band when it is worse by half, and by more than a second.
_WORSE, _SECOND = 1.5, 1.0
#: A table has, when it has doubled, and by more than ten thousand rows.
_DOUBLED, _MORE_ROWS = 2.0, 10_000
#: A rehearsal tells less of a database the longer it is past.
REHEARSAL_AGE = timedelta(days=7)

_OF_PARTS = (
    ("revision ", Facet.SQL),
    ("order of revisions", Facet.SQL),
    ("assertions", Facet.SQL),
    ("way back of ", Facet.ROLLBACK),
    ("failure and backup", Facet.ROLLBACK),
    ("windows", Facet.WINDOW),
)


def of_part(part: str) -> Facet:
    """The facet that a part of a plan belongs to."""
    return next((facet for start, facet in _OF_PARTS if part.startswith(start)), Facet.RULES)


def touched(moved: Collection[str]) -> frozenset[Facet]:
    """The facets of the parts that moved."""
    return frozenset(of_part(part) for part in moved)


def lapsed(
    rests_on: Collection[str], then: Mapping[str, str], now: Mapping[str, str], at: datetime
) -> tuple[str, str] | None:
    """The first facet that has left its band since the approval, and the line that says so.

    `then` and `now` are facts by name: "forecast production" (seconds at worst), "rows staging orders",
    "rehearsed" (ISO moment), "data" (a digest). A fact that nobody knows now says nothing.
    """
    for name, value in now.items():
        facet = _FACETS.get(name.partition(" ")[0])
        if facet is None or (rests_on and facet not in rests_on):
            continue
        if said := _moved(name, then.get(name), value, at):
            return facet.value, said
    return None


_FACETS = {
    "forecast": Facet.FORECAST,
    "rows": Facet.FORECAST,
    "rehearsed": Facet.FORECAST,
    "data": Facet.DATA,
}


def _moved(name: str, then: str | None, now: str, at: datetime) -> str:
    kind, _, what = name.partition(" ")
    if kind == "forecast":
        if then is None:
            return f"there was no forecast yet; now {what} takes up to {seconds(float(now))}"
        old, new = float(then), float(now)
        if new > old * _WORSE and new > old + _SECOND:
            return f"{what} was expected to take up to {seconds(old)}, now up to {seconds(new)}"
    elif kind == "rows" and then is not None:
        old_rows, rows = int(then), int(now)
        if rows > old_rows * _DOUBLED and rows > old_rows + _MORE_ROWS:
            where, _, table = what.partition(" ")
            return f"{table} in {where} had {old_rows:,} rows, and has {rows:,}"
    elif kind == "rehearsed":
        age = at - datetime.fromisoformat(now)
        if age > REHEARSAL_AGE:
            return f"the rehearsal is {age.days} days old"
    elif kind == "data" and then not in (None, now):
        return "other columns hold personal data than when it was approved"
    return ""
