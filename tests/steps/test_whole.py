"""Rehearsals as a whole, on a real PostgreSQL, through the words that people type."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from bot.core import events as e
from bot.core.findings import Weight
from bot.core.runs import RunState
from bot.core.targets import ENVIRONMENTS, Phase

from .conftest import Track

PLACE = (
    "0001_place",
    "ALTER TABLE orders ADD COLUMN place text;\nUPDATE orders SET place = note;",
    "ALTER TABLE orders DROP COLUMN place;",
)
FLAG = ("0001_flag", "ALTER TABLE orders ADD COLUMN flag boolean;", "ALTER TABLE orders DROP COLUMN flag;")
TEMPLATE = """
template:
  - section: Before
    lines:
      - {n: 1, line: "The application is tested on the copy", by: hook, via: tests, role: qa, phase: test}
      - {n: 2, line: "Old and new agree", by: check, via: rehearsed, phase: test}
"""
PEEK = """
import os, sys
print("told", os.environ["WHIMBREL_CHANGE"], os.environ["WHIMBREL_PHASE"], os.environ["WHIMBREL_REVISION"])
print("at", os.environ["WHIMBREL_DATABASE_URL"], "token=abcd1234", os.environ["TOKEN"])
sys.exit("DEV" in os.environ)
"""


def refused(said: str) -> str:
    assert "⛔" in said, said
    return said


def test_a_rehearsal_passes_forecasts_each_environment_and_hands_its_copy_to_the_teams_tests(
    track: Track,
) -> None:
    (track.root / "peek.py").write_text(PEEK)
    (track.root / "ours.yaml").write_text(TEMPLATE)
    track.environ["TOKEN"] = "very-secret-token"
    hook = f'{{run: "{sys.executable} peek.py", environment: [TOKEN], redact: ["token=\\\\S+"]}}'
    track.yaml("template: none", f"template: ours.yaml\nhooks: {{tests: {hook}}}")
    track.script(*PLACE)
    done = track.rehearsed()

    assert done.passed(Phase.TEST), done.run
    assert done.run and done.rehearsal
    facts = done.run.steps["hook:tests"].facts
    assert facts["said"].splitlines() == ["told 1 test 0001", "at ••• ••• •••"]
    assert done.answers[1].ok
    assert set(done.forecasts) == {phase.value for phase in ENVIRONMENTS}
    for cast in done.forecasts.values():
        assert 0 < cast.duration.high < 60
        assert [(r.revision, r.rows, r.blind) for r in cast.revisions] == [("0001", 400, False)]
        assert [(b.table, b.mode) for b in cast.revisions[0].blocks] == [("orders", "AccessExclusive")]
    assert done.rehearsal.copied.rows == {"orders": 400}
    assert {k: v == done.rehearsal.prints["start"] for k, v in done.rehearsal.prints.items()} == {
        "start": True,
        "sql": False,
        "forward": False,
        "back": True,
        "again": False,
    }
    assert track.findings() == {}
    assert track.scratches() == []
    # No environment was touched.
    assert track.on("PRODUCTION", "SELECT to_regclass('whimbrel_history')") == [(None,)]


def test_a_script_that_productions_rows_break_fails_the_phase_and_is_named(track: Track) -> None:
    track.on("PRODUCTION", "UPDATE orders SET note = NULL WHERE id = 7")
    track.script(*FLAG)
    track.script("0002_note", "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;", "SELECT 1;")
    failed = track.rehearsed()

    assert failed.run and failed.run.state is RunState.FAILED
    assert failed.run.reason.startswith("0002 fails on the copy: ")
    assert 'column "note" of relation "orders" contains null values' in failed.run.reason
    assert failed.run.remains == "No environment was touched."
    assert "/migrate plan 1" in failed.run.hint
    assert "Development comes after test" in refused(track.says("U0DEV", "run development 1"))


def test_a_way_back_that_leaves_something_stops_until_a_role_accepts_it_by_name(track: Track) -> None:
    track.script(
        "0001_two",
        "ALTER TABLE orders ADD COLUMN one int;\nCREATE TABLE two (id int PRIMARY KEY);",
        "ALTER TABLE orders DROP COLUMN one;\nDROP TABLE two;\nUPDATE orders SET n = 0 WHERE id = 1;",
    )
    track.script(
        "0002_index", "CREATE INDEX orders_n ON orders (n);", "ALTER INDEX orders_n RENAME TO orders_n_old;"
    )
    track.rehearsed()
    stops = {name: f for name, f in track.findings().items() if f.weight is Weight.STOP}

    # The last is that both indexes are there then. What is tried after it stumbles over none of this.
    assert {f.reason for f in stops.values()} == {
        "After the way back the schema of the copy is not as it was at the start.",
        "After the way back the rows of orders are not as they were at the start.",
        "Forward again leads to another schema than the first time.",
    }
    track.says("U0LEAD", "approve 1")
    names = sorted(stops)
    said = refused(track.says("U0DEV", "run development 1"))
    assert all(name in said for name in names) and f"/migrate accept {names[0]}" in said
    for name in names:
        refused(track.says("U0DEV", f"accept {name} it is known #1"))  # who opened it does not let it pass
        assert "⛔" not in track.says("U0DBA", f"accept {name} it is known #1")
    assert track.carried("development").passed(Phase.DEVELOPMENT)


def test_the_old_applications_failing_statement_is_a_finding_and_so_is_a_limit_that_is_passed(
    track: Track,
) -> None:
    (track.root / "load.sql").write_text("SELECT note FROM orders WHERE id = 3;\n")
    track.yaml("rehearsal: {faults: 1s}", "rehearsal: {faults: 1s, workload: load.sql}")
    track.yaml("{lock_timeout: 2s}", "{lock_timeout: 2s, wait: {production: 500ms}, duration: 10m}")
    track.script(
        "0001_memo",
        "ALTER TABLE orders RENAME COLUMN note TO memo;",
        "ALTER TABLE orders RENAME COLUMN memo TO note;",
    )
    done = track.rehearsed()
    found = {f.rule: f for f in track.findings().values()}

    assert done.passed(Phase.TEST)
    # What was compared by its name cannot be found under another one, and that is said too.
    assert set(found) == {"application-statement-fails", "over-the-declared-limit", "data-not-compared"}
    assert 'column "note" does not exist' in found["application-statement-fails"].reason
    assert "load.sql" in found["application-statement-fails"].reason
    over = found["over-the-declared-limit"]
    assert over.place == "production-1"
    assert over.reason.startswith("Production: one statement of an application may wait 0.5 s at most")


def test_approvals_fall_with_what_they_rest_on_and_only_their_roles_are_asked_again(track: Track) -> None:
    track.yaml("approvals: {development: [dev-lead]", "approvals: {development: [dev-lead, dba]")
    track.script(*FLAG)
    track.started()
    for person in ("U0LEAD", "U0DBA", "U0QA"):
        track.says(person, "approve 1")
    track.rehearsed()
    said = refused(track.says("U0DEV", "run development 1"))

    # Of three, the dba's alone rests on the forecast.
    assert "waits for the approval of dba" in said
    assert set(track.change().approvals) == {"dev-lead", "qa"}
    lapsed = [x.event for x in track.store.journal.read(1) if isinstance(x.event, e.ApprovalLapsed)]
    assert [(x.role, x.facet) for x in lapsed] == [("dba", "forecast")]
    assert lapsed[0].why.startswith("there was no forecast yet; now development takes up to")
    track.says("U0DBA", "approve 1")

    # The table has grown since: the run finds it before it writes anything.
    track.on("DEV", "INSERT INTO orders SELECT g, 1, 1, 'more' FROM generate_series(1000, 12000) g")
    failed = track.carried("development")
    assert failed.run and failed.run.state is RunState.FAILED and failed.run.steps["facts"].state == "failed"
    assert "dba: orders in development had 400 rows, and has 11,401" in failed.run.reason
    assert set(failed.approvals) == {"dev-lead", "qa"}
    assert track.on("DEV", "SELECT count(*) FROM information_schema.columns WHERE column_name = 'flag'") == [
        (0,)
    ]
    track.says("U0DBA", "approve 1")
    assert track.carried("development").passed(Phase.DEVELOPMENT)


def test_a_phase_keeps_to_its_window_and_a_plan_revised_is_rehearsed_again(track: Track) -> None:
    track.yaml(
        '{url: "${DEV}", backup: false}',
        '{url: "${DEV}", backup: false, window: {opens: "22:00", closes: "04:00"}}',
    )
    track.script(*FLAG)
    track.rehearsed()
    track.says("U0LEAD", "approve 1")
    noon = datetime.now(UTC).replace(hour=12, minute=0) + timedelta(days=1)
    track.ahead = noon - datetime.now(UTC)
    said = refused(track.says("U0DEV", "run development 1"))
    assert "Development may start from 22:00 to 04:00" in said and "/migrate schedule development" in said

    track.script(FLAG[0], f"{FLAG[1]}\nALTER TABLE orders ADD COLUMN more int;", FLAG[2])
    said = track.says("U0DEV", "plan 1")
    assert track.change().moved == ("revision 0001",) and not track.change().passed(Phase.TEST)
    assert "Development comes after test" in refused(track.says("U0DEV", "run development 1"))
    again = track.rehearsed()
    # It is found at once that the way back was not written with it.
    reasons = [f.reason for f in track.findings().values() if f.weight is Weight.STOP]
    assert again.passed(Phase.TEST)
    left = "After the way back the schema of the copy is not as it was at the start."
    cannot = "After the way back the change cannot be carried forward again: 0001 failed: column"
    assert len(reasons) == 2 and left in reasons and any(reason.startswith(cannot) for reason in reasons)
    assert again.run and "could still be taken back" in again.run.steps["late"].evidence
