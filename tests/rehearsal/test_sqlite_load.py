"""The thin form for a SQLite file."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from bot.core.errors import StepFailed
from bot.core.targets import Kind
from bot.databases.sqlite_load import SQLiteLoads
from tests.databases.beds import FILL, SHOP, Bed, target_of

LOADS = SQLiteLoads()
TABLES = ["orders", "customers"]


@pytest.fixture
def lite(tmp_path: Path) -> Bed:
    sqlite3.connect(tmp_path / "shop.db").close()
    bed = Bed.over(target_of(Kind.SQLITE, f"sqlite:///{tmp_path / 'shop.db'}"))
    bed.run(*SHOP, *FILL)
    return bed


def file_of(bed: Bed) -> str:
    return bed.target.url.reveal().removeprefix("sqlite:///")


def test_a_lock_is_felt_at_its_length_and_no_row_is_changed(lite: Bed) -> None:
    workload = LOADS.workload(lite.target, lite.target, TABLES)
    before = Path(file_of(lite)).read_bytes()
    other = sqlite3.connect(file_of(lite), isolation_level=None)
    with LOADS.play(lite.target, workload) as playing:
        time.sleep(0.2)
        playing.mark("during")
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(0.4)
        other.execute("ROLLBACK")
        time.sleep(0.1)
        playing.mark("after")
        time.sleep(0.2)
        felt = playing.felt()
    other.close()

    assert workload.source == felt.source == "made from the schema" and len(workload.statements) == 6
    assert 0.28 < felt.worst < 0.52 and felt.errors == {} and felt.statements > 20
    assert felt.p95_during > 10 * felt.p95_before > 0
    assert Path(file_of(lite)).read_bytes() == before


def test_a_renamed_column_is_named(lite: Bed) -> None:
    workload = LOADS.workload(lite.target, lite.target, ["customers"])
    with LOADS.play(lite.target, workload) as playing:
        playing.mark("during")
        lite.run("ALTER TABLE customers RENAME COLUMN name TO full_name")
        time.sleep(0.3)
        felt = playing.felt()

    assert any(words.startswith("no such column: ") for words in felt.errors)


def test_rows_in_the_new_shape_are_written_or_it_is_said_why_not(lite: Bed) -> None:
    written = LOADS.write_new_shape(lite.target, TABLES, 12)

    assert written == {"orders": 12, "customers": 12} and written.refused == ()
    link = sqlite3.connect(file_of(lite))
    assert link.execute("SELECT count(*) FROM orders WHERE amount > 2147483647").fetchone()[0] > 0
    assert link.execute("SELECT count(*) FROM orders WHERE note IS NULL").fetchone()[0] > 0
    assert link.execute("PRAGMA foreign_key_check").fetchall() == []
    link.execute("CREATE TABLE small (a INTEGER CHECK (a < 9))")
    link.execute("INSERT INTO small VALUES (1)")
    link.commit()
    link.close()
    again = LOADS.write_new_shape(lite.target, ["small"], 4)
    assert again == {"small": 4}
    assert again.refused == (
        "small did not take a number beyond 32 bits in a: CHECK constraint failed: a < 9.",
    )


def test_without_a_table_or_with_a_script_it_is_refused(lite: Bed) -> None:
    with pytest.raises(StepFailed, match="There is no workload for nowhere"):
        LOADS.workload(lite.target, lite.target, ["nowhere"])
