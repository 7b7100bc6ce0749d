"""Which table was kept from reads or writes in a rehearsal, when, and for how long. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.locks import blocked
from bot.core.measures import Measured, Rehearsal
from bot.core.text import seconds

#: What stops others, the worse first. Other schema changes are no concern of an application.
ALL, WRITES = "reads and writes", "writes"
Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A stretch in which others could not use a table. Times in seconds from its revision's beginning."""

    table: str
    #: ALL or WRITES.
    what: str
    revision: str
    begin: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One revision of the rehearsal, and how long it took."""

    revision: str
    seconds: float
    blocked: tuple[Blocked, ...] = ()


def parts_of(rehearsal: Rehearsal) -> tuple[Part, ...]:
    """The revisions in their order, with what each kept from others.

    A table that the change itself has made is left out: nobody else knows it yet.
    """
    rows: dict[str, list[Measured]] = defaultdict(list)
    for one in rehearsal.statements:
        rows[one.revision].append(one)
    ours: set[str] = set()
    parts = []
    for revision, statements in rows.items():
        ours.update(name for one in statements for name in one.created)
        found = _blocked(revision, statements, ours)
        length = max([sum(one.seconds for one in statements), *(b.end for b in found)])
        parts.append(Part(revision=revision, seconds=length, blocked=found))
    return tuple(parts)


def blocked_in(rehearsal: Rehearsal | None) -> tuple[Blocked, ...]:
    """Every stretch, in the order of the revisions."""
    return tuple(b for part in parts_of(rehearsal) for b in part.blocked) if rehearsal else ()


def longest(found: Iterable[Blocked]) -> Blocked | None:
    """The stretch that people feel most; of two equal ones that which keeps reads off too."""
    return max(found, key=lambda b: (round(b.seconds, 3), b.what == ALL), default=None)


def by_table(found: Iterable[Blocked]) -> dict[str, dict[str, float]]:
    """table -> what was kept off -> seconds in all; the table that was blocked longest first."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: {ALL: 0.0, WRITES: 0.0})
    for one in found:
        sums[one.table][one.what] += one.seconds
    order = sorted(sums, key=lambda t: (-sums[t][ALL] - sums[t][WRITES], -sums[t][ALL], t))
    return {table: sums[table] for table in order}


def blocked_words(sums: dict[str, float]) -> str:
    """ "no reads or writes for 0.8 s, no writes for 12 s"."""
    words = {ALL: "no reads or writes", WRITES: "no writes"}
    return ", ".join(f"{words[what]} for {short(sums[what])}" for what in (ALL, WRITES) if sums[what] > 0)


def short(value: float) -> str:
    """A duration; what is too short to see is said to be so."""
    return "under 0.1 s" if value < 0.1 else seconds(value)


def blocking_said(rehearsal: Rehearsal, most: int = 8) -> str:
    """The chart's facts as a plain sentence, with names as they came."""
    found = blocked_in(rehearsal)
    tables = by_table(found)
    if not tables:
        return "No table was kept from reads or writes."
    rows = []
    for table, sums in list(tables.items())[:most]:
        where = dict.fromkeys(b.revision for b in found if b.table == table)
        names = ", ".join(list(where)[:4]) + (f" and {len(where) - 4} more" if len(where) > 4 else "")
        rows.append(f"{_flat(table)}: {blocked_words(sums)} (in {_flat(names)})")
    more = f"; and {len(tables) - most} more tables" if len(tables) > most else ""
    return f"Blocked in the rehearsal: {'; '.join(rows)}{more}."


def _flat(text: str, most: int = 100) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _blocked(revision: str, statements: Sequence[Measured], ours: set[str]) -> tuple[Blocked, ...]:
    spans: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for one in statements:
        for lock in one.locks:
            what = blocked(lock.mode)
            if what in (ALL, WRITES) and lock.relation not in ours and lock.seconds > 0:
                spans[lock.relation, what].append((lock.begin, lock.begin + lock.seconds))
    found = []
    for (table, what), given in spans.items():
        kept = _joined(given)
        if what == WRITES:  # what keeps everybody off is not told a second time
            kept = _without(kept, _joined(spans.get((table, ALL), [])))
        found += [Blocked(table=table, what=what, revision=revision, begin=a, end=b) for a, b in kept]
    return tuple(sorted(found, key=lambda b: (b.begin, b.table, b.what)))


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch become one."""
    made: list[Span] = []
    for begin, end in sorted(spans):
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((begin, end))
    return made


def _without(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    left = list(spans)
    for begin, end in holes:
        left = [
            piece
            for a, b in left
            for piece in ((a, min(b, begin)), (max(a, end), b))
            if piece[1] - piece[0] > 1e-9
        ]
    return left
