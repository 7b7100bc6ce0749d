"""start."""

from __future__ import annotations

from dataclasses import replace


def test_a_change_is_opened_and_everyone_is_told(talk) -> None:
    reply = talk.says("developer", "start shop")

    assert reply.text == "✅ developer opened change 1 of shop: Notes on orders."
    assert (reply.public, reply.change) == (True, 1)
    assert talk.change().channel == "C1"


def test_the_only_project_needs_no_name(talk) -> None:
    assert talk.says("developer", "start").public


def test_the_change_ends_at_the_revision_named(talk) -> None:
    talk.says("developer", "start shop to b2")

    assert [s.revision for s in talk.desk.plan_of(talk.change()).scripts] == ["a1", "b2"]


def test_with_several_projects_a_form_asks_which_and_its_words_come_back(talk) -> None:
    talk.shelf.plans["billing"] = replace(talk.shelf.plans["shop"], project="billing")

    reply = talk.says("developer", "start")

    assert reply.form
    assert not reply.public
    assert [c.value for c in reply.form.fields[0].choices] == ["shop", "billing"]
    assert "`/migrate start shop` or `/migrate start billing`" in reply.text
    assert talk.says("developer", f"{reply.form.words} billing ''", via="form").public
    assert talk.change().project == "billing"


def test_an_unknown_project_gets_the_nearest_one(talk) -> None:
    reply = talk.says("developer", "start shap")

    assert reply.text == "⛔ There is no project `shap`; there are shop.\nDid you mean `/migrate start shop`?"


def test_with_no_project_at_all_it_says_who_can_mend_that(talk) -> None:
    talk.shelf.plans.clear()

    assert "⛔ I serve no project yet." in talk.says("developer", "start").text
