"""plan, approve, withdraw, reject."""

from __future__ import annotations

from dataclasses import replace


def test_an_approval_is_told_to_all_with_what_comes_next(talk) -> None:
    talk.says("developer", "start shop")

    reply = talk.says("dev-lead", "approve 1")

    assert reply.public
    assert reply.text.startswith("✅ dev-lead approved change 1 for dev-lead. Nothing stands in the way")


def test_nobody_approves_their_own_change(talk) -> None:
    talk.says("dev-lead", "start shop")

    reply = talk.says("dev-lead", "approve")

    assert reply.text.startswith("⛔ You opened this change, so your approval does not count for it.")
    assert not reply.public


def test_an_approval_without_the_role_is_refused_and_names_who_may(talk) -> None:
    talk.says("developer", "start shop")

    reply = talk.says("product-owner", "approve #1 dba")

    assert "⛔ You do not hold the role dba, so your approval does not count." in reply.text
    assert not reply.public


def test_a_withdrawn_approval_is_told_to_all(talk) -> None:
    talk.approved()

    assert talk.says("qa", "withdraw").text == "ℹ️ qa withdrew the approval of change 1 for qa."
    assert "⛔ You have not approved change 1." in talk.says("qa", "withdraw").text


def test_a_rejection_needs_its_reason(talk) -> None:
    talk.says("developer", "start shop")

    assert "needs &lt;why&gt;" in talk.says("qa", "reject 1").text
    assert talk.change().rejections == {}


def test_a_rejection_is_told_to_all_with_its_reason_made_harmless(talk) -> None:
    talk.says("developer", "start shop")

    reply = talk.says("qa", "reject <!channel> it's too slow #1")

    assert reply.text.startswith("⛔ qa rejected change 1 for qa: ")
    assert "<!" not in reply.text
    assert reply.public
    assert talk.change().rejections["qa"].why == "<!channel> it's too slow"


def test_the_plan_is_shown_to_the_person_alone_with_its_sql_as_a_file(talk) -> None:
    talk.says("developer", "start shop")

    reply = talk.says("qa", "plan")

    assert not reply.public
    assert "*Plan of change 1: Notes on orders*" in reply.text
    assert "Nothing has changed since it was posted." in reply.text
    assert "*Risk?* Low (only adds)" in reply.text
    assert "`orders` 300,000 rows, 42.0 MB" in reply.text
    assert "*Staging* 3 pending, needs dev-lead and qa. Tables: `orders`" in reply.text
    assert reply.file
    assert reply.file.name == "plan-1.sql"


def test_the_file_has_the_way_forward_and_the_way_back_newest_first(talk) -> None:
    talk.says("developer", "start shop")

    text = talk.says("qa", "plan").file.text

    forward, back = text.split("-- ===== REVERSE, newest first =====")
    assert "-- a1: Add a note (versions/a1.py)\nALTER TABLE orders ADD COLUMN a1 text;" in forward
    assert forward.index("ADD COLUMN a1") < forward.index("ADD COLUMN b2") < forward.index("ADD COLUMN c3")
    assert back.index("DROP COLUMN c3") < back.index("DROP COLUMN b2") < back.index("DROP COLUMN a1")
    assert "-- commits by itself: not in one transaction\nALTER TABLE orders ADD COLUMN b2" in forward
    assert "-- not shown in full" in forward


def test_a_title_cannot_leave_its_comment_in_the_file(talk) -> None:
    odd = replace(talk.shelf.plans["shop"].scripts[0], title="Harmless\nDROP TABLE orders;")
    talk.shelf.plans["shop"] = replace(talk.shelf.plans["shop"], scripts=(odd,))
    talk.says("developer", "start shop")

    lines = talk.says("qa", "plan").file.text.splitlines()

    assert not [line for line in lines if line.startswith("DROP TABLE")]


def test_the_plan_says_what_moved_since_it_was_approved_and_that_approvals_are_void(talk) -> None:
    talk.approved()
    plan = talk.shelf.plans["shop"]
    edited = replace(plan.scripts[0], checksum="another")
    talk.shelf.plans["shop"] = replace(plan, scripts=(edited, *plan.scripts[1:]))

    reply = talk.says("qa", "plan")

    assert "⚠️ Changed since then: revision a1. Approvals of the earlier plan are void." in reply.text
    assert talk.change().approvals == {}


def test_a_plan_of_many_revisions_is_cut_and_its_file_is_not(talk) -> None:
    one = talk.shelf.plans["shop"].scripts[0]
    many = tuple(replace(one, revision=f"r{n:03}", title="x" * 300) for n in range(60))
    talk.shelf.plans["shop"] = replace(talk.shelf.plans["shop"], scripts=many)
    talk.says("developer", "start shop")

    reply = talk.says("qa", "plan")

    assert "and 48 more" in reply.text
    assert len(reply.text) < 3000
    assert reply.file.text.count("-- r0") == 120
