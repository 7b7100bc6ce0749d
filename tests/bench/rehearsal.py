"""What measuring a rehearsal costs, and how right its lock times are."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread

import psycopg

from bot.core.events import Direction
from bot.core.lab import CopyOrder
from bot.core.measures import Copying, Measured
from bot.core.plans import Script
from bot.core.targets import Kind, Phase, Secret, Target
from bot.databases.embedded_place import tools
from bot.databases.postgresql_link import environment
from bot.databases.postgresql_meter import PostgreSQLMeter
from bot.databases.postgresql_scratch import PostgreSQLScratches
from bot.databases.rehearsal import RehearsalServer
from bot.demo.seed import seed_shop
from tests.bench.figures import Add, quantile

ORDERS, ROUNDS, FEELING = 1_000_000, 5, 5
#: What migrations are made of: a rewrite, an index, a key, a backfill, and small changes around them.
HEAVY = """
ALTER TABLE orders ADD COLUMN channel text;
UPDATE orders SET channel = coalesce(source, 'web') WHERE id % 4 = 0;
ALTER TABLE orders ALTER COLUMN amount TYPE bigint;
CREATE INDEX orders_created_at_idx ON orders (created_at);
ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id);
ALTER TABLE customers ALTER COLUMN name DROP NOT NULL;
"""
SMALL = "".join(
    f"ALTER TABLE customers ADD COLUMN c{n} int; CREATE TABLE t{n} (id int);\n" for n in range(25)
)


def take(add: Add) -> None:
    """Take the figures; each goes to `add` with its aim, and whether that is met (None: none is)."""
    with TemporaryDirectory(prefix="whimbrel-bench-") as folder:
        Path(folder).chmod(0o711)
        server = RehearsalServer(Path(folder) / "rehearsal")
        try:
            _take(server, add)
        finally:
            server.remove()


def _take(server: RehearsalServer, add: Add) -> None:
    source = _shop(server)
    scratches = PostgreSQLScratches(server)
    ghosts = [_ghost(scratches, source) for _ in range(5)]
    add("Ghost of a small schema, 5 times", f"median {median(ghosts):.2f} s", "0.3 s", median(ghosts) <= 0.3)
    for what, sql, most in (
        (f"six statements on {ORDERS:,} rows", HEAVY, 1.1),
        ("50 small statements", SMALL, 0.0),
    ):
        plain, measured = _both(scratches, source, sql)
        # Both wait for the disk, and so for whoever else does: the best of several tells what the work costs.
        ratio = min(measured) / min(plain)
        add(
            f"Measured run beside plain `psql -f`, {what}, the best of {ROUNDS}",
            f"{min(measured):.2f} s beside {min(plain):.2f} s, {ratio:.2f}x",
            f"{most}x" if most else "",
            ratio <= most if most else None,
        )
    for what, probe, sql, mode in _FELT:
        off = [_felt(scratches, source, probe, sql, mode) for _ in range(FEELING)]
        add(
            f"Lock time beside what {what} feels, {FEELING} times",
            f"off by median {median(off) * 1000:.1f} ms, at most {max(off) * 1000:.1f} ms",
            "20 ms",
            quantile(off, 1.0) <= 0.02,
        )


_FELT = (
    (
        "a reader",
        "SELECT 1 FROM orders LIMIT 1",
        "ALTER TABLE orders ALTER COLUMN amount TYPE bigint",
        "AccessExclusive",
    ),
    (
        "a writer",
        "UPDATE orders SET note = 'x' WHERE id = 7",
        "SELECT pg_sleep(0.1); CREATE INDEX i ON orders (created_at, amount)",
        "Share",
    ),
)


def _shop(server: RehearsalServer) -> Target:
    manager = psycopg.connect(server.target().url.reveal(), autocommit=True)
    manager.execute("CREATE DATABASE shop")
    manager.close()
    target = Target(
        id="shop/production",
        phase=Phase.PRODUCTION,
        kind=Kind.POSTGRESQL,
        url=Secret(server.target("shop").url.reveal()),
        place="",
    )
    seed_shop(target.url.reveal(), ORDERS)
    with psycopg.connect(target.url.reveal(), autocommit=True) as link:
        link.execute("CHECKPOINT")  # what seeding has left to write is none of a ghost's work
    return target


def _ghost(scratches: PostgreSQLScratches, source: Target) -> float:
    began = time.perf_counter()
    scratches.make("whimbrel_ghost", source, CopyOrder(how=Copying.SCHEMA), lambda _: None)
    took = time.perf_counter() - began
    scratches.drop("whimbrel_ghost")
    return took


@contextmanager
def _copy(scratches: PostgreSQLScratches, source: Target) -> Iterator[Target]:
    """Each run has a copy that nobody has touched."""
    name = "whimbrel_bench"
    if "whimbrel_whole" not in scratches.names():
        scratches.make("whimbrel_whole", source, CopyOrder(how=Copying.FULL), lambda _: None)
    target = scratches.clone("whimbrel_whole", name)
    with psycopg.connect(target.url.reveal(), autocommit=True) as link:
        link.execute("CHECKPOINT")
    try:
        yield target
    finally:
        scratches.drop(name)


def _both(scratches: PostgreSQLScratches, source: Target, sql: str) -> tuple[list[float], list[float]]:
    plain: list[float] = []
    measured: list[float] = []
    for _ in range(ROUNDS):
        with _copy(scratches, source) as target:
            plain.append(_psql(target, sql))
        with _copy(scratches, source) as target:
            began = time.perf_counter()
            _measure(target, sql)
            measured.append(time.perf_counter() - began)
    return plain, measured


def _psql(target: Target, sql: str) -> float:
    """The same transaction by psql."""
    began = time.perf_counter()
    subprocess.run(
        [tools() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", "-f", "-"],
        input=sql.encode(),
        env=environment(target, "psql"),
        check=True,
    )
    return time.perf_counter() - began


def _measure(target: Target, sql: str) -> Sequence[Measured]:
    script = Script(revision="0001", title="", file="", checksum="", forward=sql, backward="")
    found = PostgreSQLMeter().measure(target, script, Direction.FORWARD)
    if refused := [m.error for m in found if m.error]:
        raise RuntimeError(refused[0])
    return found


def _felt(scratches: PostgreSQLScratches, source: Target, probe: str, sql: str, mode: str) -> float:
    """Seconds between the longest wait of a second session and the lock time that is told."""
    longest, over = 0.0, Event()

    def ask() -> None:
        nonlocal longest
        with psycopg.connect(target.url.reveal(), autocommit=True) as link:
            while not over.is_set():
                began = time.perf_counter()
                link.execute(probe.encode())
                longest = max(longest, time.perf_counter() - began)
                time.sleep(0.0005)

    with _copy(scratches, source) as target:
        asking = Thread(target=ask)
        asking.start()
        try:
            time.sleep(0.1)
            found = _measure(target, sql)
        finally:
            over.set()
            asking.join()
    (told,) = [
        lock.seconds for m in found for lock in m.locks if (lock.relation, lock.mode) == ("orders", mode)
    ]
    return abs(told - longest)
