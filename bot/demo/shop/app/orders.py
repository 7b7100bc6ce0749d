"""The shop's orders, as its application reads and writes them."""

from __future__ import annotations

from typing import Any

INSERT = "INSERT INTO orders (customer_id, amount, source, note) VALUES (%s, %s, %s, %s) RETURNING id"
OF_CUSTOMER = "SELECT id, amount, note FROM orders WHERE customer_id = %s ORDER BY created_at DESC LIMIT 20"
TOTAL = "SELECT coalesce(sum(amount), 0) FROM orders WHERE customer_id = %s"


def place(link: Any, customer: int, amount: int, source: str) -> int:
    """Place an order; its number."""
    number: int = link.execute(INSERT, [customer, amount, source, "placed by a check"]).fetchone()[0]
    return number


def of_customer(link: Any, customer: int) -> list[Any]:
    """The newest orders of a customer."""
    found: list[Any] = link.execute(OF_CUSTOMER, [customer]).fetchall()
    return found


def total(link: Any, customer: int) -> int:
    """What a customer has ordered for, in all."""
    amount: int = link.execute(TOTAL, [customer]).fetchone()[0]
    return amount
