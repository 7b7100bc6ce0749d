"""The live message and its kin, held to Slack's own limits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.chat import Button, Choice, Field, Form, Reply
from bot.core import events as e
from bot.core.events import Direction
from bot.core.keeping import Progress
from bot.core.outlook import Waiting
from bot.core.targets import ENVIRONMENTS, Blocker, Phase
from bot.playground.blocks import blocks_wrong, require_message, view_wrong
from bot.slack.blocks import Drawn, clip, lines
from bot.slack.details import plan_details, plan_file
from bot.slack.render import folded, live_message
from bot.slack.replies import form_view, home_view, reply_blocks
from bot.slack.samples import Story, sample_plan

HOSTILE = "x` <!channel> <@U1> *b* _i_ @here & ``` \u202e"


def texts(value: Any) -> Iterator[str]:
    """Every text that a person would read."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            yield from texts(inner)
    if isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


def fits(drawn: Drawn) -> None:
    blocks = json.loads(json.dumps(drawn.blocks))
    assert blocks_wrong(blocks, "M") == []
    require_message(blocks, [])
    assert sum(map(len, texts(blocks))) <= 12_000
    assert 0 < len(drawn.text) <= 3000


def shown(story: Story, later: float = 0.0) -> str:
    drawn = live_message(story.scene(later))
    fits(drawn)
    return "\n".join(texts(list(drawn.blocks)))


def words(story: Story) -> list[str]:
    blocks = live_message(story.scene()).blocks
    return [b["value"] for block in blocks if block["type"] == "actions" for b in block["elements"]]


def ready() -> Story:
    return Story().opened().approved()


def under_way() -> Story:
    return ready().wanted(Phase.DEVELOPMENT).started().carried(1).begins("apply:0002")


def held() -> Story:
    story = under_way()
    return story.note(e.OutcomeLost(run=story.run, step="apply:0002", truth="Cut.", cures=("DROP INDEX x",)))


def deciding() -> Story:
    story = ready().passed(Phase.DEVELOPMENT).passed(Phase.STAGING).wanted(Phase.PRODUCTION).started()
    story.carried(2).failed("apply:0003")
    until = story.at + timedelta(minutes=15)
    return story.note(e.DecisionAsked(run=story.run, phase=Phase.PRODUCTION, deadline=until))


def paused() -> Story:
    story = ready().wanted(Phase.DEVELOPMENT).started().carried(1)
    return story.note(e.RunPaused(run=story.run))


def done() -> Story:
    story = ready()
    for phase in ENVIRONMENTS:
        story.passed(phase)
    return story.note(e.ChangeFinished())


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (lambda: Story().opened(), ["approve 42", "reject 42", "abort 42"]),
        (ready, ["run development 42", "abort 42"]),
        (under_way, ["pause 42", "abort 42"]),
        (lambda: (s := under_way()).note(e.PauseAsked(run=s.run)), ["resume 42", "abort 42"]),
        (paused, ["resume 42", "abort 42"]),
        (deciding, ["rollback production 42", "keep 42"]),
        (held, ["settle 42 applied", "settle 42 absent", "settle 42 clean"]),
        (done, ["rollback production 42"]),
        (lambda: Story().opened().note(e.ChangeAborted(why="")), []),
    ],
)
def test_the_buttons_are_the_words_that_fit_the_status(
    story: Callable[[], Story], expected: list[str]
) -> None:
    assert words(story()) == expected


def test_starting_a_phase_asks_once_more_and_names_the_database() -> None:
    (button,) = [
        b
        for block in live_message(ready().scene()).blocks
        if block["type"] == "actions"
        for b in block["elements"]
        if b["value"].startswith("run")
    ]
    assert "`shop/development`" in button["confirm"]["text"]["text"]


def test_a_run_shows_its_steps_with_times_a_bar_and_the_time_left() -> None:
    story = under_way()
    at = story.at + timedelta(seconds=42)
    story.progress = Progress(run=story.run, step="apply:0002", share=0.42, text="rows", at=at)
    text = shown(story, later=42)
    assert "✅ Backup, read back in full · 1.6 s" in text
    assert "⏳ Apply 0002: backfill orders.currency · ▰▰▰▰▱▱▱▱▱▱ 42% · about 58 s left · rows" in text
    assert "33% · 1 of 3 revisions" in text


