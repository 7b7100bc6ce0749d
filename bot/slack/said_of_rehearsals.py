"""What the end of a rehearsal brings into the thread: the verdict, findings, pictures, documents. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.chat import Attachment
from bot.core.measures import Copying, Rehearsal
from bot.core.runs import Run
from bot.core.schema_pages import RENAMED, changes, document
from bot.core.schemas import TableShape, difference
from bot.core.text import listed, plain, size
from bot.slack.blocking import blocked_in
from bot.slack.diagram import tables_picture
from bot.slack.findings import all_shown, findings_file, findings_message, said_in_short
from bot.slack.lock_chart import lock_picture
from bot.slack.scene import Scene
from bot.slack.tables import tables_message
from bot.slack.verdict import judgement
from bot.slack.voice import Moment, Piece

Shapes = Sequence[TableShape]
_HOW = {
    Copying.SCHEMA: "the schema alone",
    Copying.FULL: "all data",
    Copying.SAMPLE: "a sample of the data",
    Copying.MADE: "data made to the catalog's statistics",
}


def rehearsed_words(m: Moment, run: Run) -> str:
    """What a rehearsal's end means, for its sentence; "" once another run has followed."""
    scene = m.scene
    if scene.rehearsal is None or not m.voice.now(run.id):
        return ""
    return f"\n{judgement(scene).bold}\n{copied_words(scene.rehearsal)}"


def rehearsed_pieces(m: Moment, run: Run) -> tuple[Piece, ...]:
    """All that shows what was found, for the thread."""
    scene = m.scene
    return _pieces(scene, scene.rehearsal, run) if scene.rehearsal and m.voice.now(run.id) else ()


def copied_words(rehearsal: Rehearsal) -> str:
    """What it was rehearsed on, and what of that is not as in production."""
    copied = rehearsal.copied
    share = (
        f" ({copied.share:.0%} of its bytes)" if copied.share < 1 and copied.how is not Copying.SCHEMA else ""
    )
    words = f"Rehearsed on a copy with {_HOW[copied.how]}{share}, {size(copied.bytes)}."
    if copied.version != copied.source_version:
        words += (
            f" The copy ran on major version {copied.version}, production runs on {copied.source_version}:"
            " locks and times may differ."
        )
    return words + "".join(f" {plain(note, 200)}" for note in copied.notes[:3])


def findings(scene: Scene, part: str, file: str) -> list[Piece]:
    """The findings as a message, and as a file when the message cannot hold all of them."""
    if not scene.findings:
        return []
    pieces = [Piece(name=part, make=lambda: findings_message(scene, file))]
    if not all_shown(scene, file):
        short = said_in_short(scene.findings)
        pieces.append(Piece(name=file, make=lambda: replace(findings_file(scene, file), alt=short)))
    return pieces


def picture(before: Shapes, after: Shapes, name: str) -> Piece:
    """The diagram of the tables; with the same shapes twice, of how they are."""
    return Piece(name=name, make=lambda: tables_picture(before, after, name))


def schema(shapes: Shapes, name: str, title: str) -> Piece:
    """The document of the tables."""

    def make() -> Attachment:
        names = [shape.name for shape in shapes if not shape.neighbour]
        text, alt = document(shapes, title), f"{title}: {listed(names[:20])}."
        return Attachment(name=name, text=text, kind="text/markdown", alt=alt)

    return Piece(name=name, make=make)


def _pieces(scene: Scene, rehearsal: Rehearsal, run: Run) -> tuple[Piece, ...]:
    n, pieces = scene.change.id, list[Piece]()
    if scene.plan.tables:
        pieces.append(Piece(name="tables rehearsed", make=lambda: tables_message(scene)))
    pieces += findings(scene, "findings rehearsed", f"findings-{run.id}.md")
    if blocked_in(rehearsal):
        name = f"locks-{run.id}.png"
        pieces.append(Piece(name=name, make=lambda: lock_picture(rehearsal, name)))
    if scene.before is not None and scene.after is not None:
        pieces += [
            picture(scene.before, scene.after, f"tables-{run.id}.png"),
            _after(scene.before, scene.after, f"schema-{run.id}.md", f"Tables of change {n}, after"),
        ]
    return tuple(pieces)


def _after(before: Shapes, after: Shapes, name: str, title: str) -> Piece:
    """The document of the tables as the rehearsal left them, with what differs."""

    def make() -> Attachment:
        tables = difference(before, after)
        rows = changes(tables)
        said = "\n".join(f"- `{row.replace('`', 'ˋ')}`" for row in rows) or "Nothing differs."
        note = f"\n\n{RENAMED}" if any(table.renamed for table in tables) else ""
        text = f"{document(after, title)}\n## What differs\n\n{said}{note}\n"
        alt = f"{title}: {'; '.join(rows) or 'as before'}"[:900]
        return Attachment(name=name, text=text, kind="text/markdown", alt=alt)

    return Piece(name=name, make=make)
