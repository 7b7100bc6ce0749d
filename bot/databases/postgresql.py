"""A PostgreSQL target: what can be asked of it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from psycopg import sql

from bot.core.schemas import TableShape
from bot.core.targets import Health, Orphans, SchemaPrint, TableFacts, Target
from bot.databases import postgresql_catalog as catalog
from bot.databases.postgresql_link import LONG, Link, linked
from bot.databases.postgresql_print import schema_print
from bot.databases.postgresql_shapes import shapes
from bot.databases.questions import name_parts, only_asks

_BOOLEAN = 16


class PostgreSQL:
    """Port Database. Every session is read-only, save the one that gathers statistics."""

    def __init__(self, application: str = "whimbrel") -> None:
        self._application = application

    def look(self, target: Target) -> Health:
        """Version, role and privileges, and every reason why the target may not be changed."""
        with linked(target, self._application, read_only=False) as link:
            began = time.perf_counter()
            link.execute("SELECT 1")
            trip = (time.perf_counter() - began) * 1000
            facts = catalog.facts(link)
            problems = catalog.problems(link, facts)
        return Health(
            version=f"PostgreSQL {facts.version.split()[0]}",
            primary=not facts.in_recovery,
            superuser=facts.superuser,
            round_trip_ms=trip,
            problems=problems,
        )

    def tables(self, target: Target, names: Sequence[str], *, exact: bool = False) -> Sequence[TableFacts]:
        """Sizes of the named tables; rows are counted when asked, or when the planner has no estimate."""
        with linked(target, self._application, seconds=LONG) as link:
            found = [_size(link, name, exact) for name in dict.fromkeys(names)]
        return [facts for facts in found if facts]

    def fingerprint(self, target: Target) -> SchemaPrint:
        """The schema in one look: a digest for each section, the same whatever the order of columns."""
        with linked(target, self._application) as link, link.transaction():
            link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            link.execute("SET LOCAL search_path = ''")
            return schema_print(link)

    def answer(self, target: Target, sql: str) -> str:
        """First column of the first row as text ("true", "false"; "" for NULL or no row)."""
        with linked(target, self._application, seconds=LONG) as link, link.transaction(force_rollback=True):
            link.execute("SET TRANSACTION READ ONLY")
            # Prepared, so that the server takes one statement only: a second could end the transaction.
            asked = link.execute(only_asks(sql).encode(), prepare=True)
            result = asked.pgresult
            value = result.get_value(0, 0) if result and result.ntuples and result.nfields else None
            if value is None or result is None:
                return ""
            if result.ftype(0) == _BOOLEAN:
                return "true" if value == b"t" else "false"
            return value.decode(link.info.encoding, errors="replace")

    def orphans(self, target: Target, names: Sequence[str]) -> Sequence[Orphans]:
        """Of every foreign key from or to the named tables: the rows that point at nothing."""
        with linked(target, self._application, seconds=LONG) as link:
            oids = [oid for name in names if (oid := catalog.oid_of(link, *name_parts(name)))]
            counted = [(key, key.count(link)) for key in catalog.foreign_keys(link, oids)]
        return [Orphans(constraint=key.name, table=key.said, rows=rows) for key, rows in counted if rows]

    def shapes(self, target: Target, names: Sequence[str]) -> Sequence[TableShape]:
        """The named tables and their neighbours, as they were at one moment."""
        with linked(target, self._application) as link, link.transaction():
            link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return shapes(link, names)

    def analyze(self, target: Target, names: Sequence[str]) -> None:
        """Fresh statistics for the planner; a name that is not there is left out."""
        with linked(target, self._application, seconds=LONG, read_only=False) as link:
            for name in dict.fromkeys(names):
                if oid := catalog.oid_of(link, *name_parts(name)):
                    link.execute(sql.SQL("ANALYZE {}").format(catalog.identifier(link, oid)))


def _size(link: Link, name: str, exact: bool) -> TableFacts | None:
    oid = catalog.oid_of(link, *name_parts(name))
    if not oid:
        return None
    rows, unknown, bytes_ = catalog.size_of(link, oid)
    if exact or unknown:
        rows, exact = catalog.count(link, oid), True
    return TableFacts(name=name, rows=rows, bytes=bytes_, exact=exact)
