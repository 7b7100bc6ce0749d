"""Making one copy: the schema by pg_dump, then rows, then what rests on rows (indexes, keys, triggers).

So nothing fires or is checked while rows come in, and every index is built once, over all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql

from bot.core.lab import CopyOrder
from bot.core.measures import Copied, Copying
from bot.core.targets import Target
from bot.databases.postgresql_copy_sequences import set_sequences
from bot.databases.postgresql_copy_source import Source, SourceFacts, reading
from bot.databases.postgresql_link import Link, linked
from bot.databases.postgresql_scratch_dump import Restoring, dumped
from bot.databases.postgresql_scratch_server import APPLICATION, ScratchServer
from bot.databases.questions import name_parts

#: Seconds for one statement on the rehearsal server: an index over the largest table.
_PATIENCE = 6 * 3600.0
#: A database with nothing in it.
_EMPTY = 8 * 1024**2
_TELL_EVERY = 0.2
#: Others need the disk too.
_SHARE_OF_DISK = 0.8
_SIZE = "SELECT pg_database_size(current_database())"
_HASTY = """
SELECT name FROM pg_settings
WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND reset_val = 'off' ORDER BY 1
"""
_EXTENSIONS = "SELECT extname::text, extversion FROM pg_extension"

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was loaded: rows by table as people name it, and sentences."""

    rows: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    #: Rows that were made, and break a rule which is asked only when all are there, are deleted.
    may_give_way: bool = False


#: Puts rows into tables that have no indexes, keys and triggers yet.
Fill = Callable[[Source, Link, CopyOrder, Progress], Filled]


@dataclass(slots=True, kw_only=True)
class Making:
    """One copy on its way."""

    server: ScratchServer
    name: str
    order: CopyOrder
    fill: Fill
    progress: Progress
    notes: list[str] = field(default_factory=list)

    def make(self, source: Target) -> tuple[Target, Copied]:
        """The scratch database, and what it was made from."""
        began = time.monotonic()
        with ExitStack() as stack:
            with reading(source, self.order.patience) as read:
                facts = read.facts()
                target, before, after = self._empty(read, facts)
                link = stack.enter_context(_joined(target))
                restoring = Restoring(link=link, source=source.id)
                restoring.make(_without_public(facts) + before)
                filled = self.fill(read, link, self._bounded(), part(self.progress, 0.05, 0.75))
                for _, table in read.histories():
                    pump(read, link, table, sql.SQL("SELECT * FROM {}").format(table))
                if filled.rows:
                    set_sequences(read, link)
            # The source is let go: what is left to do may take long.
            if filled.may_give_way:
                restoring.give_way = GiveWay(link=link, filled=filled)
            restoring.make(after, part(self.progress, 0.75, 0.95))
            if filled.rows:
                link.execute("VACUUM (ANALYZE)")
            self.notes += [*restoring.notes, *filled.notes]
            copied = self._copied(link, facts, filled, time.monotonic() - began)
        self.progress(1.0)
        return target, copied

    def _bounded(self) -> CopyOrder:
        """The order, with the room that the rehearsal server has."""
        free = self.server.server.free()
        room = [most for most in (self.order.most, free and int(free * _SHARE_OF_DISK)) if most]
        return replace(self.order, most=min(room, default=0))

    def _empty(self, read: Source, facts: SourceFacts) -> tuple[Target, list[str], list[str]]:
        """A database with nothing in it, and the statements for before and after the rows."""
        sections = [dumped(read, section, self.order.patience) for section in ("pre-data", "post-data")]
        with sections[0] as before, sections[1] as after:
            # While pg_dump is at work.
            target, notes = self.server.create(self.name, facts)
            notes += self.server.add_roles(read.roles(named=not self.server.server.own))
            self.notes += notes
            return target, before.statements(), after.statements()

    def _copied(self, link: Link, facts: SourceFacts, filled: Filled, seconds: float) -> Copied:
        size = _one(link, _SIZE)
        return Copied(
            how=self.order.how,
            rows=filled.rows,
            bytes=size,
            seconds=seconds,
            version=link.info.server_version // 10000,
            source_version=facts.version,
            share=self._share(size, facts),
            notes=(*self.notes, *_differences(link, facts)),
        )

    def _share(self, size: int, facts: SourceFacts) -> float:
        if self.order.how is Copying.FULL:
            return 1.0
        if self.order.how is Copying.SCHEMA:
            return 0.0
        return min(1.0, max(0, size - _EMPTY) / max(1, facts.bytes - _EMPTY))


