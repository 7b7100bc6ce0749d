"""MESSAGES.md shows what is really said."""

from __future__ import annotations

import re
from pathlib import Path

from bot import chat
from bot.core import events as e
from bot.slack.gallery import gallery
from bot.slack.sentences import TOLD
from bot.slack.signs import MEANINGS, Sign

_PAGE = Path(__file__).parents[2] / "MESSAGES.md"
_PICTURE = re.compile(
    "[\u2139\u21a9\u23e9-\u23fa\u2600-\u27bf\u2b1b-\u2b55\U0001f000-\U0001faff\u25b6]\ufe0f?"
)


def test_the_page_is_up_to_date() -> None:
    assert _PAGE.read_text(encoding="utf-8") == gallery(), "python -m bot.slack.gallery > MESSAGES.md"


def test_every_sign_has_one_meaning_and_no_message_uses_another() -> None:
    assert set(MEANINGS) == set(Sign)
    assert len(set(MEANINGS.values())) == len(Sign)
    assert {found.rstrip("\ufe0f") for found in _PICTURE.findall(gallery())} <= {
        s.rstrip("\ufe0f") for s in Sign
    }


def test_answers_begin_with_signs_of_the_same_set() -> None:
    assert {chat.REFUSED, chat.SETTLED, chat.WAITING, chat.ATTENTION, chat.INFO} <= set(Sign)


def test_every_kind_of_event_is_told_but_the_start_of_a_step() -> None:
    assert set(e.KINDS.values()) - set(TOLD) == {e.StepStarted}
