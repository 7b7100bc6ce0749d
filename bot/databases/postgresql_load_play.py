"""A workload while it runs on a PostgreSQL database: clients, each with a connection of its own.

Nothing that it writes stays: every statement runs in a transaction that is rolled back, a script's own COMMIT
included. So row counts and fingerprints are those of the change alone. Two things of a write are left, and
neither is counted: a sequence has moved, and dead rows wait for VACUUM. The flush at commit is not felt.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import choices, uniform
from threading import Event, Lock, Thread

import psycopg
from psycopg import RawCursor

from bot.core.errors import StepFailed
from bot.core.measures import Felt
from bot.databases.load_tally import BEFORE, PARTS, Tally, part_of
from bot.databases.postgresql_link import Link
from bot.databases.postgresql_load_ready import Ready
from bot.databases.postgresql_load_script import Line, Number, evaluate, filled
from bot.databases.postgresql_load_words import words_of

#: Seconds between two statements of one client: four clients run about 160 in a second.
THINK = 0.02
#: Until all clients are joined, and until they have let go.
_PATIENCE = 10.0
_AGAIN = 0.2
_BEGIN = re.compile(r"(BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE)
_END = re.compile(r"(COMMIT|END|ABORT|ROLLBACK(?!\s+((WORK|TRANSACTION)\s+)?TO\b))\b", re.IGNORECASE)
_HALF = re.compile(r"PREPARE\s+TRANSACTION\b", re.IGNORECASE)

#: One statement of a turn: its place among the texts, the statement itself, its values.
Piece = tuple[int, str, Sequence[str | None]]


class Turns:
    """What a client does between two pauses: one of the statements, by weight."""

    def __init__(self, ready: Sequence[Ready], weights: Sequence[float]) -> None:
        self._ready, self._weights = ready, weights
        self.texts = [one.sql for one in ready]

    def turn(self, client: int) -> Iterator[Piece | float]:
        """Pieces to run, and seconds to pause."""
        del client
        [which] = choices(range(len(self._ready)), self._weights)  # noqa: S311
        yield which, self._ready[which].sql, self._ready[which].values()


class ScriptTurns:
    """What a client does between two pauses: the whole of a pgbench script."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self.texts = [line.sql for line in lines]

    def turn(self, client: int) -> Iterator[Piece | float]:
        """Pieces to run, and seconds to pause."""
        variables: dict[str, Number] = {"scale": 1, "client_id": client}
        for which, line in enumerate(self._lines):
            if line.sets:
                variables[line.sets] = evaluate(line.to, variables)
            elif line.sleep:
                yield line.sleep
            else:
                yield which, filled(line.sql, variables), ()


@dataclass(slots=True, kw_only=True)
class _Client:
    """One client's connection; whether it waits for an answer, and whether its transaction is open."""

    number: int
    link: Link
    busy: bool = False
    open: bool = False


class Play:
    """Port Loaded."""

    def __init__(
        self, turns: Turns | ScriptTurns, join: Callable[[], Link], source: str, clients: int
    ) -> None:
        self._turns, self._join, self._source = turns, join, source
        self._tally = Tally(turns.texts, THINK)
        self._part, self._over, self._lock = BEFORE, Event(), Lock()
        self._clients: list[_Client] = []
        try:
            for number in range(clients):
                self._clients.append(_Client(number=number, link=join()))
        except StepFailed:
            self._close()
            raise
        self._threads = [
            Thread(target=self._work, args=[client], name=f"load {client.number}", daemon=True)
            for client in self._clients
        ]
        self._felt: Felt | None = None

    def start(self) -> None:
        """From now on it runs, and what it feels is "before"."""
        for thread in self._threads:
            thread.start()

    def mark(self, part: str) -> None:
        """From now on it is "during" or "after"."""
        if part not in PARTS:
            raise ValueError(f"{part} is no part of a workload.")
        self._part = part

    def felt(self) -> Felt:
        """What it felt; ends it. A statement that still waits counts with the time that it has waited."""
        with self._lock:
            if self._felt is None:
                self._end()
                self._felt = self._tally.felt(self._source)
            return self._felt

    def _end(self) -> None:
        self._over.set()
        deadline = time.monotonic() + _PATIENCE
        for client, thread in zip(self._clients, self._threads, strict=True):
            while thread.is_alive() and time.monotonic() < deadline:
                if client.busy:
                    with suppress(psycopg.Error):
                        client.link.cancel_safe(timeout=2.0)
                thread.join(0.1)
        self._close()

    def _close(self) -> None:
        for client in self._clients:
            with suppress(psycopg.Error):
                client.link.close()

    def _work(self, client: _Client) -> None:
        while not self._over.is_set():
            try:
                self._turn(client)
            except psycopg.Error:
                self._rejoin(client)
            self._over.wait(uniform(0.5, 1.5) * THINK)  # noqa: S311

    def _turn(self, client: _Client) -> None:
        for piece in self._turns.turn(client.number):
            if self._over.is_set():
                break
            if isinstance(piece, float):
                self._over.wait(piece)
            elif not self._run(client, *piece):
                break
        self._let_go(client)

    def _run(self, client: _Client, which: int, statement: str, values: Sequence[str | None]) -> bool:
        """Run one; whether the turn may go on."""
        if _END.match(statement):
            self._let_go(client)
            return True
        link, part = client.link, self._part
        if _BEGIN.match(statement):
            self._let_go(client)
            client.open = True
            RawCursor(link).execute(statement, prepare=False, binary=True)
            return True
        if not client.open:
            link.execute("BEGIN")
        began = time.perf_counter()
        try:
            client.busy = True
            if _HALF.match(statement):
                raise psycopg.NotSupportedError("PREPARE TRANSACTION would outlive the rehearsal")
            # Asked for as binary it goes out as one statement alone: a second could end the transaction.
            RawCursor(link).execute(statement, values, prepare=False, binary=True)
        except psycopg.Error as error:
            self._refused(part, which, time.perf_counter() - began, error)
            return False
        finally:
            client.busy = False
        self._tally.took(part_of(part, self._part), which, time.perf_counter() - began)
        if not client.open:
            self._let_go(client)
        return True

    def _refused(self, part: str, which: int, seconds: float, error: psycopg.Error) -> None:
        part = part_of(part, self._part)
        if self._over.is_set() and isinstance(error, psycopg.errors.QueryCanceled):
            self._tally.took(part, which, seconds)  # it was we who ended it
            return
        self._tally.failed(part, which, seconds, words_of(error))

    def _let_go(self, client: _Client) -> None:
        client.open = False
        if client.link.closed:
            raise psycopg.OperationalError
        client.link.execute("ROLLBACK")

    def _rejoin(self, client: _Client) -> None:
        """A connection that is gone is made anew, as an application's pool would."""
        with suppress(psycopg.Error):
            client.link.close()
        client.open = False
        while not self._over.wait(_AGAIN):
            with suppress(StepFailed, psycopg.Error):
                client.link = self._join()
                return
