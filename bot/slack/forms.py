"""Forms: when a click needs more words, and what a filled-in form says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat import WAITING, Ask, Field, Form, Reply
from bot.core.text import code
from bot.slack.replies import FORM

_BARE_REJECTION = re.compile(r"reject #?(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a form says, and the channel that it was opened in."""

    words: str
    channel: str


def words_of(view: Mapping[str, Any]) -> Said | None:
    """The words of a filled-in form, each value quoted; None when the form is not one of ours.

    The value of an optional field comes after the field's name: "start shop to 42ab".
    """
    if view.get("callback_id") != FORM:
        return None
    about = json.loads(view["private_metadata"])
    words = [about["words"]]
    for block in view["blocks"]:
        held = (view["state"]["values"].get(block["block_id"]) or {}).values()
        value = _value(next(iter(held), {}))
        if value:
            words += [block["block_id"]] if block.get("optional") else []
            words.append(shlex.quote(value))
    return Said(words=" ".join(words), channel=about["channel"])


def _value(element: Mapping[str, Any]) -> str:
    chosen = element.get("selected_option") or {}
    if several := element.get("selected_options"):
        return " ".join(str(option["value"]) for option in several)
    return str(element.get("value") or chosen.get("value") or "").strip()


def asked_first(ask: Ask) -> Reply | None:
    """A rejection needs its reason, and a button cannot hold one: the form that asks for it."""
    bare = _BARE_REJECTION.fullmatch(ask.text)
    if bare is None or ask.via != "button":
        return None
    why = Field(name="why", label="Why?", multiline=True, hint="The author of the change reads this.")
    form = Form(title=f"Reject change {bare[1]}", words=f"reject {bare[1]}", fields=(why,), submit="Reject")
    return Reply(text=f"{WAITING} Say why: {code(f'/migrate reject {bare[1]} <why>')}", form=form)
