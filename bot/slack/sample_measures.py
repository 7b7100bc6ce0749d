"""A sample of what checks and a rehearsal find out about the sample plan: for the gallery, and for tests."""

from __future__ import annotations

from bot.core.events import Direction
from bot.core.findings import Finding, Weight
from bot.core.measures import Carrying, Copied, Copying, Felt, Forecast, LockHeld, Measured, Rehearsal, Span
from bot.core.schemas import Column, ForeignKey, Index, Key, TableShape
from bot.core.targets import Phase

_ID = Column(name="id", type="bigint", nullable=False, key=Key.PRIMARY)
_CUSTOMER = Column(name="customer_id", type="bigint", key=Key.FOREIGN)
_TO_CUSTOMERS = ForeignKey(
    name="orders_customer", columns=("customer_id",), parent="customers", targets=("id",)
)
_TO_ORDERS = ForeignKey(name="lines_order", columns=("order_id",), parent="orders", targets=("id",))

BEFORE = (
    TableShape(
        name="orders",
        columns=(
            _ID,
            _CUSTOMER,
            Column(name="placed_at", type="timestamp with time zone", nullable=False, default="now()"),
            Column(name="amount", type="integer"),
            Column(name="legacy_code", type="text"),
        ),
        foreign_keys=(_TO_CUSTOMERS,),
    ),
    TableShape(
        name="customers",
        columns=(_ID, Column(name="email", type="character varying(200)", nullable=False)),
    ),
    TableShape(name="order_lines", foreign_keys=(_TO_ORDERS,), neighbour=True),
)
AFTER = (
    TableShape(
        name="orders",
        columns=(
            _ID,
            _CUSTOMER,
            Column(name="placed_at", type="timestamp with time zone", nullable=False, default="now()"),
            Column(name="amount", type="bigint"),
            Column(name="currency", type="character(3)", nullable=False, key=Key.FOREIGN, default="'EUR'"),
        ),
        foreign_keys=(
            _TO_CUSTOMERS,
            ForeignKey(name="orders_currency", columns=("currency",), parent="currencies", targets=("code",)),
        ),
        indexes=(Index(name="orders_placed_at", definition="btree (placed_at)"),),
    ),
    BEFORE[1],
    TableShape(
        name="currencies",
        columns=(
            Column(name="code", type="character(3)", nullable=False, key=Key.PRIMARY),
            Column(name="digits", type="smallint", nullable=False),
        ),
    ),
    BEFORE[2],
)

REHEARSAL = Rehearsal(
    copied=Copied(
        how=Copying.SAMPLE,
        rows={"orders": 90_000, "customers": 45_000},
        bytes=12_600_000,
        seconds=4.1,
        version=18,
        source_version=18,
        share=0.3,
    ),
    statements=(
        Measured(
            revision="0001",
            number=1,
            sql="ALTER TABLE orders ADD COLUMN currency character(3)",
            seconds=0.9,
            locks=(
                LockHeld(relation="orders", mode="AccessExclusive", begin=0.1, seconds=0.8),
                LockHeld(relation="currencies", mode="ShareRowExclusive", begin=0.3, seconds=0.6),
            ),
            created=("currencies",),
        ),
        Measured(
            revision="0002",
            number=1,
            sql="UPDATE orders SET currency = 'EUR'",
            seconds=6.4,
            locks=(LockHeld(relation="orders", mode="RowExclusive", begin=0.0, seconds=6.4),),
            rows={"orders": 90_000},
            wal=31_000_000,
        ),
        Measured(
            revision="0003",
            number=1,
            sql="CREATE INDEX orders_placed_at ON orders (placed_at)",
            seconds=2.2,
            locks=(
                LockHeld(relation="orders", mode="Share", begin=0.0, seconds=2.2),
                LockHeld(relation="customers", mode="ShareRowExclusive", begin=1.8, seconds=0.4),
            ),
        ),
    ),
    carried=(
        *(Carrying(revision=r, direction=Direction.FORWARD, seconds=2.0, rows=0) for r in ("0001", "0002")),
        *(Carrying(revision=r, direction=Direction.BACK, seconds=1.5, rows=0) for r in ("0002", "0001")),
    ),
    felt=Felt(
        source="made from the catalog",
        p95_before=0.004,
        p95_during=0.31,
        p95_after=0.004,
        worst=0.9,
        worst_sql="UPDATE orders SET amount = amount WHERE id = $1",
        statements=4200,
    ),
    prints={"start": "a1", "sql": "b2", "forward": "b2", "back": "a1", "again": "b2"},
)

FORECASTS = {
    Phase.STAGING: Forecast(
        duration=Span(low=2, high=5), wait=Span(low=0, high=0.2), downtime=Span(low=0, high=0.2)
    ),
    Phase.PRODUCTION: Forecast(
        duration=Span(low=12, high=40), wait=Span(low=5.0, high=9.0), downtime=Span(low=0.4, high=1.2)
    ),
}

FINDINGS = (
    Finding(
        rule="type-hard-to-read",
        place="0001",
        weight=Weight.NOTE,
        reason="character(3) pads what is shorter with blanks.",
        instead="Use text with a CHECK on its length.",
    ),
    Finding(
        rule="index-blocks-writes",
        place="0003",
        reason="Building orders_placed_at keeps writes off orders (about 300,000 rows) until it is done.",
        instead="Build it concurrently, in a revision of its own that commits as it goes.",
        sql="CREATE INDEX CONCURRENTLY orders_placed_at ON orders (placed_at);",
        at="versions/0003.py:14",
        lines=(20,),
    ),
    Finding(
        rule="update-all-rows",
        place="0002",
        reason="One UPDATE writes all of about 300,000 rows of orders in one transaction.",
        instead="Write them in batches, each with its own commit.",
        sql="UPDATE orders SET currency = 'EUR' WHERE id BETWEEN 1 AND 10000 AND currency IS NULL;",
        at="versions/0002.py:11",
    ),
)
