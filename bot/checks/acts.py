"""What a statement does, one value for each thing it does, and what is known of the tables it does it to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.plans import Script
from bot.core.survey import Demand
from bot.core.targets import Kind, TableFacts
from bot.core.text import listed


class What(StrEnum):
    """The kinds of acts; the text is the name of the rule that looks at them."""

    CREATE_TABLE = "create table"
    DROP_TABLE = "drop table"
    RENAME_TABLE = "rename table"
    ADD_COLUMN = "add column"
    ADD_REQUIRED = "add required column"
    DROP_COLUMN = "drop column"
    RENAME_COLUMN = "rename column"
    REWRITE = "rewrite table"
    SET_NOT_NULL = "set not null"
    QUICK_ALTER = "alter table"
    ADD_CONSTRAINT = "add constraint"
    ADD_UNPROVED = "add constraint not valid"
    VALIDATE = "validate constraint"
    DROP_CONSTRAINT = "drop constraint"
    CREATE_INDEX = "create index"
    CREATE_INDEX_CONCURRENTLY = "create index concurrently"
    DROP_INDEX = "drop index"
    VIEW = "view"
    ROUTINE = "routine"
    GRANT = "grant"
    DROP_OBJECT = "drop object"
    DROP_SCHEMA = "drop schema"
    OTHER_SCHEMA = "other definition"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    TRUNCATE = "truncate"
    NOTHING = "setting"
    UNKNOWN = "unknown statement"
    CODE = "code that is not SQL"


DATA = frozenset({What.INSERT, What.UPDATE, What.DELETE, What.TRUNCATE})
UNKNOWN = frozenset({What.UNKNOWN, What.CODE})
NEUTRAL = frozenset({What.NOTHING})
#: For acts whose statement names things that are no tables: views, types, indexes, roles.
NO_TABLES = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that one statement of one revision does."""

    what: What
    revision: str = ""
    #: The table that it is done to, "" when it is none.
    table: str = ""
    #: Every table that the statement names.
    tables: tuple[str, ...] = ()
    #: The column, constraint, index or other object.
    name: str = ""
    #: False for UPDATE and DELETE without WHERE.
    bounded: bool = True
    #: The column that a CHECK proves to be NOT NULL.
    proves: str = ""
    #: The new name of what is renamed.
    to: str = ""
    #: What it demands of the rows that are there already.
    demand: Demand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the checks look at: the scripts, what they do, and the greatest known size of each table."""

    kind: Kind
    scripts: Sequence[Script]
    acts: Sequence[Act]
    facts: Mapping[str, TableFacts] = field(default_factory=dict)

    def new(self, table: str) -> bool:
        """The plan itself creates the table, before anything else is done with it."""
        for act in self.acts:
            if same(act.table, table) or any(same(t, table) for t in act.tables):
                sure = not act.name or not any(same(known, table) for known in self.facts)
                return act.what is What.CREATE_TABLE and same(act.table, table) and sure
        return False

    def fact(self, table: str) -> TableFacts | None:
        """The table's size, by the name it has now or had before the plan renamed it."""
        before = {a.to: a.table for a in self.acts if a.what is What.RENAME_TABLE}
        for name in (table, before.get(table, "")):
            for known, fact in self.facts.items():
                if same(known, name):
                    return fact
        return None

    def rows(self, table: str) -> int | None:
        """Its rows; None when nobody knows."""
        if self.new(table):
            return 0
        fact = self.fact(table)
        return fact.rows if fact else None

    def bytes(self, table: str) -> int:
        """Its bytes, 0 when nobody knows."""
        fact = None if self.new(table) else self.fact(table)
        return fact.bytes if fact else 0

    def sized(self, table: str) -> str:
        """The table with its rows, in words."""
        rows = self.rows(table)
        if self.new(table):
            return f"{table} (new in this plan)"
        return f"{table} ({rows:,} rows)" if rows is not None else f"{table} (size not known)"


def unread(acts: Iterable[Act], what: str) -> str:
    """A clause on the revisions that run what cannot be read, and `what` follows; "" when there are none."""
    blind = list(dict.fromkeys(a.revision for a in acts if a.what in UNKNOWN))
    if len(blind) < 2:
        return f"revision {blind[0]} runs what cannot be read{what}" if blind else ""
    named = listed(blind) if len(blind) < 4 else f"{', '.join(blind[:3])} and {len(blind) - 3} more"
    return f"revisions {named} run what cannot be read{what}"


def same(one: str, other: str) -> bool:
    """Two names of one table, as far as case and the server's own schema go."""
    return bare(one).lower() == bare(other).lower()


def bare(name: str) -> str:
    """A name without the schema that the server would add by itself."""
    for prefix in ("public.", "main."):
        name = name.removeprefix(prefix)
    return name


def largest(facts: Iterable[TableFacts]) -> dict[str, TableFacts]:
    """For each table its greatest size among several targets."""
    most: dict[str, TableFacts] = {}
    for fact in facts:
        if fact.name not in most or fact.rows > most[fact.name].rows:
            most[fact.name] = fact
    return most
