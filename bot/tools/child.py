"""What every child program of a tool is made of: orders in, answers out, and a watch on its connections.

It is loaded by path in the project's own interpreter, and needs the standard library and SQLAlchemy only.
Orders come as lines of JSON on stdin, the target's URL among them; answers leave on a pipe of their own, so
a script may print and log as it likes.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Queue
from threading import Lock, Thread
from typing import Any, TextIO

from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError

_LOCK_STATES = {"55P03", "40P01"}
_LOST_STATES = {"57P01", "57P02", "57P03"}
_LIBPQ = {"psycopg", "psycopg_async", "psycopg2", "psycopg2cffi"}
#: A peer that is gone is noticed after about ten seconds instead of two hours.
_KEEPALIVES = {
    "keepalives": "1",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
_NOT_WORK = {"begin", "savepoint", "release"}
_CHANGES_NOTHING = {"select", "show", "values", "explain", "pragma", "set", "reset", "table", *_NOT_WORK}
_CHANGES_ROWS = re.compile(r"(with\b.*\b)?(insert|update|delete|merge|copy)\b", re.IGNORECASE | re.DOTALL)
_LEADING = re.compile(r"(\s|--[^\n]*(\n|$)|/\*.*?\*/)*", re.DOTALL)


class Refused(Exception):
    """The order cannot be carried out; nothing of it was begun."""


class Orders:
    """What the parent asks, line by line; answered on a pipe of its own."""

    def __init__(self, stream: TextIO, answers: TextIO) -> None:
        self._stream, self._answers = stream, answers
        self._waiting: Queue[dict[str, Any] | None] = Queue()
        self._open, self._lock = 0, Lock()
        self.setup: dict[str, Any] = json.loads(stream.readline())
        Thread(target=self._read, daemon=True).start()

    def next(self, seconds: float | None = None) -> dict[str, Any] | None:
        """The next order; None when the parent has closed. Raises Empty after `seconds`."""
        order = self._waiting.get(timeout=seconds)
        if order is None:
            self._waiting.put(None)
        return order

    def answer(self, **words: Any) -> None:
        with self._lock:
            self._open -= 1
        self.say(**words)

    def say(self, **words: Any) -> None:
        self._answers.write(json.dumps(words) + "\n")
        self._answers.flush()

    def _read(self) -> None:
        for line in self._stream:
            with self._lock:
                self._open += 1
            self._waiting.put(json.loads(line))
        with self._lock:
            if self._open:
                # Nobody hears the answer any more: what is not committed yet must not be.
                os._exit(3)
        self._waiting.put(None)


class Watch:
    """Stands between SQLAlchemy and its drivers: where connections go, and what is done on them."""

    def __init__(self, setup: dict[str, Any]) -> None:
        self._setup, self._url = setup, make_url(setup["url"])
        self._made: list[Any] = []
        self.reset()
        for name in ("do_connect", "connect", "begin", "commit", "rollback"):
            event.listen(Engine, name, getattr(self, name))
        event.listen(Engine, "before_cursor_execute", self.before)
        event.listen(Engine, "after_cursor_execute", self.after)

    def reset(self) -> None:
        """Before a revision."""
        self.began = self.inside = False
        self.statements = self.rows = self.committed = 0
        self._pending = self._committing = 0
        self._last = ("", False)

    @contextmanager
    def within(self) -> Iterator[None]:
        """While the revision's own function runs; what the tool does around it is not counted."""
        self.began = self.inside = True
        try:
            yield
        finally:
            self.inside = False

    def is_ours(self, connection: Any) -> bool:
        """Whether a connection of SQLAlchemy's leads to the target."""
        return any(connection.connection.dbapi_connection is made for made in self._made)

    @property
    def connected(self) -> bool:
        return bool(self._made)

    def torn(self, state: str) -> bool:
        """Whether a statement that failed may have left a part of itself behind: it commits as it goes."""
        sql, alone = self._last
        sql = sql.lower()
        if not alone:
            return False
        return sql.startswith(("do", "call")) or ("concurrently" in sql and state[:2] != "42")

    def do_connect(self, dialect: Any, record: Any, args: Any, words: dict[str, Any]) -> Any:
        """Whatever env.py names, it gets the target."""
        del record, args, words
        if dialect.name != self._url.get_backend_name():
            raise Refused(f"env.py connects to {dialect.name}, and the target is {self._url.drivername}")
        url = self._url
        if dialect.driver == "asyncpg" and "sslmode" in url.query:
            url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": url.query["sslmode"]})
        given, named = dialect.create_connect_args(url)
        if dialect.driver in _LIBPQ:
            named = {**_KEEPALIVES, **named}
        made = dialect.connect(*given, **named)
        self._made = [*self._made[-7:], made]
        return made

    def connect(self, raw: Any, record: Any) -> None:
        del record
        if not any(raw is made for made in self._made):
            raise Refused("env.py bypassed Whimbrel: it makes its connections itself (creator=…)")
        if self._url.get_backend_name() == "sqlite":
            # By itself the driver begins no transaction for DDL, so half a revision would stay.
            raw.isolation_level = None
            run(raw, f"PRAGMA busy_timeout = {_ms(self._setup['lock_timeout'])}")
            return
        name = self._setup["application"].replace("'", "''")
        limit = _ms(self._setup["lock_timeout"])
        run(
            raw,
            f"SELECT set_config('lock_timeout', '{limit}', false), "
            f"set_config('application_name', '{name}', false)",
        )
        if getattr(raw, "autocommit", False) is not True:
            raw.commit()

    def begin(self, connection: Any) -> None:
        if connection.dialect.name == "sqlite" and not _alone(connection):
            connection.exec_driver_sql("BEGIN")

    def commit(self, connection: Any) -> None:  # noqa: ARG002
        # The event comes before the deed: only the next statement shows that it was done.
        self._committing, self._pending = self._committing + self._pending, 0

    def rollback(self, connection: Any) -> None:  # noqa: ARG002
        self._pending = 0

    def before(self, connection: Any, cursor: Any, sql: str, *_: Any) -> None:  # noqa: ARG002
        if self.inside:
            self.committed, self._committing = self.committed + self._committing, 0
            self._last = (_LEADING.sub("", sql, count=1), _alone(connection))

    def after(self, connection: Any, cursor: Any, sql: str, *_: Any) -> None:
        sql = _LEADING.sub("", sql, count=1)
        verb = re.split(r"\W", sql, maxsplit=1)[0].lower()
        if not self.inside or verb in _NOT_WORK:
            return
        self.statements += 1
        if _CHANGES_ROWS.match(sql):
            self.rows += max(cursor.rowcount, 0)
        self._pending += verb not in _CHANGES_NOTHING
        if verb in ("commit", "end") or _alone(connection):
            self.committed, self._pending = self.committed + self._pending, 0


