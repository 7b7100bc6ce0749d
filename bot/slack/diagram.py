"""The picture of the affected tables before and after: boxes with columns, lines for foreign keys; what is
added, changed or dropped is marked by colour and by sign."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Attachment
from bot.core.schema_pages import RENAMED, changes
from bot.core.schemas import Mark, TableDifference, TableShape, difference
from bot.slack import diagram_ink as ink
from bot.slack.diagram_boxes import HEAD, PAD, ROW, Box, Row, box_of, chosen, joins
from bot.slack.diagram_ink import BADGE, SMALL, TITLE, Sheet
from bot.slack.diagram_layout import MARGIN, Layout, Placed, Route, laid_out

#: Height of the title above the boxes, and of a line of notes below them.
_ABOVE, _NOTE = 76, 36
#: Of a sign in the legend, and between two of its entries.
_SIGN, _GAP = BADGE + 8, 28
#: Where the writing stands in a head and in a row, from its upper edge.
_HEAD_LINE, _ROW_LINE = 35, 28
_MARKS = (Mark.ADDED, Mark.CHANGED, Mark.DROPPED)
_ALT = 900


def tables_picture(before: Sequence[TableShape], after: Sequence[TableShape], name: str) -> Attachment:
    """The tables as they were and as they are to be, in one PNG; the same shapes give the same bytes."""
    tables = difference(before, after)
    shown = chosen(tables)
    layout = laid_out([box_of(table) for table in shown], joins(shown))
    altered = bool(changes(tables))
    legend = _legend(_MARKS if altered else (), grey=any(table.neighbour for table in shown))
    notes = _notes(tables, len(tables) - len(shown))
    title = "Affected tables, before and after" if altered else "The tables as they are"
    written = [ink.width(title, TITLE), *(ink.width(note, SMALL) for note in notes)]
    wide = max(layout.width, max(written) + 2 * MARGIN, _legend_width(legend))
    low = _ABOVE + layout.height
    sheet = Sheet(wide, low + _NOTE * (len(notes) + 1) + MARGIN)
    sheet.write((MARGIN, 58), title, size=TITLE, bold=True)
    _draw(sheet, layout)
    _draw_legend(sheet, low, legend)
    for n, note in enumerate(notes, start=1):
        sheet.write((MARGIN, low + n * _NOTE + 20), note, ink.QUIET, SMALL)
    return Attachment(name=name, data=sheet.png(), kind="image/png", alt=tables_alt(tables))


def tables_alt(tables: Sequence[TableDifference]) -> str:
    """The picture's facts in a sentence, with names as they came."""
    rows = changes(tables)
    if not rows:
        names = [table.name for table in tables if not table.neighbour]
        return f"Tables: {', '.join(names)}."[:_ALT]
    note = f" {RENAMED}" if any(table.renamed for table in tables) else ""
    said = "Tables before and after. " + "; ".join(rows) + "."
    return " ".join(said.split())[: _ALT - len(note)] + note


def _notes(tables: Sequence[TableDifference], left: int) -> list[str]:
    made = [f"… and {left} more tables that are not drawn"] if left > 0 else []
    made += [RENAMED] if any(table.renamed for table in tables) else []
    names = [name for table in tables for name in (table.name, *(c.shown.name for c in table.columns))]
    if any("?" in ink.readable(name) and "?" not in name for name in names):
        made.append("? stands for letters that this picture cannot show; the document beside it has them")
    return made


def _draw(sheet: Sheet, layout: Layout) -> None:
    for route in sorted(layout.routes, key=lambda r: r.mark is not Mark.SAME):
        _route(sheet, route)
    for placed in layout.boxes:
        _box(sheet, placed)


