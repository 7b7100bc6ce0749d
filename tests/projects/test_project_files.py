"""whimbrel.yaml and plan files: every problem at once, each with its line, key and mend, and no secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.core.errors import NotFound, Refusal
from bot.core.plans import Limits
from bot.core.policy import RoleSource
from bot.core.ports import Database, History, Projects, Session, Team, Tool
from bot.core.targets import Kind, Phase, Target
from bot.project_file import LimitsPart
from bot.projects import BadFiles, ProjectFolders, ToolSetup

ENVIRON = {
    "SHOP_DEV_URL": "postgresql+psycopg://app:hunter2@dev.example.com/shop",
    "SHOP_STAGING_URL": "postgres://app:hunter2@staging.example.com:6432/shop",
    "SHOP_PROD_URL": "postgresql://app:hunter2@prod.example.com/shop?sslmode=require",
}

HOME = {**ENVIRON, "HOME": "/home/app"}
GOOD = """\
project: shop
tool: sql
environments:
  development: {url: "${SHOP_DEV_URL}"}
  staging: {url: "${SHOP_STAGING_URL}", take_back: false}
  production:
    url: ${SHOP_PROD_URL}
    backup: false
roles:
  dba: {group: "@dbas"}
  dev-lead: {people: [U0DEVLEAD]}
  qa: {group: S0QA123, people: [U0QA]}
approvals:
  development: [dev-lead]
  staging: [dba, qa]
  production: [dba, qa, dev-lead]
channels: ["#db-changes", C0123]
alerts: [dba]
limits: {lock_timeout: 500ms, step_timeout: 1h 30m, lock_retries: 7}
criteria:
  staging: ["Order page answers in under 200 ms"]
assertions:
  - {name: no orphans, sql: "SELECT count(*) FROM orders", expect: 0, when: both}
"""


class Silent:
    """A tool that was made and never asked."""

    def __init__(self, setup: ToolSetup) -> None:
        self.setup = setup

    def scripts(self, to: str) -> list:
        raise AssertionError(to)

    def history(self, target: Target) -> History:
        raise AssertionError(target)

    def open(self, target: Target, limits: object, application: str, approved: object) -> Session:
        raise AssertionError(application)


def no_database(target: Target) -> Database:
    raise AssertionError(target)


def projects(root: Path, text: str = GOOD, environ: Mapping[str, str] = ENVIRON) -> ProjectFolders:
    root.mkdir(exist_ok=True)
    (root / "whimbrel.yaml").write_text(text)
    makers = {"sql": Silent, "alembic": Silent}
    return ProjectFolders(roots=[root], environ=environ, tools=makers, database=no_database)


def problems(root: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    with pytest.raises(BadFiles) as bad:
        projects(root, text, environ).tool("shop" if "project: shop" in text else root.name)
    assert isinstance(bad.value, Refusal)
    assert "hunter2" not in bad.value.message + repr(bad.value) + bad.value.hint
    return [str(p) for p in bad.value.problems]


def test_a_right_file_gives_targets_tool_and_team(tmp_path: Path) -> None:
    shop = projects(tmp_path)
    as_projects: Projects = shop
    as_team: Team = shop
    assert list(as_projects.names()) == ["shop"]
    prod = as_projects.target("shop", "shop/production")
    assert prod == as_projects.target("shop", "production")
    assert (prod.id, prod.phase, prod.kind) == ("shop/production", Phase.PRODUCTION, Kind.POSTGRESQL)
    assert as_team.channels("shop") == ("db-changes", "C0123")
    assert as_team.alert_roles("shop") == ("dba",)
    assert as_team.roles("shop")["qa"] == RoleSource(group="S0QA123", people=("U0QA",))
    tool: Tool = as_projects.tool("shop")
    assert isinstance(tool, Silent)
    assert tool.setup.kind is Kind.POSTGRESQL


def test_urls_lose_their_driver_and_keep_their_secret(tmp_path: Path) -> None:
    shop = projects(tmp_path)
    dev, prod = shop.target("shop", "development"), shop.target("shop", "production")
    assert dev.url.reveal() == "postgresql://app:hunter2@dev.example.com/shop"
    assert prod.url.reveal() == ENVIRON["SHOP_PROD_URL"]
    assert "hunter2" not in repr(dev)


def test_the_place_is_where_the_url_points_whoever_connects(tmp_path: Path) -> None:
    first = projects(tmp_path).target("shop", "development")
    assert first.place == Target.place_of("dev.example.com:5432/shop")
    other = "postgresql://admin:other@DEV.example.com:5432/shop"
    second = projects(tmp_path, environ={**ENVIRON, "SHOP_DEV_URL": other}).target("shop", "development")
    assert second.place == first.place
    assert second.url != first.url


def test_a_sqlite_file_lies_in_the_project_unless_its_path_is_absolute(tmp_path: Path) -> None:
    text = re.sub(r'"?\$\{SHOP_(\w+)_URL\}"?', r"sqlite:///data/\1.db", GOOD)
    target = projects(tmp_path, text).target("shop", "staging")
    path = (tmp_path / "data" / "STAGING.db").resolve()
    assert target.url.reveal() == f"sqlite:///{path}"
    assert target.place == Target.place_of(str(path))


def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    shop = projects(tmp_path)
    tool = shop.tool("shop")
    assert shop.tool("shop") is tool
    (tmp_path / "whimbrel.yaml").write_text(GOOD.replace("alerts: [dba]", "alerts: [qa]"))
    assert shop.alert_roles("shop") == ("qa",)
    assert shop.tool("shop") is not tool


def test_every_problem_is_told_at_once_with_line_key_and_mend(tmp_path: Path) -> None:
    text = """\
