"""Places in an application's source that name what changes."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bot.checks import source, source_trees
from bot.core.answers import Answer
from tests.checks.made import evidence

DROPS = "ALTER TABLE orders DROP COLUMN channel; ALTER TABLE order_items RENAME COLUMN unit_price TO price"


def answered(tree: Path, sql: str = DROPS, *apart: Path) -> Answer:
    return source.answer(evidence(sql).acts, [tree], apart)


def written(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_dropped_renamed_and_retyped_names_are_looked_for_heaviest_first() -> None:
    sql = (
        "ALTER TABLE a ALTER b TYPE bigint; ALTER TABLE a RENAME COLUMN c TO d; ALTER TABLE e RENAME TO f; "
        "ALTER TABLE a DROP COLUMN g; DROP TABLE h; ALTER TABLE a ADD COLUMN i text; CREATE INDEX j ON a (k);"
        " ALTER TABLE a ADD COLUMN l uuid DEFAULT gen_random_uuid()"
    )
    assert [n.shown for n in source.wanted(evidence(sql).acts)] == ["h", "a.g", "e", "a.c", "a.b"]


def test_places_are_told_by_file_and_line_with_the_line_shortened(tmp_path: Path) -> None:
    written(tmp_path, "app/models.py", "class OrderItem:\n    #\n    unit_price = Column()\n")
    written(tmp_path, "app/orders.py", f"orders\n    x = channel + 1{'x' * 300}\n")
    said = answered(tmp_path)
    root = tmp_path.name

    assert said.ok
    assert said.evidence == "2 places in 2 of 2 files name orders.channel, order_items.unit_price."
    assert [(f.name, f.at) for f in said.findings] == [
        ("code-names-it@orders.channel", f"{root}/app/orders.py:2"),
        ("code-names-it@order_items.unit_price", f"{root}/app/models.py:3"),
    ]
    assert "is dropped" in said.findings[0].reason
    assert len(said.findings[0].reason) < 300


def test_only_whole_words_count_and_a_common_name_only_beside_its_table(tmp_path: Path) -> None:
    written(tmp_path, "a.py", "orders: channels, my_channel, subchannel, channel2")
    written(tmp_path, "b.py", "a television channel")
    written(tmp_path, "c.py", "unit_prices = 3")
    assert answered(tmp_path).ok

    written(tmp_path, "d.ts", "type Order = { Channel: string }")
    assert [f.at for f in answered(tmp_path).findings] == [f"{tmp_path.name}/d.ts:1"]


def test_what_is_not_the_applications_own_is_left_out(tmp_path: Path) -> None:
    outside = written(tmp_path, "elsewhere/real.py", "orders channel")
    tree = tmp_path / "tree"
    for name in (".git/x", "node_modules/m/x.js", ".venv/x.py", "a/venv/x.py", "migrations/0001.sql"):
        written(tree, name, "orders channel")
    (tree / "link").symlink_to(outside.parent, target_is_directory=True)
    (tree / "link.py").symlink_to(outside)
    os.mkfifo(tree / "pipe")
    written(tree, "picture.png", "\0\0 orders channel")

    assert answered(tree, DROPS, tree / "migrations").ok
    assert answered(tree).findings


def test_a_line_that_may_hold_a_secret_is_named_and_not_shown(tmp_path: Path) -> None:
    written(tmp_path, "s.py", 'orders = connect(password="hunter2", channel="x")')
    reason = answered(tmp_path).findings[0].reason

    assert "hunter2" not in reason
    assert "s.py:1" in reason


def test_what_a_bound_left_out_is_said_and_the_line_stays_open(tmp_path: Path) -> None:
    written(tmp_path, "large.py", "x" * (source_trees.MOST_FILE_BYTES + 1))
    said = answered(tmp_path)

    assert not said.ok
    assert "1 files were not read" in said.evidence


def test_with_no_tree_nobody_has_looked_and_with_nothing_to_look_for_all_is_well() -> None:
    assert not source.answer(evidence(DROPS).acts, []).ok
    assert source.answer(evidence("ALTER TABLE orders ADD COLUMN x int").acts, []).ok


def test_a_thousand_files_take_less_than_a_second(tmp_path: Path) -> None:
    lines = "".join(f"def handler_{n}(request): return request.orders[{n}].total\n" for n in range(150))
    for n in range(1000):
        written(tmp_path, f"app/part{n % 20}/module{n}.py", lines + ("channel = 1\n" if n % 50 == 0 else ""))
    begin = time.perf_counter()
    said = answered(tmp_path)
    took = time.perf_counter() - begin

    assert said.evidence.startswith("20 places in 20 of 1000 files")
    assert took < 3  # one second on an idle machine, with room for a busy one
