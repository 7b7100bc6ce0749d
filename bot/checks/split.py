"""Cuts a script into its statements: quotes, dollar quotes, comments and trigger bodies are not cut."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<text> [eE]'(?:[^'\\]|\\.|'')*'? | '(?:[^']|'')*'? | "(?:[^"]|"")*"? | `[^`]*`?
              | \$(?P<tag>[A-Za-z_]\w*|)\$.*?(?:\$(?P=tag)\$|\Z) )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<end> ; )
    | (?P<rest> [^;'"`$\-/\w]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_BODY = re.compile(r"create\s+(or\s+replace\s+)?(temp\s+|temporary\s+)?(trigger|function|procedure)\b", re.I)


def split(sql: str) -> list[str]:
    """The statements of `sql` in order, without their comments and final semicolons."""
    return [statement for statement, _ in placed(sql)]


def placed(sql: str) -> list[tuple[str, int]]:
    """The same, each with the line that it begins on, counted from 1."""
    statements: list[tuple[str, int]] = []
    pieces: list[str] = []
    depth, begin, line, counted = 0, 0, 1, 0
    for token in _TOKEN.finditer(sql):
        if token.lastgroup == "end" and depth <= 0:
            statements.append(("".join(pieces).strip(), begin))
            pieces, depth, begin = [], 0, 0
            continue
        if not begin and not token["comment"] and token[0].strip():
            start = token.start() + len(token[0]) - len(token[0].lstrip())
            line += sql.count("\n", counted, start)
            begin, counted = line, start
        if token["word"]:
            depth += _deeper(token["word"].lower(), depth, pieces)
        pieces.append(" " if token["comment"] else token[0])
    statements.append(("".join(pieces).strip(), begin))
    return [(s, at) for s, at in statements if s]


def _deeper(word: str, depth: int, pieces: list[str]) -> int:
    """How a word moves the depth: the statements inside a trigger's or routine's body are not ours to cut."""
    if word not in ("begin", "case", "end") or (depth == 0 and word != "begin"):
        return 0
    if not _BODY.match("".join(pieces).lstrip()):
        return 0
    return -1 if word == "end" else 1
