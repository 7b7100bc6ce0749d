"""Table shapes, read from real databases."""

from __future__ import annotations

from bot.core.schemas import Column, ForeignKey, Key, Mark, difference
from tests.databases.beds import Bed


def test_a_table_is_told_with_its_columns_keys_and_indexes_and_its_neighbour_by_name(shop: Bed) -> None:
    orders, customers = shop.database.shapes(shop.target, ["orders", "nothing"])
    assert [(c.name, c.type, c.nullable, c.key) for c in orders.columns] == [
        ("id", "integer", False, Key.PRIMARY),
        ("customer_id", "integer", True, Key.FOREIGN),
        ("note", "text", True, Key.NONE),
        ("amount", "integer", True, Key.NONE),
    ]
    assert "new" in orders.columns[2].default
    assert [(k.columns, k.parent, k.targets) for k in orders.foreign_keys] == [
        (("customer_id",), "customers", ("id",))
    ]
    assert [i.name for i in orders.indexes] == ["orders_customer_id"]
    assert "(customer_id)" in orders.indexes[0].definition
    assert (customers.name, customers.neighbour, customers.columns) == ("customers", True, ())


def test_a_child_is_a_neighbour_of_its_parent_with_the_key_that_joins_them(shop: Bed) -> None:
    customers, orders = shop.database.shapes(shop.target, ["customers"])
    assert not customers.neighbour
    assert (orders.name, orders.neighbour, orders.columns) == ("orders", True, ())
    assert [k.parent for k in orders.foreign_keys] == ["customers"]


def test_two_looks_differ_by_what_was_done_between_them(shop: Bed) -> None:
    before = shop.database.shapes(shop.target, ["orders", "parts"])
    shop.run(
        "ALTER TABLE orders ADD COLUMN currency text",
        "ALTER TABLE orders DROP COLUMN note",
        "DROP INDEX orders_customer_id",
        "CREATE TABLE parts (id integer PRIMARY KEY, order_id integer REFERENCES orders (id))",
    )
    after = shop.database.shapes(shop.target, ["orders", "parts"])
    orders, parts, customers = difference(before, after)
    assert {c.shown.name: c.mark for c in orders.columns if c.mark is not Mark.SAME} == {
        "currency": Mark.ADDED,
        "note": Mark.DROPPED,
    }
    assert [i.mark for i in orders.indexes] == [Mark.DROPPED]
    assert (parts.mark, customers.mark) == (Mark.ADDED, Mark.SAME)


def test_names_are_found_however_they_are_written(pg: Bed) -> None:
    pg.run('CREATE SCHEMA "Sales"', 'CREATE TABLE "Sales"."Big Orders" (id bigint PRIMARY KEY)')
    found = pg.database.shapes(pg.target, ['"Sales"."Big Orders"', "public.orders", "orders"])
    assert [t.name for t in found if not t.neighbour] == ['"Sales"."Big Orders"', "orders"]


def test_what_is_not_valid_is_told_as_such(pg: Bed) -> None:
    pg.run(
        "ALTER TABLE orders DROP CONSTRAINT orders_customer",
        "ALTER TABLE orders ADD CONSTRAINT late FOREIGN KEY (customer_id) REFERENCES customers NOT VALID",
    )
    before = pg.database.shapes(pg.target, ["orders"])
    assert before[0].foreign_keys == (
        ForeignKey(name="late", columns=("customer_id",), parent="customers", targets=("id",), valid=False),
    )
    pg.run("ALTER TABLE orders VALIDATE CONSTRAINT late")
    orders, _ = difference(before, pg.database.shapes(pg.target, ["orders"]))
    assert [k.mark for k in orders.foreign_keys] == [Mark.CHANGED]


def test_a_partitioned_table_tells_its_key_once_and_a_generated_column_its_expression(pg: Bed) -> None:
    pg.run(
        "CREATE TABLE log (day date NOT NULL, customer_id integer REFERENCES customers, n integer,"
        " twice integer GENERATED ALWAYS AS (n * 2) STORED, PRIMARY KEY (day)) PARTITION BY RANGE (day)",
        "CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')",
    )
    log, customers = pg.database.shapes(pg.target, ["log"])
    assert [k.parent for k in log.foreign_keys] == ["customers"]
    assert customers.neighbour
    assert log.columns[-1].default == "generated ((n * 2))"
    assert log.columns[0].key is Key.PRIMARY


def test_a_rebuilt_table_is_the_same_table(lite: Bed) -> None:
    lite.run("CREATE TABLE tags (id integer PRIMARY KEY, name text UNIQUE)")
    before = lite.database.shapes(lite.target, ["TAGS"])
    lite.run(
        "CREATE TABLE tags_new (id integer PRIMARY KEY, name text UNIQUE)",
        "DROP TABLE tags",
        "ALTER TABLE tags_new RENAME TO tags",
    )
    assert lite.database.shapes(lite.target, ["tags"]) == before
    assert before[0].columns[0] == Column(name="id", type="integer", nullable=False, key=Key.PRIMARY)
    assert before[0].indexes[0].unique
