"""A PostgreSQL target, surveyed: read-only sessions whose statements end in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.core.standing import Access, Archiving, BackupMeans, Busy, QueryPlan, Right, Room, Vitals
from bot.core.survey import Broken, ColumnLook, Demand, Dependent, Key, TableState, TableSum
from bot.core.targets import Target
from bot.databases import postgresql_survey_demands as demanded
from bot.databases import postgresql_survey_hangs as hangs
from bot.databases import postgresql_survey_keys as foreign
from bot.databases import postgresql_survey_looks as sampled
from bot.databases import postgresql_survey_plans as plans
from bot.databases import postgresql_survey_rights as granted
from bot.databases import postgresql_survey_standing as standing
from bot.databases import postgresql_survey_sums as summed
from bot.databases import postgresql_survey_tables as sizes
from bot.databases import postgresql_survey_vitals as pulse
from bot.databases.postgresql_link import linked
from bot.databases.postgresql_survey_link import Asking, Bounds
from bot.databases.survey_backups import postgresql_means


class PostgreSQLSurvey:
    """Port Survey. `bounds`: how long it asks, and from how many rows on it takes samples."""

    def __init__(self, application: str = "whimbrel survey", bounds: Bounds | None = None) -> None:
        self._application = application
        self._bounds = bounds or Bounds()

    def states(self, target: Target, names: Sequence[str]) -> Sequence[TableState]:
        """Sizes, indexes and writes of the named tables."""
        with self._asking(target) as asking:
            return sizes.states(asking, names)

    def keys(self, target: Target, names: Sequence[str]) -> Sequence[Key]:
        """Foreign keys from and to the named tables, with the rows that point at nothing."""
        with self._asking(target) as asking:
            return foreign.keys(asking, names)

    def dependents(self, target: Target, names: Sequence[str]) -> Sequence[Dependent]:
        """What stands on the named tables."""
        with self._asking(target) as asking:
            return hangs.dependents(asking, names)

    def broken(self, target: Target, demands: Sequence[Demand]) -> Sequence[Broken]:
        """The rows that break each demand, counted or sampled."""
        with self._asking(target) as asking:
            return [demanded.broken(asking, demand) for demand in demands]

    def looks(self, target: Target, names: Sequence[str]) -> Sequence[ColumnLook]:
        """What at most 200 values of each column look like; the values are not kept."""
        with self._asking(target) as asking:
            return sampled.looks(asking, names)

    def sums(
        self, target: Target, names: Sequence[str], columns: Mapping[str, Sequence[str]] | None = None
    ) -> Sequence[TableSum]:
        """Every row is read, so the bounds may have to be wider than for other questions."""
        with self._asking(target) as asking:
            return summed.sums(asking, names, columns or {})

    def access(self, target: Target, names: Sequence[str]) -> Access:
        """What the role may do. Writing is proved in a transaction that is rolled back, on no table of the
        target's: a temporary one, or a transaction id alone where an event trigger would hear of it."""
        with linked(target, self._application, seconds=self._bounds.seconds, read_only=False) as link:
            return standing.access(Asking(link, self._bounds), names)

    def room(self, target: Target) -> Room:
        """Free space below the data directory, where this machine is the server's."""
        with self._asking(target) as asking:
            return standing.room(asking)

    def archiving(self, target: Target) -> Archiving:
        """Whether the write-ahead log is archived, and when that last went well and badly."""
        with self._asking(target) as asking:
            return standing.archiving(asking)

    def rights(self, target: Target) -> frozenset[Right]:
        """Who may do what with everything that is not PostgreSQL's own."""
        with self._asking(target) as asking:
            return granted.rights(asking)

    def means(self, target: Target, folder: Path) -> BackupMeans:
        """Programs that fit the server's version; the estimate is its tables without their indexes."""
        with self._asking(target) as asking:
            link, estimate = asking.link, standing.data(asking)
            major, tls = link.info.server_version // 10000, link.pgconn.ssl_in_use
        return postgresql_means(major, tls, estimate, folder)

    def busy(self, target: Target, names: Sequence[str]) -> Busy:
        """The statements on the named tables that take most time, by pg_stat_statements."""
        with self._asking(target) as asking:
            return plans.busy(asking, names)

    def explain(self, target: Target, statements: Sequence[str]) -> Sequence[QueryPlan]:
        """The generic plan of each statement."""
        with self._asking(target) as asking:
            return [plans.explain(asking, statement) for statement in statements]

    def vitals(self, target: Target) -> Vitals:
        """One reading of the server's health."""
        with self._asking(target) as asking:
            return pulse.vitals(asking)

    @contextmanager
    def _asking(self, target: Target) -> Iterator[Asking]:
        with linked(target, self._application, seconds=self._bounds.seconds) as link:
            # A count of the rows that a policy lets through would be no count: rather none at all.
            link.execute("SET row_security = off")
            yield Asking(link, self._bounds)
