"""A bed: a fresh target, and the three ports that tend it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bot.core.ports import Database, Guard, Vault
from bot.core.targets import Kind, Phase, Secret, Target
from bot.databases.postgresql_link import Link
from bot.databases.world import Databases

SHOP = [
    "CREATE TABLE customers (id integer PRIMARY KEY, name varchar(80) NOT NULL)",
    "CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, note text DEFAULT 'new',"
    " amount integer CHECK (amount >= 0),"
    " CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id))",
    "CREATE INDEX orders_customer_id ON orders (customer_id)",
    "CREATE VIEW large AS SELECT id, amount FROM orders WHERE amount > 50",
]
FILL = [
    "INSERT INTO customers WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
    " SELECT i, 'customer' FROM n",
    "INSERT INTO orders WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
    " SELECT i, i % 50 + 1, 'note', i % 100 FROM n",
]


def target_of(kind: Kind, url: str, name: str = "shop/production") -> Target:
    return Target(
        id=name, phase=Phase.PRODUCTION, kind=kind, url=Secret(url), place=Target.place_of(url.split("@")[-1])
    )


@dataclass
class Bed:
    target: Target
    world: Databases
    another: Callable[[], Target]

    @classmethod
    def over(cls, target: Target) -> Bed:
        """With nothing but the target."""
        return cls(target=target, world=Databases(Path("backups")), another=lambda: target)

    @property
    def database(self) -> Database:
        return self.world.database(self.target)

    @property
    def guard(self) -> Guard:
        return self.world.guard(self.target)

    @property
    def vault(self) -> Vault:
        return self.world.vault(self.target)

    def run(self, *statements: str, target: Target | None = None) -> None:
        """As a script would change it: from outside, committing each statement."""
        url = (target or self.target).url.reveal()
        if self.target.kind is Kind.SQLITE:
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as link:
                for statement in statements:
                    link.execute(statement)
            return
        with psycopg.connect(url, autocommit=True) as link:
            for statement in statements:
                link.execute(statement.encode())

    def session(self, application: str) -> Link:
        return psycopg.connect(self.target.url.reveal(), application_name=application)
