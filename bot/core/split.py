"""Cuts a file of SQL into its statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.targets import Kind

_WORD = r"[^\W\d][\w$]*"
#: What may hold a semicolon that ends nothing. A string without an end goes on to the end of the file.
_PIECES = re.compile(
    rf"""
      (?P<line>--[^\n]*)
    | (?P<block>/\*)
    | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
    | (?P<text>\b[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z) | '(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z))
    | (?P<name>`(?:[^`]|``)*(?:`|\Z) | \[[^\]]*(?:\]|\Z))
    | (?P<end>;)
    | (?P<word>{_WORD})
    | (?P<other>\s+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")
#: Statements that may have statements inside.
_BODIES = {
    Kind.POSTGRESQL: re.compile(r"CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)\b"),
    Kind.SQLITE: re.compile(r"CREATE (TEMP |TEMPORARY )?TRIGGER\b"),
}


def split(text: str, kind: Kind) -> list[str]:
    """The statements of `text`, without their semicolons; a piece with nothing but comments is none."""
    found: list[str] = []
    part, depth, parens = "", 0, 0
    words: list[str] = []
    for name, piece in _pieces(text, kind):
        if name == "end" and not depth and not parens:
            found += [part.strip()] if words else []
            part, words = "", []
            continue
        if kind is Kind.POSTGRESQL and name == "other":
            # A rule's actions stand in parentheses, with semicolons between them; psql counts them too.
            parens = max(0, parens + (piece == "(") - (piece == ")"))
        part += piece
        if name in ("word", "text", "dollar", "name") or (name == "other" and not piece.isspace()):
            words.append(piece.upper() if name == "word" else "·")
        if name == "word":
            depth = _depth(words, depth, kind)
    return [*found, part.strip()] if words else found


def _depth(words: list[str], depth: int, kind: Kind) -> int:
    """How many bodies are open after the newest word."""
    if words[-1] not in ("BEGIN", "ATOMIC", "CASE", "END") or not _BODIES[kind].match(" ".join(words[:5])):
        return depth
    if words[-1] == "END":
        return max(0, depth - 1)
    if words[-1] == "CASE":
        return depth + 1 if depth else depth
    opens = words[-1] == "BEGIN" if kind is Kind.SQLITE else words[-2:] == ["BEGIN", "ATOMIC"]
    return depth + 1 if opens else depth


def _pieces(text: str, kind: Kind) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        match = _PIECES.match(text, at)
        assert match, "any character is a piece"
        name, end = str(match.lastgroup), match.end()
        if name == "block":
            end = _after_comment(text, end, nested=kind is Kind.POSTGRESQL)
        elif name == "dollar":
            if kind is Kind.SQLITE:
                name, end = "other", at + 1
            else:
                close = text.find(match.group(), end)
                end = len(text) if close < 0 else close + len(match.group())
        elif name == "name" and kind is Kind.POSTGRESQL:
            name, end = "other", at + 1  # an array's bracket
        elif name == "text" and kind is Kind.SQLITE and text[at] in "eE":
            name, end = "word", at + 1  # SQLite knows no escapes
        yield name, text[at:end]
        at = end


def _after_comment(text: str, at: int, *, nested: bool) -> int:
    depth = 1
    for mark in _COMMENT.finditer(text, at):
        depth = depth - 1 if mark.group() == "*/" else depth + nested
        if not depth:
            return mark.end()
    return len(text)
