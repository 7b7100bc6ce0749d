"""Workloads on PostgreSQL: where their statements come from, and playing them on a scratch database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from bot.core.errors import StepFailed
from bot.core.lab import Workload
from bot.core.measures import Written
from bot.core.targets import Target
from bot.databases.postgresql_link import Link, connect, linked
from bot.databases.postgresql_load_busy import busiest, reaching_out
from bot.databases.postgresql_load_made import made
from bot.databases.postgresql_load_play import Play, ScriptTurns, Turns
from bot.databases.postgresql_load_ready import MOST_ROWS, REFUSED, Bench
from bot.databases.postgresql_load_script import read
from bot.databases.postgresql_load_shape import write
from bot.databases.questions import short

APPLICATION = "whimbrel-load"
#: So many of the busiest statements are played.
_BUSIEST = 10
#: A statement that takes longer when it is tried is no small piece of an application's work.
_TRIED_SECONDS = 5.0
#: A lock is waited for as long as an application without limits would wait: that is what is measured.
_PLAYED_SECONDS = 4 * 3600.0
_WRITTEN_SECONDS = 120.0
_CLIENTS_MOST = 32


def scripted(name: str, text: str, clients: int = 4) -> Workload:
    """The project's own script for pgbench. StepFailed, with the line, for what we do not know in it."""
    read(name, text)
    return Workload(source=f"the project's script {name}", statements=(), script=text, clients=clients)


class PostgreSQLLoads:
    """Port Loads."""

    def workload(self, source: Target, scratch: Target, tables: Sequence[str]) -> Workload:
        """The busiest statements of the source that the copy can run, else made from the catalog.

        Of the source only pg_stat_statements is read, and there only the texts. Raises StepFailed when the
        copy has nothing to read at all.
        """
        with linked(source, APPLICATION) as link:
            found = busiest(link, tables)
        with linked(scratch, APPLICATION, seconds=_TRIED_SECONDS, read_only=False) as link:
            bench = Bench(link)
            fit = _fit(link, bench, found, most=_BUSIEST)
            if fit.statements:
                count = len(fit.statements)
                which = f"the {count} busiest statements" if count > 1 else "the busiest statement"
                return fit.workload(f"{which} of {source.id}")
            known = [table for name in dict.fromkeys(tables) if (table := bench.table(name))]
            candidates = [pair for table in known for pair in made(table)]
            fit = _fit(link, bench, candidates, most=len(candidates))
        if not fit.statements:
            raise StepFailed(f"There is no workload for {', '.join(tables) or 'no table'}.",
                             hint="Write one: a script for pgbench.")  # fmt: skip
        return fit.workload("made from the catalog")

    def scripted(self, name: str, text: str) -> Workload:
        """The project's own script for pgbench."""
        return scripted(name, text)

    @contextmanager
    def play(self, target: Target, workload: Workload) -> Iterator[Play]:
        """All clients are joined and run when it begins. Raises StepFailed when one cannot join."""
        with linked(target, APPLICATION, read_only=False) as link:
            turns = _turns(link, workload)
        settings = {"lock_timeout": "0"}

        def join() -> Link:
            link = connect(target, APPLICATION, seconds=_PLAYED_SECONDS, settings=settings)
            link.prepare_threshold = None
            return link

        playing = Play(turns, join, workload.source, max(1, min(workload.clients, _CLIENTS_MOST)))
        try:
            playing.start()
            yield playing
        finally:
            playing.felt()

    def write_new_shape(self, target: Target, tables: Sequence[str], rows: int) -> Written:
        """Write rows as the new schema allows them: how many each table took, and what none took."""
        with linked(target, APPLICATION, seconds=_WRITTEN_SECONDS, read_only=False) as link:
            return write(link, tables, rows)


@dataclass(slots=True, kw_only=True)
class _Fit:
    """Statements that the copy can run, and how many it cannot, by the reason."""

    statements: list[tuple[str, float]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def workload(self, source: str) -> Workload:
        """Them, with what is left out said in the source."""
        said = ", ".join(f"{count} {why}" for why, count in sorted(self.left_out.items()))
        return Workload(
            source=f"{source} (left out: {said})" if said else source,
            statements=tuple(statement for statement, _ in self.statements),
            weights=tuple(weight for _, weight in self.statements),
        )


def _fit(link: Link, bench: Bench, candidates: Sequence[tuple[str, float]], *, most: int) -> _Fit:
    """The first `most` that the copy can run."""
    fit = _Fit()
    for statement, weight in candidates:
        if len(fit.statements) == most:
            break
        if why := _fault(link, bench, statement):
            fit.left_out[why] += 1
        else:
            fit.statements.append((statement, weight))
    return fit


def _fault(link: Link, bench: Bench, statement: str) -> str:
    """Why it is not played, or ""."""
    if reaching_out(link, statement):
        return "calling a function that may do more than read and write rows"
    try:
        return bench.fault(bench.ready(statement))
    except psycopg.Error:
        return REFUSED


def _small(bench: Bench, source: str, statement: str) -> None:
    """StepFailed for a statement whose answer would have to be carried here row by row, for nothing."""
    with suppress(psycopg.Error):  # it will say so itself when it is played
        if bench.brings(statement) > MOST_ROWS:
            raise StepFailed(
                f"In {source} a statement brings more than {MOST_ROWS:,} rows: {short(statement)}",
                hint="Give it a LIMIT.",
            )


def _turns(link: Link, workload: Workload) -> Turns | ScriptTurns:
    bench = Bench(link)
    if workload.script:
        turns = ScriptTurns(read(workload.source, workload.script))
        for piece in turns.turn(0):
            if not isinstance(piece, float):
                _small(bench, workload.source, piece[1])
        return turns
    ready = [bench.ready(statement) for statement in workload.statements]
    if not ready:
        raise StepFailed(f"The workload ({workload.source}) has no statement.")
    return Turns(ready, workload.weights or [1.0] * len(ready))
