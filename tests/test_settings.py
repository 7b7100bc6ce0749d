"""What an operator sets: read once, every problem at once, no secret in sight."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import settings
from bot.core.errors import BadSettings


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "whimbrel.yaml").write_text("project: shop\n")
    return {
        "WHIMBREL_PROJECTS": str(tmp_path),
        "SLACK_BOT_TOKEN": "xoxb-hunter2",
        "SLACK_APP_TOKEN": "xapp-hunter2",
    }


def test_defaults_are_enough_beside_projects_and_tokens(good: dict[str, str], tmp_path: Path) -> None:
    read = settings.read(good)
    assert read.projects == (tmp_path,)
    assert read.store.reveal() == "sqlite:///.whimbrel/store.db"
    assert (read.port, read.slack, read.log, str(read.zone)) == (
        3000,
        "https://slack.com/api/",
        "info",
        "UTC",
    )
    assert read.backups == Path(".whimbrel/backups").absolute()
    assert read.socket_mode


def test_secrets_do_not_show_themselves(good: dict[str, str]) -> None:
    store = "postgresql://bot:hunter2@db.example.com/whimbrel"
    read = settings.read({**good, "SLACK_SIGNING_SECRET": "hunter2", "WHIMBREL_STORE": store})
    assert "hunter2" not in repr(read) + str(read)
    assert read.store.reveal() == store
    assert read.signing_secret.reveal() == "hunter2"


def test_several_projects_are_read_from_one_list(good: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "whimbrel.yaml").write_text("project: other\n")
    good["WHIMBREL_PROJECTS"] = os.pathsep.join([str(tmp_path), str(other)])
    assert settings.read(good).projects == (tmp_path, other)


def test_the_workers_name_is_stable_and_its_stores_own(good: dict[str, str]) -> None:
    first, again = settings.read(good).worker, settings.read(good).worker
    assert first == again
    elsewhere = settings.read({**good, "WHIMBREL_STORE": "sqlite:///other.db"}).worker
    assert elsewhere != first
    assert settings.read({**good, "WHIMBREL_WORKER": "worker-2"}).worker == "worker-2"


def test_a_changed_password_does_not_change_the_workers_name(good: dict[str, str]) -> None:
    url = "postgresql://bot:{}@db/whimbrel"
    names = {settings.read({**good, "WHIMBREL_STORE": url.format(p)}).worker for p in ("old", "new")}
    assert len(names) == 1


def test_every_problem_is_told_at_once_with_its_mend(good: dict[str, str], tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    bad = {
        "WHIMBREL_PROJECTS": str(missing),
        "WHIMBREL_STORE": "mysql://bot:hunter2@db/x",
        "WHIMBREL_WORKER": "two words",
        "SLACK_BOT_TOKEN": "hunter2",
        "PORT": "99999",
        "SLACK_BASE_URL": "http://slack.example.com/",
        "WHIMBREL_ZONE": "Mars/Olympus",
        "WHIMBREL_LOG": "loud",
    }
    with pytest.raises(BadSettings) as error:
        settings.read(bad)
    assert error.value.message == "9 settings are not right."
    assert sorted(error.value.problems) == sorted(
        [
            f"WHIMBREL_PROJECTS no whimbrel.yaml in {missing}; "
            f"write the projects' folders, {os.pathsep!r} between them.",
            "WHIMBREL_STORE is not the URL of a store; "
            "write sqlite:///file.db or postgresql://user:password@host:5432/name.",
            "WHIMBREL_WORKER is not a worker's name; write letters, digits, '.' and '-', such as worker-1.",
            "SLACK_BOT_TOKEN is not the right kind of token; write the one that begins with xoxb-.",
            "PORT is not a port; write a number from 1 to 65535, such as 3000.",
            "SLACK_BASE_URL is not Slack's address; "
            "write https://slack.com/api/ or http://127.0.0.1:PORT/api/.",
            "WHIMBREL_ZONE is not a time zone; write one like Europe/Berlin or UTC.",
            "WHIMBREL_LOG is not a log level; write debug, info, warning, error.",
            "SLACK_APP_TOKEN is not set, nor is SLACK_SIGNING_SECRET; write one of them.",
        ]
    )
    assert "hunter2" not in str(error.value) + repr(error.value) + error.value.hint


def test_without_slack_no_tokens_are_asked_for(good: dict[str, str]) -> None:
    folders = {"WHIMBREL_PROJECTS": good["WHIMBREL_PROJECTS"]}
    assert not settings.read(folders, slack=False).socket_mode
    with pytest.raises(BadSettings) as error:
        settings.read(folders)
    assert len(error.value.problems) == 2


def test_a_signing_secret_alone_means_slack_calls_us(good: dict[str, str]) -> None:
    good["SLACK_APP_TOKEN"], good["SLACK_SIGNING_SECRET"] = "", "hunter2"
    assert not settings.read(good).socket_mode


def test_an_address_on_this_machine_may_do_without_tls(good: dict[str, str]) -> None:
    assert settings.read({**good, "SLACK_BASE_URL": "http://127.0.0.1:8080/api"}).slack.endswith(":8080/api/")


def test_only_settings_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHIMBREL_LOG", "debug")
    assert settings.environment()["WHIMBREL_LOG"] == "debug"
