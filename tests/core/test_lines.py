"""A line holds the change up until it is answered, ticked or waived."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import events as e
from bot.core import policy
from bot.core.answers import Answer
from bot.core.changes import Change
from bot.core.errors import Conflict
from bot.core.findings import Finding, Weight
from bot.core.hooks import Hook
from bot.core.lines import Standing, asks_a_person, open_lines, stand, to_tick, unaccepted
from bot.core.plans import Stage
from bot.core.targets import Phase
from bot.core.template import ALWAYS, By, Line

from .test_changes import PLAN, carried, story


def line(n: int, by: By, via: str = "", phase: Phase | None = Phase.PLAN, role: str = "") -> Line:
    return Line(n=n, text=f"Line {n}", section="S", by=by, how="h", via=via, role=role, phase=phase)


TABLES, FILE, DEPLOY = line(1, By.CHECK, "tables"), line(2, By.ACTION), line(3, By.HOOK, "deploy")
API, LIVE = line(4, By.ATTEST, role="dba"), line(5, By.ACTION, ALWAYS)
DUMP = line(6, By.ACTION, "backup", Phase.DEVELOPMENT)
LINES = (TABLES, FILE, DEPLOY, API, LIVE, DUMP)
LOOK = Stage(phase=Phase.PLAN, target="shop/rehearsal", place="", roles=())
FULL = replace(PLAN, lines=LINES, stages=(LOOK, *PLAN.stages))
FINDING = Finding(rule="index-blocks-writes", place="a", reason="nobody can write")


def looked(*answers: Answer) -> tuple[e.Event, ...]:
    """The plan's phase has been run, and its checks said this."""
    return (
        e.RunRequested(
            run="1.1",
            phase=Phase.PLAN,
            direction=e.Direction.FORWARD,
            target="shop/rehearsal",
            revisions=(),
            fingerprint=PLAN.fingerprint,
        ),
        e.RunStarted(run="1.1", driver="w"),
        e.StepStarted(run="1.1", step="checks", title="Checks"),
        e.StepFinished(run="1.1", step="checks", seconds=1, evidence="", facts={}, answers=answers),
        e.RunFinished(run="1.1", revision="", schema=""),
    )


def found(*findings: Finding) -> Change:
    return story(*looked(Answer(lines=(1,), ok=True, evidence="", findings=findings)))


def standings(change: Change) -> dict[int, Standing]:
    return {one.n: stand(one, change).standing for one in LINES}


def test_a_line_is_open_until_a_check_a_hook_or_a_person_has_answered_it() -> None:
    change = story()

    assert standings(change) == {
        1: Standing.OPEN, 2: Standing.NOBODY, 3: Standing.OPEN,
        4: Standing.OPEN, 5: Standing.ANSWERED, 6: Standing.OPEN,
    }  # fmt: skip


def test_a_check_that_found_fault_leaves_its_line_open_and_says_what() -> None:
    bad = story(*looked(Answer(lines=(1,), ok=False, evidence="the working copy is not clean")))

    assert stand(TABLES, bad).standing is Standing.OPEN
    assert stand(TABLES, bad).evidence == "the working copy is not clean"
    assert stand(TABLES, found()).standing is Standing.ANSWERED


def test_a_step_that_is_done_answers_the_line_that_names_it() -> None:
    run = e.RunRequested(
        run="1.1", phase=Phase.DEVELOPMENT, direction=e.Direction.FORWARD, target="x", revisions=()
    )
    change = story(run, e.RunStarted(run="1.1", driver="w"), *carried("backup"))

    assert stand(DUMP, change).standing is Standing.ANSWERED


def test_a_phase_waits_for_the_lines_before_it_and_for_no_other() -> None:
    change = found()

    assert [one.n for one in open_lines(change, FULL, Phase.DEVELOPMENT)] == [3, 4]
    assert [one.n for one in open_lines(change, FULL, Phase.STAGING)] == [3, 4, 6]
    assert open_lines(change, FULL, Phase.PLAN) == ()
    with pytest.raises(Conflict, match=r"Development waits for lines 3 \(Line 3\) and 4 \(Line 4\)") as said:
        policy.must_be_free(change, FULL, Phase.DEVELOPMENT)
    assert said.value.hint == "/migrate checklist #1, or /migrate waive 3 <why> #1"


def test_what_a_person_ticked_or_waived_holds_nothing_up_until_it_is_opened_again() -> None:
    ticked = e.LinesTicked(lines=(4,), role="dba", person="U-dba", evidence="seen")
    waived = e.LinesWaived(lines=(3,), role="dba", person="U-dba", why="no deploy")
    change = story(*looked(Answer(lines=(1,), ok=True, evidence="")), ticked, waived)

    assert open_lines(change, FULL, Phase.DEVELOPMENT) == ()
    assert (standings(change)[3], standings(change)[4]) == (Standing.WAIVED, Standing.TICKED)
    again = story(
        *looked(Answer(lines=(1,), ok=True, evidence="")), ticked, waived, e.LineReopened(line=4, person="U")
    )
    assert [one.n for one in open_lines(again, FULL, Phase.DEVELOPMENT)] == [4]


def test_what_was_ticked_for_another_sql_is_open_again() -> None:
    ticked = e.LinesTicked(lines=(4,), role="dba", person="U-dba", evidence="seen")
    of_sql = story(ticked, e.PlanRevised(fingerprint="f2", moved=("revision a",)))
    of_rules = story(ticked, e.PlanRevised(fingerprint="f2", moved=("limits",)))

    assert stand(API, of_sql).standing is Standing.OPEN
    assert stand(API, of_rules).standing is Standing.TICKED


def test_a_hook_that_is_configured_is_nobodys_to_tick() -> None:
    with_hook = replace(FULL, hooks=(Hook(name="deploy", command=("true",)),))

    assert asks_a_person(DEPLOY, FULL)
    assert not asks_a_person(DEPLOY, with_hook)
    assert [one.n for one in to_tick(story(), with_hook, (Phase.PLAN,))] == [4]


def test_a_finding_stops_every_environment_until_it_is_accepted_by_its_name() -> None:
    change = found(FINDING, replace(FINDING, rule="style", weight=Weight.NOTE))

    assert unaccepted(change, FULL, Phase.PLAN) == ()
    assert unaccepted(change, FULL, Phase.DEVELOPMENT) == (FINDING,)
    with pytest.raises(Conflict, match="`index-blocks-writes@a`") as said:
        policy.must_be_free(change, FULL, Phase.DEVELOPMENT)
    assert said.value.hint == "/migrate accept index-blocks-writes@a <why> #1"
    ok = e.FindingAccepted(finding=FINDING.name, role="dba", person="U", why="small")
    answer = Answer(lines=(1,), ok=True, evidence="", findings=(FINDING,))
    assert unaccepted(story(*looked(answer), ok), FULL, Phase.DEVELOPMENT) == ()


def test_a_phase_that_only_looks_has_passed_for_the_plan_that_it_looked_at() -> None:
    revised = e.PlanRevised(fingerprint="f2", moved=("revision a",))

    assert found().passed(Phase.PLAN)
    assert not story(*looked(), revised).passed(Phase.PLAN)
