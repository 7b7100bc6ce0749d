"""What the scripts did on an empty copy of production's schema, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.core.locks import blocked
from bot.core.measures import Measured
from bot.core.plans import Ghost
from bot.core.text import code, listed, plain, seconds
from bot.slack.blocking import ALL, WRITES

_SHOWN = 12


def ghost_rows(ghost: Ghost | None, change: int) -> list[str]:
    """A row for each revision that others will feel, and what is left to the rehearsal."""
    if ghost is None:
        return []
    if ghost.missing:
        return [f"None could be made: {plain(ghost.missing, 300)}"]
    made: dict[str, list[Measured]] = {}
    for one in ghost.forward:
        made.setdefault(one.revision, []).append(one)
    rows = [f"• {code(name, 60)} {words}" for name, found in made.items() if (words := _said(found))]
    more = [f"… and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else []
    calm = [] if rows else ["No revision keeps anybody from a table."]
    took = f"Forward{' and back' if ghost.prints.get('back') else ''} in {seconds(ghost.seconds)}."
    left = f"How long it takes, and what rows break, {code(f'/migrate run test {change}')} tells."
    return [*rows[:_SHOWN], *more, *calm, f"{took} {left}"]


def _said(found: Iterable[Measured]) -> str:
    return "; ".join(_parts(list(found)))


def _parts(found: list[Measured]) -> Iterator[str]:
    ours = {name for one in found for name in one.created}
    locks = {(lock.relation, blocked(lock.mode)) for one in found for lock in one.locks}
    for what in (ALL, WRITES):
        tables = sorted(t for t, kept in locks if kept == what and t not in ours)
        if what == WRITES:
            tables = [t for t in tables if (t, ALL) not in locks]
        if tables:
            yield f"keeps {what} off {listed([plain(t, 60) for t in tables[:4]])}"
    if anew := sorted({name for one in found for name in one.rewritten}):
        yield f"writes {listed([plain(name, 60) for name in anew[:4]])} anew"
    if errors := [one.error for one in found if one.error]:
        yield f"*fails*: {plain(errors[0], 300)}"