def _route(sheet: Sheet, route: Route) -> None:
    colour = ink.QUIET if route.mark is Mark.SAME else ink.COLOURS[route.mark]
    points = [(x, y + _ABOVE) for x, y in route.points]
    (x, before), (_, tip) = points[-2:]
    down = before < tip
    points[-1] = (x, tip + (-8 if down else 8))
    sheet.line(points, colour, 3 if route.mark is Mark.SAME else 5, dashed=route.mark is Mark.DROPPED)
    sheet.arrow((x, tip), down, colour)
    (x1, y1), (x2, _) = points[1:3]
    middle = (x1 + x2) // 2 if abs(x2 - x1) > 2 * BADGE else x1
    sheet.badge((middle - BADGE // 2, y1 - BADGE // 2), route.mark)


def _box(sheet: Sheet, placed: Placed) -> None:
    box, at = placed.box, (placed.x, placed.y + _ABOVE)
    size = (box.width, box.height)
    if box.neighbour:
        sheet.box(at, size, ink.PALE, ink.EDGE, 2)
        sheet.write((at[0] + PAD, at[1] + _HEAD_LINE), box.head, ink.QUIET)
        return
    colour = ink.COLOURS[box.mark]
    sheet.box(at, size, ink.TINTS[box.mark] if box.mark is not Mark.CHANGED else ink.GROUND, colour, 3)
    sheet.box(at, (box.width, HEAD), colour)
    x = at[0] + PAD
    if box.mark is not Mark.SAME:
        sheet.box((x - 2, at[1] + (HEAD - BADGE) // 2 - 2), (BADGE + 4, BADGE + 4), ink.GROUND)
        sheet.badge((x, at[1] + (HEAD - BADGE) // 2), box.mark)
        x += BADGE + 10
    sheet.write((x, at[1] + _HEAD_LINE), box.head, ink.GROUND, bold=True)
    for n, row in enumerate(box.rows):
        _row(sheet, box, row, (at[0], at[1] + HEAD + 4 + n * ROW))


def _row(sheet: Sheet, box: Box, row: Row, at: tuple[int, int]) -> None:
    x, y = at
    marked = row.mark is not Mark.SAME
    if marked:
        sheet.box((x + 3, y), (box.width - 6, ROW), ink.TINTS[row.mark])
        sheet.badge((x + PAD, y + (ROW - BADGE) // 2), row.mark)
    colour = ink.COLOURS[row.mark]
    start = x + PAD + BADGE + 10
    if row.wide:
        sheet.write((start, y + _ROW_LINE), row.name, colour if marked else ink.QUIET, SMALL)
        return
    if row.key:
        sheet.write((start, y + _ROW_LINE), row.key, ink.QUIET, SMALL)
    name_at = box.name_at + x
    sheet.write((name_at, y + _ROW_LINE), row.name, colour, bold=marked)
    sheet.write((x + box.type_at, y + _ROW_LINE), row.type, colour if marked else ink.QUIET, SMALL)
    if row.mark is Mark.DROPPED:
        sheet.line([(name_at, y + ROW // 2), (name_at + ink.width(row.name), y + ROW // 2)], colour, 3)


def _legend(marks: Sequence[Mark], *, grey: bool) -> list[tuple[Mark, str]]:
    """What stands below the boxes: signs with their words."""
    words = [(mark, mark.value) for mark in marks]
    return words + ([(Mark.SAME, "grey: neighbours, as they are")] if grey else [])


def _legend_width(legend: Sequence[tuple[Mark, str]]) -> int:
    return 2 * MARGIN + sum(_SIGN + ink.width(words, SMALL) + _GAP for _, words in legend)


def _draw_legend(sheet: Sheet, y: int, legend: Sequence[tuple[Mark, str]]) -> None:
    x = MARGIN
    for mark, words in legend:
        sheet.badge((x, y), mark)
        start = x + (0 if mark is Mark.SAME else _SIGN)
        colour = ink.QUIET if mark is Mark.SAME else ink.COLOURS[mark]
        sheet.write((start, y + 20), words, colour, SMALL)
        x = start + ink.width(words, SMALL) + _GAP
