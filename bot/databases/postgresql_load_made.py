"""Statements made from the catalog: what an application that knows the tables as they are now would run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.databases.postgresql_load_columns import Column, Table

#: How often each is run beside the others: an application reads more than it writes.
_POINT, _RANGE, _UPDATE, _INSERT = 12.0, 3.0, 3.0, 2.0


def made(table: Table) -> Iterator[tuple[str, float]]:
    """(statement, weight). Columns are named one by one, as by an application that is older than the change.

    Writes are whole: it is for whoever plays them to take them back.
    """
    columns = ", ".join(column.quoted for column in table.columns)
    if not table.columns:
        return
    key = [column for name in table.key if (column := table.column(name))]
    if key:
        yield f"SELECT {columns} FROM {table.name} WHERE {_is(key)}", _POINT  # noqa: S608
        first = key[0].quoted
        yield f"SELECT {columns} FROM {table.name} WHERE {first} >= $1 ORDER BY {first} LIMIT 20", _RANGE  # noqa: S608
    else:
        yield f"SELECT {columns} FROM {table.name} LIMIT 20", _RANGE  # noqa: S608
    if not table.writable:
        return
    if key and (column := _plain(table)):
        yield f"UPDATE {table.name} SET {column.quoted} = {column.quoted} WHERE {_is(key)}", _UPDATE  # noqa: S608
    given = [column for column in table.columns if not (column.filled or column.computed)]
    if given:
        names, places = (
            ", ".join(c.quoted for c in given),
            ", ".join(f"${n}" for n in range(1, len(given) + 1)),
        )
        yield f"INSERT INTO {table.name} ({names}) VALUES ({places})", _INSERT  # noqa: S608


def _is(key: Sequence[Column]) -> str:
    return " AND ".join(f"{column.quoted} = ${n}" for n, column in enumerate(key, 1))


def _plain(table: Table) -> Column | None:
    """A column to update: no key, for that would reach into other tables, and best one without an index."""
    keys = {*table.key, *table.distinct, *table.references}
    free = [c for c in table.columns if c.name not in keys and not c.computed]
    return min(free, key=lambda column: column.name in table.indexed, default=None)
