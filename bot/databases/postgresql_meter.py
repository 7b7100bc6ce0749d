"""Runs a script's SQL on a scratch database as its tool would, and says of each statement what it did."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack, suppress

import psycopg

from bot.core.events import Direction
from bot.core.measures import Measured
from bot.core.plans import Script
from bot.core.split import split
from bot.core.targets import Kind, Target
from bot.databases.postgresql_link import Link, connect
from bot.databases.postgresql_meter_locks import LockWatch
from bot.databases.postgresql_meter_run import MeteredRun
from bot.databases.postgresql_meter_wire import Wire
from bot.databases.postgresql_scratch_server import APPLICATION
from bot.databases.questions import HISTORY_TABLES

_COMMENTS = re.compile(r"(\s|--[^\n]*(\n|$)|/\*.*?\*/)*", re.DOTALL)
_BEGINS = re.compile(r"(BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE)
_ENDS = re.compile(r"(COMMIT|END|ROLLBACK(?!\s+(WORK\s+|TRANSACTION\s+)?TO\b)|ABORT)\b", re.IGNORECASE)
_OF_HISTORY = re.compile(
    r"(INSERT\s+INTO|UPDATE|DELETE\s+FROM|CREATE\s+TABLE(\s+IF\s+NOT\s+EXISTS)?)\s+"
    rf'("?\w+"?\s*\.\s*)?"?({"|".join(HISTORY_TABLES)})\b',
    re.IGNORECASE,
)


class PostgreSQLMeter:
    """Port Meter. `seconds`: a statement's limit; `patience`: how long it waits for a lock, in seconds."""

    def __init__(self, seconds: float = 6 * 3600.0, patience: float = 60.0) -> None:
        self._seconds, self._patience = seconds, patience

    def measure(self, target: Target, script: Script, direction: Direction) -> Sequence[Measured]:
        """What each statement did; ends with the first that the database refused (its `error` says why).

        A script that is one transaction is committed at its end. Any other runs as it is written: between its
        own BEGIN and COMMIT, or each statement by itself. A script that says COMMIT first begins inside a
        transaction, as Alembic renders its autocommit blocks.
        Raises StepFailed when the scratch database cannot be reached or stops answering.
        """
        forward = direction is Direction.FORWARD
        statements = split(script.forward if forward else script.backward, Kind.POSTGRESQL)
        if not statements:
            return []
        with ExitStack() as stack:
            wire = self._wire(target, stack)
            watch = LockWatch(self._wire(target, stack), wire.link.info.backend_pid)
            run = MeteredRun(wire=wire, watch=watch, revision=script.revision)
            run.prepare(with_barrier=not script.transactional)
            self._carry(run, statements, inside=_begins_inside(script.transactional, statements))
            return run.measured()

    def _carry(self, run: MeteredRun, statements: Sequence[str], *, inside: bool) -> None:
        if inside:
            run.begin()
        for statement in statements:
            said = _COMMENTS.sub("", statement, count=1)
            if _BEGINS.match(said):
                going = run.open or run.begin(statement)
            elif _ENDS.match(said):
                going = not run.open or run.end(statement)
            else:
                going = run.statement(statement, said, told=not _OF_HISTORY.match(said))
            if not going:
                return
        if run.open:
            run.end("COMMIT")

    def _wire(self, target: Target, stack: ExitStack) -> Wire:
        settings = {
            "lock_timeout": str(int(self._patience * 1000)),
            "idle_in_transaction_session_timeout": "0",
        }
        link = connect(target, APPLICATION, seconds=self._seconds, settings=settings)
        wire = Wire(link, target.id, self._seconds)
        stack.callback(wire.close)
        _set_up(link)
        return wire


def _set_up(link: Link) -> None:
    link.execute("SET client_encoding = 'UTF8'")
    # The log tells of temporary files, and we have it sent to us; a server may keep that to superusers.
    for setting in ("log_temp_files = 0", "client_min_messages = log", "stats_fetch_consistency = none"):
        with suppress(psycopg.Error):
            link.execute(f"SET {setting}".encode())


def _begins_inside(transactional: bool, statements: Sequence[str]) -> bool:
    """Whether a transaction is open before the first statement."""
    if transactional:
        return True
    said = [_COMMENTS.sub("", statement, count=1) for statement in statements]
    control = next((s for s in said if _BEGINS.match(s) or _ENDS.match(s)), "")
    return bool(_ENDS.match(control))
