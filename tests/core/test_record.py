"""The record: all that is known of a change, and nothing that breaks its document."""

from __future__ import annotations

from dataclasses import replace

from bot.core import events as e
from bot.core.events import Direction
from bot.core.measures import Forecast, Span
from bot.core.record import record
from bot.core.targets import Phase
from bot.core.template import By, Line
from bot.slack.sample_measures import AFTER, BEFORE, REHEARSAL
from bot.slack.samples import START, Story

NAMES = {"U1": "developer", "U2": "dev-lead", "U3": "dba", "U4": "sre"}
LINES = (
    Line(n=31, text="API contracts", section="Ours", by=By.ATTEST, how="h", role="dev-lead"),
    Line(n=153, text="Articles", section="Later", by=By.ACTION, via="always", how="the record"),
)


def told(story: Story) -> str:
    plan = replace(story.plan, lines=LINES)
    return record(story.change, plan, lambda person: NAMES.get(person, person))


def test_it_tells_who_approved_and_how_long_they_were_waited_for() -> None:
    story = Story().opened().approved("dev-lead")
    (word,) = story.change.approvals.values()
    waited = (word.at - START).total_seconds()

    assert f"- ✅ dev-lead: {NAMES[word.person]}, {word.at:%Y-%m-%d %H:%M} UTC, {waited:.1f} s after" in told(
        story
    )


def test_it_tells_each_step_with_its_time_and_the_forecast_beside_it() -> None:
    story = Story().opened().approved().passed(Phase.DEVELOPMENT)
    change = story.change
    span = Span(low=0.0, high=60.0)
    change.forecasts["development"] = Forecast(duration=span, wait=span, downtime=span)
    text = record(change, story.plan, str)

    assert "### Development: finished in" in text
    assert "- Forecast: The revisions took" in text
    assert all(f"Apply {script.revision}" in text for script in story.plan.scripts)


def test_it_tells_what_failed_and_what_was_said_to_help() -> None:
    story = Story().opened().approved().wanted(Phase.DEVELOPMENT).started().failed("apply:0002")
    text = told(story)
    run = story.change.run

    assert run is not None
    assert f"## What went wrong\n\n- Development failed: {run.reason}" in text
    assert "What went wrong" not in told(Story().opened())


def test_a_way_back_is_told_as_one() -> None:
    story = Story().opened().approved().passed(Phase.DEVELOPMENT)
    story.wanted(Phase.DEVELOPMENT, Direction.BACK).started().finished()

    assert "### Development back: finished" in told(story)


def test_it_tells_what_changed_in_the_tables_once_that_was_rehearsed() -> None:
    story = Story().opened()
    change = story.change

    assert "## Schema" not in record(change, story.plan, str)
    change.rehearsal = replace(REHEARSAL, before=BEFORE, after=AFTER)
    _, _, schema = record(change, story.plan, str).partition("## Schema\n\n")
    assert schema.startswith("- ")
    assert schema.endswith("- + currencies: 2 columns\n")


def test_it_tells_how_each_line_stands() -> None:
    story = Story().opened()
    story.note(e.LinesTicked(lines=(31,), role="dev-lead", person="U2", evidence="seen"), by="U2")
    text = told(story)

    assert "- ✅ **31** API contracts (ticked by dev-lead" in text
    assert "- ✅ **153** Articles (answered; action)\n  the record" in text


def test_what_came_from_outside_adds_no_line_of_its_own() -> None:
    text = told(Story().opened("Orders\n\n# Approved by everyone"))

    assert "\n# Approved" not in text
    assert text.startswith("# Change 42: Orders # Approved by everyone\n")
