"""Backups of a PostgreSQL while something goes wrong, and the programs that make them."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Thread

import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.core.errors import StepFailed
from bot.databases.postgresql_link import Link
from bot.databases.postgresql_tools import installed, program
from bot.databases.postgresql_vault import PostgreSQLVault
from tests.databases.beds import Bed


class Dump:
    """A backup under way, kept waiting by a lock until the block ends."""

    def __init__(self, bed: Bed) -> None:
        self.bed, self.error = bed, ""
        self._thread = Thread(target=self._work)

    def _work(self) -> None:
        try:
            self.bed.vault.backup(self.bed.target, "shop", lambda _: None)
        except StepFailed as error:
            self.error = str(error)

    def __enter__(self) -> Dump:
        self._lock: Link = self.bed.session("in the way")
        self._lock.execute("LOCK TABLE orders")
        self._thread.start()
        deadline = time.monotonic() + 10
        while self._thread.is_alive() and not self.bed.guard.blockers(self.bed.target, "whimbrel backup"):
            if time.monotonic() > deadline:
                break
            time.sleep(0.03)
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()
        self._thread.join(20)


def test_no_command_line_shows_where_or_with_which_password(pg: Bed) -> None:
    said = conninfo_to_dict(pg.target.url.reveal())
    with Dump(pg) as dump:
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    dumps = [line for line in lines if b"pg_dump" in line and b"--lock-wait-timeout" in line]
    assert dump.error == ""
    assert dumps
    for word in ("password", "port", "dbname"):
        assert not any(str(said[word]).encode() in line for line in dumps)
    assert not any(str(said["password"]).encode() in line for line in lines)


def test_a_dump_that_is_cut_off_leaves_no_file_and_says_why(pg: Bed, tmp_path: Path) -> None:
    with Dump(pg) as dump:
        assert list((tmp_path / "backups").glob("*.part"))
        assert pg.guard.cut_off(pg.target, "whimbrel backup") == 1
    assert dump.error.startswith("pg_dump failed: ")
    assert not list((tmp_path / "backups").glob("*"))


def test_a_caller_that_gives_up_ends_the_dump(pg: Bed, tmp_path: Path) -> None:
    def give_up(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pg.vault.backup(pg.target, "shop", give_up)
    assert not list((tmp_path / "backups").glob("*"))


def test_a_restore_in_place_takes_back_rows_and_columns(pg: Bed) -> None:
    vault = pg.vault
    assert isinstance(vault, PostgreSQLVault)
    before = pg.database.fingerprint(pg.target)
    backup = vault.backup(pg.target, "shop", lambda _: None)
    pg.run("ALTER TABLE orders DROP COLUMN note", "DELETE FROM orders", "DELETE FROM customers")
    vault.restore(backup, pg.target, clean=True)
    assert pg.database.fingerprint(pg.target) == before
    assert pg.database.answer(pg.target, "SELECT count(note) FROM orders") == "2000"


def test_a_restore_that_fails_half_way_changes_nothing(pg: Bed) -> None:
    vault = pg.vault
    assert isinstance(vault, PostgreSQLVault)
    backup = vault.backup(pg.target, "shop", lambda _: None)
    pg.run("DELETE FROM orders WHERE id > 7")
    with pytest.raises(StepFailed, match="already exists"):
        vault.restore(backup, pg.target)
    assert pg.database.answer(pg.target, "SELECT count(*) FROM orders") == "7"


def test_a_dump_with_hostile_names_stays_in_its_folder(pg: Bed, tmp_path: Path) -> None:
    backup = pg.vault.backup(pg.target, "../../etc/passwd; rm -rf *", lambda _: None)
    assert Path(backup.path).parent == tmp_path / "backups"
    assert Path(backup.path).name == "etc-passwd-rm--rf.dump.zst"


def test_the_programs_are_never_older_than_the_server() -> None:
    majors = {major for major, _, _ in installed()}
    assert 18 in majors
    for major in majors:
        assert f"{program('pg_dump', major, tls=False)}".endswith("pg_dump")
    with pytest.raises(StepFailed, match="No pg_dump of PostgreSQL 99"):
        program("pg_dump", 99, tls=False)
