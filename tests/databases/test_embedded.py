"""The server of our own: started, stopped, killed, taken over."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import psycopg
import pytest

from bot.core.errors import StepFailed
from bot.databases.embedded import Server


def rows(url: str) -> list[tuple[int]]:
    with psycopg.connect(url) as link:
        return link.execute("SELECT * FROM kept").fetchall()


def keep(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("CREATE TABLE kept AS SELECT 7 AS i")


def test_data_port_and_password_stay_after_a_crash(folder: Path) -> None:
    with Server(folder) as first:
        url = first.create("shop")
        assert first.create("shop") == url
        keep(url)
        first.kill()
        assert first.pid == 0
        with Server(folder) as second:
            assert rows(url) == [(7,)]
            assert second.url("shop") == url
            second.restart()
            assert rows(url) == [(7,)]
    with pytest.raises(psycopg.OperationalError):
        rows(url)


def test_a_server_that_outlived_its_owner_is_replaced(folder: Path) -> None:
    with Server(folder) as orphan:
        url = orphan.create("shop")
        keep(url)
        before = orphan.pid
        with Server(folder) as server:
            assert server.pid not in {0, before}
            assert orphan.pid == 0
            assert rows(url) == [(7,)]


def test_a_folder_that_only_root_may_enter_will_do(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with Server(closed / "pg") as server:
        url = server.create("shop")
        keep(url)
        server.restart()
        assert rows(url) == [(7,)]
    shutil.rmtree(closed)
    closed.mkdir(mode=0o700)
    with Server(closed / "pg") as server:
        with psycopg.connect(server.create("shop")) as link:
            assert link.execute("SELECT to_regclass('kept')").fetchone() == (None,)
        data = server.data
        server.remove()
        assert not data.exists() and not data.parent.exists() and not (closed / "pg").exists()


def test_nobody_enters_without_the_password(folder: Path) -> None:
    with Server(folder) as server:
        password = server.password.reveal()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.url("postgres").replace(password, "guess"))
        assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
        assert password not in repr(vars(server))
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        assert not any(password.encode() in line for line in lines)
        assert not (folder / "first-password").exists()


def test_it_does_not_run_as_root(folder: Path) -> None:
    with Server(folder) as server:
        assert (server.data / "PG_VERSION").stat().st_uid != 0
        for name in ("pg_dump", "pg_restore", "pgbench", "psql"):
            assert os.access(server.tools() / name, os.X_OK)


def test_a_port_that_is_taken_is_said(folder: Path, server: Server) -> None:
    with pytest.raises(StepFailed, match="did not start"):
        Server(folder, port=server.port).start()
