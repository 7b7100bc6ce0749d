"""A script that is edited while its run rests is not run, and people are told what to type."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.moves import Status
from bot.core.runs import RunState
from bot.core.targets import Phase
from bot.drive import drive
from tests.tools import made

from .conftest import YAML, Shop

#: What the two scripts do, and undo.
DEEDS = {
    "0001": ("CREATE TABLE orders (id integer)", "DROP TABLE orders"),
    "0002": ("CREATE TABLE notes (id integer)", "DROP TABLE notes"),
}


class AnyShop(Shop):
    """A shop whose scripts are of one tool or the other."""

    tool = "sql"

    def script(self, *, back: bool = False) -> Path:
        """The file of the second revision."""
        if self.tool == "alembic":
            return self.root / "migrations/versions/0002_it.py"
        return self.root / f"migrations/0002_it{'.down' * back}.sql"

    def edit(self, *, back: bool = False) -> None:
        """Somebody edits the second revision."""
        file = self.script(back=back)
        file.write_text(file.read_text().replace("notes", "jokes"))


@pytest.fixture(params=["sql", "alembic"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyShop]:
    """Two revisions, and three databases with a table that they do not touch."""
    if request.param == "sql":
        names = {f"_{n}_it{'_down' * way}": texts[way] for n, texts in DEEDS.items() for way in (0, 1)}
        # It commits as it goes and changes rows: had it begun, nobody could tell what became of it.
        names["_0002_it"] = f"-- whimbrel: no transaction\n{DEEDS['0002'][0]};\nINSERT INTO notes VALUES (1)"
        made.files(tmp_path, made.Kind.SQLITE, **names)
    else:
        made.alembic(tmp_path, made.Kind.SQLITE)
        before = None
        for name, (up, back) in DEEDS.items():
            made.revision(tmp_path, name, before, f"op.execute('{up}')", f"op.execute('{back}')")
            before = name
    (tmp_path / "whimbrel.yaml").write_text(YAML.replace("tool: sql", f"tool: {request.param}"))
    shop = AnyShop(tmp_path)
    shop.tool = request.param
    for phase in ("dev", "staging", "production"):
        shop.do(phase, "CREATE TABLE members (email text)")
    yield shop
    shop.stopping.set()
    shop.close()


def hindered(shop: AnyShop) -> sqlite3.Connection:
    """Start development, and hold it at its first revision until the connection is given back."""
    blocker = sqlite3.connect(shop.root / "dev.db", isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    shop.says("U0DEV", "run development 1")
    shop.until(lambda c: c.run and c.run.steps.get("apply:0001") and c.run.steps["apply:0001"].waits)
    return blocker


def refused(shop: AnyShop) -> None:
    """The run has failed before a statement of the edited script, and what it had applied is taken back."""
    after = shop.until(lambda c: c.run and len(c.runs) == 2 and not c.run.live)
    failed, back = after.runs.values()
    assert failed.state is RunState.FAILED
    file = shop.script().relative_to(shop.root)
    assert failed.reason == f"0002 was not begun: {file} is not the file that was approved."
    assert failed.hint == "/migrate plan 1"
    assert "Nothing of 0002 remains" in failed.remains
    assert back.state is RunState.FINISHED
    assert not shop.tables("dev") & {"orders", "notes", "jokes"}


def test_edited_while_the_run_is_paused(shop: AnyShop) -> None:
    shop.approved()
    blocker = hindered(shop)
    shop.says("U0LEAD", "pause 1")
    shop.until(lambda c: c.status is Status.PAUSED)
    blocker.execute("COMMIT")
    blocker.close()
    shop.edit()
    shop.says("U0LEAD", "resume 1")

    refused(shop)
    shop.says("U0DEV", "plan 1")
    assert {part.rpartition(" ")[2] for part in shop.change().moved} == {"0002"}
    assert shop.change().approvals == {}


def test_edited_while_the_bot_is_down(shop: AnyShop) -> None:
    shop.approved()
    blocker = hindered(shop)
    shop.stopping.set()
    shop.queue.close()
    blocker.execute("COMMIT")
    blocker.close()
    left = shop.change()
    assert left.status is Status.RUNNING
    assert left.run is not None
    shop.edit()
    shop.stopping.clear()
    drive(shop.garage("two"), 1, left.run.id)

    refused(shop)


def test_edited_before_it_is_taken_back(shop: AnyShop) -> None:
    shop.approved()
    shop.carried("development")
    shop.edit(back=True)
    shop.says("U0LEAD", "rollback development 1 confirmed")
    after = shop.until(lambda c: c.run and c.run.direction == "back" and not c.run.live)

    assert after.run is not None
    assert after.run.state is RunState.FAILED
    assert after.run.reason.startswith("0002 was not begun: migrations/")
    assert after.run.hint == "/migrate plan 1"
    assert after.applied(Phase.DEVELOPMENT) == ["0001", "0002"]
    assert shop.tables("dev") >= {"orders", "notes"}

    file = shop.script(back=True)
    file.write_text(file.read_text().replace("jokes", "notes") + "\n")
    shop.says("U0DEV", "plan 1")
    assert {part.rpartition(" ")[2] for part in shop.change().moved} == {"0002"}
    shop.says("U0LEAD", "rollback development 1 confirmed")
    gone = shop.until(lambda c: len(c.runs) == 3 and c.run and not c.run.live)
    assert gone.applied(Phase.DEVELOPMENT) == []
    assert not shop.tables("dev") & {"orders", "notes"}