def test_what_failed_and_was_taken_back_is_said_first_and_once() -> None:
    story = ready().passed(Phase.DEVELOPMENT).wanted(Phase.STAGING).started().carried(2).failed("apply:0003")
    reason = 'column "currency" of relation "orders" already exists'
    assert shown(story).count(reason) == 1
    story.wanted(Phase.STAGING, Direction.BACK, by="whimbrel").started()
    assert shown(story).count(reason) == 1
    lines = shown(story.carried().finished()).splitlines()
    assert lines[0].startswith("↩️")
    assert lines[1].startswith(f"Staging was taken back, because {reason}. Mend that first. Nothing else")
    assert "↩️ *Staging* · taken back in" in "\n".join(lines)
    assert "\n".join(lines).count(reason) == 1


def test_the_reasons_of_the_verdicts_fold_away_once_all_have_said_yes_and_a_phase_has_run() -> None:
    rule = "an index is built on a table of 300,000 rows"
    assert rule in shown(ready())
    text = shown(under_way())
    assert rule not in text
    assert "Risk: medium" in text


def test_the_progress_of_another_step_is_not_shown() -> None:
    story = under_way()
    story.progress = Progress(run=story.run, step="apply:0001", share=0.99, text="", at=story.at)
    assert "99%" not in shown(story)


def test_approvals_stand_by_role_and_phase_with_who_gave_them() -> None:
    story = Story().opened().approved("dev-lead")
    story.note(e.RoleRejected(role="qa", person="U5", why="No data"), by="U5")
    text = shown(story)
    assert "Development: ✅ dev-lead (dev-lead)" in text
    assert "Staging: ✅ dev-lead (dev-lead) · ⛔ qa (qa: No data)" in text
    assert "Production: ⬜ dba · ⬜ sre" in text


def test_every_verdict_says_which_rule_spoke() -> None:
    text = shown(Story().opened())
    for verdict in sample_plan().verdicts:
        assert verdict.answer in text
        assert verdict.rule in text


def test_a_workspace_without_tables_gets_the_same_in_plain_text() -> None:
    drawn = live_message(Story().opened().scene(native=False))
    fits(drawn)
    assert "table" not in [b["type"] for b in drawn.blocks]
    assert any("orders" in t and "300,000" in t for t in texts(list(drawn.blocks)))


def test_two_hundred_revisions_and_sixty_tables_still_fit_and_say_what_is_left_out() -> None:
    tables = tuple(f"{'very_long_schema_name' * 2}.table_{n:02d}" for n in range(60))
    story = Story(plan=sample_plan(revisions=200, tables=tables)).opened()
    assert "and 48 more tables, see the file" in shown(story)
    story.approved().wanted(Phase.DEVELOPMENT).started().carried(150).begins("apply:0151")
    text = shown(story)
    assert "146 earlier steps" in text
    assert "150 of 200 revisions" in text
    fits(live_message(story.scene(native=False)))
    details = plan_details(story.scene())
    fits(details)
    assert any("more, see the file" in t for t in texts(list(details.blocks)))


def hostile() -> Story:
    plan = sample_plan(tables=(HOSTILE, HOSTILE * 50))
    plan = replace(
        plan,
        scripts=tuple(
            replace(s, title=HOSTILE * 100, forward="select '" + "x" * 5000 + "'") for s in plan.scripts
        ),
        verdicts=tuple(replace(v, answer=HOSTILE * 100, rule=HOSTILE * 100) for v in plan.verdicts) * 5,
        stages=tuple(replace(s, criteria=(HOSTILE * 100,)) for s in plan.stages),
        notes=replace(
            plan.notes, why=HOSTILE * 500, links=(HOSTILE * 50,) * 40, expected={"staging": HOSTILE * 50}
        ),
    )
    story = (
        Story(plan=plan)
        .opened(title=HOSTILE * 50)
        .approved()
        .wanted(Phase.DEVELOPMENT)
        .started()
        .begins("apply:0001")
    )
    blocker = Blocker(pid=1, user=HOSTILE * 9, application=HOSTILE * 9, query="select " + "<&>" * 2000)
    return story.note(
        e.LockWaited(run=story.run, step="apply:0001", attempt=2, attempts=6, blockers=(blocker,) * 30)
    )


