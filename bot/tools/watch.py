"""Stands between SQLAlchemy and its drivers, inside a child: where connections go, what is done on them, and
what their errors mean. Loaded by path; needs the standard library and SQLAlchemy only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

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


class Moved(Refused):
    """The script that was loaded is not the one that was approved."""


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
    elif isinstance(error, Moved):
        why = "moved"
    elif state in _LOCK_STATES or re.match(r"database (table|schema)?\s?is locked", said):
        why = "lock"
    return {
        "why": why,
        "said": said,
        "sql": " ".join(_LEADING.sub("", str(getattr(found, "statement", None) or ""), count=1).split())[
            :2000
        ],
        "committed": watch.committed,
        "torn": watch.torn(state),
        "began": watch.began,
    }
