"""Every message with sample data: `python -m bot.slack.gallery > MESSAGES.md`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from bot.chat import Attachment, Choice, Field, Form
from bot.core import events as e
from bot.core import policy
from bot.core.errors import Refusal
from bot.core.events import Direction
from bot.core.outlook import Waiting
from bot.core.ports import Progress
from bot.core.targets import Blocker, Phase
from bot.slack.blocks import Block
from bot.slack.choices import choices
from bot.slack.details import plan_details, plan_file
from bot.slack.overtime import overtime, overtime_said
from bot.slack.render import folded, live_message
from bot.slack.replies import form_view, home_view
from bot.slack.samples import HOLDERS, START, Story
from bot.slack.signs import MEANINGS
from bot.slack.voice import Said

_DATE = re.compile(r"<!date\^\d+\^[^|]*\|([^>]*)>")
_GROUP = re.compile(r"<!subteam\^S-([^>]*)>")
_JOINER = "\u2060"
_BLOCKER = Blocker(
    pid=4711, user="reporting", application="nightly", query="select * from orders", seconds=312.0
)


def gallery() -> str:
    """The whole page."""
    parts = [
        "# Messages",
        "Every message that Whimbrel writes of itself, with sample data. This page is made by"
        " `python -m bot.slack.gallery > MESSAGES.md`; a test keeps it true. Mentions are shown as @role.",
        "## Signs\n\n| sign | meaning |\n| --- | --- |\n"
        + "\n".join(f"| {sign} | {meaning} |" for sign, meaning in MEANINGS.items()),
        "## The live message\n\nOne for each change, edited in place.",
        *(_shown(title, live_message(story.scene(later)).blocks) for title, story, later in _states()),
        _shown("An earlier plan's message, folded", folded(_planned().change).blocks),
        "## The first reply in the thread",
        _shown("The plan's details", plan_details(_planned().scene()).blocks),
        _file(plan_file(_planned().plan, 42)),
        "### Questions before a click\n\n" + _questions(),
        "## The thread\n\nSentences as they come; those that stand further up are left out."
        " **alert**: a message of its own that the channel shows.",
        *_threads(),
        f"### A step far over its time\n\n{_slow()}",
        "## Refusals\n\nOnly the person who asked reads them.",
        "\n\n".join(_refusals()),
        "## Forms and App Home",
        _shown("A form", _form()["blocks"]),
        _shown("App Home", _home()["blocks"]),
    ]
    return "\n\n".join(parts) + "\n"


# -- stories -----------------------------------------------------------------------------------------------


def _planned() -> Story:
    return Story().opened()


def _approved() -> Story:
    return _planned().approved()


def _rejected() -> Story:
    no = e.RoleRejected(role="dev-lead", person="U2", why="Name the column as in billing.")
    return _planned().note(no, by="U2")


def _running() -> Story:
    story = _approved().passed(Phase.DEVELOPMENT).passed(Phase.STAGING)
    story.wanted(Phase.PRODUCTION).started().carried(1).begins("apply:0002")
    at = story.at + timedelta(seconds=20)
    story.progress = Progress(run=story.run, step="apply:0002", share=0.42, text="126,000 rows", at=at)
    return story


def _locked() -> Story:
    story = _approved().wanted(Phase.DEVELOPMENT).started().carried(0).begins("apply:0001")
    for attempt in (1, 2):
        waited = e.LockWaited(
            run=story.run, step="apply:0001", attempt=attempt, attempts=6, blockers=(_BLOCKER,)
        )
        story.note(waited, after=3)
    return story


def _taken_back() -> Story:
    story = _approved().passed(Phase.DEVELOPMENT).wanted(Phase.STAGING).started().carried(2)
    story.failed("apply:0003").wanted(Phase.STAGING, Direction.BACK, by="whimbrel").started()
    return story.carried().finished()


def _deciding() -> Story:
    story = _approved().passed(Phase.DEVELOPMENT).passed(Phase.STAGING)
    story.wanted(Phase.PRODUCTION).started().carried(2).failed("apply:0003")
    until = story.at + timedelta(minutes=15)
    return story.note(e.DecisionAsked(run=story.run, phase=Phase.PRODUCTION, deadline=until), after=0)


def _held() -> Story:
    story = _approved().wanted(Phase.DEVELOPMENT).started().carried(2).begins("apply:0003")
    return story.note(
        e.OutcomeLost(
            run=story.run,
            step="apply:0003",
            truth="The history table does not have 0003, which commits as it goes."
            " The schema is not as it was before it. Left half-done: index orders_created_at.",
            leftovers=("index orders_created_at",),
            cures=("DROP INDEX CONCURRENTLY orders_created_at",),
        )
    )


def _paused() -> Story:
    story = _approved().wanted(Phase.DEVELOPMENT).started().carried(1)
    return story.note(e.PauseAsked(run=story.run), by="U4").note(e.RunPaused(run=story.run))


def _queued() -> Story:
    story = _approved().wanted(Phase.DEVELOPMENT)
    return story.note(e.RunQueued(run=story.run, behind=41))


def _scheduled() -> Story:
    story = _approved().passed(Phase.DEVELOPMENT)
    at = START + timedelta(hours=13)
    return story.note(e.RunScheduled(schedule="s1", phase=Phase.STAGING, at=at, person="U4"), by="U4")


def _done() -> Story:
    story = _approved()
    for phase in Phase:
        story.passed(phase)
    return story.note(e.ChangeFinished(), after=0)


def _states() -> Iterator[tuple[str, Story, float]]:
    """Every state of the live message, and how long after its last event it is looked at."""
    yield "Waits for approvals", _planned(), 60
    yield "Rejected", _rejected(), 0
    yield "Approved, waits for the word", _approved(), 0
    yield "Waits behind another change", _queued(), 0
    yield "Running", _running(), 20
    yield "Waits for a lock", _locked(), 2
    yield "Paused", _paused(), 0
    yield "Taken back by itself", _taken_back(), 0
    yield "Failed in production, the roles decide", _deciding(), 0
    yield "Outcome unknown", _held(), 0
    yield "Set for later", _scheduled(), 0
    yield "Done", _done(), 0
    yield "Ended before production", _planned().note(e.ChangeAborted(why="aborted by U1"), by="U1"), 0


def _stories() -> Iterator[tuple[str, Story]]:
    yield "Opened", _planned()
    withdrawn = e.ApprovalWithdrawn(role="dev-lead", person="U2")
    yield "Said yes, and took it back", _planned().approved("dev-lead").note(withdrawn, by="U2")
    yield "Said no", _rejected()
    yield "The plan moved", _planned().approved("dev-lead").revised()
    yield "The next phase needs an approval", _planned().approved("dev-lead").passed(Phase.DEVELOPMENT)
    yield "From the first phase to the last", _done()
    yield "Waits for a lock", _locked()
    yield "Waits behind another change", _queued()
    yield "Failed, and taken back by itself", _taken_back()
    yield "Failed in production", _deciding()
    yield "Nobody answered in time", _overdue()
    yield "Left as it is", _deciding().note(e.LeftKept(run="42.3"), by="U3")
    yield "Outcome unknown", _held()
    yield "A person looked", _settled()
    yield "Restarted in the middle of a step", _restarted()
    yield "Paused, resumed, stopped", _steered()
    reminder = _scheduled().note(e.ReminderDue(schedule="s1"), after=600)
    yield "Set for later", reminder
    ended = e.ScheduleEnded(schedule="s1", why="Refused: staging waits for the approval of qa.")
    yield "Set for later, and not started", _scheduled().note(ended)
    yield "Ended", _planned().note(e.ChangeAborted(why="aborted by U1"), by="U1")


def _overdue() -> Story:
    story = _deciding()
    return story.note(e.DecisionOverdue(run=story.run), after=900)


def _settled() -> Story:
    story = _held()
    settled = e.OutcomeSettled(run=story.run, step="apply:0003", applied=False, clean=True)
    return story.note(settled, by="U2", after=300)


def _restarted() -> Story:
    story = _approved().wanted(Phase.DEVELOPMENT).started().carried(0).begins("apply:0001")
    story.note(e.RunStarted(run=story.run, driver="bot-2"), after=5)
    how = "The history table has 0001."
    return story.note(e.StepSettled(run=story.run, step="apply:0001", applied=True, how=how))


def _steered() -> Story:
    story = _approved().wanted(Phase.DEVELOPMENT).started().carried(1)
    story.note(e.PauseAsked(run=story.run), by="U4").note(e.PauseDropped(run=story.run), by="U4")
    story.note(e.PauseAsked(run=story.run), by="U4").note(e.RunPaused(run=story.run))
    story.note(e.RunResumed(run=story.run), by="U4").started()
    return story.note(e.AbortAsked(run=story.run), by="U4").note(e.RunAborted(run=story.run))


def _slow() -> str:
    story = _approved().passed(Phase.DEVELOPMENT).wanted(Phase.STAGING).started().begins("backup")
    voice = story.voice(later=400)
    over = overtime(voice)
    assert over
    return _quoted(f"**alert** {_words(overtime_said(over, 1, voice).text)}")


def _refusals() -> Iterator[str]:
    story, nobody = _planned(), {**HOLDERS, "dba": []}
    change, plan = story.change, story.plan
    approved = _planned().approved("dev-lead").change
    several = {**HOLDERS, "qa": ["U2"]}

    asks: tuple[Callable[[], object], ...] = (
        lambda: policy.may_approve(change, plan, "U9", HOLDERS),
        lambda: policy.may_approve(change, plan, "U1", HOLDERS),
        lambda: policy.may_approve(change, plan, "U3", nobody, "dba"),
        lambda: policy.may_approve(approved, plan, "U2", several, "qa"),
        lambda: policy.may_approve(approved, plan, "U2", HOLDERS),
        lambda: policy.must_be_next(change, Phase.PRODUCTION),
        lambda: policy.must_hold_one("U9", ("dba", "sre"), HOLDERS, "take production back"),
        lambda: change.check(e.RunPaused(run="42.1")),
    )
    for ask in asks:
        try:
            ask()
        except Refusal as refusal:
            yield _quoted(f"⛔ {refusal.message}" + (f"\n{refusal.hint}" if refusal.hint else ""))


def _form() -> Block:
    known = (Choice(label="shop", value="shop"), Choice(label="billing", value="billing"))
    which = Field(name="project", label="Project", choices=known)
    upto = Field(name="to", label="Up to revision", optional=True, hint="Empty: the newest.")
    return form_view(Form(title="Start a change", words="start", fields=(which, upto), submit="Start"))


def _home() -> Block:
    change = _planned().change
    waiting = Waiting(change=change, what="Development waits for dev-lead.", words=f"approve {change.id}")
    return home_view("dev-lead", (waiting,), (change, replace(_running().change, id=41)))


# -- as text -----------------------------------------------------------------------------------------------


def _shown(title: str, blocks: tuple[Block, ...] | list[Block]) -> str:
    drawn = "\n".join(line for block in blocks for line in _block(block))
    return f"### {title}\n\n{_quoted(drawn)}"


def _block(block: Block) -> list[str]:
    match block["type"]:
        case "header":
            return [f"**{_words(block['text']['text'])}**"]
        case "section":
            return [_words(block["text"]["text"])]
        case "context":
            return [_words(element["text"]) for element in block["elements"]]
        case "table":
            return [" | ".join(cell["text"] for cell in row) for row in block["rows"]]
        case "actions":
            return [" ".join(f"[ {button['text']['text']} ]" for button in block["elements"])]
        case "input":
            options = [option["text"]["text"] for option in block["element"].get("options", ())]
            return [f"{block['label']['text']}: [ {' / '.join(options) or '…'} ]"]
    return ["—"]


def _threads() -> Iterator[str]:
    shown: set[str] = set()
    for title, story in _stories():
        rows = [row for said in story.said() if (row := _said(said)) not in shown]
        shown.update(rows)
        yield f"### {title}\n\n" + _quoted("\n\n".join(rows))


def _said(said: Said) -> str:
    buttons = " ".join(f"[ {button.label} ]" for button in said.buttons)
    text = _words(said.text) + (f"\n{buttons}" if buttons else "")
    return f"**alert** {text}" if said.alert else text


def _questions() -> str:
    asked = {b.label: b.confirm for _, story, _ in _states() for b in choices(story.scene()) if b.confirm}
    return _quoted("\n".join(f"[ {label} ] {_words(question)}" for label, question in asked.items()))


def _file(file: Attachment) -> str:
    return f"### The file `{file.name}`\n\n```sql\n{file.text}```"


def _words(text: str) -> str:
    """Slack's mrkdwn as a reader of this page sees it."""
    text = _GROUP.sub(r"@\1", _DATE.sub(r"\1", text)).replace(_JOINER, "")
    text = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?!\w)", r"**\1**", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _quoted(text: str) -> str:
    rows = text.replace("      ", "&emsp;").split("\n")
    return "\n".join(f"> {row}  ".rstrip() if not row else f"> {row}<br>" for row in rows)


def main() -> None:
    sys.stdout.write(gallery())


if __name__ == "__main__":
    main()
