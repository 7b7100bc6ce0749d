"""Rows of a source, brought into a scratch database: all, or a sample that is whole in its references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bot.core.errors import StepFailed
from bot.core.lab import CopyOrder
from bot.databases.postgresql_copy import Filled, Progress, pump
from bot.databases.postgresql_copy_planned import with_planned
from bot.databases.postgresql_copy_sample import Sample
from bot.databases.postgresql_copy_source import Source
from bot.databases.postgresql_copy_tables import Table, Tables
from bot.databases.postgresql_link import Link
from bot.databases.questions import size

#: Rows that are fetched by their places at once.
_AT_ONCE = 20_000
#: What a copy needs beside itself while it is made: the WAL, and files to sort with.
_BESIDE = 1.5


def all_rows(source: Source, link: Link, order: CopyOrder, progress: Progress) -> Filled:
    """Every row of the named tables, and of all that they point at."""
    tables = with_planned(source, Tables.of(source), order.references)
    chosen = tables.with_parents(tables.named(order.tables))
    must_fit(source, order, tables, chosen)
    done, whole, rows = 0, sum(table.bytes for table in chosen) or 1, Counter[str]()
    for table in chosen:

        def told(sent: int, before: int = done, most: int = table.bytes) -> None:
            progress((before + min(sent, most)) / whole)

        rows[table.said] += pump(source, link, table.place, table.select(), told=told)
        done += table.bytes
    return Filled(rows=dict(rows), notes=(*left_empty(tables, chosen), *_large_objects(source)))


def some_rows(source: Source, link: Link, order: CopyOrder, progress: Progress) -> Filled:
    """At most `order.rows` rows of each named table, and every row that these point at, and so on."""
    tables = with_planned(source, Tables.of(source), order.references)
    if not order.rows:
        return all_rows(source, link, order, progress)
    sample = Sample(source=source, tables=tables, most=order.rows)
    sample.choose(tables.named(order.tables))
    progress(0.3)
    rows, places = Counter[str](), sample.places
    for number, (oid, found) in enumerate(places.items(), 1):
        table, all_ = tables.by_oid[oid], sorted(found)
        for at in range(0, len(all_), _AT_ONCE):
            part = table.select(all_[at : at + _AT_ONCE])
            rows[table.said] += pump(source, link, table.place, part)
        progress(0.3 + 0.7 * number / len(places))
    left = left_empty(tables, [tables.by_oid[oid] for oid in places])
    return Filled(rows=dict(rows), notes=(*left, *_large_objects(source)))


def must_fit(source: Source, order: CopyOrder, tables: Tables, chosen: Iterable[Table]) -> None:
    """StepFailed with the figures when there is no room; before the first row."""
    holds = source.facts().bytes
    # Indexes are larger or smaller from table to table: on the whole, as they are in the source.
    share = sum(t.bytes for t in chosen) / (sum(t.bytes for t in tables.by_oid.values()) or 1)
    needs = int(holds * (share or 1.0) * _BESIDE)
    if order.most and needs > order.most:
        raise StepFailed(
            f"{source.target.id} holds {size(holds)}. Its copy needs {size(needs)} while it is made, "
            f"and there is room for {size(order.most)}.",
            hint="Copy a sample, or have the rows made.",
        )


def left_empty(tables: Tables, filled: Iterable[Table]) -> tuple[str, ...]:
    """A sentence on the tables with rows that were not asked for, and that nothing points at."""
    with_rows = {table.said for table in filled}
    empty = sorted({table.said for table in tables.by_oid.values() if table.rows} - with_rows)
    if not empty:
        return ()
    more = f" and {len(empty) - 5} more" if len(empty) > 5 else ""
    return (f"Left empty, for nothing that was asked for points at them: {', '.join(empty[:5])}{more}.",)


def _large_objects(source: Source) -> tuple[str, ...]:
    found = source.row("SELECT EXISTS (SELECT FROM pg_largeobject_metadata)")[0]
    return ("Large objects are left out.",) if found else ()
