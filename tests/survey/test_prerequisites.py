"""Environments, tool, repository, URLs and backups, lines 3 to 15 and 29."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.checks import (
    backup_age,
    backup_means,
    backup_strategy,
    connection_strings,
    environments,
    repository_state,
    scratch_ready,
    tool_ready,
)
from bot.core.findings import Weight
from bot.core.ports import History
from bot.core.standing import Archiving, BackupMeans, BackupRule, ToolFacts
from bot.core.targets import Phase
from bot.databases.postgresql_survey import PostgreSQLSurvey
from bot.databases.sqlite_survey import SQLiteSurvey
from bot.databases.survey_backups import postgresql_means
from bot.tools.repository import repository, tool_facts
from tests.databases.beds import Bed

GIT = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, env={**os.environ, **GIT}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    folder = tmp_path / "data base"
    folder.mkdir()
    (folder / "0001.sql").write_text("SELECT 1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return folder


class TestEnvironments:
    def test_one_that_is_ready_is_told_with_its_figures(self, pg: Bed) -> None:
        health = pg.database.look(pg.target)
        answer = environments.answer(
            Phase.STAGING, health, History(applied=("0001",), current="0001"), ["0002", "0003"]
        )

        assert answer.lines == (7,)
        assert answer.ok
        assert f"{health.version}, primary, at 0001, 2 pending." in answer.evidence

    def test_every_problem_is_a_finding(self, pg18: Bed) -> None:
        history = History(applied=(), current="", problems=("The history table names 9.",))
        answer = environments.answer(Phase.PRODUCTION, pg18.database.look(pg18.target), history, [])

        assert (answer.ok, answer.lines) == (False, (8,))
        assert [f.reason for f in answer.findings] == ["The history table names 9."]
        assert not environments.unreachable(Phase.DEVELOPMENT, "It is down.").ok


class TestTool:
    def test_its_version_comes_from_the_projects_own_interpreter_and_its_pin_from_the_repository(
        self, scripts: Path
    ) -> None:
        (scripts.parent / "requirements.txt").write_text(
            "# alembic==1.0\nsqlalchemy==2.0\nalembic == 1.13.1\n"
        )
        facts = tool_facts("Alembic", "alembic", sys.executable, scripts)
        starts, step, pinned = tool_ready.answers(facts, {Phase.STAGING: History(applied=(), current="")})

        assert (facts.pin, facts.file) == ("alembic==1.13.1", "requirements.txt")
        assert facts.version == __import__("alembic").__version__
        assert starts.ok
        assert step.ok
        assert not pinned.ok
        assert f"but {facts.version} is installed" in pinned.evidence

    @pytest.mark.parametrize(
        ("file", "text", "pin"),
        [
            ("pyproject.toml", 'dependencies = [\n  "alembic==1.20.1",\n]', "alembic==1.20.1"),
            ("uv.lock", '[[package]]\nname = "alembic"\nversion = "1.20.1"\n', "alembic==1.20.1"),
            ("Pipfile.lock", '"alembic": {"hashes": [], "version": "==1.20.1"}', "alembic==1.20.1"),
            ("requirements.txt", "alembic>=1.0\n", ""),
            ("requirements.txt", "alembic-utils==0.8\n", ""),
        ],
    )
    def test_a_pin_is_an_exact_version(self, scripts: Path, file: str, text: str, pin: str) -> None:
        (scripts / file).write_text(text)

        assert tool_facts("Alembic", "alembic", sys.executable, scripts).pin == pin

    def test_one_that_is_not_there_or_not_pinned_leaves_its_lines_open(self, scripts: Path) -> None:
        absent = tool_facts("Alembic", "no-such-tool-at-all", sys.executable, scripts)
        broken = tool_facts("Alembic", "alembic", "/no/such/python", scripts)

        assert absent.why == "the interpreter has no no-such-tool-at-all"
        assert broken.why == "there is no python here"
        assert [a.ok for a in tool_ready.answers(broken, {})] == [False, False, False]
        same = ToolFacts(name="Alembic", version="1.20.1", pin="alembic==1.20.1", file="uv.lock")
        wrong = {Phase.STAGING: History(applied=(), current="", problems=("Wrong.",))}
        assert [a.ok for a in tool_ready.answers(same, wrong)] == [True, False, True]


class TestRepository:
    def test_a_clean_copy_is_told_with_its_commit(self, scripts: Path) -> None:
        found = repository(scripts)

        assert found.commit == git(scripts, "rev-parse", "HEAD")
        assert repository_state.answer(found).ok
        assert found.commit[:12] in repository_state.answer(found).evidence

    def test_what_is_not_committed_stops_the_plan(self, scripts: Path) -> None:
        (scripts / "0001.sql").write_text("SELECT 2")
        (scripts / "0002 new.sql").write_text("SELECT 3")
        (scripts.parent / "elsewhere.txt").write_text("not ours")
        found = repository(scripts)
        answer = repository_state.answer(found)

        assert found.count == 2
        assert {Path(p).name for p in found.changed} == {"0001.sql", "0002 new.sql"}
        assert not answer.ok
        assert "0002 new.sql" in answer.findings[0].reason

    def test_a_folder_without_git_is_said_to_be_without(self, tmp_path: Path) -> None:
        assert repository(tmp_path).why == "the folder is in no git repository"
        assert repository(tmp_path / "nothing").why == "the folder is not there"
        git(tmp_path, "init", "-q")
        assert repository(tmp_path).why == "nothing has been committed yet"
        assert not repository_state.answer(repository(tmp_path)).ok

    def test_no_program_that_the_repository_names_is_run(self, scripts: Path) -> None:
        mark = scripts.parent.parent / f"{scripts.parent.name}-ran"
        git(scripts, "config", "core.fsmonitor", f"touch {mark}; false")

        assert not repository(scripts).why
        assert not mark.exists()


def test_urls_come_from_a_source_of_secrets_or_hold_none() -> None:
    every = {
        Phase.DEVELOPMENT: "",
        Phase.STAGING: "SHOP_STAGING_URL",
        Phase.PRODUCTION: "SHOP_PRODUCTION_URL",
    }
    fine = connection_strings.answer(every)
    missing = connection_strings.answer({Phase.STAGING: "X"})

    assert fine.ok
    assert "staging and production from variables" in fine.evidence
    assert not missing.ok
    assert "none for development and production" in missing.evidence


class TestBackups:
    def test_a_program_that_fits_a_folder_and_room_are_found(self, pg: Bed, tmp_path: Path) -> None:
        pg.run("CREATE TABLE a AS SELECT generate_series(1, 5000)", "ANALYZE")
        means = PostgreSQLSurvey().means(pg.target, tmp_path)
        later = PostgreSQLSurvey().means(pg.target, tmp_path / "not" / "there" / "yet")
        answer = backup_means.answer(means, scratch=True)

        assert means.tool.startswith("pg_dump and pg_restore 1")
        assert means.estimate >= 100_000
        assert (means.free or 0) > 0
        assert answer.ok
        assert later.closed == ""
        assert not (tmp_path / "not").exists()
        assert list(tmp_path.iterdir()) == []

    def test_what_is_missing_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        future = postgresql_means(99, False, 10, tmp_path)
        blocked = postgresql_means(15, False, 10, tmp_path / "file" / "below")
        full = BackupMeans(tool="x", estimate=1000, free=1100)

        assert [f.rule for f in backup_means.answer(future).findings] == ["backup-tool-missing"]
        assert "PostgreSQL 99" in backup_means.answer(future).findings[0].reason
        assert [f.rule for f in backup_means.answer(blocked).findings] == ["backup-folder-closed"]
        assert [f.rule for f in backup_means.answer(full).findings] == ["backup-folder-full"]
        assert [f.rule for f in backup_means.answer(
            BackupMeans(tool="x", free=1), scratch=False
        ).findings] == ["no-scratch-database"]  # fmt: skip

    def test_sqlite_needs_room_for_its_file(self, lite: Bed, tmp_path: Path) -> None:
        lite.run("CREATE TABLE a (i int)")

        assert SQLiteSurvey().means(lite.target, tmp_path).estimate >= 4096

    def test_archiving_is_read_from_the_server(self, pg: Bed) -> None:
        archiving = PostgreSQLSurvey().archiving(pg.target)
        answer = backup_age.answer(None, BackupRule(method="pg_dump"), archiving)

        assert not archiving.on
        assert answer.ok
        assert "the write-ahead log is not archived" in answer.evidence

    def test_a_backup_that_is_too_old_and_archiving_that_fails_are_found(self) -> None:
        rule = BackupRule(method="pg_dump", most_hours=24)
        fresh = backup_age.answer(3600.0, rule, Archiving(on=True, last=10.0, failed=500.0))
        old = backup_age.answer(90_000.0, rule, Archiving(on=True, last=10.0))
        failing = backup_age.answer(3600.0, rule, Archiving(on=True, last=500.0, failed=10.0))

        assert (fresh.ok, fresh.findings) == (True, ())
        assert [(f.rule, f.weight) for f in old.findings] == [("backup-too-old", Weight.NOTE)]
        assert not old.ok
        assert [(f.rule, f.weight) for f in failing.findings] == [("archiving-fails", Weight.STOP)]
        assert not failing.ok

    def test_every_environment_needs_a_method(self) -> None:
        rule = BackupRule(method="pg_dump before each run", most_hours=24)
        fine = backup_strategy.answer(dict.fromkeys(Phase, rule))
        missing = backup_strategy.answer({Phase.STAGING: rule})

        assert fine.ok
        assert "production: pg_dump before each run, at most 24 h old" in fine.evidence
        assert [f.place for f in missing.findings] == ["development", "production"]


def test_a_place_to_rehearse_in_is_there_or_is_not() -> None:
    assert scratch_ready.answer("the embedded server", True).ok
    assert not scratch_ready.answer("development", False, "it is full").ok
