"""What a revision may do without anybody being asked: no more than its rehearsal and forecast foretold. Pure.

The margins are wide, for a trip-wire that goes off for nothing is soon cut: a lock has to be held three times
as long as the forecast's high end *and* two seconds longer than that (people notice such a wait, and it is
four looks long); rows have to be three times the scaled count *and* 1,000 more. A lock that was not rehearsed
has the two seconds alone, and a table that is written anew without having been rehearsed so has no margin.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.core.growing import bare
from bot.core.locks import blocked, shuts
from bot.core.measures import Expected, Forecast, LockHeld, Rehearsal
from bot.core.text import listed, seconds

TIMES = 3
SECONDS = 2.0
ROWS = 1_000
#: So many tables are named; a lock on a table of a thousand partitions is one on each of them.
TABLES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """How far one revision may go. Table names are without the schema that the server adds by itself."""

    #: table -> lock mode -> seconds that the forecast has at most, queueing for other locks included.
    holds: Mapping[str, Mapping[str, float]]
    #: Rows that it is expected to write; None: nobody can tell, so they are no wire.
    rows: int | None
    #: Tables and indexes that may have another storage afterwards: rewritten, made or dropped when rehearsed.
    rewritten: Collection[str]
    #: Its locks were not measured: any may be held for as long as all of it is expected to take.
    blind: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The edges of the revisions that were rehearsed and forecast; any other has none."""

    edges: Mapping[str, Edge]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of one revision: `seconds` of a lock is what it has been held for at least."""

    locks: tuple[LockHeld, ...] = ()
    #: Once it is done: the rows that its driver counted, and what has another storage than before.
    rows: int | None = None
    rewritten: tuple[str, ...] = field(default=())


def envelope(rehearsal: Rehearsal, forecast: Forecast) -> Envelope:
    """The edges for one environment."""
    return Envelope(edges={e.revision: _edge(rehearsal, e) for e in forecast.revisions})


def _edge(rehearsal: Rehearsal, expected: Expected) -> Edge:
    holds: dict[str, dict[str, float]] = {}
    for block in expected.blocks:
        modes = holds.setdefault(bare(block.table), {})
        modes[block.mode] = max(modes.get(block.mode, 0.0), block.seconds.high + block.queued)
    own = [s for s in rehearsal.statements if s.revision == expected.revision]
    return Edge(
        holds=holds,
        rows=expected.rows,
        rewritten=frozenset(bare(n) for s in own for n in (*s.rewritten, *s.created, *s.dropped)),
        blind=expected.seconds.high if expected.blind else 0.0,
    )


def left(envelope: Envelope, revision: str, seen: Seen) -> tuple[str, ...]:
    """A sentence for each way in which the revision has left its envelope; none: inside, or it has none."""
    edge = envelope.edges.get(revision)
    if edge is None:
        return ()
    tripping = [lock for lock in seen.locks if trips(edge, lock)]
    worst = _strongest(tripping)
    said = [_held(edge, revision, lock) for lock in worst[:TABLES]]
    if len(worst) > TABLES:
        said.append(f"{revision} has held {len(worst) - TABLES} more tables for far longer than rehearsed.")
    said.append(_wrote(edge, revision, seen.rows))
    said.append("" if edge.blind else _rewrote(edge, revision, seen.rewritten))
    return tuple(filter(None, said))


def trips(edge: Edge, lock: LockHeld) -> bool:
    """Whether a lock has been held far longer than was foretold."""
    expected = _foretold(edge, lock)
    if shuts(lock.mode) == 1 and expected is None:
        return False  # whoever writes a row takes it; alone it keeps nobody from the table
    return bool(shuts(lock.mode)) and lock.seconds > _most(expected or 0.0)


def _most(expected: float) -> float:
    return max(TIMES * expected, expected + SECONDS)


def _foretold(edge: Edge, lock: LockHeld) -> float | None:
    """Seconds for which a lock that keeps others out at least as much was foretold; None: no such lock."""
    modes = edge.holds.get(bare(lock.relation), {})
    fitting = [held for mode, held in modes.items() if shuts(mode) >= shuts(lock.mode)]
    if edge.blind:
        fitting.append(edge.blind)
    return max(fitting, default=None)


def _strongest(locks: Collection[LockHeld]) -> list[LockHeld]:
    """Of each table the lock that keeps others from most, then the one that is held longest."""
    found: dict[str, LockHeld] = {}
    for lock in sorted(locks, key=lambda one: (shuts(one.mode), one.seconds)):
        found[bare(lock.relation)] = lock
    return sorted(found.values(), key=lambda one: (-shuts(one.mode), -one.seconds))


def _held(edge: Edge, revision: str, lock: LockHeld) -> str:
    keeps = blocked(lock.mode) or "writes to changed rows"
    so_far = f"{revision} has held {bare(lock.relation)} ({keeps} blocked) for {seconds(lock.seconds)}"
    expected = _foretold(edge, lock)
    if expected is None:
        return f"{so_far}; in the rehearsal it kept nobody from that."
    return f"{so_far}; the rehearsal expected at most {seconds(expected)}."


def _wrote(edge: Edge, revision: str, rows: int | None) -> str:
    if rows is None or edge.rows is None or rows <= max(TIMES * edge.rows, edge.rows + ROWS):
        return ""
    return f"{revision} wrote {rows:,} rows; the rehearsal expected about {edge.rows:,}."


def _rewrote(edge: Edge, revision: str, rewritten: Collection[str]) -> str:
    strange = [name for name in rewritten if bare(name) not in edge.rewritten]
    if not strange:
        return ""
    named = strange[:5] + ([f"{len(strange) - 5} more"] if len(strange) > 5 else [])
    verb = "was" if len(strange) == 1 else "were"
    return (
        f"{listed(named)} {verb} written anew on disk while {revision} ran; in the rehearsal"
        f" {'it was' if len(strange) == 1 else 'they were'} not."
    )
