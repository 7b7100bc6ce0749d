"""The tables that a plan touches, with their sizes in each environment. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.plans import Stage
from bot.core.targets import ENVIRONMENTS, TableFacts
from bot.core.text import block, size
from bot.slack import blocks as kit
from bot.slack.blocking import blocked_in, blocked_words, by_table
from bot.slack.blocks import Block, Cell, Drawn
from bot.slack.scene import Scene
from bot.slack.signs import Sign

#: Rows of the thread's table, and characters over all of its cells (Slack takes 20,000, a message 13,000).
ROWS, CHARACTERS, PLAIN = 100, 8000, 2000
_NAME = 60


def environments(scene: Scene) -> list[Stage]:
    """The stages that have tables."""
    return [stage for stage in scene.plan.stages if stage.phase in ENVIRONMENTS]


def largest(scene: Scene) -> list[str]:
    """The tables' names, those with the most rows anywhere first."""
    most: dict[str, int] = dict.fromkeys(scene.plan.tables, -1)
    for stage in scene.plan.stages:
        for table in stage.tables:
            if table.name in most:
                most[table.name] = max(most[table.name], table.rows)
    return sorted(most, key=lambda name: -most[name])


def rows_said(facts: TableFacts | None) -> str:
    if facts is None:
        return "not there yet"
    return f"{facts.rows:,}" if facts.exact else f"about {facts.rows:,}"


def label(name: str) -> str:
    """A table's name as a cell takes it."""
    return kit.clip(" ".join(name.split()), _NAME)


def plain_table(rows: Sequence[Sequence[str]], most: int = PLAIN) -> str:
    """Columns of equal width in a code block, for workspaces without tables."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    drawn = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return block("\n".join(drawn), most)


def tables_message(scene: Scene) -> Drawn:
    """Every table with rows and size, and how long the rehearsal kept others from it; for the thread."""
    rows = _rows(scene)
    caption = f"Tables that change {scene.change.id} touches, the largest first"
    more = len(scene.plan.tables) - (len(rows) - 1)
    made: list[Block] = [kit.data_table(caption, rows)]
    if not scene.native:
        words = plain_table([[_text(cell) for cell in row] for row in rows], 2800)
        made = [kit.section(f"{Sign.PLAN} *{caption}*"), kit.section(words)]
    if more > 0:
        made.append(kit.context(f"… and {more} more tables, see the file"))
    return Drawn(text=f"{caption}: {len(scene.plan.tables)}", blocks=tuple(made))


def _rows(scene: Scene) -> list[list[Cell]]:
    """The heading, then a row for each table; what matters most stands where a narrow screen shows it."""
    stages = list(reversed(environments(scene)))
    blocked = by_table(blocked_in(scene.rehearsal))
    seen: list[Cell] = ["Blocked in the rehearsal"] if scene.rehearsal else []
    rows: list[list[Cell]] = [["Table", *seen, *(f"{stage.phase} rows" for stage in stages), "Size"]]
    facts = [{t.name: t for t in stage.tables} for stage in stages]
    spent = 0
    for name in largest(scene)[:ROWS]:
        known = [of.get(name) for of in facts]
        biggest = max((t.bytes for t in known if t), default=0)
        if scene.rehearsal:
            seen = [blocked_words(blocked[name]) if name in blocked else "no"]
        row: list[Cell] = [label(name), *seen, *(_number(t) for t in known), (biggest, size(biggest))]
        spent += sum(len(_text(cell)) for cell in row)
        if spent > CHARACTERS:
            break
        rows.append(row)
    return rows


def _number(facts: TableFacts | None) -> Cell:
    return (facts.rows if facts else 0, rows_said(facts))


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[1]