@dataclass(slots=True, kw_only=True)
class GiveWay:
    """Empties a table whose made rows break a rule: the schema has to be the source's, and rows need not."""

    link: Link
    filled: Filled

    def __call__(self, error: psycopg.Error) -> str:
        """A sentence on what was done; "" when there was nothing to be done."""
        schema, table = error.diag.schema_name, error.diag.table_name
        if not isinstance(error, psycopg.IntegrityError) or not schema or not table:
            return ""
        name = sql.Identifier(schema, table)
        if not self.link.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name)).fetchone():
            return ""
        self.link.execute(sql.SQL("TRUNCATE {} CASCADE").format(name))
        for said in self.filled.rows:
            space, of = name_parts(said)
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(space or "public", of))
            row = self.link.execute(count).fetchone()
            self.filled.rows[said] = int(row[0]) if row else 0
        return f"{table} and what points at it have no rows: {error.diag.message_primary}."


def paced(progress: Progress) -> Progress:
    """Told five times a second at most, and of the end always."""
    last = 0.0

    def tell(share: float) -> None:
        nonlocal last
        if share >= 1.0 or time.monotonic() - last >= _TELL_EVERY:
            last = time.monotonic()
            progress(share)

    return tell


def part(progress: Progress, low: float, high: float) -> Progress:
    """A progress of its own, 0.0 to 1.0, for a part of the whole."""
    return lambda share: progress(low + (high - low) * share)


def pump(
    source: Source,
    link: Link,
    table: sql.Composable,
    rows: sql.Composable,
    *,
    told: Callable[[int], None] = lambda _: None,
) -> int:
    """Stream what the source's SELECT finds into a table of the scratch; how many rows that were.

    `table` may be followed by its columns in parentheses. `told` gets the bytes so far. Nothing is kept in
    memory or on disk.
    """
    sent = 0
    encoding = sql.Literal(source.encoding)
    out = sql.SQL("COPY ({}) TO STDOUT (ENCODING {})").format(rows, encoding)
    into = sql.SQL("COPY {} FROM STDIN (ENCODING {})").format(table, encoding)
    with link.cursor() as cursor:
        with cursor.copy(into) as sink:
            for piece in source.stream(out):
                sink.write(piece)
                sent += len(piece)
                told(sent)
        return cursor.rowcount


@contextmanager
def _joined(target: Target) -> Iterator[Link]:
    with linked(target, APPLICATION, seconds=_PATIENCE, read_only=False) as link:
        yield link


def _without_public(facts: SourceFacts) -> list[str]:
    return [] if facts.has_public else ["DROP SCHEMA public"]


def _one(link: Link, query: str) -> int:
    row = link.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def _differences(link: Link, facts: SourceFacts) -> list[str]:
    """Sentences on where this server's measures may not be the source's."""
    notes = []
    version = link.info.server_version // 10000
    if version != facts.version:
        notes.append(
            f"The rehearsal server is PostgreSQL {version}, the source {facts.version}: "
            "locks and plans may differ."
        )
    here: dict[str, str] = dict(link.execute(_EXTENSIONS).fetchall())
    other = [f"{n} ({here[n]}, there {v})" for n, v in facts.extensions.items() if here.get(n, v) != v]
    if other:
        notes.append(f"Extensions have another version here than in the source: {', '.join(other)}.")
    if hasty := [name for (name,) in link.execute(_HASTY)]:
        notes.append(
            f"The rehearsal server does not wait for its disk ({', '.join(hasty)} off): "
            "times are shorter than on a server that does."
        )
    return notes
