"""Scratch databases made by hand on a test's server, by the port's names."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

import psycopg
from psycopg import sql

from bot.core.targets import Kind, Target
from bot.databases.embedded import Server
from tests.databases.beds import target_of


class Copies:
    """What a rehearsal needs of Scratches here: clones, and dropping them."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._made: set[str] = set()

    def clone(self, of: str, name: str) -> Target:
        """By CREATE DATABASE … TEMPLATE, as the real one does."""
        self.drop(name)
        self._do("CREATE DATABASE {} TEMPLATE {}", name, of)
        self._made.add(name)
        return target_of(Kind.POSTGRESQL, self._server.url(name), "shop/rehearsal")

    def empty(self, name: str) -> Target:
        """A new database with nothing in it."""
        return self.clone("template0", name)

    def drop(self, name: str) -> None:
        """Gone, with whoever is joined."""
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._made.discard(name)

    def names(self) -> Collection[str]:
        """Those that are there."""
        with psycopg.connect(self._server.url("postgres")) as link:
            return [row[0] for row in link.execute("SELECT datname FROM pg_database ORDER BY 1").fetchall()]

    def drop_all(self) -> None:
        """What this test has made."""
        for name in list(self._made):
            with suppress(psycopg.Error):
                self.drop(name)

    def _do(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server.url("postgres"), autocommit=True) as link:
            link.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]
