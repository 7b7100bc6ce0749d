"""Scratch databases on the rehearsal server: copies of a PostgreSQL target, which is only read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress

from bot.core.errors import WhimbrelError
from bot.core.lab import CopyOrder
from bot.core.measures import Copied, Copying
from bot.core.targets import Target
from bot.databases.postgresql_copy import Fill, Filled, Making, paced
from bot.databases.postgresql_copy_made import made_rows
from bot.databases.postgresql_copy_rows import all_rows, some_rows
from bot.databases.postgresql_scratch_server import ScratchServer
from bot.databases.rehearsal import RehearsalServer

_FILLS: dict[Copying, Fill] = {
    Copying.SCHEMA: lambda *_: Filled(),
    Copying.FULL: all_rows,
    Copying.SAMPLE: some_rows,
    Copying.MADE: made_rows,
}


class PostgreSQLScratches:
    """Port Scratches."""

    def __init__(self, server: RehearsalServer) -> None:
        self._server = ScratchServer(server)

    def make(
        self, name: str, source: Target, order: CopyOrder, progress: Callable[[float], None]
    ) -> tuple[Target, Copied]:
        """A new scratch database; one of that name is replaced. Of the source, one snapshot is read.

        Raises StepFailed when the source cannot be read or the copy cannot be made (LockTimeout when a table
        of the source stays locked); nothing is left then.
        """
        progress(0.0)
        self.drop(name)
        making = Making(
            server=self._server, name=name, order=order, fill=_FILLS[order.how], progress=paced(progress)
        )
        try:
            return making.make(source)
        except BaseException:
            with suppress(WhimbrelError):
                self.drop(name)
            raise

    def clone(self, of: str, name: str) -> Target:
        """A copy of a scratch database that nobody is joined to, made on the server itself."""
        return self._server.clone(of, name)

    def drop(self, name: str) -> None:
        """Gone, with whoever is still joined to it; no harm when it is gone already.

        Raises StepFailed for a name that is not a scratch database's, and for a database that is not ours.
        """
        self._server.drop(name)

    def target(self, name: str) -> Target:
        """A scratch database that is there."""
        return self._server.server.target(name)

    def names(self) -> Collection[str]:
        """The scratch databases that are there."""
        return self._server.names()
