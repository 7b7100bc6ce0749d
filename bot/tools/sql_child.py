"""Carries files of SQL, one after another, each together with its line in the history table. Run by path."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.pool import NullPool

from bot.tools.child import Carrier, Orders, pipes
from bot.tools.watch import Refused, patient

_TABLE = """
CREATE TABLE IF NOT EXISTS whimbrel_history (
    revision text PRIMARY KEY, checksum text NOT NULL, applied_at text NOT NULL, applied_by text NOT NULL
)
"""
_REMEMBER = "INSERT INTO whimbrel_history (revision, checksum, applied_at, applied_by) VALUES"
_FORGET = "DELETE FROM whimbrel_history WHERE revision = "
_IS_THERE = "SELECT revision FROM whimbrel_history WHERE revision = "


class Files(Carrier):
    """Carries the files of the tool `sql`."""

    def __init__(self, orders: Orders) -> None:
        super().__init__(orders)
        kind = make_url(self.setup["url"]).get_backend_name()
        driver = "postgresql+psycopg" if kind == "postgresql" else kind
        self._mark = "%s" if kind == "postgresql" else "?"
        # The watch puts the target in; no URL but this word is ever seen.
        self._engine = create_engine(f"{driver}://", poolclass=NullPool)
        self._link: Connection | None = None

    def carry(self, order: dict[str, Any]) -> None:
        """One file, in one transaction unless it says otherwise."""
        try:
            if self._link is None:
                self._link = self._engine.connect()
            self._carry(self._link, order)
        except BaseException:
            if self._link is not None:
                self._link.invalidate()  # what is not committed goes with the connection
                self._link.close()
            self._link = None
            raise
        self.done()

    def _carry(self, link: Connection, order: dict[str, Any]) -> None:
        with link.begin():
            link.exec_driver_sql(_TABLE)
            self._look(link, order)
        if order["transactional"] or order["record"]:
            with link.begin():
                self._run(link, order)
                self._record(link, order)
            return
        level = link.get_isolation_level()
        link.execution_options(isolation_level="AUTOCOMMIT")
        with patient(link, self.setup):
            self._run(link, order)
            self._record(link, order)
        link.commit()
        link.execution_options(isolation_level=level)

    def _look(self, link: Connection, order: dict[str, Any]) -> None:
        there = link.exec_driver_sql(_IS_THERE + self._mark, (order["revision"],)).first() is not None
        if there == (order["direction"] == "forward"):
            raise Refused(f"{order['revision']} is {'applied already' if there else 'not applied'}")

    def _run(self, link: Connection, order: dict[str, Any]) -> None:
        plain = {"no_parameters": True}  # a percent sign is one
        with self.watch.within():
            for statement in () if order["record"] else order["statements"]:
                link.exec_driver_sql(statement, execution_options=plain)

    def _record(self, link: Connection, order: dict[str, Any]) -> None:
        mark, name = self._mark, order["revision"]
        if order["direction"] == "back":
            link.exec_driver_sql(_FORGET + mark, (name,))
            return
        values = (name, order["checksum"], _now(), self.setup["application"])
        link.exec_driver_sql(f"{_REMEMBER} ({mark}, {mark}, {mark}, {mark})", values)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")  # noqa: UP017


if __name__ == "__main__":
    Files(Orders(*pipes())).serve()
