"""What the plan's acts demand of rows that are there already: as questions that may be put to a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.checks import postgresql_demands, sqlite_demands
from bot.checks.acts import BUILDS, Act, Evidence, What, retypes, same
from bot.core.survey import Demand, Demanded
from bot.core.targets import Kind

#: A rename moves names under the demands that follow; those are left to the rehearsal.
_MOVES = frozenset({What.RENAME_TABLE, What.RENAME_COLUMN})
_MOVED = "the plan renames it first; the rehearsal tells"
_CONSTRAINTS = frozenset({What.ADD_CONSTRAINT, What.ADD_UNPROVED})
_READERS = {
    Kind.POSTGRESQL: postgresql_demands.of_statement,
    Kind.SQLITE: sqlite_demands.of_statement,
}


def of_plan(evidence: Evidence) -> tuple[Demand, ...]:
    """What to ask of a target: every demand that the plan puts to rows which are there already."""
    found: dict[Demand, None] = {}
    for place, demand in enumerate(of_acts(evidence.acts, evidence.kind)):
        if demand is None or evidence.new(demand.table):
            continue
        before = [a for a in evidence.acts[:place] if a.what in _MOVES]
        moved = any(same(demand.table, n) for a in before for n in (a.table, a.to))
        found[replace(demand, unaskable=_MOVED) if moved else demand] = None
    return tuple(found)


def of_acts(acts: Sequence[Act], kind: Kind) -> list[Demand | None]:
    """For each act the demand on which it fails, if rows break it; None for an act that looks at no row.

    What is added without a look at the rows counts where it is validated.
    """
    late: dict[tuple[str, str], Demand] = {}
    found: list[Demand | None] = []
    for act, demand in zip(acts, _read(acts, kind), strict=True):
        if act.what is What.VALIDATE:
            # One that the plan does not add is there already, and waits to be validated.
            there = Demand(kind=Demanded.CHECK, table=act.table, name=act.name)
            found.append(late.get((act.table, act.name), there))
        elif act.what is What.ADD_UNPROVED and demand:
            late[act.table, act.name] = demand
            found.append(None)
        else:
            found.append(demand)
    return found


def keys(acts: Sequence[Act], kind: Kind) -> tuple[Demand, ...]:
    """The foreign keys that the acts add, also those that are not proved yet."""
    read = (d for d in _read(acts, kind) if d and d.kind is Demanded.FOREIGN_KEY and d.parent)
    return tuple(dict.fromkeys(read))


def _read(acts: Sequence[Act], kind: Kind) -> list[Demand | None]:
    """What each act's own statement says of it. Two acts of one statement take two demands of it."""
    statement: tuple[str, int, str] | None = None
    left: list[Demand] = []
    found: list[Demand | None] = []
    for act in acts:
        if not _demands(act):
            found.append(None)
            continue
        if statement != (statement := (act.revision, act.number, act.sql)):
            left = _READERS[kind](act.sql)
        demand = next((d for d in left if _fits(act, d)), None)
        if demand:
            left.remove(demand)
        found.append(demand or _unread(act))
    return found


def _demands(act: Act) -> bool:
    if act.what in BUILDS:
        return act.how == "unique"
    if act.what is What.REWRITE:
        return retypes(act) or act.name == "rebuilt"
    return act.what in _CONSTRAINTS or act.what is What.SET_NOT_NULL


def _fits(act: Act, demand: Demand) -> bool:
    if not same(act.table, demand.table):
        return False
    if act.what is What.REWRITE:
        return demand.kind is Demanded.TYPE and demand.columns == (act.name,)
    if act.what is What.SET_NOT_NULL:
        return demand.kind is Demanded.NOT_NULL and demand.columns == (act.name,)
    columns = act.columns if act.what in _CONSTRAINTS else ()
    return act.how == demand.kind and act.name == demand.name and columns in ((), demand.columns)


def _unread(act: Act) -> Demand:
    """What stands in for a demand that was not understood: it is said, and never taken for none."""
    rebuilt = act.what is What.REWRITE and not retypes(act)
    why = f"{'the table is rebuilt' if rebuilt else 'it was not understood'}; the rehearsal tells"
    kind = next((k for k in Demanded if k == act.how), Demanded.CHECK)
    columns = tuple(c for c in act.columns if c)
    return Demand(kind=kind, table=act.table, name=act.name, columns=columns, unaskable=why)
