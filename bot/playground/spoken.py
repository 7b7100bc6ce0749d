"""What a person typed, as the rich text that Slack makes of it."""

import html
import re
from collections.abc import Iterator

from bot.playground.values import Json

_TOKEN = re.compile(r"<(?P<sign>[@#!]?)(?P<what>[^|>]+)(?:\|(?P<shown>[^>]*))?>")
_GROUP = "subteam^"


def rich_text(text: str, ts: str) -> list[Json]:
    """The blocks of a person's message; their name follows from its time, so it stays the same."""
    section = {"type": "rich_text_section", "elements": list(_pieces(text))}
    return [{"type": "rich_text", "block_id": f"b{ts.replace('.', '')}", "elements": [section]}]


def _pieces(text: str) -> Iterator[Json]:
    at = 0
    for found in _TOKEN.finditer(text):
        if found.start() > at:
            yield _words(text[at : found.start()])
        yield _mention(found)
        at = found.end()
    if at < len(text):
        yield _words(text[at:])


def _words(text: str) -> Json:
    return {"type": "text", "text": html.unescape(text)}


def _mention(found: re.Match[str]) -> Json:
    what = found["what"]
    match found["sign"]:
        case "@":
            return {"type": "user", "user_id": what}
        case "#":
            return {"type": "channel", "channel_id": what}
        case "!" if what.startswith(_GROUP):
            return {"type": "usergroup", "usergroup_id": what.removeprefix(_GROUP)}
        case "!" if what in ("here", "channel", "everyone"):
            return {"type": "broadcast", "range": what}
        case "!":
            return _words(found["shown"] or what)
    shown = {"text": html.unescape(found["shown"])} if found["shown"] else {}
    return {"type": "link", "url": html.unescape(what), **shown}
