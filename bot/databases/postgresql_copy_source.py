"""The source of a copy, in one snapshot: a read-only session that others can take its snapshot from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from bot.core.errors import StepFailed
from bot.core.targets import Target
from bot.databases.postgresql_link import LONG, Link, connect, saying
from bot.databases.rehearsal_watchdog import Watchdog, watched

APPLICATION = "whimbrel copy"
#: A statement ends by itself after its time; after so many seconds more its server counts as frozen.
_GRACE = 15.0
#: Between two pieces of a table that is read as a stream.
_SILENCE = 60.0
_PIECE = 1 << 16
# Alembic, our own, Flyway, Liquibase: a history table is known by its columns, for projects rename it.
# Liquibase's table of locks is none: nobody holds them here.
HISTORIES = """
SELECT h.oid::int8, h.schema, h.name FROM (
  SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name,
         (SELECT array_agg(a.attname::text) FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.nspname !~ '^pg_') h
WHERE h.columns = '{version_num}' OR h.columns @> '{revision,checksum,applied_at,applied_by}'
   OR h.columns @> '{installed_rank,version,script,checksum,success}'
   OR h.columns @> '{id,author,filename,orderexecuted,exectype,md5sum}'
"""
_FACTS = """
SELECT to_jsonb(d), pg_database_size(d.oid),
       to_regnamespace('public') IS NOT NULL,
       (SELECT array_agg(e.extname || ' ' || e.extversion ORDER BY 1) FROM pg_extension e)
FROM pg_database d WHERE d.datname = current_database()
"""
#: What changes the meaning of a script, wherever it was set: for the database, the role, or both.
_SETTINGS = ("search_path", "TimeZone", "DateStyle", "IntervalStyle", "bytea_output", "xmloption")
_SET = """
SELECT name, setting FROM pg_settings
WHERE name = ANY (%s) AND source IN ('database', 'user', 'database user')
"""
_ROLES = "SELECT rolname::text FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1 LIMIT 5000"
_ROLES_NAMED = """
SELECT DISTINCT r.rolname::text FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname !~ '^pg_'
  AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What a scratch database has to be made like."""

    #: Major version.
    version: int
    encoding: str
    #: "c" for the system's locales, "i" for ICU, "b" for PostgreSQL's own.
    provider: str
    collate: str
    ctype: str
    #: The locale of ICU or of PostgreSQL's own.
    locale: str
    #: Of the whole database, with its indexes.
    bytes: int
    has_public: bool
    #: name → version.
    extensions: Mapping[str, str]
    settings: Mapping[str, str]


class Source:
    """One snapshot of a target. Everything is read; whatever takes longer than allowed ends."""

    def __init__(self, target: Target, link: Link, watchdog: Watchdog, settings: Mapping[str, str]) -> None:
        self.target, self._link, self._watchdog, self._settings = target, link, watchdog, settings
        self.snapshot = str(self.row("SELECT pg_export_snapshot()")[0])
        self.encoding = str(self.row("SHOW server_encoding")[0])
        self.version = link.info.server_version // 10000
        self.tls = bool(link.pgconn.ssl_in_use)

    def rows(self, query: LiteralString | sql.Composed, values: Any = None) -> list[tuple[Any, ...]]:
        """All rows of one question."""
        with self._waiting(LONG + _GRACE):
            found: list[tuple[Any, ...]] = self._link.execute(query, values).fetchall()
        return found

    def stream(self, copy: sql.Composed) -> Iterator[bytearray]:
        """What COPY … TO STDOUT says, piece by piece. Read it to its end, or end the session."""
        with ExitStack() as stack:
            with self._waiting(LONG + _GRACE):
                cursor = stack.enter_context(self._link.cursor())
                pieces = stack.enter_context(cursor.copy(copy))
            while True:
                with self._waiting(_SILENCE):
                    rows = _many(pieces)
                if not rows:
                    return
                yield rows

    @contextmanager
    def _waiting(self, seconds: float) -> Iterator[None]:
        """We wait for the server, and not it for us; its errors are told as the source's."""
        self._watchdog.allow(seconds)
        with _said(self.target, self._watchdog):
            yield
        self._watchdog.allow(math.inf)

    def row(self, query: LiteralString | sql.Composed, values: Any = None) -> tuple[Any, ...]:
        """Its first row."""
        return self.rows(query, values)[0]

    def facts(self) -> SourceFacts:
        """What the scratch database has to be made like."""
        of, size, has_public, extensions = self.row(_FACTS)
        return SourceFacts(
            version=self.version,
            encoding=self.encoding,
            provider=of.get("datlocprovider", "c"),
            collate=of.get("datcollate") or "C",
            ctype=of.get("datctype") or "C",
            locale=of.get("datlocale") or of.get("daticulocale") or "",
            bytes=int(size),
            has_public=has_public,
            extensions=dict(entry.split(" ", 1) for entry in extensions or ()),
            settings=self._settings,
        )

    def roles(self, *, named: bool) -> list[str]:
        """All roles of the server, or those alone that something in the database belongs or is granted to."""
        return [row[0] for row in self.rows(_ROLES_NAMED if named else _ROLES)]

    def histories(self) -> list[tuple[int, sql.Identifier]]:
        """The tools' history tables: oid and name."""
        return [(oid, sql.Identifier(schema, name)) for oid, schema, name in self.rows(HISTORIES)]


def _many(pieces: psycopg.Copy) -> bytearray:
    """Rows come one by one; handed on so, each would cost more than it holds."""
    rows = bytearray()
    while len(rows) < _PIECE and (row := pieces.read()):
        rows += row
    return rows


@contextmanager
def reading(target: Target, patience: float) -> Iterator[Source]:
    """A session in one read-only snapshot. It waits for no lock longer than `patience` seconds.

    As pg_dump does, it keeps its ACCESS SHARE locks until its end: others read and write as they like, and
    what would change a table that was read has to wait.
    Raises StepFailed (LockTimeout for a lock) with the server's words, or when the server is frozen.
    """
    settings = {
        "default_transaction_read_only": "on",
        "lock_timeout": str(max(1, int(patience * 1000))),
        # It waits while what was read is written to the scratch.
        "idle_in_transaction_session_timeout": "600000",
        # A table whose policies hide rows would be copied in part: that is an error.
        "row_security": "off",
        "extra_float_digits": "3",
        "client_encoding": "UTF8",
    }
    link = connect(target, APPLICATION, seconds=LONG, settings=settings)
    try:
        with watched(link, _GRACE) as watchdog:
            with _said(target, watchdog):
                settings = dict(link.execute(_SET, [list(_SETTINGS)]).fetchall())
                link.execute("SET search_path = ''; SET DateStyle = ISO; SET IntervalStyle = postgres")
                link.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield Source(target, link, watchdog, settings)
    finally:
        with suppress(psycopg.Error):
            link.close()


@contextmanager
def _said(target: Target, watchdog: Watchdog) -> Iterator[None]:
    try:
        with saying(target):
            yield
    except StepFailed as error:
        if watchdog.has_cut:
            raise StepFailed(
                f"{target.id} has stopped answering while it was read.", hint="Is its server frozen?"
            ) from error
        raise
