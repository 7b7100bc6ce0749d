"""Names of the plan's own, as the SQL of a finding may hold them."""

from __future__ import annotations

import re
from functools import lru_cache

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')
#: PostgreSQL's reserved words (docs: appendix C); SQLite's are among them, or never names of tables.
_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """all analyse analyze and any array as asc asymmetric authorization binary both case cast check
    collate collation column concurrently constraint create cross current_catalog current_date current_role
    current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
    except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into
    is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
    only or order outer overlaps placing primary references returning right select session_user similar some
    symmetric system_user table tablesample then to trailing true union unique user using variadic verbose
    when where window with index values""",
    )
)


@lru_cache(maxsize=4096)
def sql_name(name: str) -> str:
    """`schema.table` as it is written in plans, for SQL: quoted where it must be."""
    return ".".join(_quoted(quoted.replace('""', '"') or plain) for quoted, plain in _PART.findall(name))


def sql_column(name: str) -> str:
    """A column, constraint or index by its bare name, in which a dot is a dot."""
    return _quoted(name)


def _quoted(part: str) -> str:
    if _PLAIN.fullmatch(part) and part not in _RESERVED:
        return part
    return '"' + part.replace('"', '""') + '"'
