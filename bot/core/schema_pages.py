"""Table shapes in words: a Markdown document of the tables, and a difference as plain sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.core.schemas import Column, Compared, ForeignKey, Index, Key, Mark, TableDifference, TableShape
from bot.core.text import listed

SIGNS = {Mark.SAME: "", Mark.ADDED: "+", Mark.CHANGED: "~", Mark.DROPPED: "−"}
RENAMED = "A renamed column shows as one dropped and one added."
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def document(shapes: Sequence[TableShape], title: str) -> str:
    """The tables in Markdown, a section each; neighbours by name only."""
    tables = [shape for shape in shapes if not shape.neighbour]
    parts = [f"# {_cell(title)}", *(_section(shape) for shape in tables)]
    parts += [] if tables else ["None of the tables is there."]
    if around := [_code(shape.name) for shape in shapes if shape.neighbour]:
        parts.append(f"Joined to them by foreign keys: {', '.join(around)}")
    return "\n\n".join(parts) + "\n"


def changes(tables: Iterable[TableDifference]) -> list[str]:
    """A line for each table that is not as it was: "orders: + currency text; ~ id integer → bigint"."""
    rows = []
    for table in tables:
        parts = [part for part in table.parts if part.mark is not Mark.SAME]
        said = [f"{SIGNS[part.mark]} {_said(part)}" for part in parts]
        if table.mark in (Mark.ADDED, Mark.DROPPED):
            said = [f"{len(table.columns)} column{'s' * (len(table.columns) != 1)}"]
        if table.mark is not Mark.SAME or said:
            sign = SIGNS[table.mark] if table.mark in (Mark.ADDED, Mark.DROPPED) else ""
            rows.append(f"{sign} {table.name}: {'; '.join(said)}".strip())
    return rows


def moved(column: Compared[Column]) -> str:
    """The type of a column, and what of it is another: "integer → bigint", "text, now not null"."""
    was, now = column.before, column.after
    if was is None or now is None or column.mark is Mark.SAME:
        one = column.shown
        return one.type + ("" if one.nullable or one.key in (Key.PRIMARY, Key.BOTH) else " not null")
    words = [now.type if was.type == now.type else f"{was.type} → {now.type}"]
    if was.nullable != now.nullable:
        words.append("now nullable" if now.nullable else "now not null")
    if was.default != now.default:
        words.append(f"default {now.default}" if now.default else "no default any more")
    if (was.key in (Key.PRIMARY, Key.BOTH)) != (now.key in (Key.PRIMARY, Key.BOTH)):
        words.append("now in the primary key" if now.key in (Key.PRIMARY, Key.BOTH) else "no primary key now")
    return ", ".join(words)


def index_words(index: Compared[Index]) -> str:
    """ "orders_created_at unique btree (created_at)"."""
    one = index.shown
    validity = "" if one.valid else " (not valid)"
    if index.before and index.after and index.before.valid != one.valid:
        validity = " (now valid)" if one.valid else " (not valid now)"
    return f"{one.name} {'unique ' * one.unique}{one.definition}{validity}"


def key_words(key: Compared[ForeignKey]) -> str:
    """ "orders_customer (customer_id) → customers"."""
    one = key.shown
    validity = "" if one.valid else " (not validated)"
    if key.before and key.after and key.before.valid != one.valid:
        validity = " (now validated)" if one.valid else " (no longer validated)"
    return f"{one.name} ({', '.join(one.columns)}) → {one.parent}{validity}"


def _said(part: Compared[Column] | Compared[ForeignKey] | Compared[Index]) -> str:
    one = part.shown
    if isinstance(one, Column):
        return f"{one.name} {moved(part)}"  # type: ignore[arg-type]  # its parts are columns
    if isinstance(one, Index):
        return f"index {index_words(part)}"  # type: ignore[arg-type]
    return f"foreign key {key_words(part)}"  # type: ignore[arg-type]


def _section(shape: TableShape) -> str:
    rows = ["| column | type | null | key | default |", "| --- | --- | --- | --- | --- |"]
    rows += [
        f"| {_code(c.name)} | {_cell(c.type)} | {'yes' if c.nullable else 'no'} | {c.key}"
        f" | {_code(c.default) if c.default else ''} |"
        for c in shape.columns
    ]
    keys = [
        f"- foreign key {_code(k.name)}: {_names(k.columns)} → {_code(k.parent)}"
        + (f" ({_names(k.targets)})" if k.targets else "")
        + ("" if k.valid else ", not validated")
        for k in shape.foreign_keys
    ]
    keys += [
        f"- {'unique ' * i.unique}index {_code(i.name)}: {_code(i.definition)}"
        + ("" if i.valid else ", not valid")
        for i in shape.indexes
    ]
    return "\n".join([f"## {_cell(shape.name)}", "", *rows, *([""] if keys else []), *keys])


def _names(names: Sequence[str]) -> str:
    return listed([_code(name) for name in names])


def _cell(text: str) -> str:
    """One line that breaks no cell and makes no markup."""
    return re.sub(r"([\\|*_`<>\[\]#])", r"\\\1", _BREAKS.sub(" ", text))


def _code(text: str) -> str:
    return f"`{_BREAKS.sub(' ', text).replace('`', 'ˋ').replace('|', chr(92) + '|')}`"
