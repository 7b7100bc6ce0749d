"""Which tables, columns and keys a diagram shows, and how large their boxes are. Pure but for the font."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.schema_pages import index_words, moved
from bot.core.schemas import Compared, ForeignKey, Key, Mark, TableDifference
from bot.slack.diagram_ink import BADGE, SMALL, TEXT, fitted, width

#: Tables of a diagram, columns of a table, lines between tables.
TABLES, COLUMNS, KEYS = 12, 25, 40
PAD, ROW, HEAD = 16, 40, 52
#: Widest names, types and boxes, in pixels.
_NAME, _TYPE, _LEAST, _MOST = 300, 320, 220, 740
_KEY, _TEXT_AT = 42, PAD + BADGE + 10
_BRIEF = (
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("character varying", "varchar"),
    ("double precision", "float8"),
)
_KEYS = {Key.NONE: "", Key.PRIMARY: "PK", Key.FOREIGN: "FK", Key.BOTH: "PK"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line in a box, its texts cut to fit. `wide`: `name` has the whole line to itself."""

    mark: Mark
    name: str
    type: str = ""
    key: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A table that is drawn."""

    table: str
    head: str
    mark: Mark
    neighbour: bool
    rows: tuple[Row, ...]
    width: int
    #: Where a row's name and type begin, from the box's left edge.
    name_at: int
    type_at: int

    @property
    def height(self) -> int:
        return HEAD + ROW * len(self.rows) + (8 if self.rows else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A foreign key that is drawn, from the table `child` to the table `parent`."""

    child: str
    parent: str
    mark: Mark


def chosen(tables: Sequence[TableDifference]) -> list[TableDifference]:
    """The tables that are drawn: what alters before what stays, neighbours last."""

    def place(table: TableDifference) -> tuple[bool, bool]:
        altered = any(part.mark is not Mark.SAME for part in table.parts)
        return (table.neighbour and not altered, table.mark is Mark.SAME and not altered)

    return sorted(tables, key=place)[:TABLES]


def joins(tables: Sequence[TableDifference]) -> list[Join]:
    """The foreign keys between the tables, those that alter first."""
    names = {table.name for table in tables}
    found = [
        Join(child=table.name, parent=key.shown.parent, mark=_key_mark(table, key))
        for table in tables
        for key in table.foreign_keys
        if key.shown.parent in names
    ]
    return sorted(found, key=lambda join: join.mark is Mark.SAME)[:KEYS]


def box_of(table: TableDifference) -> Box:
    """The box of a table, as large as what stands in it."""
    rows, more = _column_rows(table), []
    for index in table.indexes:
        if index.mark is not Mark.SAME and table.mark is Mark.CHANGED:
            more.append(Row(mark=index.mark, name=f"index {index_words(index)}", wide=True))
    for key in table.foreign_keys:
        if key.mark is Mark.CHANGED:
            validity = "now validated" if key.shown.valid else "altered"
            more.append(Row(mark=key.mark, name=f"foreign key {key.shown.name} {validity}", wide=True))
    names = max((width(row.name) for row in rows if not row.wide), default=0)
    types = max((width(row.type, SMALL) for row in rows), default=0)
    name_at = _TEXT_AT + (_KEY if any(row.key for row in rows) else 0)
    type_at = name_at + min(names, _NAME) + 20
    head_at = PAD + (BADGE + 10 if table.mark is not Mark.SAME else 0)
    wide = max(
        type_at + min(types, _TYPE) if rows else 0,
        head_at + width(table.name),
        *(_TEXT_AT + min(width(row.name, SMALL), _NAME + _TYPE) for row in (*rows, *more) if row.wide),
        _LEAST - PAD,
    )
    wide = min(wide + PAD, _MOST)
    return Box(
        table=table.name,
        head=fitted(table.name, wide - head_at - PAD, TEXT),
        mark=table.mark,
        neighbour=table.neighbour,
        rows=tuple(_cut(row, wide, name_at, type_at) for row in (*rows, *more)),
        width=wide,
        name_at=name_at,
        type_at=type_at,
    )


def _column_rows(table: TableDifference) -> list[Row]:
    if table.neighbour:
        return []
    columns = list(table.columns)
    if len(columns) > COLUMNS:
        kept = sorted(columns, key=lambda c: (c.mark is Mark.SAME, c.shown.key is Key.NONE))[:COLUMNS]
        columns = [column for column in columns if column in kept]
    rows = [
        Row(
            # In a table that comes or goes as a whole, the head says it for all of its columns.
            mark=column.mark if table.mark is Mark.CHANGED else Mark.SAME,
            name=column.shown.name,
            type=_brief(moved(column)),
            key=_KEYS[column.shown.key],
        )
        for column in columns
    ]
    if left := len(table.columns) - len(columns):
        rows.append(Row(mark=Mark.SAME, name=f"… and {left} more", wide=True))
    return rows


def _brief(words: str) -> str:
    """Types by their shorter names, which PostgreSQL takes as well."""
    for long, brief in _BRIEF:
        words = words.replace(long, brief)
    return words


def _cut(row: Row, wide: int, name_at: int, type_at: int) -> Row:
    if row.wide:
        return replace(row, name=fitted(row.name, wide - _TEXT_AT - PAD, SMALL))
    name = fitted(row.name, type_at - 20 - name_at)
    return replace(row, name=name, type=fitted(row.type, wide - type_at - PAD, SMALL))


def _key_mark(table: TableDifference, key: Compared[ForeignKey]) -> Mark:
    return key.mark if table.mark not in (Mark.ADDED, Mark.DROPPED) else table.mark
