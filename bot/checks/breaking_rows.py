"""Which rows would break a planned constraint or type, before anyone waits for it?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.checks.acts import DATA, UNKNOWN, Act, same, unread
from bot.checks.demands import of_acts
from bot.checks.quoting import sql_column, sql_name
from bot.core.answers import Answer
from bot.core.findings import Finding, Weight
from bot.core.survey import Broken, Demand, Demanded
from bot.core.targets import Kind

LINES = (27,)


def answer(acts: Sequence[Act], broken: Sequence[Broken], kind: Kind = Kind.POSTGRESQL) -> Answer:
    """`broken`: what the target said to the plan's demands (`demands.of_plan`), in order."""
    asked = [b for b in broken if b.rows is not None]
    demanded = of_acts(acts, kind)
    findings = [_finding(b, acts, demanded) for b in broken if b.rows]
    unknown = [b for b in broken if b.rows is None]
    said = [f"{len(findings)} of {len(asked)} planned constraints and types are broken by rows"]
    said = said if asked else ["Nothing that the plan demands of rows could be asked"]
    if any(b.sampled for b in asked):
        said.append("big tables were sampled")
    said += [f"{_said(b.demand)} could not be asked: {b.why}" for b in unknown[:2]]
    said += [f"{len(unknown) - 2} more could not be asked"] if len(unknown) > 2 else []
    said = said if broken else ["The plan demands nothing of rows that are there already"]
    blind = unread(acts, ", which may demand more")
    return Answer(
        lines=LINES,
        ok=all(f.weight is Weight.NOTE for f in findings),
        evidence=f"{'; '.join([*said, blind] if blind else said)}.",
        findings=tuple(findings),
    )


def _finding(broken: Broken, acts: Sequence[Act], demanded: Sequence[Demand | None]) -> Finding:
    demand = broken.demand
    place = demanded.index(demand) if demand in demanded else len(acts)
    mended = any(a.what in DATA | UNKNOWN and _touches(a, demand.table) for a in acts[:place])
    among = f"of {broken.of:,} sampled rows" if broken.sampled else f"of {broken.of:,} rows"
    reason = f"{broken.rows:,} {among} of {demand.table} {_breaks(demand)}"
    reason += f" ({broken.why})." if broken.why else "."
    if mended:
        reason += " The plan changes rows of it before; whether that mends them, the rehearsal tells."
    return Finding(
        rule=f"rows-break-{demand.kind.replace(' ', '-')}",
        place=f"{demand.table}.{demand.name or '.'.join(demand.columns)}",
        weight=Weight.NOTE if mended else Weight.STOP,
        reason=reason,
        instead="Look at them, and mend them in a revision before this one.",
        sql=_rows(demand),
        lines=LINES,
    )


def _touches(act: Act, table: str) -> bool:
    return same(act.table, table) or any(same(t, table) for t in act.tables)


def _said(demand: Demand) -> str:
    return f"{demand.kind} of {demand.table} ({demand.name or ', '.join(demand.columns)})"


def _breaks(demand: Demand) -> str:
    columns = ", ".join(demand.columns) or demand.name
    return {
        Demanded.NOT_NULL: f"have no {columns}",
        Demanded.UNIQUE: f"share their {columns} with another row",
        Demanded.PRIMARY_KEY: f"have no {columns}, or share it with another row",
        Demanded.FOREIGN_KEY: f"point by {columns} at no row of {demand.parent}",
        Demanded.CHECK: f"fail the check {demand.name or columns}",
        Demanded.TYPE: f"have a {columns} that does not fit {demand.sql.lower()}",
    }[demand.kind]


def _rows(demand: Demand) -> str:
    """A question that shows some of them; people run it, we do not."""
    table, columns = sql_name(demand.table), [sql_column(c) for c in demand.columns]
    if demand.kind is Demanded.NOT_NULL:
        return f"SELECT * FROM {table} WHERE {columns[0]} IS NULL LIMIT 10;"  # noqa: S608
    if demand.kind is Demanded.CHECK and demand.sql:
        return f"SELECT * FROM {table} WHERE ({demand.sql}) IS FALSE LIMIT 10;"  # noqa: S608
    if demand.kind in (Demanded.UNIQUE, Demanded.PRIMARY_KEY) and (columns or demand.sql):
        key = demand.sql.removeprefix("(").removesuffix(")") if demand.sql.startswith("(") else demand.sql
        key = key or ", ".join(columns)
        asked = [demand.where] if demand.where else []
        asked += [] if demand.nulls_same else [f"({key}) IS NOT NULL"]
        where = f" WHERE {' AND '.join(asked)}" if asked else ""
        return f"SELECT {key}, count(*) FROM {table}{where} GROUP BY {key} HAVING count(*) > 1 LIMIT 10;"  # noqa: S608
    return ""
