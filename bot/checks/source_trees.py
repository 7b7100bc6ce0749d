"""Looks through folders of source for names, as far as the bounds go."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_FILES = 20_000
MOST_FILE_BYTES = 1_000_000
MOST_BYTES = 300_000_000
MOST_MENTIONS = 1_000
MOST_DEPTH = 30
_SHOWN = 120
#: Folders that hold what other people wrote, or what a program made.
_APART = frozenset(
    """.git .hg .svn node_modules .venv venv env .tox .nox __pycache__ .mypy_cache .pytest_cache .ruff_cache
    dist build target vendor site-packages .idea .gradle .terraform""".split()  # noqa: SIM905
)
_SECRET = re.compile(r"(?i)(?:passw|secret|token|api_?key|credential)\w*[\"']?\s*[:=]|://[^/\s:@]+:[^/\s@]+@")
#: A column's name as common as this says nothing by itself.
_LONG = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A table, or a column of it, as the database keeps its name, and what happens to it."""

    table: str
    column: str = ""
    why: str = ""

    @property
    def shown(self) -> str:
        """ "orders" or "orders.channel"."""
        return f"{self.table}.{self.column}" if self.column else self.table

    @property
    def name(self) -> str:
        """The word that is looked for."""
        return self.column or self.table

    @property
    def common(self) -> bool:
        """A column that many tables have: its table has to be named in the same file."""
        return bool(self.column) and "_" not in self.column and len(self.column) < _LONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One line that says a wanted name. `text` is the line, shortened, unless it may hold a secret."""

    wanted: Wanted
    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found. `files` were read; `left` were not, for a bound was met."""

    mentions: tuple[Mention, ...]
    files: int
    left: int


def search(trees: Sequence[Path], names: Sequence[Wanted], apart: Collection[Path] = ()) -> Found:
    """Every line of the trees that says one of the names as a word of its own, in any case."""
    looked = [(n, n.name.lower().encode(), _word(n.name), _loosely(n.table)) for n in names]
    mentions: list[Mention] = []
    files = left = size = 0
    away = {p.absolute() for p in apart}
    for tree in trees:
        root = tree.absolute()
        for entry, length in _files(root, away):
            if files >= MOST_FILES or length > MOST_FILE_BYTES or size > MOST_BYTES:
                left += 1
                continue
            content = _content(entry)
            files, size = files + 1, size + len(content)
            lowered = content.lower()
            hits = [one for one in looked if one[1] in lowered]
            if hits and b"\0" not in content[:1024]:
                shown = str(Path(entry).relative_to(root.parent))
                mentions += _in_file(shown, content.decode(errors="replace"), hits)
        if len(mentions) > MOST_MENTIONS:
            return Found(mentions=tuple(mentions[:MOST_MENTIONS]), files=files, left=max(left, 1))
    return Found(mentions=tuple(mentions), files=files, left=left)


_Looked = tuple[Wanted, bytes, re.Pattern[str], re.Pattern[str]]


def _in_file(shown: str, text: str, looked: Sequence[_Looked]) -> Iterator[Mention]:
    hits = [one for one in looked if not one[0].common or one[3].search(text)]
    lines = text.splitlines() if hits else []
    for number, line in enumerate(lines, 1):
        for wanted, _, word, _ in hits:
            if word.search(line):
                yield Mention(wanted=wanted, file=shown, line=number, text=_shortened(line))


def _files(root: Path, away: Collection[Path]) -> Iterator[tuple[str, int]]:
    """Each plain file below a folder with its bytes, in one order. Links are not followed."""
    stack = [(str(root), 0)]
    while stack:
        folder, depth = stack.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError:
            continue
        deeper = []
        for entry in entries:
            if Path(entry.path) in away:
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _APART and depth < MOST_DEPTH:
                    deeper.append((entry.path, depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield entry.path, entry.stat(follow_symlinks=False).st_size
        stack += reversed(deeper)


def _content(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_FILE_BYTES)
    except OSError:
        return b""


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.I)


def _loosely(table: str) -> re.Pattern[str]:
    """A table as code calls it: order_items is OrderItem too."""
    one = re.sub(r"s\Z", "", re.sub(r"ies\Z", "y", table))
    return re.compile("|".join(re.escape(n).replace("_", "_?") for n in dict.fromkeys((table, one))), re.I)


def _shortened(line: str) -> str:
    if _SECRET.search(line):
        return "(the line may hold a secret, and is not shown)"
    words = " ".join(line.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