project: shop
tool: alembik
enviroments: {}
environments:
  development: {url: "postgresql://app:hunter2@db/x", backup: yess, bakcup: true}
  staging: {url: "${NOPE}"}
roles:
  dba: {group: "@dbas"}
  qa: {}
approvals:
  development: [dbaa]
  staging: []
  production: dba
limits: {lock_timeout: 3 parsecs, lock_retrys: 4}
plan: ../elsewhere.yaml
plan: twice
"""
    assert problems(tmp_path, text) == [
        "whimbrel.yaml:2: tool: there is no tool alembik; write alembic",
        "whimbrel.yaml:3: enviroments: there is no such key; write environments",
        "whimbrel.yaml:4: environments.production: is missing; write production: {url: ${SHOP_PROD_URL}}",
        "whimbrel.yaml:5: environments.development.backup: is neither true nor false; write backup: true",
        "whimbrel.yaml:5: environments.development.bakcup: there is no such key; write backup",
        "whimbrel.yaml:5: environments.development.url: may hold a password, "
        "and this file is no place for one; write ${SHOP_DEV_URL}",
        "whimbrel.yaml:6: environments.staging.url: the variable NOPE is not set; "
        "set NOPE=postgresql://user:password@host:5432/name or sqlite:///file.db",
        "whimbrel.yaml:9: roles.qa: nobody would hold this role; "
        'write group: "@name" or people: [U012ABCDEF]',
        "whimbrel.yaml:11: approvals.development[1]: there is no role dbaa; write dba",
        "whimbrel.yaml:12: approvals.staging: is empty; write staging: [dba, qa]",
        "whimbrel.yaml:13: approvals.production: is not a list; write production: [dba, qa]",
        "whimbrel.yaml:14: limits.lock_timeout: is not a duration; "
        "write a number with its unit, such as 3s, 500ms, 15m or 1h",
        "whimbrel.yaml:14: limits.lock_retrys: there is no such key; write lock_retries",
        "whimbrel.yaml:15: plan: lies outside the project; write a path inside it, such as plans/orders.yaml",
        "whimbrel.yaml:16: plan: is written twice, first in line 15; keep one",
    ]


def test_what_a_plan_may_cost_is_declared_for_everywhere_or_for_an_environment() -> None:
    part = LimitsPart.model_validate({"duration": "10m", "downtime": {"staging": "1m", "production": "5s"}})
    limits = part.limits()

    assert limits.duration == {"development": 600, "staging": 600, "production": 600}
    assert limits.downtime == {"staging": 60, "production": 5}
    assert limits.wait == {}
    assert (limits.lock_timeout, LimitsPart().limits()) == (3.0, Limits())


def test_a_cost_that_is_no_duration_is_told_with_its_mend(tmp_path: Path) -> None:
    costs = "limits: {duration: soon, wait: {prodution: 2s}, downtime: {staging: 1 parsec}}"
    said = [p.partition(": ")[2] for p in problems(tmp_path, re.sub(r"limits: .*", costs, GOOD))]
    mend = "is not a duration; write a number with its unit, such as 3s, 500ms, 15m or 1h"

    assert said == [
        f"limits.duration: {mend}",
        "limits.wait.prodution: there is no such key; write production",
        f"limits.downtime.staging: {mend}",
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("postgresql://app@db/x?password=hunter2", "may hold a password"),
        ("postgresql://app:${PASSWORD}@db/x", "mixes text and a variable"),
        ("hunter2", "may hold a password"),
        ("sqlite://", "it names no file"),
        ("mysql://db/x", "it names a server that is not known here"),
    ],
)
def test_a_url_in_the_file_that_will_not_do_is_refused(tmp_path: Path, written: str, said: str) -> None:
    found = problems(tmp_path, GOOD.replace("${SHOP_DEV_URL}", written))
    assert found[0].startswith(f"whimbrel.yaml:4: environments.development.url: {said}")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("hunter2", "the variable SHOP_DEV_URL does not hold a database URL"),
        ("mysql://app:hunter2@db/x", "the variable SHOP_DEV_URL names a server that is not known here"),
        ("postgresql://app:hunter2@/", "the variable SHOP_DEV_URL names no host or no database"),
        ("postgresql://app:hunter2@db:port/x", "the variable SHOP_DEV_URL does not hold a database URL"),
        ("", "the variable SHOP_DEV_URL is not set"),
    ],
)
def test_a_variable_that_will_not_do_is_named_and_never_shown(tmp_path: Path, value: str, said: str) -> None:
    (found,) = problems(tmp_path, GOOD, {**ENVIRON, "SHOP_DEV_URL": value})
    assert found.startswith(f"whimbrel.yaml:4: environments.development.url: {said}")


def test_two_environments_on_one_database_are_refused(tmp_path: Path) -> None:
    same = {**ENVIRON, "SHOP_PROD_URL": "postgresql://other:hunter2@dev.example.com:5432/shop"}
    assert problems(tmp_path, GOOD, same) == [
        "whimbrel.yaml:7: environments.production.url: is the same database as development; "
        "write another one's URL"
    ]


def test_environments_on_different_kinds_of_server_are_refused(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, GOOD, {**ENVIRON, "SHOP_DEV_URL": "sqlite:///dev.db"})[:1]
    assert found == (
        "whimbrel.yaml:5: environments.staging.url: is postgresql, and development is sqlite; "
        "write URLs of one kind of server"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("project: [shop", "whimbrel.yaml:1: not valid YAML"),
        ("roles:\n  dba: {group: @dbas}\n", "whimbrel.yaml:2: not valid YAML"),
        ("", "whimbrel.yaml:1: the file has no keys"),
        ("- a\n- b\n", "whimbrel.yaml:1: the file has no keys"),
        ("project: !!python/object:os.system x\n", "whimbrel.yaml:1: not valid YAML"),
        (
            "a: &hunter2 [1]\nb: *hunter3\n",
            "whimbrel.yaml:2: not valid YAML (found undefined alias something)",
        ),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert any(p.startswith(said) for p in problems(tmp_path, text))


def test_a_file_that_aliases_blow_up_is_refused_soon(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "this is not YAML that can be read" in problems(tmp_path, "\n".join(lines))[0]


def test_a_url_that_became_a_key_is_not_shown(tmp_path: Path) -> None:
    found = problems(tmp_path, GOOD + "postgresql://app:hunter2@db/x: 1\n")
    assert found[0].startswith("whimbrel.yaml:24: …: there is no such key")


def test_a_missing_file_is_a_problem_of_its_own(tmp_path: Path) -> None:
    folders = ProjectFolders(roots=[tmp_path], environ={}, tools={}, database=no_database)
    with pytest.raises(BadFiles, match="there is no such file"):
        folders.tool(tmp_path.name)
    assert list(folders.problems()) == [tmp_path.name]


def test_an_unknown_project_or_target_gets_the_nearest(tmp_path: Path) -> None:
    shop = projects(tmp_path)
    with pytest.raises(NotFound) as unknown:
        shop.tool("shpo")
    assert (unknown.value.message, unknown.value.hint) == (
        "There is no project shpo.",
        "/migrate start shop",
    )
    with pytest.raises(NotFound, match="shop has no target shop/test"):
        shop.target("shop", "shop/test")


def test_two_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    roots = [tmp_path / "one", tmp_path / "two"]
    for root in roots:
        projects(root)
    folders = ProjectFolders(roots=roots, environ=ENVIRON, tools={"sql": Silent}, database=no_database)
    with pytest.raises(Refusal, match="are both named shop"):
        folders.tool("shop")


def test_a_bad_plan_file_is_told_together_with_whimbrel_yaml(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        'titel: x\nexpected: {prod: 1h, staging: soon}\nlinks: ["javascript:alert(1)"]\n'
    )
    found = problems(tmp_path, GOOD.replace("alerts: [dba]", "alerts: [nobody]") + "plan: p.yaml\n")
    assert found == [
        "whimbrel.yaml:18: alerts[1]: there is no role nobody; write dba, dev-lead or qa",
        "p.yaml:1: titel: there is no such key; write title",
        "p.yaml:2: expected.staging: is not a duration; "
        "write a number with its unit, such as 3s, 500ms, 15m or 1h",
        "p.yaml:2: expected.prod: there is no such key; write production",
        'p.yaml:3: links[1]: does not have the right form; write links: ["https://wiki.example.com/orders"]',
    ]


def test_variables_that_scripts_may_see_are_named_set_and_not_the_bots_own(tmp_path: Path) -> None:
    tool = "tool: {name: alembic, environment: [APP_TOKEN, APP_GONE, SLACK_BOT_TOKEN, 'a b']}"
    environ = {**ENVIRON, "APP_TOKEN": "hunter2", "SLACK_BOT_TOKEN": "xoxb-1"}
    found = problems(tmp_path, GOOD.replace("tool: sql", tool), environ)
    assert sorted(re.sub(r"^whimbrel.yaml:2: tool.environment", "", line) for line in found) == [
        "[2]: the variable APP_GONE is not set where the bot runs; set it",
        "[3]: SLACK_BOT_TOKEN is the bot's own; give the scripts one of theirs",
        "[4]: does not have the right form; write environment: [APP_SETTINGS]",
    ]
    (useless,) = problems(tmp_path, GOOD.replace("tool: sql", "tool: {name: sql, environment: [HOME]}"), HOME)
    assert "plain SQL sees no variables" in useless


def test_a_tool_is_given_the_variables_that_are_named_and_no_others(tmp_path: Path) -> None:
    text = GOOD.replace("tool: sql", "tool: {name: alembic, environment: [APP_TOKEN]}")
    environ = {**ENVIRON, "APP_TOKEN": "hunter2", "OTHER_TOKEN": "hunter3"}
    tool = projects(tmp_path, text, environ).tool("shop")
    assert isinstance(tool, Silent)
    assert tool.setup.environ == {"APP_TOKEN": "hunter2"}
    assert "hunter2" not in repr(tool.setup)