def _alone(connection: Any) -> bool:
    """Whether each statement is a transaction of its own."""
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return True
    return getattr(connection.connection.dbapi_connection, "autocommit", False) is True


def _ms(seconds: float) -> int:
    return min(int(seconds * 1000), 2**31 - 1)


def run(raw: Any, sql: str) -> None:
    """One statement on a driver's own connection, unseen by the watch."""
    cursor = raw.cursor()
    cursor.execute(sql)
    cursor.close()


@contextmanager
def patient(connection: Any, setup: dict[str, Any]) -> Iterator[None]:
    """Let locks be waited for as long as the step may take.

    CREATE INDEX CONCURRENTLY waits, under lock_timeout too, for transactions older than itself. It makes no
    one else wait meanwhile, and an end by timeout would leave an invalid index.
    """
    raw = connection.connection.dbapi_connection
    limited = connection.dialect.name == "postgresql"
    if limited:
        run(raw, f"SET lock_timeout = {_ms(setup['step_timeout'])}")
    try:
        yield
    finally:
        if limited:
            # A connection that is gone has its error under way already.
            with suppress(Exception):
                run(raw, f"SET lock_timeout = {_ms(setup['lock_timeout'])}")


def failure(error: BaseException, watch: Watch) -> dict[str, Any]:
    """An error as an answer: what it means for the revision, and the database's own sentence."""
    found: BaseException | None = error
    while found and not (isinstance(found, DBAPIError) or hasattr(found, "sqlstate")):
        found = found.__cause__ or found.__context__
    cause: Any = getattr(found, "orig", None) or found
    state = str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or "")
    text = str(cause or error).strip() or type(error).__name__
    said = re.sub(r"^<class '[\w.]+'>: ", "", text).splitlines()[0]
    if cause is None and not isinstance(error, Refused):
        said = f"{type(error).__name__}: {said}"
    why = "refused"
    if state in _LOST_STATES or state[:2] == "08" or getattr(found, "connection_invalidated", False):
        why = "lost" if watch.connected else "refused"
    elif state in _LOCK_STATES or re.match(r"database (table|schema)?\s?is locked", said):
        why = "lock"
    return {
        "why": why,
        "said": said,
        "sql": " ".join(str(getattr(found, "statement", None) or "").split())[:2000],
        "committed": watch.committed,
        "torn": watch.torn(state),
        "began": watch.began,
    }


class Carrier:
    """Carries out orders, one at a time; `carry` is each tool's own."""

    def __init__(self, orders: Orders) -> None:
        self.orders, self.setup = orders, orders.setup
        self.watch = Watch(orders.setup)
        self.order: dict[str, Any] | None = None
        self._since = 0.0

    def carry(self, order: dict[str, Any]) -> None:
        """Carry the order out; `done` when it is committed."""
        raise Refused(f"nobody here carries {order['revision']}")

    def serve(self) -> None:
        """Until the parent closes."""
        self.orders.say(ready=True)
        while (order := self.orders.next()) is not None:
            self.begin(order)
            words = self._attempt(order)
            if words and words["why"] == "lost" and not words["began"] and self.order:
                words = self._attempt(self.order)  # the connection died of age, with nothing begun on it
            if self.order is not None:
                self._answer(failed=words)

    def begin(self, order: dict[str, Any]) -> None:
        """Before an order is carried out."""
        self.order, self._since = order, time.monotonic()
        self.watch.reset()

    def done(self) -> None:
        """The order's work is committed."""
        seconds = time.monotonic() - self._since
        self._answer(done={"statements": self.watch.statements, "rows": self.watch.rows, "seconds": seconds})

    def _attempt(self, order: dict[str, Any]) -> dict[str, Any] | None:
        try:
            self.carry(order)
        except BaseException as error:  # a script may end itself, too
            return failure(error, self.watch)
        return failure(Refused("nothing was run"), self.watch)

    def _answer(self, **words: Any) -> None:
        self.order = None
        self.orders.answer(**words)


def pipes() -> tuple[TextIO, TextIO]:
    """What the parent says and what it hears; out of reach for scripts, and for programs that they start."""
    stream = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    answers = int(sys.argv[-1])
    os.set_inheritable(answers, False)
    return stream, os.fdopen(answers, "w", encoding="utf-8")