def test_text_from_outside_can_neither_ping_nor_break_out_nor_burst_the_message() -> None:
    story = hostile()
    failed = e.RunFailed(
        run=story.run, step="apply:0001", reason=HOSTILE * 500, hint=HOSTILE, remains=HOSTILE
    )
    lost = e.OutcomeLost(run=story.run, step="apply:0001", truth=HOSTILE * 500)
    for one in (story, hostile().note(failed), hostile().note(lost)):
        for drawn in (
            live_message(one.scene()),
            plan_details(one.scene()),
            live_message(one.scene(native=False)),
        ):
            fits(drawn)
            tables = [b for b in drawn.blocks if b["type"] == "table"]  # raw text, nothing in it is read
            for text in texts([b for b in drawn.blocks if b not in tables]):
                assert "<!channel" not in text
                assert "<@" not in text
                assert "\u202e" not in text
                assert re.sub("```.*?```", "", text, flags=re.DOTALL).count("`") % 2 == 0


def test_the_file_holds_all_sql_forward_then_back_and_its_comments_stay_comments() -> None:
    plan = sample_plan()
    evil = replace(plan.scripts[0], title="x\nDROP TABLE orders;\u2028DROP", backward="", reversible=False)
    text = plan_file(replace(plan, scripts=(evil, *plan.scripts[1:])), 42).text
    assert (
        text.index("currency_1 text") < text.index("currency_3 text") < text.index("DROP COLUMN currency_3")
    )
    assert "DROP TABLE orders" not in [line.strip(" ;") for line in text.splitlines()]
    assert "there is no way back in this script" in text


def test_an_earlier_plans_message_keeps_no_button() -> None:
    drawn = folded(Story().opened().change)
    fits(drawn)
    assert [b["type"] for b in drawn.blocks] == ["context"]


def test_a_reply_carries_its_words_in_its_buttons() -> None:
    go = Button(label="Yes, take it back", words="rollback staging 42 yes", style="danger", confirm="Sure?")
    drawn = reply_blocks(Reply(text="line\n" * 1500, buttons=(go,)))
    fits(drawn)
    assert drawn.blocks[-1]["elements"][0]["value"] == "rollback staging 42 yes"


def test_a_form_is_a_view_that_slack_takes() -> None:
    choices = tuple(Choice(label=f"project {n}", value=str(n)) for n in range(120))
    form = Form(
        title="Start a change in some project",
        words="start",
        fields=(
            Field(name="project", label="Project", choices=choices),
            Field(name="to", label="To", optional=True, hint="Empty: the newest"),
        ),
    )
    view = form_view(form, "C1")
    assert view_wrong(view) == []
    assert json.loads(view["private_metadata"]) == {"words": "start", "channel": "C1"}


def test_the_home_is_a_view_that_slack_takes_even_when_much_waits() -> None:
    change = Story().opened(title=HOSTILE).change
    waitings = [Waiting(change=change, what="It waits.", words="/migrate run staging 42")] * 70
    view = home_view(HOSTILE, waitings, [change] * 70)
    assert view_wrong(view) == []
    buttons = [b for block in view["blocks"] if block["type"] == "actions" for b in block["elements"]]
    assert {(b["text"]["text"], b["value"]) for b in buttons} == {("Run staging", "run staging 42")}
    assert "Nothing waits" in str(home_view("dba", [], []))


def test_a_clipped_text_tears_no_escape_no_mention_and_no_code() -> None:
    for cut in range(4, 60):
        text = clip("`code` &amp; <!date^1^{date}|then> and `more code here` &lt;", cut)
        assert len(text) <= cut + 2
        assert text.count("`") % 2 == 0
        assert text.count("<") == text.count(">")
        assert "&" not in text or text[text.rindex("&") :].startswith(("&amp;", "&lt;"))


def test_lines_that_do_not_fit_are_counted() -> None:
    assert lines(["a" * 50] * 10, 200).endswith("… and 7 more, see the file")
