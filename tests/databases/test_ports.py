"""What every kind of database promises alike."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from bot.core.errors import StepFailed
from bot.core.targets import Backup, Kind, Target
from tests.databases.beds import Bed, target_of


class TestDatabase:
    def test_a_healthy_target_may_be_changed(self, bed: Bed) -> None:
        health = bed.database.look(bed.target)
        assert health.problems == ()
        assert health.primary
        assert health.round_trip_ms > 0
        assert health.version.startswith(("PostgreSQL 1", "SQLite 3."))

    def test_tables_are_counted_when_asked_and_unknown_names_left_out(self, shop: Bed) -> None:
        facts = shop.database.tables(shop.target, ["orders", "nothing", "customers"], exact=True)
        assert [(f.name, f.rows, f.exact) for f in facts] == [("orders", 2000, True), ("customers", 50, True)]
        assert facts[0].bytes > facts[1].bytes > 0

    def test_a_change_moves_the_print_and_its_reverse_moves_it_back(self, shop: Bed) -> None:
        before = shop.database.fingerprint(shop.target)
        shop.run("ALTER TABLE orders ADD COLUMN status varchar(9)")
        changed = shop.database.fingerprint(shop.target)
        shop.run("ALTER TABLE orders DROP COLUMN status")
        assert before.differs(changed) == ("columns",)
        assert shop.database.fingerprint(shop.target) == before

    def test_the_order_in_which_things_were_made_does_not_count(self, bed: Bed) -> None:
        other = bed.another()
        one, two = "CREATE TABLE one (a integer, b text)", "CREATE TABLE two (a integer)"
        bed.run(one, two, "CREATE INDEX one_a ON one (a)", "CREATE INDEX one_b ON one (b)")
        bed.run(two, one, "CREATE INDEX one_b ON one (b)", "CREATE INDEX one_a ON one (a)", target=other)
        assert bed.database.fingerprint(bed.target) == bed.database.fingerprint(other)

    def test_each_section_is_seen(self, shop: Bed) -> None:
        unique = "CREATE UNIQUE INDEX orders_note ON orders (note, id) WHERE amount > 7"
        for statement, section in (
            ("CREATE TABLE more (id integer)", "tables"),
            ("DROP INDEX orders_customer_id", "indexes"),
            (unique, "indexes"),
            ("DROP VIEW large", "views"),
        ):
            before = shop.database.fingerprint(shop.target)
            shop.run(statement)
            assert section in before.differs(shop.database.fingerprint(shop.target)), statement

    def test_rows_and_history_tables_are_no_part_of_the_print(self, shop: Bed) -> None:
        before = shop.database.fingerprint(shop.target)
        shop.run(
            "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
            "CREATE TABLE whimbrel_history (revision text PRIMARY KEY)",
            "INSERT INTO alembic_version VALUES ('a1')",
            "DELETE FROM orders WHERE id < 100",
        )
        assert shop.database.fingerprint(shop.target) == before

    def test_an_answer_is_the_first_column_of_the_first_row(self, shop: Bed) -> None:
        asked = shop.database.answer
        assert asked(shop.target, "SELECT count(*), 7 FROM orders") == "2000"
        assert asked(shop.target, "-- how many\nSELECT name FROM customers ORDER BY id LIMIT 1") == "customer"
        assert asked(shop.target, "SELECT id FROM orders WHERE note LIKE 'x%'") == ""

    def test_an_answer_changes_nothing(self, shop: Bed) -> None:
        for statement in (
            "DELETE FROM orders",
            "WITH gone AS (SELECT 1) DELETE FROM orders",
            "SELECT 1; DELETE FROM orders",
            "SELECT 1; COMMIT; DELETE FROM orders",
            "SELECT 1; COMMIT; SET default_transaction_read_only = off; COMMIT; DELETE FROM orders",
            "PRAGMA query_only = OFF",
            "SET default_transaction_read_only = off",
        ):
            with pytest.raises(StepFailed):
                shop.database.answer(shop.target, statement)
            assert shop.database.answer(shop.target, "SELECT count(*) FROM orders") == "2000"

    def test_a_wrong_question_is_answered_with_the_servers_sentence(self, shop: Bed) -> None:
        with pytest.raises(StepFailed, match=r"shop/production said: .*nowhere"):
            shop.database.answer(shop.target, "SELECT * FROM nowhere")

    def test_orphans_are_found_from_the_child_and_from_the_parent(self, shop: Bed) -> None:
        assert shop.database.orphans(shop.target, ["orders", "customers"]) == []
        if shop.target.kind is Kind.SQLITE:
            shop.run("DELETE FROM customers WHERE id = 3")
        else:
            shop.run(
                "ALTER TABLE orders DROP CONSTRAINT orders_customer",
                "DELETE FROM customers WHERE id = 3",
                "ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id)"
                " REFERENCES customers (id) NOT VALID",
                "INSERT INTO orders VALUES (9001, NULL)",
            )
        for name in ("orders", "customers"):
            (found,) = shop.database.orphans(shop.target, [name])
            assert (found.table, found.rows) == ("orders", 40)
            assert "customer" in found.constraint
        assert shop.database.orphans(shop.target, ["nothing"]) == []

    def test_analyze_makes_fresh_statistics(self, shop: Bed) -> None:
        shop.database.analyze(shop.target, ["orders", "nothing"])
        (facts,) = shop.database.tables(shop.target, ["orders"])
        assert facts.rows == 2000

    def test_a_target_that_is_not_there_cannot_be_reached(self, bed: Bed) -> None:
        gone = target_of(bed.target.kind, bed.target.url.reveal() + "_gone")
        with pytest.raises(StepFailed, match="shop/production cannot be reached"):
            bed.database.look(gone)


class TestGuard:
    def test_two_do_not_both_hold_and_the_second_may_when_the_first_lets_go(
        self, bed: Bed, tmp_path: Path
    ) -> None:
        other = type(bed.world)(tmp_path).guard(bed.target)
        with bed.guard.hold(bed.target, "41") as mine:
            with other.hold(bed.target, "42") as theirs:
                assert (mine, theirs) == (True, False)
            with other.hold(bed.another(), "42") as elsewhere:
                assert elsewhere
        with other.hold(bed.target, "42") as theirs:
            assert theirs

    def test_a_step_that_fails_lets_go_too(self, bed: Bed) -> None:
        with pytest.raises(StepFailed), bed.guard.hold(bed.target, "41"):
            raise StepFailed("It failed.")
        with bed.guard.hold(bed.target, "41") as mine:
            assert mine

    def test_where_nobody_works_there_is_nobody_to_name_or_to_end(self, shop: Bed) -> None:
        assert list(shop.guard.blockers(shop.target, "whimbrel/42")) == []
        assert shop.guard.cut_off(shop.target, "whimbrel/42") == 0
        assert list(shop.guard.leftovers(shop.target)) == []


class TestVault:
    def test_a_backup_is_proved_and_seen_by_its_owner_alone(self, shop: Bed) -> None:
        told: list[float] = []
        backup = shop.vault.backup(shop.target, "shop/production 42", told.append)
        path = Path(backup.path)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == backup.sha256
        assert path.stat().st_size == backup.bytes
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert (told[0], told[-1]) == (0.0, 1.0) and told == sorted(told)
        assert list(path.parent.iterdir()) == [path]
        assert "2 tables" in shop.vault.prove(backup)

    def test_a_second_backup_of_the_same_name_leaves_the_first(self, shop: Bed) -> None:
        first = _backup(shop)
        shop.run("DELETE FROM orders")
        second = _backup(shop)
        assert first.path != second.path
        assert shop.vault.prove(first) and shop.vault.prove(second)

    def test_a_flipped_byte_is_found_wherever_it_is(self, shop: Bed) -> None:
        backup = _backup(shop)
        whole = Path(backup.path).read_bytes()
        for place in (0.0, 0.02, 0.5, 0.98):
            content = bytearray(whole)
            content[int(len(content) * place)] ^= 0xFF
            Path(backup.path).write_bytes(content)
            with pytest.raises(StepFailed, match="damaged"):
                shop.vault.prove(backup)

    def test_a_missing_end_is_found_however_short(self, shop: Bed) -> None:
        backup = _backup(shop)
        content = Path(backup.path).read_bytes()
        for rest in (0, len(content) // 2, len(content) - 1):
            Path(backup.path).write_bytes(content[:rest])
            with pytest.raises(StepFailed, match="damaged"):
                shop.vault.prove(backup)

    def test_a_missing_file_is_found(self, shop: Bed) -> None:
        backup = _backup(shop)
        Path(backup.path).unlink()
        with pytest.raises(StepFailed, match="cannot be read"):
            shop.vault.prove(backup)

    def test_a_file_of_something_else_is_found_even_with_its_own_checksum(self, shop: Bed) -> None:
        backup = _backup(shop)
        content = b"SQLite format 3\0 or perhaps not" * 400
        Path(backup.path).write_bytes(content)
        other = Backup(
            path=backup.path,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            seconds=backup.seconds,
        )
        with pytest.raises(StepFailed):
            shop.vault.prove(other)

    def test_what_is_restored_equals_what_was_saved(self, shop: Bed) -> None:
        empty = shop.another()
        shop.vault.restore(_backup(shop), empty)  # type: ignore[attr-defined]
        assert shop.database.fingerprint(empty) == shop.database.fingerprint(shop.target)
        for table in ("orders", "customers"):
            assert _rows(shop, empty, table) == _rows(shop, shop.target, table)

    def test_a_damaged_backup_restores_nothing(self, shop: Bed) -> None:
        backup, empty = _backup(shop), shop.another()
        content = bytearray(Path(backup.path).read_bytes())
        content[-20] ^= 0xFF
        Path(backup.path).write_bytes(content)
        before = shop.database.fingerprint(empty)
        with pytest.raises(StepFailed, match="damaged"):
            shop.vault.restore(backup, empty)  # type: ignore[attr-defined]
        assert shop.database.fingerprint(empty) == before

    def test_a_backup_that_fails_leaves_no_file(self, shop: Bed, tmp_path: Path) -> None:
        gone = target_of(shop.target.kind, shop.target.url.reveal() + "_gone")
        with pytest.raises(StepFailed):
            shop.vault.backup(gone, "gone", lambda _: None)
        assert not list((tmp_path / "backups").glob("*"))


def _backup(bed: Bed) -> Backup:
    return bed.vault.backup(bed.target, "shop", lambda _: None)


def _rows(bed: Bed, target: Target, table: str) -> str:
    if target.kind is Kind.SQLITE:
        columns = "id || '/' || coalesce(amount, '') || note" if table == "orders" else "id || name"
        return bed.database.answer(
            target, f"SELECT group_concat({columns}) FROM (SELECT * FROM {table} ORDER BY id)"
        )
    return bed.database.answer(
        target, f"SELECT count(*) || '/' || sum(hash_record_extended(t, 0)) FROM {table} t"
    )
