"""What is left of a revision that did not come to its end, by asking the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.ports import Tool, World
from bot.core.targets import Leftover, SchemaPrint, Target
from bot.core.text import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a copy stands."""

    applied: tuple[str, ...]
    schema: SchemaPrint
    rows: Mapping[str, int]
    leftovers: tuple[Leftover, ...]


def state_of(world: World, tool: Tool, target: Target, tables: Sequence[str]) -> State:
    """History, schema, exact row counts of the tables that are there, and what is half-done."""
    database = world.database(target)
    return State(
        applied=tool.history(target).applied,
        schema=database.fingerprint(target),
        rows={facts.name: facts.rows for facts in database.tables(target, tables, exact=True)},
        leftovers=tuple(world.guard(target).leftovers(target)),
    )


def judged(revision: str, before: State, after: State, written: Mapping[str, int]) -> tuple[str, bool]:
    """One exact sentence, and whether everything is as it was. `written`: rows committed since, by table."""
    left = _left(before, after, written)
    if revision in after.applied:
        with_it = f", with {listed(left)}" if left else ""
        return f"{revision} is applied, and the history table has it{with_it}.", False
    if not left:
        return f"{revision} is gone without a trace.", True
    return f"{revision} left {listed(left)}; the history table does not have it.", False


def _left(before: State, after: State, written: Mapping[str, int]) -> list[str]:
    half = [item for item in after.leftovers if item not in before.leftovers]
    found = [f"the {item.kind} {item.name}" for item in half]
    # An index that is not valid is named already.
    sections = [s for s in before.schema.differs(after.schema) if not (half and s == "indexes")]
    if sections:
        found.append(f"another schema than before ({listed(sections)})")
    for table, rows in before.rows.items():
        now = after.rows.get(table, 0)
        if now != rows:
            found.append(f"{now:,} rows in {table} where {rows:,} were")
        elif written.get(table):
            found.append(f"{written[table]:,} changed rows in {table}")
    return found
