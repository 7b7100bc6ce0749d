"""Every message with sample data: `python -m bot.slack.gallery > MESSAGES.md`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bot.chat import Attachment, Choice, Field, Form
from bot.core import events as e
from bot.core import policy
from bot.core.errors import Refusal
from bot.core.outlook import Waiting
from bot.core.targets import Phase
from bot.core.text import plain
from bot.slack.blocks import Block, Drawn
from bot.slack.choices import choices
from bot.slack.details import plan_details, plan_file
from bot.slack.overtime import overtime, overtime_said
from bot.slack.render import folded, live_message
from bot.slack.replies import form_view, home_view
from bot.slack.sample_measures import FINDINGS
from bot.slack.sample_stories import approved, planned, rehearsed, running, states, stories
from bot.slack.samples import HOLDERS
from bot.slack.signs import MEANINGS
from bot.slack.voice import Said

_DATE = re.compile(r"<!date\^\d+\^[^|]*\|([^>]*)>")
_GROUP = re.compile(r"<!subteam\^S-([^>]*)>")
_PICTURES = {"locks": "tests/pictures/locks.png", "tables": "tests/pictures/tables.png"}
_JOINER = "\u2060"


def gallery() -> str:
    """The whole page."""
    parts = [
        "# Messages",
        "Every message that Whimbrel writes of itself, with sample data. This page is made by"
        " `python -m bot.slack.gallery > MESSAGES.md`; a test keeps it true. Mentions are shown as @role.",
        "## Signs\n\n| sign | meaning |\n| --- | --- |\n"
        + "\n".join(f"| {sign} | {meaning} |" for sign, meaning in MEANINGS.items()),
        "## The live message\n\nOne for each change, edited in place.",
        *(_shown(title, live_message(story.scene(later)).blocks) for title, story, later in states()),
        _shown("An earlier plan's message, folded", folded(planned().change).blocks),
        "## The first reply in the thread",
        _shown("The plan's details", plan_details(planned().scene()).blocks),
        _file(plan_file(planned().plan, 42), "sql"),
        *_brought(),
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


# -- other messages ----------------------------------------------------------------------------------------


def _slow() -> str:
    story = approved().passed(Phase.DEVELOPMENT).wanted(Phase.STAGING).started().begins("backup")
    voice = story.voice(later=400)
    over = overtime(voice)
    assert over
    return _quoted(f"**alert** {_words(overtime_said(over, 1, voice).text)}")


def _refusals() -> Iterator[str]:
    story, nobody = planned(), {**HOLDERS, "dba": []}
    change, plan = story.change, story.plan
    half = planned().approved("dev-lead").change
    several = {**HOLDERS, "qa": ["U2"]}

    asks: tuple[Callable[[], object], ...] = (
        lambda: policy.may_approve(change, plan, "U9", HOLDERS),
        lambda: policy.may_approve(change, plan, "U1", HOLDERS),
        lambda: policy.may_approve(change, plan, "U3", nobody, "dba"),
        lambda: policy.may_approve(half, plan, "U2", several, "qa"),
        lambda: policy.may_approve(half, plan, "U2", HOLDERS),
        lambda: policy.must_be_next(change, plan, Phase.PRODUCTION),
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
    change = planned().change
    waiting = Waiting(change=change, what="Development waits for dev-lead.", words=f"approve {change.id}")
    return home_view("dev-lead", (waiting,), (change, replace(running().change, id=41)))


# -- as text -----------------------------------------------------------------------------------------------


def _shown(title: str, blocks: tuple[Block, ...] | list[Block]) -> str:
    drawn = "\n".join(line for block in blocks for line in _block(block))
    return f"### {title}\n\n{_quoted(drawn)}"


def _block(block: Block) -> list[str]:
    match block["type"]:
        case "header":
            return [f"**{_words(block['text']['text'])}**"]
        case "section" if "fields" in block:
            return [" | ".join(_words(field["text"]).replace("\n", " ") for field in block["fields"])]
        case "section":
            return [_words(block["text"]["text"])]
        case "context":
            return [_words(element["text"]) for element in block["elements"]]
        case "table" | "data_table":
            return [" | ".join(cell["text"] for cell in row) for row in block["rows"]]
        case "actions":
            return [" ".join(f"[ {button['text']['text']} ]" for button in block["elements"])]
        case "input":
            options = [option["text"]["text"] for option in block["element"].get("options", ())]
            return [f"{block['label']['text']}: [ {' / '.join(options) or '…'} ]"]
    return ["—"]


def _threads() -> Iterator[str]:
    shown: set[str] = set()
    for title, story in stories():
        rows = [row for said in story.said() if (row := _said(said)) not in shown]
        shown.update(rows)
        yield f"### {title}\n\n" + _quoted("\n\n".join(rows))


def _said(said: Said) -> str:
    buttons = " ".join(f"[ {button.label} ]" for button in said.buttons)
    text = _words(said.text) + (f"\n{buttons}" if buttons else "")
    brings = f"\n_brings: {', '.join(piece.name for piece in said.brings)}_" if said.brings else ""
    return (f"**alert** {text}" if said.alert else text) + brings


def _brought() -> Iterator[str]:
    """What a rehearsal's end brings into the thread."""
    yield "## What a rehearsal's end brings into the thread"
    for piece in rehearsed(findings=FINDINGS).said()[-1].brings:
        made = piece.make()
        if isinstance(made, Drawn):
            yield _shown(f"The message `{piece.name}`", made.blocks)
        elif made.data:
            # Its bytes hang on the version of the font's renderer, so the page shows one that was kept.
            yield f"### The picture `{made.name}`\n\n![{made.alt}]({_PICTURES[piece.name.split('-')[0]]})"
            yield _quoted(_words(plain(made.alt, 1000)))
        else:
            yield _file(made, "markdown")


def _questions() -> str:
    asked = {b.label: b.confirm for _, story, _ in states() for b in choices(story.scene()) if b.confirm}
    return _quoted("\n".join(f"[ {label} ] {_words(question)}" for label, question in asked.items()))


def _file(file: Attachment, language: str) -> str:
    return f"### The file `{file.name}`\n\n````{language}\n{file.text}````"


def _words(text: str) -> str:
    """Slack's mrkdwn as a reader of this page sees it."""
    text = _GROUP.sub(r"@\1", _DATE.sub(r"\1", text)).replace(_JOINER, "")
    text = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?!\w)", r"**\1**", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _quoted(text: str) -> str:
    rows = text.replace("\u2003", "&emsp;").split("\n")
    return "\n".join(f"> {row}  ".rstrip() if not row else f"> {row}<br>" for row in rows)


def pictures(folder: Path) -> None:
    """Draw the pictures that the page shows."""
    for piece in rehearsed(findings=FINDINGS).said()[-1].brings:
        made = piece.make()
        if isinstance(made, Attachment) and made.data:
            (folder / Path(_PICTURES[piece.name.split("-")[0]]).name).write_bytes(made.data)


def main() -> None:
    """The page to standard output; with "pictures FOLDER", its pictures into that folder instead."""
    if sys.argv[1:2] == ["pictures"]:
        pictures(Path(sys.argv[2]))
    else:
        sys.stdout.write(gallery())


if __name__ == "__main__":
    main()
