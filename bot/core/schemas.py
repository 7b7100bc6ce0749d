"""The shape of tables: columns, keys and indexes, and what differs between two looks at them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar


class Key(StrEnum):
    """The part that a column has in its table's keys."""

    NONE = ""
    PRIMARY = "primary"
    FOREIGN = "foreign"
    BOTH = "primary and foreign"

    @classmethod
    def of(cls, *, primary: bool, foreign: bool) -> Key:
        """The word for both at once."""
        if primary and foreign:
            return cls.BOTH
        return cls.PRIMARY if primary else cls.FOREIGN if foreign else cls.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as the catalog tells it. `default` is an expression in SQL, "" for none."""

    name: str
    type: str
    nullable: bool = True
    key: Key = Key.NONE
    default: str = ""

    @property
    def own(self) -> tuple[object, ...]:
        """What makes it another column when it alters; a foreign key is told by itself."""
        primary = self.key in (Key.PRIMARY, Key.BOTH)
        return (self.name, self.type, self.nullable, self.default, primary)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """`columns` point at `targets` of the table `parent`. `valid`: every row was checked."""

    name: str
    columns: tuple[str, ...]
    parent: str
    targets: tuple[str, ...] = ()
    valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """`definition` is what follows the table's name: "btree (customer_id) WHERE open"."""

    name: str
    definition: str
    unique: bool = False
    #: False for what a failed concurrent build left.
    valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """A table. `neighbour`: it was not asked for, and is joined by a foreign key to one that was; of it only
    the name and those foreign keys are told."""

    name: str
    columns: tuple[Column, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    #: Without the one that the primary key makes.
    indexes: tuple[Index, ...] = ()
    neighbour: bool = False


class Mark(StrEnum):
    """What became of a part."""

    SAME = "same"
    ADDED = "added"
    CHANGED = "changed"
    DROPPED = "dropped"


Part = TypeVar("Part", Column, ForeignKey, Index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Generic[Part]):
    """One part in both looks; None in the one that does not have it."""

    before: Part | None
    after: Part | None
    mark: Mark

    @property
    def shown(self) -> Part:
        """As it is afterwards; as it was, when it is gone."""
        part = self.after or self.before
        assert part is not None
        return part


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDifference:
    """One table in both looks. Columns stand in the table's order, the dropped ones where they were."""

    name: str
    mark: Mark
    columns: tuple[Compared[Column], ...] = ()
    foreign_keys: tuple[Compared[ForeignKey], ...] = ()
    indexes: tuple[Compared[Index], ...] = ()
    neighbour: bool = False

    @property
    def parts(self) -> tuple[Compared[Column] | Compared[ForeignKey] | Compared[Index], ...]:
        """All of its parts in a row."""
        return (*self.columns, *self.foreign_keys, *self.indexes)

    @property
    def renamed(self) -> bool:
        """A column may have been renamed: to a catalog that is one dropped and one added."""
        gone = {c.shown.type for c in self.columns if c.mark is Mark.DROPPED}
        return any(c.mark is Mark.ADDED and c.shown.type in gone for c in self.columns)


def difference(before: Sequence[TableShape], after: Sequence[TableShape]) -> tuple[TableDifference, ...]:
    """Every table of either look, in the order of the second, those that are gone at the end.

    A neighbour is never added or dropped itself: only its foreign keys come and go.
    """
    was, now = {t.name: t for t in before}, {t.name: t for t in after}
    return tuple(_table(name, was.get(name), now.get(name)) for name in dict.fromkeys((*now, *was)))


def _table(name: str, before: TableShape | None, after: TableShape | None) -> TableDifference:
    was, now = before or TableShape(name=name), after or TableShape(name=name)
    columns = tuple(_compared(c) for c in _pairs(was.columns, now.columns))
    foreign_keys = tuple(_compared(k) for k in _pairs(was.foreign_keys, now.foreign_keys))
    indexes = tuple(_compared(i) for i in _pairs(was.indexes, now.indexes))
    parts: tuple[Compared[Any], ...] = (*columns, *foreign_keys, *indexes)
    moved = any(part.mark is not Mark.SAME for part in parts)
    neighbour = (after or was).neighbour
    mark = Mark.ADDED if before is None else Mark.DROPPED if after is None else Mark.CHANGED
    return TableDifference(
        name=name,
        mark=Mark.SAME if neighbour or (before and after and not moved) else mark,
        columns=columns,
        foreign_keys=foreign_keys,
        indexes=indexes,
        neighbour=neighbour,
    )


def _compared(pair: tuple[Part | None, Part | None]) -> Compared[Part]:
    before, after = pair
    if before is None or after is None:
        mark = Mark.ADDED if before is None else Mark.DROPPED
    else:
        mark = Mark.SAME if _own(before) == _own(after) else Mark.CHANGED
    return Compared(before=before, after=after, mark=mark)


def _own(part: Column | ForeignKey | Index) -> object:
    return part.own if isinstance(part, Column) else part


def _pairs(before: Iterable[Part], after: Iterable[Part]) -> list[tuple[Part | None, Part | None]]:
    """Parts of the same name beside each other, in the second's order; what is gone stays where it was."""
    was, now = {p.name: p for p in before}, {p.name: p for p in after}
    order = list(now)
    place = 0
    for name in was:
        if name in now:
            place = order.index(name) + 1
        else:
            order.insert(place, name)
            place += 1
    return [(was.get(name), now.get(name)) for name in order]
