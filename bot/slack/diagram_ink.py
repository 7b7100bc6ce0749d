"""Drawing with Pillow alone: its own font, a light ground, colours that everybody can tell apart, and signs
that say the same as the colours. The same strokes give the same bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from bot.core.schemas import Mark

Colour = str
Point = tuple[int, int]

GROUND, INK, QUIET, EDGE, PALE = "#ffffff", "#1d1c1d", "#62656a", "#b5b9be", "#f1f2f4"
#: Okabe and Ito's palette ("Color Universal Design", 2008): told apart with every kind of colour blindness.
GREEN, BLUE, RED, AMBER = "#00775a", "#0060a0", "#b8480a", "#e69f00"
COLOURS: dict[Mark, Colour] = {Mark.SAME: INK, Mark.ADDED: GREEN, Mark.CHANGED: BLUE, Mark.DROPPED: RED}
TINTS: dict[Mark, Colour] = {
    Mark.SAME: GROUND,
    Mark.ADDED: "#dff3ec",
    Mark.CHANGED: "#dfeefa",
    Mark.DROPPED: "#fbe6da",
}
#: Sizes of writing in pixels: pictures are looked at on phones, where three of theirs are one of ours.
TEXT, SMALL, TITLE = 26, 21, 32
#: Side of the square with a sign.
BADGE = 26
_PLAINER = {
    "→": "->",
    "−": "-",
    "–": "-",
    "—": "-",
    "ˋ": "`",
    "\u2060": "",
    "ß": "ss",
    "ø": "o",
    "Ø": "O",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
}


@lru_cache(maxsize=16)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font, which is in every installation."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return found


@lru_cache(maxsize=4096)
def _drawable(character: str) -> bool:
    """The font has the character: what it lacks, it draws as one and the same box."""
    return bytes(font(TEXT).getmask(character)) != bytes(font(TEXT).getmask("\uffff"))


@lru_cache(maxsize=4096)
def readable(text: str) -> str:
    """`text` on one line, in characters that the font has: "größe" becomes "grosse", "цена" "????"."""
    made = []
    for character in " ".join(text.split()):
        plainer = _PLAINER.get(character, character)
        if all(map(_drawable, plainer)):
            made.append(plainer)
            continue
        folded = unicodedata.normalize("NFKD", character)[0]
        made.append(folded if _drawable(folded) else "?")
    return "".join(made)


@lru_cache(maxsize=4096)
def width(text: str, size: int = TEXT) -> int:
    """Pixels that a text takes."""
    return int(font(size).getlength(readable(text)) + 0.999)


def fitted(text: str, most: int, size: int = TEXT) -> str:
    """`text` as far as it fits into `most` pixels, with "…" for the rest."""
    whole = readable(text)
    if width(whole, size) <= most:
        return whole
    low, high = 0, len(whole)
    while low < high:
        half = (low + high + 1) // 2
        low, high = (half, high) if width(whole[:half] + "…", size) <= most else (low, half - 1)
    return whole[:low] + "…"


class Sheet:
    """One picture under way."""

    def __init__(self, wide: int, high: int) -> None:
        self._image = Image.new("RGB", (wide, high), GROUND)
        self._draw = ImageDraw.Draw(self._image)

    def write(
        self, at: Point, text: str, colour: Colour = INK, size: int = TEXT, *, bold: bool = False
    ) -> None:
        """Text that stands on the line `at`; the caller has made it fit."""
        x, y = at
        for shift in (0, 1) if bold else (0,):  # the font has one weight: twice, a pixel apart, is bold
            self._draw.text((x + shift, y), readable(text), colour, font(size), anchor="ls")

    def box(self, at: Point, size: Point, fill: Colour, edge: Colour = "", thick: int = 0) -> None:
        x, y = at
        far = (x + size[0] - 1, y + size[1] - 1)
        self._draw.rectangle((at, far), fill=fill, outline=edge or None, width=thick)

    def hatched(self, at: Point, size: Point, colour: Colour, step: int = 14) -> None:
        """A box of slanting lines, so that it is told from a full one without its colour."""
        wide, high = size
        tile = Image.new("RGB", size, GROUND)
        pen = ImageDraw.Draw(tile)
        for x in range(-high, wide + high, step):
            pen.line(((x, high), (x + high, 0)), fill=colour, width=5)
        pen.rectangle(((0, 0), (wide - 1, high - 1)), outline=INK, width=2)
        self._image.paste(tile, at)

    def line(self, points: Sequence[Point], colour: Colour, thick: int = 3, *, dashed: bool = False) -> None:
        """A line with square corners, each part level or upright."""
        for start, end in pairwise(points):
            for a, b in _dashes(start, end) if dashed else [(start, end)]:
                self._draw.line((a, b), fill=colour, width=thick)

    def arrow(self, tip: Point, down: bool, colour: Colour, size: int = 11) -> None:
        """The head of a line that comes to a box from above (`down`) or from below."""
        x, y = tip
        back = y - 2 * size if down else y + 2 * size
        self._draw.polygon(((x, y), (x - size, back), (x + size, back)), fill=colour)

    def badge(self, at: Point, mark: Mark, size: int = BADGE) -> None:
        """The sign of a mark in a square: plus, wave or minus."""
        if mark is Mark.SAME:
            return
        x, y = at
        self.box(at, (size, size), COLOURS[mark])
        middle, arm = size // 2, size // 2 - 6
        if mark is Mark.CHANGED:
            points = [(x + 5, y + 17), (x + 10, y + 9), (x + 16, y + 17), (x + 21, y + 9)]
            self._draw.line(points, fill=GROUND, width=3, joint="curve")
            return
        self.box((x + middle - arm, y + middle - 2), (2 * arm, 4), GROUND)
        if mark is Mark.ADDED:
            self.box((x + middle - 2, y + middle - arm), (4, 2 * arm), GROUND)

    def png(self) -> bytes:
        """The picture's file."""
        kept = BytesIO()
        self._image.save(kept, "PNG")
        return kept.getvalue()


def _dashes(start: Point, end: Point, dash: int = 12, gap: int = 8) -> list[tuple[Point, Point]]:
    (x1, y1), (x2, y2) = start, end
    length = abs(x2 - x1) + abs(y2 - y1)
    right, down = (x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)
    made = []
    for at in range(0, length, dash + gap):
        to = min(at + dash, length)
        made.append(((x1 + right * at, y1 + down * at), (x1 + right * to, y1 + down * to)))
    return made
