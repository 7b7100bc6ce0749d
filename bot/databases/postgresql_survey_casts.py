"""Which values of a PostgreSQL column do not fit another type, as a condition that never fails itself.

From PostgreSQL 16 on the server is asked (pg_input_is_valid); before that, careful patterns stand in for it.
"""

from __future__ import annotations

import re

from psycopg import sql

from bot.databases.postgresql_survey_link import Asking, Refused

_COLUMN = """
SELECT format_type(a.atttypid, NULL) AS type, y.typcategory::text AS category
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type y ON y.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE a.attrelid = %(oid)s AND a.attname = %(column)s AND NOT a.attisdropped
"""
_RESOLVED = "SELECT format_type(to_regtype(%(type)s), NULL) AS type"
_INTEGERS = {"smallint": 15, "integer": 31, "bigint": 63}
_STRINGS = ("character varying", "character", "text")
#: Casts between these never lose a row: each column of the left fits every type of the right.
_ROOMY = {
    "smallint": {"smallint", "integer", "bigint", "numeric", "real", "double precision"},
    "integer": {"integer", "bigint", "numeric", "real", "double precision"},
    "bigint": {"bigint", "numeric", "real", "double precision"},
    "numeric": {"numeric"},
    "real": {"real", "double precision"},
    "date": {"date", "timestamp without time zone", "timestamp with time zone"},
    "timestamp without time zone": {"timestamp without time zone", "timestamp with time zone", "date"},
    "timestamp with time zone": {"timestamp without time zone", "timestamp with time zone", "date"},
    "json": {"json"},
    "jsonb": {"json", "jsonb"},
    "uuid": {"uuid"},
    "boolean": {"boolean"},
}
_MONTH_END = (
    "extract(day FROM make_date(substr(btrim({c}), 1, 4)::int, substr(btrim({c}), 6, 2)::int, 1)"
    " + interval '1 month - 1 day')"
)
_DATE = r"(?!0000)\d{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?\s*(Z|[+-]\d\d(:?\d\d)?)?"
_UNREADABLE_DATE = (
    r"CASE WHEN {c} ~ '^\s*" + _DATE + r"{tail}\s*$'"
    f" THEN substr(btrim({{c}}), 9, 2)::int > {_MONTH_END} ELSE true END"
)
_NUMBER = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{{1,3}})?\s*$"
#: {c}: the column as text. True for what the type cannot be read from.
_BEFORE_16 = {
    "integers": r"CASE WHEN {c} ~ '^\s*[+-]?\d{{1,30}}\s*$' THEN btrim({c}, E' \t\n\r')::numeric"
    r" NOT BETWEEN {low} AND {high} ELSE true END",
    "numeric": "{c} !~ '" + _NUMBER + "'",
    "real": "{c} !~ '" + _NUMBER + "'",
    "double precision": "{c} !~ '" + _NUMBER + "'",
    "uuid": r"{c} !~* '^\s*\{{?[0-9a-f]{{8}}(-?[0-9a-f]{{4}}){{3}}-?[0-9a-f]{{12}}\}}?\s*$'",
    "boolean": r"lower(btrim({c})) !~ '^(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|0|1)$'",
    "date": _UNREADABLE_DATE.replace("{tail}", ""),
    "timestamp without time zone": _UNREADABLE_DATE.replace("{tail}", r"([ T]" + _TIME + ")?"),
    "timestamp with time zone": _UNREADABLE_DATE.replace("{tail}", r"([ T]" + _TIME + ")?"),
}


def misfits(asking: Asking, oid: int, column: str, wanted: str) -> tuple[sql.Composable | None, str]:
    """The condition, None when every value fits, and a clause on what it leaves out. Raises Refused."""
    found = asking.rows(_COLUMN, oid=oid, column=column)
    if not found:
        raise Refused("the column is not there yet")
    have, category = found[0]["type"], found[0]["category"]
    with asking.refusing():
        kind = asking.row(_RESOLVED, type=wanted)["type"]
    sizes = [int(n) for n in re.findall(r"\d+", wanted.partition("(")[2])]
    if not kind:
        raise Refused("the new type is not there yet")
    if kind in _STRINGS:
        return _too_long(column, sizes, blank_padded=kind == "character"), ""
    if category == "N" and (kind in _INTEGERS or kind == "numeric"):
        return _out_of_range(column, have, kind, sizes), ""
    if category == "S":
        return _unreadable(asking, column, kind, wanted, sizes)
    # With a length the same type may be too short for some: arrays of texts, bits.
    if kind in _ROOMY.get(have, ()) or (kind == have and not sizes):
        return None, ""
    raise Refused(f"how {have} becomes {kind} is known to the server alone")


def _too_long(column: str, sizes: list[int], *, blank_padded: bool) -> sql.Composable | None:
    """Spaces past the end are cut off without an error (docs: "Character Types")."""
    most = sizes[0] if sizes else 1 if blank_padded else 0
    if not most:
        return None
    return sql.SQL("char_length(rtrim({}::text, ' ')) > {}").format(sql.Identifier(column), sql.Literal(most))


def _out_of_range(column: str, have: str, kind: str, sizes: list[int]) -> sql.Composable | None:
    if kind in _ROOMY.get(have, ()) and not (kind == "numeric" and sizes):
        return None
    # NaN and infinities are greater than every number here, as they are in the server's own cast.
    number = sql.SQL("CASE WHEN {0}::text IN ('Infinity', '-Infinity') THEN 'NaN'::numeric"
                     " ELSE {0}::numeric END").format(sql.Identifier(column))  # fmt: skip
    if kind in _INTEGERS:
        low, high = -(2 ** _INTEGERS[kind]), 2 ** _INTEGERS[kind] - 1
        return sql.SQL("round({}) NOT BETWEEN {} AND {}").format(number, sql.Literal(low), sql.Literal(high))
    if not sizes:
        return None
    scale = sizes[1] if len(sizes) > 1 else 0
    fits = sql.SQL("{} <> 'NaN' AND abs(round({}, {})) >= {}::numeric")
    limit = sql.Literal(str(10 ** max(sizes[0] - scale, 0)))
    return fits.format(number, number, sql.Literal(scale), limit)


def _unreadable(
    asking: Asking, column: str, kind: str, wanted: str, sizes: list[int]
) -> tuple[sql.Composable, str]:
    version = asking.link.info.server_version // 10000
    if version >= 16:
        asked = sql.SQL("NOT pg_input_is_valid({}::text, {})")
        return asked.format(sql.Identifier(column), sql.Literal(wanted)), ""
    shape = _BEFORE_16.get("integers" if kind in _INTEGERS else kind)
    if shape is None or sizes:
        raise Refused(f"PostgreSQL {version} cannot be asked which values are no {wanted.lower()}")
    bits = _INTEGERS.get(kind, 0)
    bounds = {"low": sql.Literal(-(2**bits)), "high": sql.Literal(2**bits - 1)}
    text = sql.SQL("{}::text").format(sql.Identifier(column))
    note = (
        f"PostgreSQL {version} cannot be asked, so only ISO forms count as dates" if "date" in shape else ""
    )
    return sql.SQL(shape).format(c=text, **bounds), note
