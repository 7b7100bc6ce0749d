"""What differs between two looks at tables, and the document of them."""

from __future__ import annotations

from bot.core.schema_pages import changes, document
from bot.core.schemas import Column, ForeignKey, Index, Key, Mark, TableShape, difference

ORDERS = TableShape(
    name="orders",
    columns=(
        Column(name="id", type="integer", nullable=False, key=Key.PRIMARY),
        Column(name="note", type="text"),
        Column(name="amount", type="integer"),
        Column(name="customer_id", type="integer"),
    ),
    indexes=(Index(name="orders_note", definition="btree (note)"),),
)
TO_CUSTOMERS = ForeignKey(name="orders_customer", columns=("customer_id",), parent="customers", valid=False)
AFTER = TableShape(
    name="orders",
    columns=(
        Column(name="id", type="bigint", nullable=False, key=Key.PRIMARY),
        Column(name="amount", type="integer", nullable=False, default="0"),
        Column(name="customer_id", type="integer", key=Key.FOREIGN),
        Column(name="remark", type="text"),
    ),
    foreign_keys=(TO_CUSTOMERS,),
)
CUSTOMERS = TableShape(name="customers", neighbour=True)


def test_each_part_is_marked_by_what_became_of_it_and_stands_where_it_was() -> None:
    orders, customers = difference((ORDERS,), (AFTER, CUSTOMERS))
    assert orders.mark is Mark.CHANGED
    assert [(c.shown.name, c.mark.value) for c in orders.columns] == [
        ("id", "changed"),
        ("note", "dropped"),
        ("amount", "changed"),
        ("customer_id", "same"),
        ("remark", "added"),
    ]
    assert [k.mark for k in orders.foreign_keys] == [Mark.ADDED]
    assert [i.mark for i in orders.indexes] == [Mark.DROPPED]
    assert (customers.mark, customers.neighbour) == (Mark.SAME, True)


def test_a_neighbour_that_is_no_neighbour_any_more_was_not_dropped() -> None:
    before = (AFTER, CUSTOMERS)
    after = (TableShape(name="orders", columns=AFTER.columns),)
    orders, customers = difference(before, after)
    assert customers.mark is Mark.SAME
    assert [k.mark for k in orders.foreign_keys] == [Mark.DROPPED]


def test_tables_come_and_go() -> None:
    new, old = difference((ORDERS,), (TableShape(name="parts", columns=(Column(name="id", type="text"),)),))
    assert (new.name, new.mark, old.name, old.mark) == ("parts", Mark.ADDED, "orders", Mark.DROPPED)
    assert changes((new, old)) == ["+ parts: 1 column", "− orders: 4 columns"]


def test_nothing_differs_between_equal_looks() -> None:
    assert all(t.mark is Mark.SAME for t in difference((AFTER, CUSTOMERS), (AFTER, CUSTOMERS)))
    assert changes(difference((AFTER, CUSTOMERS), (AFTER, CUSTOMERS))) == []


def test_a_difference_is_said_in_a_line_for_each_table() -> None:
    assert changes(difference((ORDERS,), (AFTER, CUSTOMERS))) == [
        "orders: ~ id integer → bigint; − note text; ~ amount integer, now not null, default 0;"
        " + remark text; + foreign key orders_customer (customer_id) → customers (not validated);"
        " − index orders_note btree (note)"
    ]


def test_a_possible_rename_is_seen_by_its_type() -> None:
    (orders, _) = difference((ORDERS,), (AFTER, CUSTOMERS))
    assert orders.renamed
    (same,) = difference((ORDERS,), (ORDERS,))
    assert not same.renamed


def test_the_document_has_a_table_for_each_and_names_the_neighbours() -> None:
    text = document((AFTER, CUSTOMERS), "Tables of change 42, after")
    assert text.startswith("# Tables of change 42, after\n\n## orders\n")
    assert "| `id` | bigint | no | primary |  |" in text
    assert "| `amount` | integer | no |  | `0` |" in text
    assert "- foreign key `orders_customer`: `customer_id` → `customers`, not validated" in text
    assert "Joined to them by foreign keys: `customers`" in text


def test_a_name_can_neither_break_a_cell_nor_make_markup() -> None:
    evil = Column(name="a | b\n# `x", type="<img>|\n[x](y)")
    text = document((TableShape(name="t\n# big", columns=(evil,)),), "x")
    (row,) = [line for line in text.splitlines() if "img" in line]
    assert row == "| `a \\| b # ˋx` | \\<img\\>\\| \\[x\\](y) | yes |  |  |"
    assert "\n# big" not in text
