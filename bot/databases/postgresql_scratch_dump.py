"""A schema by pg_dump, as statements, and making it in a scratch database.

Nothing of it says who owns what and who may do what; the roles are made beside it. What reaches out of the
database is left away: a foreign server's passwords, a subscription.
"""

from __future__ import annotations

import re
import selectors
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bot.core.errors import StepFailed
from bot.core.split import split
from bot.core.targets import Kind, Target
from bot.databases.postgresql_copy_source import Source
from bot.databases.postgresql_link import Link, conninfo
from bot.databases.postgresql_tools import Child, program, running
from bot.databases.questions import short

#: Seconds without a byte after which pg_dump, or the server that it reads, counts as frozen.
_SILENCE = 120.0
#: So many statements go over the line at once, each such batch a transaction of its own.
_BATCH = 200
_SESSION = """
SET check_function_bodies = off; SET client_min_messages = warning; SET row_security = off;
SET search_path = ''; SET synchronous_commit = off; SET maintenance_work_mem = '256MB'
"""
_RESTRICT = re.compile(r"^\\(un)?restrict .*$", re.MULTILINE)
_LEADING = re.compile(r"(\s|--[^\n]*(\n|$))*")
#: Of the preamble: limits, which are ours to set, and what an older server does not know.
_LEFT_AWAY = re.compile(
    r"SET \w*_timeout = |SELECT pg_catalog\.set_config\('search_path'"
    r"|(CREATE|ALTER|DROP) (USER MAPPING|SUBSCRIPTION)\b"
)
#: What may fail while the rest can still be made: it needs files or rights that this server does not have.
_OPTIONAL = re.compile(
    r"CREATE EXTENSION (IF NOT EXISTS )?(?P<extension>\"[^\"]+\"|\w+)|COMMENT ON EXTENSION\b"
    r"|(CREATE|ALTER) (PUBLICATION|EVENT TRIGGER)\b|COMMENT ON (PUBLICATION|EVENT TRIGGER)\b"
)
_PUBLIC = re.compile(r"CREATE SCHEMA public$")


@contextmanager
def dumped(source: Source, section: str, patience: float) -> Iterator[Dump]:
    """pg_dump, started: it reads the source's snapshot while something else is done. `section` is its word
    for a part of the schema: "pre-data" is what rows need, "post-data" what rests on them."""
    tool = program("pg_dump", source.version, tls=source.tls)
    order: list[str | Path] = [tool, f"--section={section}"]
    order += ["--no-owner", "--no-privileges", "--no-tablespaces", "--no-subscriptions"]
    order += ["--no-security-labels", "--no-password", f"--lock-wait-timeout={int(patience * 1000)}"]
    order += [f"--snapshot={source.snapshot}", f"--dbname={conninfo()}"]
    order += [] if source.encoding == "SQL_ASCII" else ["--encoding=UTF8"]
    with running(order, source.target, feed=False) as child:
        yield Dump(child, source.target)


class Dump:
    """A pg_dump that runs."""

    def __init__(self, child: Child, target: Target) -> None:
        self._child, self._target = child, target

    def statements(self) -> list[str]:
        """Wait for it; what it said, cut into statements. StepFailed with its reason when it failed."""
        said = self._all().decode("utf-8", "surrogateescape")
        self._child.end()
        found = [_LEADING.sub("", s, count=1) for s in split(_RESTRICT.sub("", said), Kind.POSTGRESQL)]
        return [s for s in found if s and not _LEFT_AWAY.match(s)]

    def _all(self) -> bytes:
        pipe = self._child.popen.stdout
        assert pipe is not None
        pieces: list[bytes] = []
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_READ)
            while True:
                if not ready.select(_SILENCE):
                    raise StepFailed(
                        f"{self._target.id} has stopped answering while its schema was read.",
                        hint="Is its server frozen?",
                    )
                piece = pipe.read1(1 << 16)  # type: ignore[attr-defined]
                if not piece:
                    return b"".join(pieces)
                pieces.append(piece)


@dataclass(slots=True, kw_only=True)
class Restoring:
    """Makes a dumped schema in a scratch database."""

    link: Link
    source: str
    #: Extensions that are not on this server, by the source's names.
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: Asked about a refusal: a sentence on what was changed, so that trying again is worth it, or "".
    give_way: Callable[[psycopg.Error], str] = field(default=lambda _: "")

    def make(self, statements: Sequence[str], progress: Callable[[float], None] | None = None) -> None:
        """All of it, or StepFailed with what the server says against it."""
        self.link.execute(_SESSION)
        batch: list[str] = []
        for place, statement in enumerate(statements):
            optional = _OPTIONAL.match(statement)
            if not optional:
                batch.append(_PUBLIC.sub("CREATE SCHEMA IF NOT EXISTS public", statement))
            # What follows it on the same line would have been read in the old encoding.
            encoding = statement.startswith("SET client_encoding")
            if optional or progress or encoding or len(batch) >= _BATCH:
                self._run(batch)
                batch = []
                if progress:
                    progress(place / len(statements))
            if optional:
                self._try(statement, optional["extension"])
        self._run(batch)
        # The dump has set its own.
        self.link.execute("SET client_encoding = 'UTF8'")

    def _run(self, batch: Sequence[str]) -> None:
        if not batch:
            return
        try:
            self.link.execute("\n;\n".join(batch).encode("utf-8", "surrogateescape"))
        except psycopg.Error as error:
            changed = self.give_way(error)
            if not changed:
                raise self._refused(error) from None
            self.notes.append(changed)
            self._run(batch)

    def _try(self, statement: str, extension: str | None) -> None:
        try:
            self.link.execute(statement.encode("utf-8", "surrogateescape"))
        except psycopg.Error as error:
            if extension:
                self.missing.append(extension.strip('"'))
                self.notes.append(f"The extension {self.missing[-1]} is not on the rehearsal server.")
            elif not statement.startswith("COMMENT"):
                said = short(error.diag.message_primary or str(error))
                self.notes.append(f"Left out, for the rehearsal server said “{said}”: {short(statement, 80)}")

    def _refused(self, error: psycopg.Error) -> StepFailed:
        said = short(error.diag.message_primary or "the connection was lost", 300)
        if self.missing:
            return StepFailed(
                f"The schema of {self.source} cannot be made without the extension "
                f"{', '.join(self.missing)}, which the rehearsal server does not have: {said}.",
                hint="Name a server that has it as the rehearsal server.",
            )
        return StepFailed(f"The schema of {self.source} cannot be made on the rehearsal server: {said}.")
