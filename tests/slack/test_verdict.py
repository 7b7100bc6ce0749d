"""The plan in one sentence, three numbers, findings and tables: what is measured is said, nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.events import Direction
from bot.core.findings import WAY_BACK_ENDS, Finding, Weight
from bot.core.measures import Forecast, Span
from bot.core.targets import Phase
from bot.playground.blocks import blocks_wrong, require_message
from bot.slack.blocks import Drawn
from bot.slack.findings import all_shown, by_weight, findings_file, findings_message
from bot.slack.render import live_message
from bot.slack.sample_measures import BEFORE, FINDINGS, FORECASTS, REHEARSAL
from bot.slack.sample_stories import measured, planned, rehearsed
from bot.slack.samples import Story, sample_plan
from bot.slack.tables import tables_message
from bot.slack.verdict import about, judgement, numbers
from tests.slack.test_render import HOSTILE, fits, shown, texts, words


def head(story: Story) -> str:
    return judgement(story.scene()).head


def rest(story: Story) -> str:
    return judgement(story.scene()).rest


def test_a_plan_that_was_not_rehearsed_says_so_and_what_to_type_and_guesses_nothing() -> None:
    story = measured()
    assert (head(story), rest(story)) == (
        "Not rehearsed yet",
        "`/migrate run test 42` carries it out on a copy and measures it.",
    )
    found = dict(numbers(story.scene()))
    assert found["Duration"] == found["Worst wait"] == "Not measured yet"
    assert "Not rehearsed yet" in found["Way back"]


def test_a_rehearsal_under_way_is_not_asked_for_again() -> None:
    story = measured().wanted(Phase.TEST, by="U1").started()
    assert rest(story) == "the rehearsal is under way."
    assert shown(story).splitlines()[1].startswith("Test is running")


def test_a_measured_plan_is_a_sentence_with_time_wait_and_way_back() -> None:
    story = rehearsed()
    assert head(story) == "Can go ahead"
    assert rest(story) == (
        "about 12 to 40 s in production, orders (and 1 more table) cannot be written for up to 9.0 s,"
        " and it can be taken back."
    )
    lines = shown(story).splitlines()
    assert lines[1].startswith("✅ *Can go ahead*")
    assert lines[2] == "*Duration*"
    assert lines[3] == "12 to 40 s in production"
    assert live_message(story.scene()).text.startswith(
        "🙋 Orders get a currency · change 42: Can go ahead: about"
    )


def test_the_forecast_of_production_counts_and_else_that_of_the_last_phase_that_has_one() -> None:
    only = {Phase.STAGING: FORECASTS[Phase.STAGING]}
    story = rehearsed()
    story.known["forecasts"] = only
    assert "2.0 to 5.0 s in staging" in rest(story)


def test_nobody_waits_when_nothing_was_measured_to_block() -> None:
    story = rehearsed()
    calm = Forecast(duration=Span(low=1, high=1), wait=Span(low=0, high=0.01), downtime=Span(low=0, high=0))
    story.known["forecasts"] = {Phase.PRODUCTION: calm}
    assert "about 1.0 s in production, nobody has to wait, and" in rest(story)
    assert dict(numbers(story.scene()))["Worst wait"] == "Nobody has to wait"


def test_an_open_finding_stops_it_and_its_reason_is_said_first() -> None:
    story = rehearsed(findings=FINDINGS)
    assert head(story) == "Stop"
    assert "2 findings are open. First: Building orders_placed_at keeps writes off orders" in rest(story)
    story.known["accepted"] = frozenset({"update-all-rows@0002", "index-blocks-writes@0003"})
    assert head(story) == "Can go ahead"


def test_a_finding_is_accepted_by_its_whole_name_only() -> None:
    story = rehearsed(findings=FINDINGS, accepted=frozenset({"index-blocks-writes", "update-all-rows@0003"}))
    assert head(story) == "Stop"


def test_with_a_finding_open_no_environment_is_offered_to_be_run() -> None:
    story = rehearsed(findings=FINDINGS).approved()
    assert not [word for word in words(story) if word.startswith("run")]
    text = shown(story)
    assert "Development waits: 2 findings are open." in text
    assert "Nothing stands in the way" not in text
    assert "`/migrate accept index-blocks-writes@0003 &lt;why&gt; #42`" in text
    story.known["findings"] = ()
    assert "run development 42" in words(story)


def test_an_open_finding_does_not_keep_the_rehearsal_from_being_run() -> None:
    assert "run test 42" in words(measured(findings=FINDINGS))


def test_a_rehearsal_that_did_not_go_well_stops_it() -> None:
    story = rehearsed()
    wrong = "After taking it back, orders is not as it was before."
    story.known["rehearsal"] = replace(REHEARSAL, problems=(wrong, "x."))
    assert head(story) == "Stop"
    assert wrong in rest(story)
    assert "And 1 more." in rest(story)


def test_open_lines_of_the_checklist_wait_to_be_answered() -> None:
    story = rehearsed(open_lines=3).approved()
    assert (head(story), rest(story)) == (
        "Not yet",
        "3 checklist lines are open. `/migrate checklist #42` shows them.",
    )
    assert "Development waits: 3 checklist lines are open." in shown(story)
    assert "1 checklist line is open" in rest(rehearsed(open_lines=1))


def test_a_rehearsal_without_a_forecast_claims_no_number() -> None:
    story = rehearsed()
    story.known["forecasts"] = {}
    assert head(story) == "Not known in full"
    assert dict(numbers(story.scene()))["Duration"] == "Not measured yet"


def back(story: Story) -> str:
    return dict(numbers(story.scene()))["Way back"]


def test_the_way_back_says_how_it_was_found_until_when_and_what_would_be_lost() -> None:
    assert back(rehearsed()) == (
        "Yes, rehearsed (3.0 s on the copy), until a later change builds on it;"
        " what was written to orders.currency and currencies would be lost"
    )
    story = rehearsed()
    story.known |= {"before": None, "after": None}
    assert "lost" not in back(story)


def test_a_way_back_that_new_rows_shut_says_so_also_once_that_is_accepted() -> None:
    shut = Finding(rule=WAY_BACK_ENDS, place="0003", reason="Once rows are written …")
    story = rehearsed(findings=(shut,), accepted=frozenset({shut.name}))
    assert head(story) == "Can go ahead"
    assert rest(story).endswith("and it can be taken back until rows are written that only `0003` allows.")
    assert "until rows are written that only `0003` allows, or a later change builds on it" in back(story)


@pytest.mark.parametrize(
    "spoiled",
    [
        {"prints": {**REHEARSAL.prints, "back": "zz"}},
        {"prints": {}},
        {"carried": tuple(c for c in REHEARSAL.carried if c.direction is Direction.FORWARD)},
    ],
)
def test_a_way_back_that_was_not_seen_to_lead_back_is_not_claimed(spoiled: dict[str, Any]) -> None:
    story = rehearsed()
    story.known["rehearsal"] = replace(REHEARSAL, **spoiled)
    assert "Not rehearsed" in back(story)
    assert "taking it back was not rehearsed" in rest(story)


def test_the_first_revision_without_a_way_back_is_where_it_ends() -> None:
    story = rehearsed()
    scripts = story.plan.scripts
    story.plan = replace(story.plan, scripts=(scripts[0], replace(scripts[1], reversible=False), scripts[2]))
    assert back(story) == "No, only until `0002` has run: `0002` has no way back"
    assert "it cannot be taken back once `0002` has run" in rest(story)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (12, 40, "12 to 40 s"),
        (50, 120, "50 s to 2 min"),
        (3, 3.04, "3.0 s"),
        (60, 130, "1 min to 2 min 10 s"),
    ],
)
def test_a_range_is_said_shortly(low: float, high: float, said: str) -> None:
    assert about(Span(low=low, high=high)) == said


def test_a_project_that_rehearses_nothing_has_its_message_as_before() -> None:
    text = shown(planned())
    assert "rehearsed" not in text
    assert "an index is built on a table of 300,000 rows" in text


def test_once_an_environment_was_touched_the_state_comes_first_and_the_numbers_fold_away() -> None:
    story = rehearsed().approved().wanted(Phase.DEVELOPMENT).started()
    text = shown(story)
    assert text.splitlines()[1].startswith("Development is running")
    assert "Can go ahead" not in text
    assert "Duration: 12 to 40 s in production" in text


def test_what_was_measured_is_told_in_place_of_what_was_guessed() -> None:
    assert "Downtime: none expected" not in shown(rehearsed())
    assert "Downtime: none expected" in shown(measured())


@pytest.mark.parametrize("native", [True, False])
def test_the_tables_of_the_thread_are_bounded_and_say_what_was_blocked(native: bool) -> None:
    many = tuple(f"a_rather_long_name_for_a_table_{n}" for n in range(300))
    story = rehearsed()
    story.plan = replace(sample_plan(tables=many), stages=sample_plan(tables=many, rehearsed=True).stages)
    drawn = tables_message(story.scene(native=native))
    fits(drawn)
    assert ("data_table" in [b["type"] for b in drawn.blocks]) is native
    assert any("more tables, see the file" in text for text in texts(list(drawn.blocks)))
    few = tables_message(rehearsed().scene(native=native))
    fits(few)
    assert "no reads or writes for 0.8 s, no writes for 2.2 s" in json.dumps(few.blocks)


def test_a_tables_numbers_can_be_sorted_and_read() -> None:
    (block,) = [b for b in tables_message(rehearsed().scene()).blocks if b["type"] == "data_table"]
    row = next(row for row in block["rows"] if row[0]["text"] == "orders")
    assert row[2] == {"type": "raw_number", "value": 300_000, "text": "about 300,000"}
    assert {len(row) for row in block["rows"]} == {6}


def test_the_weightiest_finding_comes_first_with_what_to_do_instead_and_the_words_to_accept_it() -> None:
    scene = rehearsed(findings=FINDINGS, accepted=frozenset({"update-all-rows@0002"})).scene()
    assert [f.rule for f in by_weight(scene)] == [
        "index-blocks-writes",
        "update-all-rows",
        "type-hard-to-read",
    ]
    drawn = findings_message(scene, "findings-42.md")
    fits(drawn)
    first, second, third = (b["text"]["text"] for b in drawn.blocks[1:])
    order = (
        "*Building",
        "Instead: Build it",
        "```\nCREATE INDEX CONCURRENTLY",
        "To accept it as it is: `/migrate",
    )
    places = [first.index(part) for part in order]
    assert places == sorted(places)
    assert "`/migrate accept index-blocks-writes@0003 &lt;why&gt; #42`" in first
    assert "Accepted by a role" in second
    assert "/migrate accept" not in second + third


def hostile(count: int) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            rule=f"rule-{n}",
            place=f"my `table {n}",
            weight=Weight.NOTE if n % 3 == 0 else Weight.STOP,
            reason=HOSTILE * 60,
            instead=HOSTILE * 60,
            sql="```\n" + "<&>" * 2000 + "\n" + HOSTILE * 10,
            at=HOSTILE * 9,
        )
        for n in range(count)
    )


@pytest.mark.parametrize("count", [1, 5, 200])
def test_findings_from_outside_stay_within_the_message_and_the_rest_is_in_a_file(count: int) -> None:
    scene = rehearsed(findings=hostile(count)).scene()
    drawn = findings_message(scene, "findings-42.md")
    fits(drawn)
    for text in texts(list(drawn.blocks)):
        assert "<!channel" not in text
        assert "<@" not in text
    for block, finding in zip(drawn.blocks[1:], by_weight(scene), strict=False):
        end = "Worth knowing" if finding.weight is Weight.NOTE else "&lt;why&gt; #42`"
        assert end in block.get("text", {"text": end})["text"]
    assert all_shown(scene, "findings-42.md") is (count < 200)
    whole = findings_file(scene, "findings-42.md").text
    assert all(f"rule-{n}@" in whole for n in range(count))
    assert len(shown(rehearsed(findings=hostile(count)))) < 6000
    names = [piece.name for piece in rehearsed(findings=hostile(count)).said()[-1].brings]
    assert ("findings-42.1.md" in names) is (count == 200)


def test_no_finding_that_stops_is_said_too() -> None:
    scene = rehearsed(findings=FINDINGS[:1]).scene()
    assert "No finding stops change 42" in findings_message(scene, "x").text


def test_a_rehearsals_end_says_the_verdict_and_brings_tables_findings_pictures_and_the_document() -> None:
    said = rehearsed(findings=FINDINGS).said()[-1]
    assert "*Stop*: 2 findings are open." in said.text
    assert "a sample of the data (30% of its bytes)" in said.text
    assert [piece.name for piece in said.brings] == [
        "tables rehearsed",
        "findings rehearsed",
        "locks-42.1.png",
        "tables-42.1.png",
        "schema-42.1.md",
    ]
    for piece in said.brings:
        made = piece.make()
        if isinstance(made, Drawn):
            fits(made)
        else:
            assert made.name == piece.name
            assert made.alt
            assert bool(made.data) is piece.name.endswith(".png")


def test_another_version_than_productions_is_said() -> None:
    story = rehearsed()
    copied = replace(REHEARSAL.copied, version=18, source_version=15)
    story.known["rehearsal"] = replace(REHEARSAL, copied=copied)
    assert "The copy ran on major version 18, production runs on 15" in story.said()[-1].text


def test_shapes_that_nobody_looked_at_draw_no_picture() -> None:
    story = rehearsed()
    story.known |= {"before": None, "after": None}
    assert not [p.name for s in story.said() for p in s.brings if p.name.startswith(("tables-", "schema-"))]
    story.known |= {"before": BEFORE, "after": None}
    opened = story.said()[0].brings
    (picture,) = [p for p in opened if p.name == "tables-42.png"]
    assert picture.make().alt == "Tables: orders, customers."  # type: ignore[union-attr]


def test_a_plan_that_was_replaced_brings_nothing_more() -> None:
    story = rehearsed().revised()
    first, *_, last = story.said()
    assert first.brings == ()
    assert "details" in [piece.name for piece in last.brings]


def test_every_measured_message_passes_the_validation() -> None:
    for known in ({}, {"findings": FINDINGS}, {"open_lines": 7}, {"findings": hostile(50)}):
        for story in (measured(**known), rehearsed(**known), rehearsed(**known).approved()):
            for native in (True, False):
                drawn = live_message(story.scene(native=native))
                fits(drawn)
                assert blocks_wrong(list(drawn.blocks), "M") == []
                require_message(list(drawn.blocks), [])
