"""The picture of the locks that a rehearsal saw: which table was kept from reads or writes, when, and for how
long, along the revisions of the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat import Attachment
from bot.core.measures import Rehearsal
from bot.slack import diagram_ink as ink
from bot.slack.blocking import ALL, WRITES, Blocked, Part, blocking_said, by_table, parts_of, short
from bot.slack.diagram_ink import SMALL, TITLE, Sheet, fitted

#: Tables and revisions that are drawn; the rest is counted.
TABLES, REVISIONS = 12, 10
MARGIN, ROW, BAR = 32, 84, 40
#: Pixels for the names of the tables, for all revisions together, and for the shortest of them.
_NAMES, _TIME, _LEAST = 230, 900, 130
_ABOVE, _HEAD = 76, 78
_KINDS = {ALL: (ink.RED, "no reads, no writes"), WRITES: (ink.AMBER, "reads only, no writes")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A revision's place on the way from left to right, in pixels."""

    part: Part
    x: int
    width: int

    def span(self, one: Blocked) -> tuple[int, int]:
        """Where a stretch begins and how wide it is; the shortest can still be seen."""
        scale = (self.width - 2) / self.part.seconds if self.part.seconds else 0.0
        begin = self.x + 1 + int(one.begin * scale)
        wide = max(6, int((one.end - one.begin) * scale))
        begin = min(begin, self.x + self.width - 1 - wide)
        return max(begin, self.x + 1), min(wide, self.width - 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn, in its places. `tables`: the one that was blocked longest first."""

    strips: tuple[Strip, ...]
    tables: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def width(self) -> int:
        last = self.strips[-1]
        return last.x + last.width + MARGIN

    @property
    def bottom(self) -> int:
        """Where the rows end."""
        return _ABOVE + _HEAD + ROW * len(self.tables)


def charted(parts: Sequence[Part]) -> Chart:
    """Choose what is drawn, and share the width among the revisions by their time."""
    found = [b for part in parts for b in part.blocked]
    tables = list(by_table(found))
    # The revisions that blocked others longest; of equals the slowest. They stay in their order.
    order = sorted(parts, key=lambda p: (-sum(b.seconds for b in p.blocked), -p.seconds))[:REVISIONS]
    kept = [part for part in parts if part in order]
    whole = sum(part.seconds for part in kept)
    fair = [int(_TIME * part.seconds / whole) if whole else 0 for part in kept]
    strips, x = [], MARGIN + _NAMES
    for part, share in zip(kept, fair, strict=True):
        strips.append(Strip(part=part, x=x, width=max(_LEAST, share)))
        x += max(_LEAST, share)
    notes = ["Times are those of the rehearsal, on a copy."]
    notes += ["Short revisions are drawn wider than they last."] if any(f < _LEAST for f in fair) else []
    if len(tables) > TABLES:
        notes.append(f"… and {len(tables) - TABLES} more tables that were blocked for less time")
    if len(parts) > len(kept):
        notes.append(f"… and {len(parts) - len(kept)} more revisions that blocked others for less time")
    return Chart(strips=tuple(strips), tables=tuple(tables[:TABLES]), notes=tuple(notes))


def lock_picture(rehearsal: Rehearsal, name: str) -> Attachment:
    """One PNG. Call it for a rehearsal with something to show: see blocking.blocked_in."""
    chart = charted(parts_of(rehearsal))
    title = "Who has to wait: tables that are blocked, and for how long"
    wide = max(
        chart.width,
        *(
            ink.width(text, size) + 2 * MARGIN + 8
            for text, size in ((title, TITLE), *((n, SMALL) for n in chart.notes))
        ),
    )
    sheet = Sheet(wide, chart.bottom + 60 + 34 * len(chart.notes) + MARGIN)
    sheet.write((MARGIN, 58), title, size=TITLE, bold=True)
    for n, strip in enumerate(chart.strips):
        _strip(sheet, strip, chart.bottom, shaded=bool(n % 2))
    for n, table in enumerate(chart.tables):
        _table(sheet, chart, table, _ABOVE + _HEAD + n * ROW)
    _legend(sheet, chart)
    return Attachment(name=name, data=sheet.png(), kind="image/png", alt=blocking_said(rehearsal))


def _strip(sheet: Sheet, strip: Strip, bottom: int, *, shaded: bool) -> None:
    """A revision's column, with its name and time above."""
    x, wide = strip.x, strip.width
    if shaded:
        sheet.box((x, _ABOVE), (wide, bottom - _ABOVE), ink.PALE)
    sheet.line([(x, _ABOVE), (x, bottom)], ink.EDGE, 2)
    sheet.write((x + 10, _ABOVE + 32), fitted(strip.part.revision, wide - 16))
    took = short(strip.part.seconds) + ("" if strip.part.blocked else ", blocks nobody")
    sheet.write((x + 10, _ABOVE + 62), fitted(took, wide - 16, SMALL), ink.QUIET, SMALL)


def _table(sheet: Sheet, chart: Chart, table: str, y: int) -> None:
    """A table's row: its name, and its bars with their times."""
    sheet.line([(MARGIN, y), (chart.width - MARGIN, y)], ink.EDGE, 1)
    sheet.write((MARGIN, y + ROW // 2 + 10), fitted(table, _NAMES - 16), bold=True)
    for strip in chart.strips:
        mine = [b for b in strip.part.blocked if b.table == table]
        for one in mine:
            begin, wide = strip.span(one)
            at, size = (begin, y + 10), (wide, BAR)
            if one.what == ALL:
                sheet.box(at, size, ink.RED)
            else:
                sheet.hatched(at, size, ink.AMBER)
        if mine:
            said = fitted(_times(mine), strip.width - 12, SMALL)
            last = strip.x + strip.width - 6 - ink.width(said, SMALL)
            sheet.write((min(strip.span(mine[0])[0] + 2, last), y + BAR + 34), said, ink.INK, SMALL)


def _times(found: Sequence[Blocked]) -> str:
    """ "0.8 s", of the stretches of one table in one revision."""
    sums = {what: sum(b.seconds for b in found if b.what == what) for what in (ALL, WRITES)}
    return " + ".join(short(value) for value in sums.values() if value > 0)


def _legend(sheet: Sheet, chart: Chart) -> None:
    x, y = MARGIN, chart.bottom + 20
    sheet.line([(MARGIN, chart.bottom), (chart.width - MARGIN, chart.bottom)], ink.EDGE, 2)
    for what, (colour, words) in _KINDS.items():
        if what == ALL:
            sheet.box((x, y), (48, 26), colour)
        else:
            sheet.hatched((x, y), (48, 26), colour)
        sheet.write((x + 58, y + 21), words, ink.INK, SMALL)
        x += 58 + ink.width(words, SMALL) + 36
    for n, note in enumerate(chart.notes):
        sheet.write((MARGIN, y + 66 + 34 * n), note, ink.QUIET, SMALL)
