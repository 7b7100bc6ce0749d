"""Data of the sample shop: its first revision's tables, and the loyalty members of an older system."""

from __future__ import annotations

import psycopg
from psycopg import sql

_SHOP = """
CREATE TABLE customers (
    id serial PRIMARY KEY, email text NOT NULL, name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE orders (
    id bigserial PRIMARY KEY, customer_id integer NOT NULL, amount integer NOT NULL, source text, note text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0001');
"""
_CUSTOMERS = """
INSERT INTO customers (email, name)
SELECT 'customer' || n || '@example.com', 'Customer ' || n FROM generate_series(1, %(customers)s) AS n
"""
_ORDERS = """
INSERT INTO orders (customer_id, amount, source, note, created_at)
SELECT 1 + n %% %(customers)s, 100 + n %% 1000 * 91,
       (ARRAY['web', 'phone', NULL, 'partner'])[1 + n %% 4], 'order ' || n,
       timestamptz '2026-01-01' + n * interval '90 seconds'
FROM generate_series(1, %(orders)s) AS n
"""
_MEMBERS = "CREATE TABLE members (id serial PRIMARY KEY, email text NOT NULL, points integer NOT NULL)"
_FILL_MEMBERS = """
INSERT INTO members (email, points)
SELECT 'member' || n || '@example.com', n * 37 %% 2500 FROM generate_series(1, %(members)s) AS n
"""
#: In staging, an import has run twice: the same e-mails stand there more than once.
_TWICE = "INSERT INTO members (email, points) SELECT email, points FROM members WHERE id <= 3"
_ROLE = "shop_reporting"


def seed_shop(url: str, orders: int) -> None:
    """Make the shop as its first revision leaves it, with `orders` orders of a tenth as many customers."""
    numbers = {"orders": orders, "customers": max(10, orders // 10)}
    with psycopg.connect(url) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [_ROLE]).fetchone()
        if not known:
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(_ROLE)))
        connection.execute(_SHOP)
        connection.execute(_CUSTOMERS, numbers)
        connection.execute(_ORDERS, numbers)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def seed_loyalty(url: str, members: int, *, twice: bool) -> None:
    """Make the members of the older system; `twice`: some of their e-mails stand there more than once."""
    with psycopg.connect(url) as connection:
        connection.execute(_MEMBERS)
        connection.execute(_FILL_MEMBERS, {"members": members})
        if twice:
            connection.execute(_TWICE)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
