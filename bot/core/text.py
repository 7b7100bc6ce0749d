"""Text from outside, made harmless for chat. Slack's own three characters are escaped
(docs.slack.dev, "Formatting message text"), and nothing can close a code span or ping anybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
#: What a client would take for a mention or a channel.
_NAMES = re.compile(r"[@#]")
#: What it would take for bold, italic or struck: a mark at a word's edge. Its look-alikes mean nothing.
_MARKS = re.compile(r"(?<!\w)[*_~]|[*_~](?!\w)")
_ALIKE = {"*": "∗", "_": "ˍ", "~": "∼"}
#: A zero-width no-break joiner keeps @here and #channel from being linked by a client.
_JOINER = "\u2060"


def plain(text: object, most: int = 300) -> str:
    """`text` as people may read it inside a sentence: escaped, one line, shortened."""
    line = " ".join(_INVISIBLE.sub("", str(text)).split())
    line = line if len(line) <= most else line[: most - 1] + "…"
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "ˋ")
    line = _MARKS.sub(lambda found: _ALIKE[found[0]], line)
    return _NAMES.sub(rf"{_JOINER}\g<0>{_JOINER}", line)


def code(text: object, most: int = 150) -> str:
    """`text` in a code span that it cannot break out of."""
    line = " ".join(_INVISIBLE.sub("", str(text)).split()).replace("`", "ˋ")
    line = line if len(line) <= most else line[: most - 1] + "…"
    return "`" + line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "`"


def block(text: object, most: int = 2800) -> str:
    """`text` as a preformatted block; shortened at a line's end, with a word on what is missing."""
    body = _INVISIBLE.sub("", str(text)).replace("```", "ˋˋˋ").strip("\n")
    body = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(body) > most:
        kept = body[: most - 40].rsplit("\n", 1)[0]
        body = f"{kept}\n… {body.count(chr(10)) - kept.count(chr(10))} more lines"
    return f"```\n{body}\n```"


def seconds(value: float) -> str:
    """A duration as people say it: "0.3 s", "12 s", "4 min 10 s", "2 h 5 min"."""
    if value < 10:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h" + (f" {whole % 3600 // 60} min" if whole % 3600 // 60 else "")


def size(count: int) -> str:
    """Bytes as people say them: "312 B", "4.2 kB", "1.3 GB" (powers of 1000)."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def clock(at: datetime) -> str:
    """A moment as every reader's own Slack shows it, with UTC for whoever cannot."""
    utc = at.astimezone(UTC)
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{utc:%Y-%m-%d %H:%M} UTC>"


def listed(words: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def nearest(word: str, known: list[str]) -> str:
    """The known word that the typed one was most likely meant to be, or ""."""
    from difflib import get_close_matches

    found = get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    return found[0] if found else ""
