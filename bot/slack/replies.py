"""What one person is shown: answers, forms, and their App Home. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.chat import Button, Field, Form, Reply
from bot.core.changes import Change
from bot.core.outlook import Waiting
from bot.core.targets import ENVIRONMENTS, Phase
from bot.core.text import clock, listed, plain
from bot.slack import blocks as kit
from bot.slack.blocks import Block, Drawn
from bot.slack.signs import Sign, of_change

#: The modal's callback_id, and the action_id of every field in it; a field's block_id is its name.
FORM, FIELD = "words", "value"
_HOME_MOST = 20


def reply_blocks(reply: Reply) -> Drawn:
    """An answer with its buttons."""
    pieces = _pieces(reply.text)
    made = [kit.section(piece) for piece in pieces] + kit.buttons(reply.buttons)
    return Drawn(text=kit.clip(reply.text, kit.FALLBACK), blocks=tuple(made))


def _pieces(text: str) -> list[str]:
    """A long text as sections, parted between lines; at most four."""
    pieces, now = [], ""
    for line in text.split("\n"):
        if now and len(now) + len(line) + 1 > kit.SECTION - 10:
            pieces.append(now)
            now = line
        else:
            now = f"{now}\n{line}" if now else line
    return [*pieces, now][:4]


def form_view(form: Form, channel: str = "") -> Block:
    """A modal that asks the form's fields; its private_metadata says what they complete."""
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": json.dumps({"words": form.words, "channel": channel}),
        "title": {"type": "plain_text", "text": form.title[:24]},
        "submit": {"type": "plain_text", "text": form.submit[:24]},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [_field(field) for field in form.fields],
    }


def _field(field: Field) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": FIELD, "multiline": field.multiline}
    if field.choices:
        options = [
            {"text": {"type": "plain_text", "text": c.label[:75] or " "}, "value": c.value[:150]}
            for c in field.choices[:100]
        ]
        if field.several:
            element = {"type": "checkboxes", "action_id": FIELD, "options": options[:10]}
        else:
            element = {"type": "static_select", "action_id": FIELD, "options": options}
    made: Block = {
        "type": "input",
        "block_id": field.name,
        "label": {"type": "plain_text", "text": field.label[:2000]},
        "element": element,
        "optional": field.optional,
    }
    if field.hint:
        made["hint"] = {"type": "plain_text", "text": field.hint[:2000]}
    return made


def home_view(name: str, waitings: Sequence[Waiting], changes: Sequence[Change]) -> Block:
    """A person's App Home: what waits for them, and every change under way."""
    made: list[Block] = [kit.header(f"What waits for you, {plain(name, 80)}")]
    for one in waitings[:_HOME_MOST]:
        made.append(kit.section(f"{Sign.ASKED} *Change {one.change.id}* {_title(one.change)}\n{one.what}"))
        made.extend(kit.buttons([_offer(one)] if one.words else []))
    if not waitings:
        made.append(kit.section("Nothing waits for you."))
    if len(waitings) > _HOME_MOST:
        made.append(kit.context(f"… and {len(waitings) - _HOME_MOST} more"))
    made += [kit.DIVIDER, kit.header("Changes under way")]
    made += [kit.section(_line(change)) for change in changes[:_HOME_MOST]]
    if not changes:
        made.append(kit.section("No change is under way. `/migrate start` opens one."))
    if len(changes) > _HOME_MOST:
        made.append(kit.context(f"… and {len(changes) - _HOME_MOST} more: `/migrate list`"))
    return {"type": "home", "blocks": made}


def _offer(one: Waiting) -> Button:
    """The button that says a waiting's words; what alters a database is asked once more."""
    words = one.words.removeprefix("/migrate ")
    sure = f"Change {one.change.id}: {one.what}, now?" if words.startswith("run ") else ""
    return Button(label=_label(words), words=words, style="primary", confirm=sure)


def _title(change: Change) -> str:
    return plain(change.title or change.project, 100)


def _label(words: str) -> str:
    """ "run staging 42" -> "Run staging"."""
    kept = [w for w in words.split() if not w.lstrip("#").isdigit()]
    return " ".join(kept)[:70].capitalize() or words[:70]


def _line(change: Change) -> str:
    since = f", since {clock(change.since)}" if change.since and change.started else ""
    where = f" in <#{change.channel}>" if change.channel else ""
    sign = of_change(change, ready=False)
    return f"{sign} *Change {change.id}* {_title(change)}\n{_stands(change)}{since}{where}"


def _stands(change: Change) -> str:
    """ "Production is running", "Development is done", "Nothing is done yet"."""
    if change.run and change.run.live:
        return f"{change.run.phase.title()} is {change.run.state}"
    done = [phase for phase in Phase if change.passed(phase)]
    passed = [phase for phase in done if phase in ENVIRONMENTS] or done[-1:]
    return (
        f"{listed(passed)} {'is' if len(passed) == 1 else 'are'} done".capitalize()
        if passed
        else "Nothing is done yet"
    )
