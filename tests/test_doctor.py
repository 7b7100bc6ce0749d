"""The doctor finds what is not right, and says the mend of each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.app import tools
from bot.core.targets import Secret
from bot.databases.world import Databases
from bot.doctor import Finding, Whole, examine, report
from bot.playground.client import Person
from bot.playground.seed import ChannelSeed
from bot.playground.server import Playground
from bot.projects import ProjectFolders
from bot.slack.manifest import SCOPES
from bot.slack.roles import SlackPeople
from bot.store.store import at_head, downgrade, store, upgrade
from tests.slack.stage import seed

YAML = """\
project: shop
tool: sql
environments:
  development: {{url: "${{DEV_URL}}"}}
  staging: {{url: "${{STAGING_URL}}"}}
  production: {{url: "${{PROD_URL}}"}}
roles:
  dba: {{group: "@dbas"}}
  qa: {{people: [{qa}]}}
approvals:
  development: [dba]
  staging: [dba]
  production: [dba, qa]
channels: ["#changes"]
"""


class Deployment:
    """A project, a store and a Slack that are all right, until a test spoils something."""

    def __init__(self, slack: Playground, folder: Path) -> None:
        self.slack, self.folder = slack, folder
        self.environ = {f"{name}_URL": f"sqlite:///{folder / name}.db" for name in ("DEV", "STAGING", "PROD")}
        for name in ("DEV", "STAGING", "PROD"):
            sqlite3.connect(folder / f"{name}.db").close()
        scripts = folder / "shop" / "migrations"
        scripts.mkdir(parents=True)
        qa = Person(slack.url, "qa").id
        self.yaml = folder / "shop" / "whimbrel.yaml"
        self.yaml.write_text(YAML.format(qa=qa))
        (scripts / "0001_orders.sql").write_text("CREATE TABLE orders (id integer primary key);\n")
        (scripts / "0001_orders.down.sql").write_text("DROP TABLE orders;\n")
        self.store = store(Secret(f"sqlite:///{folder / 'store.db'}"))
        upgrade(self.store.memory)

    def spoil(self, old: str, new: str) -> None:
        assert old in self.yaml.read_text()
        self.yaml.write_text(self.yaml.read_text().replace(old, new))

    def findings(self, **more: Any) -> list[Finding]:
        world = Databases(self.folder / "backups")
        roots = (self.folder / "shop",)
        projects = ProjectFolders(
            roots=roots, environ=self.environ, tools=tools(world), database=world.database
        )
        client = WebClient(token=self.slack.bot_token, base_url=self.slack.api_url, timeout=5)
        people = SlackPeople(projects, client)
        whole = Whole(
            client=client,
            app_token=Secret(self.slack.app_token),
            signing_secret=Secret(""),
            store=lambda: at_head(self.store.memory),
            projects=projects,
            team=projects,
            people=people,
            world=world,
        )
        try:
            return examine(replace(whole, **more))
        finally:
            people.close()

    def wrong(self, **more: Any) -> list[Finding]:
        return [finding for finding in self.findings(**more) if not finding.ok]


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(seed()) as one:
        yield one


@pytest.fixture
def deployment(slack: Playground, tmp_path: Path) -> Iterator[Deployment]:
    one = Deployment(slack, tmp_path)
    yield one
    one.store.close()


def test_a_deployment_that_is_right_has_no_mend(deployment: Deployment) -> None:
    text = report(deployment.findings())

    assert "✗" not in text
    assert "All " in text
    for part in ("store", "Slack knows", "every scope", "Socket Mode", "1 scripts", "role dba", "role qa"):
        assert part in text
    for phase in ("development", "staging", "production"):
        assert f"✓ shop: {phase} is a sqlite" in text


def test_a_token_that_slack_does_not_take_is_the_only_thing_said_of_slack(deployment: Deployment) -> None:
    client = WebClient(token="xoxb-wrong", base_url=deployment.slack.api_url)

    (wrong,) = deployment.wrong(client=client)

    assert "invalid_auth" in wrong.what
    assert "SLACK_BOT_TOKEN" in wrong.mend
    assert "xoxb-wrong" not in wrong.line()


def test_a_wrong_app_token_and_no_token_at_all_are_told_apart(deployment: Deployment) -> None:
    (wrong,) = deployment.wrong(app_token=Secret("xapp-wrong"))
    (none,) = deployment.wrong(app_token=Secret(""))

    assert "SLACK_APP_TOKEN" in wrong.mend
    assert "xapp-wrong" not in wrong.line()
    assert "SLACK_SIGNING_SECRET" in none.mend
    assert deployment.wrong(app_token=Secret(""), signing_secret=Secret("s")) == []


def test_scopes_that_lack_are_named(tmp_path: Path) -> None:
    scopes = frozenset(SCOPES) - {"reactions:read", "files:write"}
    with Playground(replace(seed(), scopes=scopes)) as slack:
        deployment = Deployment(slack, tmp_path)

        (wrong,) = deployment.wrong()

        assert wrong.what == "the bot lacks files:write and reactions:read"
        assert "whimbrel manifest" in wrong.mend
        deployment.store.close()


def test_a_channel_that_the_bot_is_not_in_is_named(deployment: Deployment) -> None:
    deployment.spoil("#changes", "#lounge")

    (wrong,) = deployment.wrong()

    assert wrong.what == "shop: the bot is not in lounge"
    assert "/invite" in wrong.mend


def test_a_bot_in_no_channel_is_told_to_be_invited(tmp_path: Path) -> None:
    with Playground(replace(seed(), channels=(ChannelSeed(name="lounge", app=False),))) as slack:
        deployment = Deployment(slack, tmp_path)
        deployment.spoil('channels: ["#changes"]\n', "")

        (wrong,) = deployment.wrong()

        assert wrong.what == "the bot is in no channel"
        deployment.store.close()


def test_groups_that_are_not_there_or_empty_are_named(deployment: Deployment) -> None:
    deployment.spoil("@dbas", "@owners")
    (gone,) = deployment.wrong()
    deployment.spoil("@owners", "@nobody")
    (empty,) = deployment.wrong()

    assert "user group owners, which is not there" in gone.what
    assert "held by nobody" in empty.what
    assert "add members" in empty.mend


def test_a_workspace_without_user_groups_is_told_to_list_people(tmp_path: Path) -> None:
    with Playground(replace(seed(), plan_is_free=True)) as slack:
        deployment = Deployment(slack, tmp_path)

        (wrong,) = deployment.wrong()

        assert "no user groups" in wrong.what
        assert "people of dba" in wrong.mend
        deployment.store.close()


def test_a_store_that_is_behind_or_out_of_reach_has_its_mend(deployment: Deployment, tmp_path: Path) -> None:
    downgrade(deployment.store.memory)
    (behind,) = deployment.wrong()
    lost = store(Secret("postgresql://whimbrel:hunter2@127.0.0.1:1/whimbrel"))
    (gone,) = deployment.wrong(store=lambda: at_head(lost.memory))
    lost.close()

    assert "whimbrel upgrade" in behind.mend
    assert "WHIMBREL_STORE" in gone.mend
    assert "hunter2" not in gone.line()


def test_a_database_that_cannot_be_reached_is_named_without_its_password(deployment: Deployment) -> None:
    (deployment.folder / "STAGING.db").unlink()

    (wrong,) = deployment.wrong()

    assert wrong.what.startswith("shop: staging: ")
    assert wrong.mend


def test_a_file_that_is_wrong_is_said_once_with_every_problem(deployment: Deployment) -> None:
    deployment.spoil("tool: sql", "tool: magic")
    deployment.spoil("production: [dba, qa]", "production: [dba, owner]")

    (wrong,) = deployment.wrong()

    assert "2 problems" in wrong.what
    assert "whimbrel.yaml:2" in wrong.what
    assert "owner" in wrong.what


def test_scripts_that_cannot_be_read_are_named(deployment: Deployment) -> None:
    for script in deployment.yaml.parent.rglob("*.sql"):
        script.unlink()

    (wrong,) = deployment.wrong()

    assert wrong.what == "shop: its tool finds no scripts"
