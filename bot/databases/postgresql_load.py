"""Workloads on PostgreSQL: where their statements come from, and playing them on a scratch database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from bot.core.errors import StepFailed
from bot.core.lab import Workload
from bot.core.measures import Written
from bot.core.targets import Target
from bot.databases.postgresql_link import LONG, Link, connect, linked, saying
from bot.databases.postgresql_load_busy import busiest, reaching_out
from bot.databases.postgresql_load_made import made
from bot.databases.postgresql_load_play import Play, ScriptTurns, Turns
from bot.databases.postgresql_load_ready import Bench
from bot.databases.postgresql_load_script import read
from bot.databases.postgresql_load_shape import write

APPLICATION = "whimbrel-load"
#: So many of the busiest statements are played.
_BUSIEST = 10
#: A statement that takes longer when it is tried is no small piece of an application's work.
_TRIED_SECONDS = 5.0
#: A lock is waited for as long as an application without limits would wait: that is what is measured.
_PLAYED_SECONDS = 4 * 3600.0
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
            fit, out = _fit(link, bench, found, most=_BUSIEST)
            if fit:
                return _workload(f"the {len(fit)} busiest statements of {source.id}", fit, out)
            known = [table for name in dict.fromkeys(tables) if (table := bench.table(name))]
            candidates = [pair for table in known for pair in made(table)]
            fit, out = _fit(link, bench, candidates, most=len(candidates))
        if not fit:
            raise StepFailed(f"There is no workload for {', '.join(tables) or 'no table'}.",
                             hint="Write one: a script for pgbench.")  # fmt: skip
        return _workload("made from the catalog", fit, out)

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
        with linked(target, APPLICATION, seconds=LONG, read_only=False) as link, saying(target):
            return write(link, tables, rows)


def _fit(
    link: Link, bench: Bench, candidates: Sequence[tuple[str, float]], *, most: int
) -> tuple[list[tuple[str, float]], int]:
    """The first `most` that the copy can run, and how many before them it cannot."""
    fit: list[tuple[str, float]] = []
    out = 0
    for statement, weight in candidates:
        if len(fit) == most:
            break
        if _fault(link, bench, statement):
            out += 1
        else:
            fit.append((statement, weight))
    return fit, out


def _fault(link: Link, bench: Bench, statement: str) -> str:
    """Why it is not played, or ""."""
    if name := reaching_out(link, statement):
        return f"it calls {name}, which may do more than read and write rows"
    try:
        ready = bench.ready(statement)
    except psycopg.Error as error:
        return str(error.sqlstate)
    return bench.fault(ready)


def _workload(source: str, fit: Sequence[tuple[str, float]], out: int) -> Workload:
    one = out == 1
    left = f" ({out} more {'is' if one else 'are'} left out: the copy cannot run {'it' if one else 'them'})"
    return Workload(
        source=source + left * bool(out),
        statements=tuple(statement for statement, _ in fit),
        weights=tuple(weight for _, weight in fit),
    )


def _turns(link: Link, workload: Workload) -> Turns | ScriptTurns:
    if workload.script:
        return ScriptTurns(read(workload.source, workload.script))
    bench = Bench(link)
    ready = [bench.ready(statement) for statement in workload.statements]
    if not ready:
        raise StepFailed(f"The workload ({workload.source}) has no statement.")
    return Turns(ready, workload.weights or [1.0] * len(ready))
