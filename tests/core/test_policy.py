"""Approvals count by role, for one plan, by who holds the role at that moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import events as e
from bot.core import policy
from bot.core.errors import Conflict, NotAllowed
from bot.core.targets import Phase

from .test_changes import PLAN, story

HOLDERS = {"dba": {"U-dba", "U-both"}, "qa": {"U-qa", "U-both"}, "product-owner": set[str]()}
TWO = replace(PLAN, stages=tuple(replace(s, roles=("dba", "qa")) for s in PLAN.stages))


def approved(role: str, person: str, plan: str = TWO.fingerprint) -> e.RoleApproved:
    return e.RoleApproved(role=role, person=person, fingerprint=plan, via="typed")


def change(*events: e.Event):  # type: ignore[no-untyped-def]
    moved = e.PlanRevised(fingerprint=TWO.fingerprint, moved=())
    return story(moved, *events)


def test_nobody_approves_their_own_change() -> None:
    with pytest.raises(NotAllowed, match="opened this change"):
        policy.may_approve(change(), TWO, "U-dev", {"dba": {"U-dev"}, "qa": set()})


def test_who_holds_no_role_of_the_plan_is_refused_and_told_who_may() -> None:
    with pytest.raises(NotAllowed) as caught:
        policy.may_approve(change(), TWO, "U-guest", HOLDERS)

    assert "dba or qa" in caught.value.hint


def test_no_one_counts_for_two_roles_unless_the_project_allows_it() -> None:
    once = change(approved("dba", "U-both"))
    with pytest.raises(NotAllowed, match="no one counts for two roles"):
        policy.may_approve(once, TWO, "U-both", HOLDERS, "qa")
    with pytest.raises(Conflict):
        policy.may_approve(once, TWO, "U-both", HOLDERS)

    assert policy.may_approve(once, replace(TWO, several_roles=True), "U-both", HOLDERS) == "qa"


def test_an_approval_counts_for_the_first_role_that_is_still_missing() -> None:
    assert policy.may_approve(change(approved("dba", "U-dba")), TWO, "U-both", HOLDERS) == "qa"
    with pytest.raises(Conflict, match="dba has approved"):
        policy.may_approve(change(approved("dba", "U-dba")), TWO, "U-dba", HOLDERS)


def test_what_is_missing_is_asked_of_the_people_who_hold_the_roles_now() -> None:
    full = change(approved("dba", "U-dba"), approved("qa", "U-qa"))
    left = {**HOLDERS, "qa": set[str]()}

    assert policy.missing(full, TWO, Phase.STAGING, HOLDERS) == ()
    assert [(m.role, m.why) for m in policy.missing(full, TWO, Phase.STAGING, left)] == [
        ("qa", "who approved does not hold the role any more")
    ]
    assert [m.role for m in policy.missing(change(), TWO, Phase.STAGING, HOLDERS)] == ["dba", "qa"]


def test_a_rejection_stands_until_its_role_approves() -> None:
    no = e.RoleRejected(role="qa", person="U-qa", why="not on a Friday")
    rejected = change(approved("dba", "U-dba"), no)

    assert [m.why for m in policy.missing(rejected, TWO, Phase.STAGING, HOLDERS)] == [
        "rejected: not on a Friday"
    ]
    assert (
        policy.missing(
            change(approved("dba", "U-dba"), no, approved("qa", "U-qa")), TWO, Phase.STAGING, HOLDERS
        )
        == ()
    )


def test_phases_come_in_their_order() -> None:
    with pytest.raises(Conflict, match="Production comes after development and staging"):
        policy.must_be_next(story(), PLAN, Phase.PRODUCTION)
    policy.must_be_next(story(), PLAN, Phase.DEVELOPMENT)


def test_the_fingerprint_covers_what_runs_and_not_what_is_only_shown() -> None:
    shown = replace(PLAN, stages=tuple(replace(s, current="x", criteria=("c",)) for s in PLAN.stages))
    edited = replace(PLAN, scripts=(replace(PLAN.scripts[0], forward="drop table a"), PLAN.scripts[1]))
    moved_place = replace(PLAN, stages=(replace(PLAN.stages[0], place="elsewhere"), *PLAN.stages[1:]))

    assert shown.fingerprint == PLAN.fingerprint
    assert edited.moved(PLAN) == ("revision a",)
    assert moved_place.moved(PLAN) == ("targets",)
