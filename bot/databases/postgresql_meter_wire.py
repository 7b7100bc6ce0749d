"""One statement on its way, with something to do meanwhile: no thread, and no wait without an end."""

from __future__ import annotations

import re
import selectors
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus

from bot.core.errors import StepFailed
from bot.databases.postgresql_link import Link
from bot.databases.questions import short

#: What the server logs, and tells us, when a temporary file goes ("temporary file: path …, size 1400000").
_TEMPORARY = re.compile(r"pgsql_tmp.*?(\d+)\s*$", re.DOTALL)
#: Seconds for our own questions.
_QUESTION = 60.0
#: After its own limit a statement has so many seconds to end before its server counts as frozen.
_GRACE = 15.0
_COPIES = (ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH)

#: Called while the server works; answers for how many seconds it wants to be left alone.
Meanwhile = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a statement ended: when (by `time.perf_counter`), with which rows, or with which error."""

    begin: float
    end: float
    rows: tuple[tuple[str, ...], ...] = ()
    error: str = ""
    state: str = ""

    @property
    def seconds(self) -> float:
        return self.end - self.begin


class Wire:
    """A session whose statements are sent and waited for apart."""

    def __init__(self, link: Link, name: str, seconds: float) -> None:
        self._link, self._pg, self._name, self._seconds = link, link.pgconn, name, seconds
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._pg.socket, selectors.EVENT_READ)
        self._temporary = 0
        self._pg.nonblocking = 0
        link.add_notice_handler(self._notice)

    @property
    def link(self) -> Link:
        """For questions before the first statement."""
        return self._link

    def close(self) -> None:
        """End the session; the server undoes what is not committed."""
        self._ready.close()
        with suppress(psycopg.Error):
            self._link.close()

    def temporary(self) -> int:
        """Bytes of temporary files since this was asked last."""
        found, self._temporary = self._temporary, 0
        return found

    def run(self, sql: str, meanwhile: Meanwhile | None = None) -> Answer:
        """Send and wait: as long as a statement may take, or a minute for one with nothing to do meanwhile.

        Raises StepFailed when the connection is lost or the server is frozen.
        """
        begin = time.perf_counter()
        until = begin + (self._seconds + _GRACE if meanwhile else _QUESTION)
        try:
            self._pg.send_query(sql.encode("utf-8", "surrogateescape"))
            return self._answer(begin, until, meanwhile or (lambda: _QUESTION))
        except psycopg.Error as error:
            raise StepFailed(f"The connection to {self._name} was lost: {short(str(error))}") from None

    def ask(self, sql: str) -> tuple[tuple[str, ...], ...]:
        """The rows of a question of our own. Raises StepFailed, also when the server refuses it."""
        answer = self.run(sql)
        if answer.error:
            raise StepFailed(f"{self._name} did not say what a statement did: {answer.error}.")
        return answer.rows

    def _answer(self, begin: float, until: float, meanwhile: Meanwhile) -> Answer:
        rows: list[tuple[str, ...]] = []
        error, state = "", ""
        while True:
            self._wait(until, meanwhile)
            result = self._pg.get_result()
            if result is None:
                return Answer(
                    begin=begin, end=time.perf_counter(), rows=tuple(rows), error=error, state=state
                )
            if result.status == ExecStatus.FATAL_ERROR:
                error = _text(result.error_field(DiagnosticField.MESSAGE_PRIMARY)) or "it gave no reason"
                state = _text(result.error_field(DiagnosticField.SQLSTATE))
            elif result.status in _COPIES:
                self._link.close()
                raise StepFailed(f"{self._name} was to COPY over the connection, which a script cannot do.")
            columns = range(result.nfields)
            rows += [tuple(_text(result.get_value(row, c)) for c in columns) for row in range(result.ntuples)]

    def _wait(self, until: float, meanwhile: Meanwhile) -> None:
        while self._pg.is_busy():
            if self._ready.select(max(0.0, meanwhile())):
                self._pg.consume_input()
            elif time.perf_counter() > until:
                self._link.close()
                raise StepFailed(f"{self._name} has stopped answering.", hint="Is its server frozen?")

    def _notice(self, notice: psycopg.errors.Diagnostic) -> None:
        if found := _TEMPORARY.search(notice.message_primary or ""):
            self._temporary += int(found[1])


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode("utf-8", "replace")
