"""Block Kit in plain dicts, kept within Slack's limits (docs.slack.dev, "Blocks").

Text given in is mrkdwn already: what comes from outside was escaped by core.text before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bot.chat import Button

Block = dict[str, Any]

SECTION, HEADER, LABEL, VALUE, QUESTION, FALLBACK, FIELD = 3000, 150, 75, 2000, 300, 3000, 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A message ready to be sent. `text` is what notifications and old clients show."""

    text: str
    blocks: tuple[Block, ...]

    @property
    def digest(self) -> str:
        """Equal for messages that look the same."""
        return sha256(json.dumps([self.text, self.blocks], sort_keys=True).encode()).hexdigest()[:16]


def clip(text: str, most: int) -> str:
    """`text` within `most` characters, cut at a line's or a word's end so that no escape is torn."""
    if len(text) <= most:
        return text
    kept = text[: most - 2]
    kept = kept[: max(kept.rfind("\n"), kept.rfind(" "), most // 2)]
    if (torn := kept.rfind("&")) > kept.rfind(";"):
        kept = kept[:torn]
    if (torn := kept.rfind("<")) > kept.rfind(">"):
        kept = kept[:torn]
    return kept + (" `" if kept.count("`") % 2 else "") + "…"


def lines(rows: Sequence[str], most: int, rest: str = "… and {} more, see the file") -> str:
    """Rows under each other, as many as fit into `most` characters, and how many did not."""
    room = most - len(rest) - 6
    shown: list[str] = []
    for row in (clip(one, min(most - 50, 1500)) for one in rows):
        if sum(len(r) + 1 for r in shown) + len(row) > room:
            break
        shown.append(row)
    if left := len(rows) - len(shown):
        shown.append(rest.format(left))
    return "\n".join(shown)


def header(text: str) -> Block:
    """A heading; `text` is escaped, not mrkdwn."""
    return {"type": "header", "text": {"type": "plain_text", "text": clip(text, HEADER), "emoji": True}}


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": clip(text, SECTION) or "…"}}


def fields(pairs: Sequence[tuple[str, str]]) -> Block:
    """Facts beside each other, each under its name; at most ten."""
    made = [{"type": "mrkdwn", "text": clip(f"*{name}*\n{fact}", FIELD)} for name, fact in pairs[:10]]
    return {"type": "section", "fields": made}


def context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": clip(text, 1500) or "…"}]}


DIVIDER: Block = {"type": "divider"}


def table(rows: Sequence[Sequence[str]]) -> Block:
    """Rows of cells, the first row is the heading; the first column is left-aligned, the others right."""
    width = len(rows[0])
    return {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": cell or " "} for cell in row] for row in rows],
        "column_settings": [{"align": "left" if n == 0 else "right"} for n in range(width)],
    }


Cell = str | tuple[int, str]


def data_table(caption: str, rows: Sequence[Sequence[Cell]], page: int = 10) -> Block:
    """A table that readers may sort and leaf through; the first row is the heading. A cell is a text, or a
    number with the words that show it."""
    made = [[_cell(cell) for cell in row] for row in rows]
    return {
        "type": "data_table",
        "caption": clip(caption, 200),
        "rows": made,
        "page_size": page,
        "row_header_column_index": 0,
    }


def _cell(cell: Cell) -> Block:
    if isinstance(cell, str):
        return {"type": "raw_text", "text": cell or " "}
    return {"type": "raw_number", "value": cell[0], "text": cell[1]}


def buttons(row: Sequence[Button]) -> list[Block]:
    """The buttons as blocks: a button's value is the words that it stands for."""
    made = [_button(n, one) for n, one in enumerate(row)]
    return [{"type": "actions", "elements": made[n : n + 5]} for n in range(0, len(made), 5)]


def _button(number: int, button: Button) -> Block:
    made: Block = {
        "type": "button",
        "action_id": f"words-{number}",
        "text": {"type": "plain_text", "text": button.label[:LABEL], "emoji": True},
        "value": button.words[:VALUE],
    }
    if button.style:
        made["style"] = button.style
    if button.confirm:
        made["confirm"] = {
            "title": {"type": "plain_text", "text": "Are you sure?"},
            "text": {"type": "mrkdwn", "text": clip(button.confirm, QUESTION)},
            "confirm": {"type": "plain_text", "text": button.label[:30]},
            "deny": {"type": "plain_text", "text": "No"},
        }
    return made
