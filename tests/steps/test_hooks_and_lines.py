"""The team's own hooks in the middle of a run, and the template's lines before the next one."""

from __future__ import annotations

import sys

import pytest

from bot.core import events as e
from bot.core.events import Direction, Event
from bot.core.keeping import Note
from bot.core.lines import Standing
from bot.core.moves import Status
from bot.core.runs import RunState
from bot.core.targets import Phase
from bot.drive import drive

from .conftest import Track

TEMPLATE = """
template:
  - section: Development
    lines:
      - {n: 1, line: "Deployed", by: hook, via: deploy, role: dev-lead, phase: development, early: true}
      - {n: 2, line: "Looked at", by: attest, role: qa, phase: development}
      - {n: 3, line: "Told", by: attest, role: dba, phase: development}
"""
#: Says how often it was run, and does what its file says.
DEPLOY = """
import os, pathlib, sys, time
runs = pathlib.Path("runs")
runs.write_text(runs.read_text() + "." if runs.exists() else ".")
print("deploying with", os.environ["TOKEN"], "on", "postgresql://bot:hunter22@db/shop", flush=True)
how = pathlib.Path("how").read_text()
time.sleep(30 if how == "slow" else 0)
sys.exit(3 if how == "wrong" else 0)
"""


@pytest.fixture
def shop(track: Track) -> Track:
    """A change that is approved everywhere, whose development begins with a hook."""
    track.environ["TOKEN"] = "very-secret-token"
    hook = f'{{run: "{sys.executable} deploy.py", limit: 1s, environment: [TOKEN], repeatable: false}}'
    track.yaml("template: none", f"template: ours.yaml\nhooks: {{deploy: {hook}}}")
    track.yaml("phases: [test, ", "phases: [")
    (track.root / "ours.yaml").write_text(TEMPLATE)
    (track.root / "deploy.py").write_text(DEPLOY)
    (track.root / "how").write_text("well")
    track.script("0001_flag", "ALTER TABLE orders ADD flag boolean;", "ALTER TABLE orders DROP flag;")
    track.approved()
    return track


def runs(shop: Track) -> int:
    return len((shop.root / "runs").read_text()) if (shop.root / "runs").exists() else 0


def flagged(shop: Track) -> bool:
    found = shop.on("DEV", "SELECT 1 FROM information_schema.columns WHERE column_name = 'flag'")
    return bool(found)


def test_a_hook_that_fails_stops_the_run_before_anything_is_written(shop: Track) -> None:
    (shop.root / "how").write_text("wrong")
    failed = shop.carried("development")

    assert failed.run and failed.run.state is RunState.FAILED
    assert failed.run.reason == "deploy has not gone well: it ended with 3 where 0 was expected."
    assert failed.run.hint.strip() == "deploying with ••• on postgresql://bot:•••@db/shop"
    assert not flagged(shop)
    (shop.root / "how").write_text("well")
    done = shop.carried("development")
    assert done.passed(Phase.DEVELOPMENT) and flagged(shop) and runs(shop) == 2
    assert done.answers[1].ok
    every = " ".join(str(entry.event) for entry in shop.store.journal.read(1))
    assert "very-secret-token" not in every and "hunter22" not in every


@pytest.mark.parametrize(("word", "again"), [("applied", 1), ("absent", 2)])
def test_a_hook_whose_end_nobody_saw_holds_the_target_until_a_person_says_how_it_ended(
    shop: Track, word: str, again: int
) -> None:
    (shop.root / "how").write_text("slow")
    shop.says("U0DEV", "run development 1")
    held = shop.until(lambda c: c.status is Status.HELD)

    assert held.run and held.run.unfinished and held.run.unfinished.key == "hook:deploy"
    assert "had not ended after 1 s" in held.run.remains
    assert not flagged(shop)
    (shop.root / "how").write_text("well")
    assert "⛔" in shop.says("U0DBA", f"settle 1 {word}")  # development's roles alone
    assert "⛔" not in shop.says("U0LEAD", f"settle 1 {word}")
    assert shop.until(lambda c: c.passed(Phase.DEVELOPMENT))
    assert flagged(shop) and runs(shop) == again


def test_a_hook_that_a_crash_cut_off_is_not_run_twice(shop: Track) -> None:
    wanted = {"run": "1.1", "phase": Phase.DEVELOPMENT, "direction": Direction.FORWARD}
    change = shop.change()
    began: tuple[Event, ...] = (
        e.RunRequested(
            **wanted,  # type: ignore[arg-type]
            target="shop/development",
            revisions=("0001",),
            fingerprint=change.fingerprint,
        ),
        e.RunStarted(run="1.1", driver="dead/1"),
        e.StepStarted(run="1.1", step="hook:deploy", title="Deployed"),
    )
    shop.store.journal.add(1, change.seq, Note(events=began, by="U0DEV", at=shop.now()))
    drive(shop.garage(), 1, "1.1")

    held = shop.change()
    assert held.status is Status.HELD and held.run
    assert held.run.remains == "The hook deploy was begun and its end not seen, and it may not be run twice."
    shop.says("U0LEAD", "settle 1 applied")
    assert shop.until(lambda c: c.passed(Phase.DEVELOPMENT)) and runs(shop) == 0
    line = next(s for s in shop.desk.stands(shop.change()) if s.line.n == 1)
    assert line.standing is Standing.ANSWERED and "a person looked" in line.evidence


def test_a_phase_waits_for_the_lines_before_it_until_they_are_ticked_or_waived(shop: Track) -> None:
    shop.carried("development")
    said = shop.says("U0DEV", "run staging 1")
    assert "Staging waits for lines 2 (Looked at) and 3 (Told)" in said and "⛔" in said

    assert "⛔" in shop.says("U0DBA", "tick 2 looks good #1")  # it is qa's
    assert "⛔" not in shop.says("U0QA", "tick 2 looks good #1")
    assert "Staging waits for line 3 (Told)" in shop.says("U0DEV", "run staging 1")
    assert "⛔" in shop.says("U0DEV", "waive 3 nobody to tell #1")  # who opened it
    assert "⛔" not in shop.says("U0LEAD", "waive 3 nobody to tell #1")
    assert shop.carried("staging").passed(Phase.STAGING)
    stands = {s.line.n: s for s in shop.desk.stands(shop.change())}
    assert (stands[2].standing, stands[2].person) == (Standing.TICKED, "U0QA")
    assert (stands[3].standing, stands[3].evidence) == (Standing.WAIVED, "nobody to tell")
