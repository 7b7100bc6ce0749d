"""checklist, tick, waive, untick, accept, lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.findings import Finding
from bot.core.targets import Phase
from bot.core.template import By, Line

from .conftest import PLAN


def line(n: int, by: By, role: str, via: str = "", phase: Phase | None = Phase.DEVELOPMENT) -> Line:
    return Line(n=n, text=f"Line {n}", section="Ours", by=by, how="h", via=via, role=role, phase=phase)


FINDING = Finding(rule="index-blocks-writes", place="b2", reason="nobody can write to orders")
LINES = (
    line(31, By.ATTEST, "dev-lead"),
    line(32, By.ATTEST, "dev-lead"),
    line(55, By.HOOK, "qa", "tests"),
    line(70, By.CHECK, "", "after"),
)


@pytest.fixture
def lined(talk):
    talk.shelf.plans["shop"] = replace(PLAN, lines=LINES, findings=(FINDING,))
    talk.says("developer", "start shop")
    return talk


def test_the_checklist_is_a_form_of_the_lines_that_wait_for_this_person(lined) -> None:
    reply = lined.says("dev-lead", "checklist")

    assert [choice.value for choice in reply.form.fields[0].choices] == ["31", "32"]
    assert reply.form.words == "tick #1"
    assert "`/migrate tick 31 32 &lt;what you have seen&gt; #1`" in reply.text
    assert lined.says("qa", "checklist").form.fields[0].choices[0].value == "55"
    assert lined.says("sre", "checklist").text.startswith("ℹ️ No line of change 1 waits for you.")


def test_lines_are_ticked_with_evidence_by_whoever_holds_their_role(lined) -> None:
    reply = lined.says("dev-lead", "tick 31-32 https://wiki.example.com/orders")

    assert reply.public
    assert reply.text == "✅ dev-lead ticked for change 1:\n• 31 Line 31\n• 32 Line 32"
    said = lined.change(1).said
    assert {n: (s.person, s.words) for n, s in said.items()} == dict.fromkeys(
        (31, 32), ("U1", "https://wiki.example.com/orders")
    )
    assert "⛔ Line 31 is ticked." in lined.says("dev-lead", "tick 31").text


def test_a_filled_in_checklist_says_the_same(lined) -> None:
    assert lined.says("dev-lead", "tick #1 '31 32' 'seen it'").text.startswith("✅ dev-lead ticked")


@pytest.mark.parametrize(
    ("person", "words", "answer"),
    [
        ("qa", "tick 31", "⛔ Only dev-lead may tick line 31."),
        ("dev-lead", "tick 70", "⛔ Line 70 (Line 70) is not ticked by a person: h."),
        ("dev-lead", "tick 999", "⛔ The template has no line 999."),
        ("dev-lead", "tick", "⛔ `/migrate tick` needs &lt;lines&gt;."),
        ("dev-lead", "tick 40-31", "⛔ `40-31` is no range of lines."),
        ("developer", "waive 70 it is late", "⛔ You opened this change, so you cannot waive a line."),
        ("product-owner", "waive 70 it is late", "⛔ Only dba, dev-lead or qa may waive a line."),
        ("dba", "waive 70", "⛔ `/migrate waive` needs &lt;why&gt;."),
        ("dba", "accept index-blocks-write@b2 small", "⛔ Nothing named index-blocks-write∗b2"),
        ("developer", "accept index-blocks-writes@b2 small", "⛔ You opened this change"),
    ],
)
def test_what_may_not_be_said_is_refused_with_the_reason(lined, person: str, words: str, answer: str) -> None:
    said = lined.says(person, words).text.replace("\u2060@\u2060", "∗")

    assert said.startswith(answer), said


def test_a_phase_waits_for_lines_and_findings_and_starts_when_they_are_answered(lined) -> None:
    for person in ("dev-lead", "qa", "dba"):
        lined.says(person, "approve 1")

    assert "waits for `index-blocks-writes@b2`" in lined.says("dba", "run development").text
    lined.says("dba", "accept index-blocks-writes@b2 the table is empty then")
    assert lined.says("dba", "run development").text.startswith("ℹ️ dba started development")


def test_a_waived_line_is_opened_again_by_who_waived_it(lined) -> None:
    assert lined.says("dba", "waive 70 55 it is late").public
    assert lined.change(1).said[70].waived
    assert "⛔ Only dba, dev-lead or qa may open that line again." in lined.says("sre", "untick 70").text
    assert lined.says("dba", "untick 70").text == "ℹ️ dba opened line 70 again: Line 70"
    assert 70 not in lined.change(1).said


def test_every_line_is_listed_with_how_it_stands(lined) -> None:
    lined.says("dev-lead", "tick 31 seen")
    reply = lined.says("sre", "lines")

    assert "*Lines of change 1*: 1 ticked, 3 open." in reply.text
    assert "- ✅ **31** Line 31 (ticked by dev-lead, " in reply.file.text
    assert "⬜ 70 Line 70" in reply.text


def test_the_record_is_a_document_of_the_change(lined) -> None:
    lined.says("dev-lead", "tick 31 seen")
    reply = lined.says("sre", "record")

    assert reply.text == "ℹ️ *Record of change 1*, open."
    assert reply.file.name == "record-1.md"
    assert "`index-blocks-writes@b2` (stop)" in reply.file.text
    assert "- ✅ **31** Line 31 (ticked by dev-lead, " in reply.file.text
