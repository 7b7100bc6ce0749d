"""What only SQLite has: files, tables that are made anew, and no foreign key by name."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from bot.core.errors import LockTimeout, StepFailed
from bot.core.targets import Kind
from bot.databases import backup_file
from bot.databases.sqlite_guard import SQLiteGuard
from bot.databases.sqlite_print import checks
from bot.databases.sqlite_vault import SQLiteVault
from tests.databases.beds import FILL, Bed, target_of


def path_of(bed: Bed) -> Path:
    return Path(bed.target.url.reveal().removeprefix("sqlite:///"))


def test_a_rebuilt_table_keeps_its_print(bed_of_lite: Bed) -> None:
    before = bed_of_lite.database.fingerprint(bed_of_lite.target)
    for change in ("add", "drop"):
        engine = sa.create_engine(bed_of_lite.target.url.reveal())
        with engine.begin() as link:
            operations = Operations(MigrationContext.configure(link))
            with operations.batch_alter_table("orders", recreate="always") as batch:
                if change == "add":
                    batch.add_column(sa.Column("status", sa.String(9)))
                else:
                    batch.drop_column("status")
        engine.dispose()
        if change == "add":
            assert before.differs(bed_of_lite.database.fingerprint(bed_of_lite.target)) == ("columns",)
    assert before.differs(bed_of_lite.database.fingerprint(bed_of_lite.target)) == ()


@pytest.fixture
def bed_of_lite(lite: Bed) -> Bed:
    """A shop whose checks have names: unnamed ones do not survive a rebuild, and the print would say so."""
    lite.run("DROP VIEW large", "DROP TABLE orders", "DROP TABLE customers")
    lite.run(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name varchar(80) NOT NULL)",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id integer REFERENCES customers, "
        "note text DEFAULT 'new', amount integer, CONSTRAINT positive CHECK (amount >= 0))",
        "CREATE INDEX orders_customer_id ON orders (customer_id)",
        *FILL,
    )
    return lite


@pytest.mark.parametrize(
    ("statement", "section"),
    [
        ("CREATE TABLE more (a integer CHECK (a > 1 AND a <> ')'))", "constraints"),
        ("CREATE TABLE more (a integer PRIMARY KEY AUTOINCREMENT)", "tables"),
        ("CREATE TRIGGER t AFTER DELETE ON orders BEGIN SELECT 1; END", "triggers"),
        ("CREATE INDEX lower_note ON orders (lower(note))", "indexes"),
    ],
)
def test_each_section_is_seen(lite: Bed, statement: str, section: str) -> None:
    before = lite.database.fingerprint(lite.target)
    lite.run(statement)
    assert section in before.differs(lite.database.fingerprint(lite.target))


def test_checks_are_read_with_brackets_and_quotes_in_them() -> None:
    sql = "CREATE TABLE t (a text CHECK (a <> ')' AND length(a) > (1)), \"check (\" int,"
    sql += " CHECK(b IN ('x', 'y')))"
    assert list(checks(sql)) == ["a <> ')' AND length(a) > (1)", "b IN ('x', 'y')"]


def test_a_copy_beside_its_table_is_dropped(lite: Bed) -> None:
    lite.run("CREATE TABLE _alembic_tmp_orders (id integer)")
    (left,) = lite.guard.leftovers(lite.target)
    assert (left.kind, left.table) == ("leftover table", "orders")
    lite.vault.clear(lite.target, left)
    assert list(lite.guard.leftovers(lite.target)) == []
    assert lite.database.answer(lite.target, "SELECT count(*) FROM orders") == "2000"


def test_a_copy_that_holds_the_only_rows_is_renamed_and_not_dropped(lite: Bed) -> None:
    lite.run(
        "CREATE TABLE _alembic_tmp_orders AS SELECT * FROM orders", "DROP VIEW large", "DROP TABLE orders"
    )
    (left,) = lite.guard.leftovers(lite.target)
    lite.vault.clear(lite.target, left)
    assert lite.database.answer(lite.target, "SELECT count(*) FROM orders") == "2000"


def test_looking_never_makes_a_file(tmp_path: Path, lite: Bed) -> None:
    target = target_of(Kind.SQLITE, f"sqlite:///{tmp_path}/nothing.db")
    with pytest.raises(StepFailed, match="its file is not there"):
        lite.database.look(target)
    assert not (tmp_path / "nothing.db").exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?uri=true", "what"])
def test_what_is_no_file_is_refused(lite: Bed, url: str) -> None:
    with pytest.raises(StepFailed):
        lite.database.look(target_of(Kind.SQLITE, url))


def test_a_file_that_is_damaged_says_so(lite: Bed) -> None:
    path = path_of(lite)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    try:
        said = lite.database.look(lite.target).problems[0]
    except StepFailed as error:
        said = str(error)
    assert "damaged" in said or "malformed" in said


def test_a_file_that_another_writes_is_a_lock_that_was_not_granted(lite: Bed) -> None:
    with closing(sqlite3.connect(path_of(lite), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LockTimeout):
            lite.database.look(lite.target)


def test_a_backup_in_wal_mode_is_one_snapshot_though_another_writes(
    lite: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_file, "TELL_EVERY", 0.0)
    told: list[float] = []
    with closing(sqlite3.connect(path_of(lite), isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("INSERT INTO customers VALUES (900, 'in the log')")

        def write(share: float) -> None:
            told.append(share)
            other.execute("INSERT INTO customers (name) VALUES ('too late')")

        other.execute("INSERT INTO orders (id, note) VALUES (50000, ?)", ["x" * 20_000_000])
        backup = lite.vault.backup(lite.target, "shop", write)
    assert any(0 < share < 0.5 for share in told), "somebody wrote while it was copied"
    lite.vault.prove(backup)
    vault = lite.vault
    assert isinstance(vault, SQLiteVault)
    lite.run("DELETE FROM customers")
    vault.restore(backup, lite.target)
    kept = "SELECT count(*) FROM customers WHERE name = 'too late'"
    assert lite.database.answer(lite.target, kept) == "1"
    assert lite.database.answer(lite.target, "SELECT name FROM customers WHERE id = 900") == "in the log"


def test_the_checksum_is_that_of_what_was_written_and_not_of_what_the_disk_made_of_it(
    lite: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_file, "TELL_EVERY", 0.0)
    lite.run("INSERT INTO orders (id, note) VALUES (50000, hex(randomblob(5000000)))")
    spoilt: list[Path] = []

    def spoil(share: float) -> None:
        """While the backup is being written, a byte of what is on the disk already falls over."""
        for part in (tmp_path / "backups").glob("*.part"):
            if not spoilt and part.stat().st_size > 2_000_000:
                with part.open("r+b") as file:
                    file.seek(1000)
                    byte = file.read(1)
                    file.seek(1000)
                    file.write(bytes([byte[0] ^ 0xFF]))
                spoilt.append(part)

    backup = lite.vault.backup(lite.target, "shop", spoil)
    assert spoilt
    assert sha256(Path(backup.path).read_bytes()).hexdigest() != backup.sha256
    with pytest.raises(StepFailed, match="damaged"):
        lite.vault.prove(backup)


def test_a_backup_is_packed_and_a_copy_that_a_killed_process_left_goes_with_the_next(
    lite: Bed, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    left, young = folder / "dead.scratch", folder / "young.scratch"
    left.write_bytes(b"what a killed process left")
    young.write_bytes(b"somebody makes this now")
    os.utime(left, (0, 0))
    held = folder / "held.scratch"
    held.write_bytes(b"what a living process reads")
    os.utime(held, (0, 0))
    with held.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        backup = lite.vault.backup(lite.target, "shop", lambda _: None)
        assert held.exists()
    lite.vault.prove(backup)

    assert Path(backup.path).name == "shop.sqlite.zst"
    assert backup.bytes < path_of(lite).stat().st_size / 2
    assert sorted(p.name for p in folder.iterdir()) == ["shop.sqlite.zst", "young.scratch"]


WRITER = """
import sqlite3, sys
link = sqlite3.connect(sys.argv[1], isolation_level=None)
link.execute(sys.argv[2])
link.execute("SELECT count(*) FROM orders").fetchone()
print("there", flush=True)
sys.stdin.read()
"""


#: Starts it and ends: what is left is an orphan, and no child of the test's.
STARTER = """
import os, subprocess, sys
print(subprocess.Popen([sys.executable, "-c", *sys.argv[1:]]).pid, flush=True)
os._exit(0)
"""


@contextmanager
def another_program(lite: Bed, begin: str) -> Iterator[int]:
    """A process of somebody else's, with a transaction open; its pid."""
    order = [sys.executable, "-c", STARTER, WRITER, str(path_of(lite)), begin]
    with subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        assert starter.stdin
        pid = int(starter.stdout.readline())
        assert starter.stdout.readline() == "there\n"
        assert starter.wait(10) == 0
        try:
            yield pid
        finally:
            starter.stdin.close()
            assert starter.stdout.read() == ""  # it has ended


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_who_writes_to_a_file_is_named_and_who_reads_it_is_not(lite: Bed, mode: str) -> None:
    lite.run(f"PRAGMA journal_mode = {mode}")
    with another_program(lite, "BEGIN IMMEDIATE") as pid:
        (found,) = lite.guard.blockers(lite.target, "whimbrel/1")
        assert (found.pid, found.application) == (pid, Path(f"/proc/{pid}/comm").read_text().strip())
        assert list(lite.guard.blockers(lite.target, "whimbrel")) == []  # who only looks does not wait
    with another_program(lite, "BEGIN EXCLUSIVE") as pid:
        waits = [one.pid for one in lite.guard.blockers(lite.target, "whimbrel")]
        assert waits == ([pid] if mode == "DELETE" else [])
    with another_program(lite, "BEGIN"):
        assert list(lite.guard.blockers(lite.target, "whimbrel/1")) == []


def test_a_writer_that_we_have_started_is_not_in_our_own_way(lite: Bed) -> None:
    order = [sys.executable, "-c", WRITER, str(path_of(lite)), "BEGIN IMMEDIATE"]
    with subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout
        assert ours.stdout.readline() == "there\n"
        assert list(lite.guard.blockers(lite.target, "whimbrel/1")) == []
        with (
            pytest.raises(sqlite3.OperationalError, match="locked"),
            closing(sqlite3.connect(path_of(lite), timeout=0, isolation_level=None)) as link,
        ):
            link.execute("BEGIN IMMEDIATE")
        ours.communicate("")


def test_the_lock_of_a_file_is_one_by_whatever_name(lite: Bed, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(path_of(lite))
    alias = target_of(Kind.SQLITE, f"sqlite:///{tmp_path}/alias")
    guard = lite.guard
    assert isinstance(guard, SQLiteGuard)
    with guard.hold(lite.target, "41") as mine, SQLiteGuard().hold(alias, "42") as theirs:
        assert (mine, theirs) == (True, False)
        assert guard.still_held(lite.target)
        path_of(lite).with_name(path_of(lite).name + ".whimbrel-lock").unlink()
        assert not guard.still_held(lite.target)
