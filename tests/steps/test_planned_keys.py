"""A copy keeps the foreign keys that the change is about to add, where the source keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

import bot.demo
from bot.checks import demands
from bot.checks.statements import read
from bot.core.lab import CopyOrder, Lab, Reference
from bot.core.measures import Copying
from bot.core.runs import RunState
from bot.core.targets import Kind, Phase, Target
from bot.databases.embedded import Server
from bot.databases.labs import Labs
from bot.demo.seed import seed_shop
from bot.tools.alembic import Alembic
from tests.databases.beds import target_of

from .conftest import Track

SHOP = Path(bot.demo.__file__).parent / "shop"
ADD = "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID"
PROVE = "ALTER TABLE orders VALIDATE CONSTRAINT f"


@pytest.fixture
def lab(labs: Labs) -> Iterator[Lab]:
    found = labs.lab(Kind.POSTGRESQL)
    yield found
    for name in found.scratches.names():
        found.scratches.drop(name)


@pytest.fixture(scope="module")
def shop(server: Server) -> Target:
    """The demo's shop as it is before its changes: orders name customers, and no key says so."""
    url = server.create(f"keys_{uuid4().hex[:8]}")
    seed_shop(url, 3000)
    return target_of(Kind.POSTGRESQL, url)


def planned() -> tuple[Reference, ...]:
    """The keys that the demo's revisions add."""
    scripts = [s for s in Alembic(SHOP, kind=Kind.POSTGRESQL).scripts("0012") if s.revision > "0001"]
    return tuple(
        Reference(table=d.table, columns=d.columns, parent=d.parent, parent_columns=d.parent_columns)
        for d in demands.keys(read(scripts, Kind.POSTGRESQL), Kind.POSTGRESQL)
    )


def copied(
    lab: Lab, source: Target, how: Copying, references: tuple[Reference, ...], rows: int = 100
) -> tuple[psycopg.Connection[tuple[object, ...]], dict[str, int]]:
    order = CopyOrder(how=how, tables=("orders",), rows=rows, references=references)
    target, made = lab.scratches.make(lab.name(1, "1.1", "golden"), source, order, lambda _: None)
    return psycopg.connect(target.url.reveal(), autocommit=True), made.rows


@pytest.mark.parametrize("how", [Copying.SAMPLE, Copying.FULL, Copying.MADE])
def test_a_key_of_the_demos_shop_can_be_proved_on_a_copy_that_follows_it_and_not_on_another(
    lab: Lab, shop: Target, how: Copying
) -> None:
    found = planned()
    assert found == (
        Reference(table="orders", columns=("customer_id",), parent="customers", parent_columns=("id",)),
    )
    link, rows = copied(lab, shop, how, ())
    with link:
        assert "customers" not in rows
        link.execute(ADD)
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            link.execute(PROVE)
    link, rows = copied(lab, shop, how, found)
    with link:
        assert rows["orders"] == (3000 if how is Copying.FULL else 100)
        assert 0 < rows["customers"] <= 300
        link.execute(ADD)
        link.execute(PROVE)


def test_what_points_at_nothing_in_the_source_does_so_on_the_copy_and_odd_keys_do_no_harm(
    lab: Lab, server: Server
) -> None:
    source = target_of(Kind.POSTGRESQL, server.create(f"keys_{uuid4().hex[:8]}"))
    with psycopg.connect(source.url.reveal(), autocommit=True) as link:
        link.execute("CREATE SCHEMA crm; CREATE TABLE crm.customers (code varchar(9) PRIMARY KEY, old text)")
        link.execute("CREATE TABLE orders (id int PRIMARY KEY, customer_id text, boss int, other uuid)")
        link.execute("INSERT INTO crm.customers SELECT 'c' || g FROM generate_series(1, 300) g")
        link.execute("INSERT INTO orders SELECT g, 'c' || g, g FROM generate_series(1, 300) g")
        link.execute("UPDATE orders SET customer_id = 'gone'; ANALYZE")
        link.execute("UPDATE orders SET customer_id = 'c' || id WHERE id % 10 > 0")
    references = (
        Reference(table="orders", columns=("customer_id",), parent="crm.customers"),  # by its primary key
        Reference(table="orders", columns=("boss",), parent="orders"),  # to itself
        Reference(table="orders", columns=("other",), parent="orders"),  # another type
        Reference(table="orders", columns=("not_yet",), parent="orders"),
        Reference(table="orders", columns=("boss",), parent="not_yet"),
        Reference(table="not_yet", columns=("boss",), parent="orders"),
    )
    link, rows = copied(lab, source, Copying.SAMPLE, references)
    with link:
        found = link.execute("""
            SELECT count(*) FILTER (WHERE o.customer_id = 'gone'),
                   count(*) FILTER (WHERE c.code IS NULL AND o.customer_id <> 'gone')
            FROM orders o LEFT JOIN crm.customers c ON c.code = o.customer_id""").fetchone()
    assert rows["orders"] == 100 and found and found[1] == 0
    assert found[0] == 100 - rows["crm.customers"] > 0


def test_a_key_that_the_plan_adds_and_proves_is_rehearsed_on_a_sample(track: Track) -> None:
    track.yaml("rehearsal: {faults: 1s}", "rehearsal: {faults: 1s, data: sample, rows: 100}")
    add = ADD.replace("customer_id", "customer")
    # Of so many customers a sample of its own would hardly have those that the sampled orders name.
    track.on(
        "PRODUCTION",
        "INSERT INTO customers SELECT g, 'c' || g FROM generate_series(51, 3000) g",
        "UPDATE orders SET customer = id * 7",
        "ANALYZE",
    )
    track.script("0001_promise", f"{add};", "ALTER TABLE orders DROP CONSTRAINT f;")
    track.script("0002_prove", f"{PROVE};", f"ALTER TABLE orders DROP CONSTRAINT f;\n{add};")
    done = track.rehearsed()

    assert done.passed(Phase.TEST), done.run
    assert done.rehearsal and done.rehearsal.copied.how is Copying.SAMPLE
    assert done.rehearsal.copied.rows["orders"] == 100
    track.on("PRODUCTION", "UPDATE orders SET customer = 99999 WHERE id % 2 = 0")
    track.says("U0DEV", "start shop")
    track.says("U0DEV", "run test 2")
    failed = track.until(lambda c: c.run and not c.run.live and c.status != "queued", number=2)
    assert failed.run and failed.run.state is RunState.FAILED
    assert "0002 fails on the copy" in failed.run.reason and "violates foreign key" in failed.run.reason
