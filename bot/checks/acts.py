"""What a statement does, one value for each thing it does, and what is known of the tables it does it to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from bot.core.measures import Forecast, Rehearsal
from bot.core.plans import Script
from bot.core.targets import Kind, Phase, TableFacts
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
#: Those that make an index.
BUILDS = frozenset({What.CREATE_INDEX, What.CREATE_INDEX_CONCURRENTLY})
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
    #: How it is done, in the server's own words: "foreign key", "check", "serial", "type", "vacuum full", …
    how: str = ""
    #: The type of an added or altered column, as it is written.
    type: str = ""
    #: The columns of an index or a key, in its order; "" for an expression.
    columns: tuple[str, ...] = ()
    #: The statement, its number in the script and its line there, both counted from 1; 0 when nobody knows.
    sql: str = ""
    number: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the checks look at: the scripts, what they do, and the greatest known size of each table."""

    kind: Kind
    scripts: Sequence[Script]
    acts: Sequence[Act]
    facts: Mapping[str, TableFacts] = field(default_factory=dict)
    #: What was measured, and what each environment has to expect by it: facts that take the place of guesses.
    rehearsal: Rehearsal | None = None
    forecasts: Mapping[Phase, Forecast] = field(default_factory=dict)
    #: The major version of the oldest server among the targets; 0 when nobody knows.
    version: int = 0
    #: The types of columns as they are now, by "table.column", as the server says: "character varying(20)".
    types: Mapping[str, str] = field(default_factory=dict)

    #: By each table's key: whether the plan creates it before anything else is done with it.
    _made: Mapping[str, bool] = field(init=False, repr=False, compare=False)
    #: By each table's key: its size, by the name that it has now or had before the plan renamed it.
    _sizes: Mapping[str, TableFacts] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sizes = {key(name): fact for name, fact in self.facts.items()}
        made: dict[str, bool] = {}
        for act in self.acts:
            for name in (act.table, *act.tables):
                if name and (place := key(name)) not in made:
                    sure = not act.name or place not in sizes
                    made[place] = act.what is What.CREATE_TABLE and key(act.table) == place and sure
            if act.what is What.RENAME_TABLE and key(act.table) in sizes:
                sizes.setdefault(key(act.to), sizes[key(act.table)])
        object.__setattr__(self, "_made", made)
        object.__setattr__(self, "_sizes", sizes)

    def new(self, table: str) -> bool:
        """The plan itself creates the table, before anything else is done with it."""
        return self._made.get(key(table), False)

    def fact(self, table: str) -> TableFacts | None:
        """The table's size, by the name it has now or had before the plan renamed it."""
        return self._sizes.get(key(table))

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
        """The table with its rows, in words; "" is one whose name could not be read."""
        if not table:
            return "some table"
        rows = self.rows(table)
        if self.new(table):
            return f"{table} (new in this plan)"
        return f"{table} ({rows:,} rows)" if rows is not None else f"{table} (size not known)"


def retypes(act: Act) -> bool:
    """A column gets another type."""
    return act.what is What.REWRITE and act.how in ("type", "type using")


def unread(acts: Iterable[Act], what: str) -> str:
    """A clause on the revisions that run what cannot be read, and `what` follows; "" when there are none."""
    blind = list(dict.fromkeys(a.revision for a in acts if a.what in UNKNOWN))
    if len(blind) < 2:
        return f"revision {blind[0]} runs what cannot be read{what}" if blind else ""
    named = listed(blind) if len(blind) < 4 else f"{', '.join(blind[:3])} and {len(blind) - 3} more"
    return f"revisions {named} run what cannot be read{what}"


def same(one: str, other: str) -> bool:
    """Two names of one table, as far as case and the server's own schema go."""
    return key(one) == key(other)


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """What two names of one table have in common."""
    return bare(name).lower()


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
