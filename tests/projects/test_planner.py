"""A plan is worked out from real scripts and real SQLite files, and is refused with everything in its way."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import Conflict, NotFound, StepFailed, WhimbrelError
from bot.core.plans import Script
from bot.core.ports import History
from bot.core.targets import Phase, Target
from bot.databases.sqlite import SQLite
from bot.planner import in_parallel
from bot.projects import BadFiles, ProjectFolders, ToolSetup

FILE = """\
project: shop
tool: files
environments:
  development: {url: "sqlite:///dev.db"}
  staging: {url: "sqlite:///staging.db"}
  production: {url: "sqlite:///prod.db"}
roles: {dba: {group: "@dbas"}, qa: {group: "@qa"}}
phases: [development, staging, production]
template: none
approvals: {development: [qa], staging: [qa], production: [dba, qa]}
criteria: {production: ["No error in 15 minutes"]}
assertions: [{name: orders are there, sql: "SELECT count(*) > 0 FROM orders", expect: 1}]
"""


@dataclass(slots=True)
class Trouble:
    """What is wrong with which environment."""

    unreachable: set[Phase] = field(default_factory=set)
    odd: dict[Phase, str] = field(default_factory=dict)
    slow: float = 0.0


class Files:
    """Numbered .sql files in the root, and a table of what was applied: the least that is a tool."""

    def __init__(self, setup: ToolSetup, trouble: Trouble) -> None:
        self.root, self.trouble = setup.root, trouble

    def scripts(self, to: str) -> Sequence[Script]:
        time.sleep(self.trouble.slow)
        paths = sorted(self.root.glob("0*.sql"))
        if to and to not in [p.stem[:4] for p in paths]:
            raise NotFound(f"There is no revision {to}.")
        kept = [p for p in paths if not to or p.stem[:4] <= to]
        return [self._script(p) for p in kept]

    def _script(self, path: Path) -> Script:
        text = path.read_text()
        return Script(
            revision=path.stem[:4],
            title=path.stem[5:].replace("_", " "),
            file=path.name,
            checksum=sha256(text.encode()).hexdigest(),
            forward=text,
            backward="SELECT 1",
        )

    def history(self, target: Target) -> History:
        time.sleep(self.trouble.slow)
        if target.phase in self.trouble.unreachable:
            raise StepFailed("The server does not answer.")
        with closing(sqlite3.connect(target.url.reveal().removeprefix("sqlite:///"))) as db:
            applied = tuple(r for (r,) in db.execute("SELECT revision FROM applied ORDER BY 1"))
        problems = (self.trouble.odd[target.phase],) if target.phase in self.trouble.odd else ()
        return History(applied=applied, current=applied[-1] if applied else "", problems=problems)

    def open(self, target: Target, limits: object, application: str) -> Any:
        raise AssertionError("a plan opens no session")


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
def shop(tmp_path: Path, trouble: Trouble) -> ProjectFolders:
    (tmp_path / "whimbrel.yaml").write_text(FILE)
    (tmp_path / "0001_orders.sql").write_text("CREATE TABLE orders (id integer primary key)")
    (tmp_path / "0002_add_note.sql").write_text("ALTER TABLE orders ADD COLUMN note text")
    (tmp_path / "0003_fill_note.sql").write_text("UPDATE orders SET note = 'new'")
    for name, revisions, rows in (("dev", 2, 1), ("staging", 1, 10), ("prod", 1, 200_000)):
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as db, db:
            db.execute("CREATE TABLE applied (revision text)")
            db.execute("CREATE TABLE orders (id integer primary key)")
            db.executemany("INSERT INTO applied VALUES (?)", [(f"{n:04}",) for n in range(1, revisions + 1)])
            db.executemany("INSERT INTO orders VALUES (?)", ((n,) for n in range(rows)))
    return folders(tmp_path, trouble)


def folders(root: Path, trouble: Trouble) -> ProjectFolders:
    return ProjectFolders(
        roots=[root],
        environ={},
        tools={"files": lambda setup: Files(setup, trouble)},
        database=lambda _: SQLite(),
    )


def test_the_plan_holds_what_is_pending_anywhere_in_the_tools_order(shop: ProjectFolders) -> None:
    plan = shop.work_out("shop", "")
    assert [s.revision for s in plan.scripts] == ["0002", "0003"]
    assert {s.phase: (s.current, s.pending) for s in plan.stages} == {
        Phase.DEVELOPMENT: ("0002", ("0003",)),
        Phase.STAGING: ("0001", ("0002", "0003")),
        Phase.PRODUCTION: ("0001", ("0002", "0003")),
    }


def test_the_stages_say_who_approves_and_what_happens_after_a_failure(shop: ProjectFolders) -> None:
    plan = shop.work_out("shop", "")
    production = plan.stage(Phase.PRODUCTION)
    assert (production.roles, production.backup, production.take_back) == (("dba", "qa"), True, False)
    assert production.criteria == ("No error in 15 minutes",)
    assert production.target == "shop/production"
    assert plan.stage(Phase.STAGING).take_back
    assert [(a.name, a.expect) for a in plan.assertions] == [("orders are there", "1")]


def test_tables_come_with_their_rows_in_each_environment(shop: ProjectFolders) -> None:
    plan = shop.work_out("shop", "")
    assert plan.tables == ("orders",)
    assert [(s.phase, s.tables[0].rows) for s in plan.stages] == [
        (Phase.DEVELOPMENT, 1),
        (Phase.STAGING, 10),
        (Phase.PRODUCTION, 200_000),
    ]


def test_verdicts_weigh_the_largest_environment(shop: ProjectFolders) -> None:
    verdicts = {v.question: v for v in shop.work_out("shop", "").verdicts}
    assert {q: v.answer for q, v in verdicts.items()} == {
        "Kind": "Both",
        "Risk": "High",
        "Estimated downtime": "Seconds",
        "Data volume": "Medium",
        "Tables": "1",
        "Way back": "Yes",
    }
    assert verdicts["Risk"].rule == "update without WHERE: every row of orders (200,000 rows) is changed"


def test_a_plan_up_to_a_revision_leaves_the_later_ones_out(shop: ProjectFolders) -> None:
    assert [s.revision for s in shop.work_out("shop", "0002").scripts] == ["0002"]
    with pytest.raises(NotFound, match="There is no revision 0009"):
        shop.work_out("shop", "0009")


def test_nothing_pending_is_said_with_where_everything_stands(shop: ProjectFolders) -> None:
    with pytest.raises(Conflict) as nothing:
        shop.work_out("shop", "0001")
    assert nothing.value.message.startswith(
        "Nothing is pending in shop up to 0001: development, staging and prod"
    )


def test_every_environment_in_trouble_is_named_at_once(shop: ProjectFolders, trouble: Trouble) -> None:
    trouble.unreachable = {Phase.STAGING, Phase.PRODUCTION}
    trouble.odd = {Phase.DEVELOPMENT: "Revision 9999 is applied and no script has it."}
    with pytest.raises(Conflict) as stuck:
        shop.work_out("shop", "")
    assert stuck.value.message == (
        "No plan can be made: staging and production cannot be reached. "
        "staging: The server does not answer.; production: The server does not answer.; "
        "development: Revision 9999 is applied and no script has it."
    )


def test_slow_environments_are_asked_at_the_same_time(shop: ProjectFolders, trouble: Trouble) -> None:
    trouble.slow = 0.4
    begun = time.monotonic()
    shop.work_out("shop", "")
    assert time.monotonic() - begun < 1.2


def test_one_that_never_answers_is_given_up_and_named() -> None:
    never = threading.Event()
    answers = in_parallel({"quick": lambda: 1, "stuck": never.wait}, patience=0.2)
    never.set()
    assert answers["quick"] == 1
    assert isinstance(answers["stuck"], WhimbrelError)
    assert answers["stuck"].message == "It has not answered for 0.2 s."


def test_a_mistake_of_our_own_is_not_taken_for_an_unreachable_environment() -> None:
    with pytest.raises(ZeroDivisionError):
        in_parallel({"ours": lambda: 1 // 0})


def test_the_plan_file_of_the_newest_revision_is_added(shop: ProjectFolders, tmp_path: Path) -> None:
    assert shop.work_out("shop", "").notes.title == "fill note, and 1 before it"
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "0003.yaml").write_text(
        "title: Orders get notes\nassertions: [{name: all filled, sql: select 1, expect: 1}]\n"
    )
    plan = shop.work_out("shop", "")
    assert plan.notes.title == "Orders get notes"
    assert [a.name for a in plan.assertions] == ["orders are there", "all filled"]
    assert shop.work_out("shop", "0002").notes.title == "add note"


def test_a_bad_plan_file_refuses_the_plan(shop: ProjectFolders, tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "0003.yaml").write_text("titel: x\n")
    with pytest.raises(BadFiles, match=r"plans/0003\.yaml:1: titel: there is no such key; write title"):
        shop.work_out("shop", "")


def test_the_fingerprint_moves_with_what_runs_or_decides_and_not_with_facts(
    shop: ProjectFolders, tmp_path: Path
) -> None:
    first = shop.work_out("shop", "")
    with closing(sqlite3.connect(tmp_path / "prod.db")) as db, db:
        db.execute("DELETE FROM orders WHERE id > 5")
    smaller = shop.work_out("shop", "")
    assert smaller.stage(Phase.PRODUCTION).tables != first.stage(Phase.PRODUCTION).tables
    assert smaller.fingerprint == first.fingerprint
    (tmp_path / "0003_fill_note.sql").write_text("UPDATE orders SET note = 'other'")
    edited = shop.work_out("shop", "")
    assert edited.moved(first) == ("revision 0003",)
    (tmp_path / "whimbrel.yaml").write_text(FILE.replace("staging: [qa]", "staging: [dba]"))
    assert shop.work_out("shop", "").moved(edited) == ("approvals",)
