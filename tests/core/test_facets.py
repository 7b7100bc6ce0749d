"""An approval rests on its facets: what leaves its band asks only who rests on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core import policy
from bot.core.facets import Facet, lapsed, of_part
from bot.core.measures import Forecast, Span
from bot.core.targets import Phase, TableFacts

from .test_changes import NOW, PLAN, story

ZERO = Span(low=0, high=0)


def approved(role: str, *rests_on: str, **facts: str) -> e.RoleApproved:
    return e.RoleApproved(
        role=role,
        person=f"U-{role}",
        fingerprint=PLAN.fingerprint,
        via="typed",
        rests_on=rests_on,
        facts={k.replace("__", " "): v for k, v in facts.items()},
    )


def test_every_part_of_a_plan_belongs_to_a_facet() -> None:
    assert {part: of_part(part) for part in PLAN.parts} == {
        "revision a": Facet.SQL, "revision b": Facet.SQL, "order of revisions": Facet.SQL,
        "assertions": Facet.SQL, "way back of a": Facet.ROLLBACK, "way back of b": Facet.ROLLBACK,
        "failure and backup": Facet.ROLLBACK, "windows": Facet.WINDOW,
        **dict.fromkeys(
            ("tool", "limits", "targets", "approvals", "template", "hooks", "facets", "rehearsal"),
            Facet.RULES,
        ),
    }  # fmt: skip


def test_a_reverse_script_that_moves_is_no_move_of_what_runs_forward() -> None:
    script = replace(PLAN.scripts[0], backward="drop table a cascade")

    assert replace(PLAN, scripts=(script, PLAN.scripts[1])).moved(PLAN) == ("way back of a",)


def test_a_plan_that_moves_voids_only_what_rests_on_the_facet_that_moved() -> None:
    dba, qa, lead = approved("dba", "rollback"), approved("qa", "sql"), approved("dev-lead")
    moved = e.PlanRevised(fingerprint="f2", moved=("way back of a",))
    change = story(dba, qa, lead, moved)

    assert change.approvals.keys() == {"qa"}
    assert change.approvals["qa"].fingerprint == "f2"


@pytest.mark.parametrize(
    ("name", "then", "now", "said"),
    [
        ("forecast production", "40", "59", ""),
        ("forecast production", "40", "61",
         "production was expected to take up to 40 s, now up to 1 min 1 s"),
        ("forecast production", "0.1", "0.9", ""),
        ("forecast production", None, "12", "there was no forecast yet; now production takes up to 12 s"),
        ("rows production orders", "300000", "599999", ""),
        ("rows production orders", "300000", "700000",
         "orders in production had 300,000 rows, and has 700,000"),
        ("rows production orders", "10", "9000", ""),
        ("rehearsed", None, (NOW - timedelta(days=6)).isoformat(), ""),
        ("rehearsed", None, (NOW - timedelta(days=9)).isoformat(), "the rehearsal is 9 days old"),
        ("data", "a", "a", ""),
        ("data", "a", "b", "other columns hold personal data than when it was approved"),
    ],
)  # fmt: skip
def test_a_fact_leaves_its_band_or_stays_in_it(name: str, then: str | None, now: str, said: str) -> None:
    found = lapsed((), {name: then} if then else {}, {name: now}, NOW)

    assert (found[1] if found else "") == said


def test_only_the_role_that_rests_on_the_fact_is_asked_again() -> None:
    stages = tuple(
        replace(s, tables=(TableFacts(name="orders", rows=900_000, bytes=9),)) for s in PLAN.stages
    )
    plan = replace(PLAN, stages=stages)
    facts = {"rows__production__orders": "300000"}
    change = story(approved("dba", "forecast", **facts), approved("qa", "sql", **facts))
    (lapse,) = policy.lapses(change, plan, NOW)

    assert (lapse.role, lapse.facet) == ("dba", "forecast")
    assert lapse.why == "orders in production had 300,000 rows, and has 900,000"
    assert story(approved("dba"), lapse).approvals == {}


def test_a_forecast_that_came_after_the_approval_asks_again() -> None:
    forecast = Forecast(duration=Span(low=12, high=40), wait=ZERO, downtime=ZERO)
    change = story(approved("dba"), approved("qa", "sql"))
    change.forecasts, change.rehearsed = {Phase.PRODUCTION: forecast}, NOW

    assert [(x.role, x.why) for x in policy.lapses(change, PLAN, NOW)] == [
        ("dba", "there was no forecast yet; now production takes up to 40 s")
    ]
