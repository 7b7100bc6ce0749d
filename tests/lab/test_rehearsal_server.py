"""The rehearsal server: started once, found again after a crash, and careful with what is not ours."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from uuid import uuid4

import psycopg
import pytest

from bot.core.errors import StepFailed
from bot.core.lab import CopyOrder
from bot.core.measures import Copying
from bot.core.targets import Secret, Target
from bot.databases import postgresql_copy_source
from bot.databases.embedded import Server
from bot.databases.postgresql_scratch import PostgreSQLScratches
from bot.databases.rehearsal import RehearsalServer
from tests.lab.stage import Fresh, copy, quiet

Source = Callable[..., Target]
SCHEMA = Copying.SCHEMA


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="whimbrel-test-"))
    path.chmod(0o711)
    yield path / "rehearsal"
    shutil.rmtree(path)


@pytest.fixture
def others(server: Server) -> PostgreSQLScratches:
    """Scratch databases on a server that is not ours alone."""
    return PostgreSQLScratches(RehearsalServer(Path("unused"), Secret(server.url("postgres"))))


def test_it_starts_at_the_first_need_once_for_all_threads_and_comes_back(folder: Path) -> None:
    server = RehearsalServer(folder)
    assert not server.used
    assert not folder.exists(), "nothing happens before it is needed"
    scratches, found = PostgreSQLScratches(server), list[list[str]]()
    threads = [Thread(target=lambda: found.append(list(scratches.names()))) for _ in range(4)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [[]] * 4
        with psycopg.connect(server.target().url.reveal(), autocommit=True) as link:
            (pid,) = link.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
            ).fetchone() or (0,)
            parent = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
            settings = dict(link.execute("SELECT name, setting FROM pg_settings").fetchall())
        assert (settings["fsync"], settings["autovacuum"]) == ("on", "off")
        os.kill(parent, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert list(scratches.names()) == [], "it runs again"
        server.close()
        (server._server.data / "PG_VERSION").write_text("9.6")
        assert list(scratches.names()) == [], "what an older version left is given up"
    finally:
        server.remove()
    assert not (folder / "data").exists()


def test_what_a_killed_process_left_is_found_by_the_next(folder: Path, source: Source) -> None:
    origin = source("CREATE TABLE t (a int)")
    script = (
        "import os, sys; from pathlib import Path; from bot.databases.rehearsal import RehearsalServer;"
        "from bot.databases.postgresql_scratch import PostgreSQLScratches as S;"
        "from bot.core.lab import CopyOrder; from bot.core.measures import Copying;"
        "from tests.databases.beds import target_of; from bot.core.targets import Kind;"
        "s = S(RehearsalServer(Path(sys.argv[1]))); t = target_of(Kind.POSTGRESQL, os.environ['SOURCE']);"
        "s.make('whimbrel_left', t, CopyOrder(how=Copying.SCHEMA), lambda _: None);"
        "print('made', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, folder],
        env={**os.environ, "SOURCE": origin.url.reveal()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    next_ = RehearsalServer(folder)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"made\n"
        with pytest.raises(StepFailed, match="Another process uses the rehearsal server's folder"):
            next_.target()
        child.kill()
        child.wait()
        scratches = PostgreSQLScratches(next_)
        assert list(scratches.names()) == ["whimbrel_left"]
        scratches.drop("whimbrel_left")
        assert list(scratches.names()) == []
    finally:
        child.kill()
        child.communicate()
        next_.remove()


def test_only_what_is_ours_is_listed_and_dropped(
    others: PostgreSQLScratches, server: Server, source: Source
) -> None:
    server.create("whimbrel_store")
    origin = source("CREATE TABLE t (a int)")

    for name in ("whimbrel_store", "postgres", "shop", 'whimbrel_"; DROP DATABASE shop'):
        with pytest.raises(StepFailed):
            others.drop(name)
        with pytest.raises(StepFailed):
            others.make(name, origin, CopyOrder(how=SCHEMA), quiet)
    assert list(others.names()) == []
    assert Fresh(origin).rows("SELECT 1 FROM pg_database WHERE datname = 'whimbrel_store'") == [(1,)]
    others.drop("whimbrel_never_was")


def test_a_scratch_is_dropped_under_whoever_is_joined_to_it(
    scratches: PostgreSQLScratches, source: Source
) -> None:
    ghost, _ = copy(scratches, source("CREATE TABLE t (a int)"), SCHEMA)
    with psycopg.connect(ghost.target.url.reveal()) as joined:
        scratches.drop("whimbrel_schema")
        with pytest.raises(psycopg.OperationalError):
            joined.execute("SELECT 1")
    assert list(scratches.names()) == []


def test_roles_made_on_anothers_server_go_with_the_last_scratch(
    others: PostgreSQLScratches, debian_source: Source, server: Server
) -> None:
    role, unnamed = f"owner_{uuid4().hex[:6]}", f"idle_{uuid4().hex[:6]}"
    origin = debian_source(f"CREATE ROLE {role}", f"CREATE ROLE {unnamed}", "CREATE TABLE t (a int)",
                           f"ALTER TABLE t OWNER TO {role}")  # fmt: skip
    roles = f"SELECT rolname::text FROM pg_roles WHERE rolname IN ('{role}', '{unnamed}')"
    anywhere = Fresh(server_target(server))

    for name in ("whimbrel_one", "whimbrel_two"):
        _, copied = others.make(name, origin, CopyOrder(how=SCHEMA), quiet)
    assert any("does not wait for its disk" in note for note in copied.notes)
    assert anywhere.rows(roles) == [(role,)], "a role that nothing is of stays where it is"
    others.drop("whimbrel_one")
    assert anywhere.rows(roles) == [(role,)]
    others.drop("whimbrel_two")
    assert anywhere.rows(roles) == []
    Fresh(origin).run(f"DROP OWNED BY {role}", f"DROP ROLE {role}", f"DROP ROLE {unnamed}")


def server_target(server: Server) -> Target:
    return RehearsalServer(Path("unused"), Secret(server.url("postgres"))).target()


def test_a_source_that_is_frozen_does_not_hang_us(
    scratches: PostgreSQLScratches, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = source("CREATE TABLE t AS SELECT n, repeat('x', 500) FROM generate_series(1, 100000) n")
    monkeypatch.setattr(postgresql_copy_source, "_SILENCE", 1.0)
    frozen: list[int] = []

    def freeze(share: float) -> None:
        pids = Fresh(origin).rows(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'whimbrel copy'"
            " AND state = 'active' AND query LIKE 'COPY%' AND pid <> pg_backend_pid()"
        )
        for (pid,) in pids:
            os.kill(pid, signal.SIGSTOP)
            frozen.append(pid)

    stop = Thread(target=lambda: [time.sleep(0.005) or freeze(0) for _ in range(4000) if not frozen])
    stop.start()
    began = time.monotonic()
    try:
        with pytest.raises(StepFailed, match="has stopped answering while it was read"):
            scratches.make("whimbrel_x", origin, CopyOrder(how=Copying.FULL), quiet)
    finally:
        stop.join()
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    assert frozen
    assert time.monotonic() - began < 20
    assert list(scratches.names()) == []


def test_no_row_comes_into_the_servers_log(
    rehearsal: RehearsalServer, scratches: PostgreSQLScratches, source: Source
) -> None:
    whole, _ = copy(
        scratches,
        source("CREATE TABLE t (a text)", "INSERT INTO t VALUES ('private'), ('private')"),
        Copying.FULL,
    )

    with pytest.raises(psycopg.errors.UniqueViolation):
        whole.run("CREATE UNIQUE INDEX ON t (a)")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        whole.run("SELECT 'private', nothing FROM t")

    logs = [path.read_text() for path in rehearsal._folder.glob("server.log")]
    assert logs
    assert "could not create unique index" in logs[0]
    assert "private" not in logs[0]
