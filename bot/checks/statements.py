"""Reads scripts as acts. What cannot be read stays an unknown act: it is never taken for a harmless one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from sqlglot import exp

from bot.checks import postgresql
from bot.checks.acts import NO_TABLES, Act, What
from bot.checks.alterations import alterations
from bot.checks.grammar import Parsed, TooDeep, WrongSyntax, parsed
from bot.checks.names import guessed, named, written
from bot.checks.split import placed
from bot.checks.trees import tree
from bot.checks.wordings import by_wording
from bot.core.plans import Script
from bot.core.targets import Kind

#: Functions that a SELECT may call and still change nothing that a plan has to tell.
_HARMLESS = frozenset({"setval", "set_config", "nextval", "pg_sleep", "version", "pg_advisory_xact_lock"})


def read(scripts: Iterable[Script], kind: Kind) -> tuple[Act, ...]:
    """Everything that the scripts do on the way forward, in order."""
    acts: list[Act] = []
    for script in scripts:
        own = list(_acts(script.forward, kind, script.revision))
        if not script.rendered:
            own.append(Act(what=What.CODE, revision=script.revision))
        acts.extend(_rebuilt(own))
    return tuple(_proved(acts))


@lru_cache(maxsize=256)
def _acts(sql: str, kind: Kind, revision: str) -> tuple[Act, ...]:
    if kind is Kind.POSTGRESQL:
        try:
            return _numbered(parsed(sql), revision)
        except (WrongSyntax, TooDeep):
            pass  # one statement at a time then: what is right in it stays known
    found: list[Act] = []
    for number, (statement, line) in enumerate(placed(sql), 1):
        origin: dict[str, Any] = {"revision": revision, "sql": statement, "number": number, "line": line}
        found += [replace(act, **origin) for act in _alone(statement, kind)]
    return tuple(found)


def _numbered(statements: Sequence[Parsed], revision: str) -> tuple[Act, ...]:
    """By PostgreSQL's own grammar."""
    found: list[Act] = []
    for number, one in enumerate(statements, 1):
        make = partial(Act, revision=revision, sql=one.text, number=number, line=one.line)
        if one.node.HasField("select_stmt"):
            origin: dict[str, Any] = {**make.keywords}
            found += [replace(act, **origin) for act in _statement(one.text, Kind.POSTGRESQL)]
        else:
            found += postgresql.acts(one, make)
    return tuple(found)


def _alone(sql: str, kind: Kind) -> list[Act]:
    """One statement of a script that could not be read as a whole."""
    if kind is not Kind.POSTGRESQL:
        return _statement(sql, kind)
    try:
        return list(_numbered(parsed(sql), ""))
    except TooDeep:
        return [replace(act, how="nested") for act in _statement(sql, kind)]
    except WrongSyntax:
        return [Act(what=What.UNKNOWN, tables=guessed(sql, kind), name=_first_words(sql), how="syntax")]


def _statement(sql: str, kind: Kind) -> list[Act]:
    """One statement as the SQL library reads it, for any dialect."""
    known = by_wording(sql)
    if known is not None:
        return [known]
    unread = [Act(what=What.UNKNOWN, tables=guessed(sql, kind), name=_first_words(sql))]
    found = tree(sql, kind)
    acts = _acts_of(found, kind) if found else None
    if found is None or acts is None:
        return unread
    tables = named(found, kind)
    return [_of_project(a, tables) for a in acts if a.what is What.NOTHING or tables or not a.table]


def _first_words(sql: str) -> str:
    return " ".join(w for w in sql.split()[:2] if w.isalpha()) or "a statement"


def _of_project(act: Act, tables: tuple[str, ...]) -> Act:
    """The act with its statement's tables; what is done to the tool's own table is no act."""
    if act.tables:
        return act
    if act.table and act.table not in tables:
        return replace(act, what=What.NOTHING, table="", tables=())
    return replace(act, tables=tables)


def _acts_of(tree: exp.Expr, kind: Kind) -> list[Act] | None:
    if isinstance(tree, exp.Alter):
        return alterations(tree, kind)
    if isinstance(tree, exp.Create):
        return _create(tree, kind)
    if isinstance(tree, exp.Drop):
        return _drop(tree, kind)
    if isinstance(tree, (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.TruncateTable, exp.Copy)):
        return _data(tree, kind)
    if isinstance(tree, (exp.Grant, exp.Revoke, exp.Comment)):
        on_table = str(tree.args.get("kind") or "TABLE").upper() == "TABLE"
        what = What.OTHER_SCHEMA if isinstance(tree, exp.Comment) else What.GRANT
        return [Act(what=what, tables=() if on_table else NO_TABLES)]
    if isinstance(tree, exp.Query):
        return _query(tree, kind)
    if isinstance(tree, (exp.Set, exp.Transaction, exp.Commit, exp.Rollback, exp.Analyze, exp.Pragma)):
        return [Act(what=What.NOTHING)]
    return None


def _query(tree: exp.Query, kind: Kind) -> list[Act] | None:
    """A SELECT changes nothing, unless it makes a table, changes data in its WITH, or calls the unknown."""
    if into := tree.find(exp.Into):
        return [Act(what=What.CREATE_TABLE, table=written(into.this, kind))]
    inside = _within(tree, kind)
    calls = {a.name.lower() for a in tree.find_all(exp.Anonymous)}
    if calls - _HARMLESS:
        return None
    return inside or [Act(what=What.NOTHING)]


def _within(tree: exp.Expr, kind: Kind) -> list[Act]:
    """The data changes that stand in a statement's WITH."""
    found = [n for n in tree.find_all(exp.Update, exp.Delete, exp.Insert) if n is not tree]
    return [act for node in found for act in _one_change(node, kind)]


def _data(tree: exp.Expr, kind: Kind) -> list[Act]:
    # A MERGE's branches are part of it, and have no WHERE of their own.
    inside = [] if isinstance(tree, exp.Merge) else _within(tree, kind)
    return [*inside, *_one_change(tree, kind)]


def _one_change(tree: exp.Expr, kind: Kind) -> list[Act]:
    if isinstance(tree, exp.TruncateTable):
        return [Act(what=What.TRUNCATE, table=written(t, kind)) for t in tree.expressions]
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    table = written(target, kind) if isinstance(target, exp.Table) else ""
    if isinstance(tree, (exp.Update, exp.Delete)):
        what = What.UPDATE if isinstance(tree, exp.Update) else What.DELETE
        where = tree.args.get("where")
        # WHERE true and WHERE 1 = 1 leave no row out.
        return [Act(what=what, table=table, bounded=where is not None and where.find(exp.Column) is not None)]
    return [Act(what=What.UPDATE if isinstance(tree, exp.Merge) else What.INSERT, table=table)]


def _create(tree: exp.Create, kind: Kind) -> list[Act] | None:
    made = str(tree.args.get("kind") or "").upper()
    if made == "TABLE":
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        name = "if not exists" if tree.args.get("exists") else ""
        return [Act(what=What.CREATE_TABLE, table=written(target, kind), name=name)]
    if made == "INDEX":
        index = tree.find(exp.Table)
        later = bool(tree.args.get("concurrently"))
        what = What.CREATE_INDEX_CONCURRENTLY if later else What.CREATE_INDEX
        table = written(index, kind) if index else ""
        how = "unique" if tree.args.get("unique") else ""
        return [Act(what=what, table=table, name=tree.this.name, how=how)]
    if made == "VIEW":
        view = written(tree.this.this if isinstance(tree.this, exp.Schema) else tree.this, kind)
        return [Act(what=What.VIEW, name=view)]
    if made in ("FUNCTION", "PROCEDURE", "TRIGGER"):
        return [Act(what=What.ROUTINE)]
    known = made in ("TYPE", "SEQUENCE", "SCHEMA", "DOMAIN")
    return [Act(what=What.OTHER_SCHEMA, tables=NO_TABLES)] if known else None


def _drop(tree: exp.Drop, kind: Kind) -> list[Act]:
    gone = str(tree.args.get("kind") or "").upper()
    names = [written(t, kind) for t in tree.args.get("tables") or []]
    if gone == "TABLE":
        return [Act(what=What.DROP_TABLE, table=n) for n in names]
    what = {"INDEX": What.DROP_INDEX, "SCHEMA": What.DROP_SCHEMA}.get(gone, What.DROP_OBJECT)
    return [Act(what=what, name=n, tables=NO_TABLES) for n in names or [gone.lower()]]


def _rebuilt(acts: Sequence[Act]) -> list[Act]:
    """A new table that takes an old one's place (SQLite's way to alter) is one rewrite of the old one."""
    if not any(a.what is What.RENAME_TABLE for a in acts):
        return list(acts)
    made = {a.table for a in acts if a.what is What.CREATE_TABLE}
    swaps = {a.table: a.to for a in acts if a.what is What.RENAME_TABLE and a.table in made}
    dropped = {a.table for a in acts if a.what is What.DROP_TABLE}
    filled = {(a.table, t) for a in acts if a.what is What.INSERT for t in a.tables}
    swaps = {new: old for new, old in swaps.items() if old in dropped and (new, old) in filled}
    kept: list[Act] = []
    for act in acts:
        if act.what is What.RENAME_TABLE and act.table in swaps:
            kept.append(
                replace(act, what=What.REWRITE, table=act.to, tables=(act.to,), name="rebuilt", to="")
            )
        elif act.table not in swaps and not (act.what is What.DROP_TABLE and act.table in swaps.values()):
            kept.append(act)
    return kept


def _proved(acts: Sequence[Act]) -> list[Act]:
    """SET NOT NULL reads no row when a validated CHECK has proved the column before."""
    waiting: dict[tuple[str, str], str] = {}
    proved: set[tuple[str, str]] = set()
    kept: list[Act] = []
    for act in acts:
        if act.what is What.ADD_UNPROVED and act.proves:
            waiting[act.table, act.name] = act.proves
        elif act.what is What.ADD_CONSTRAINT and act.proves:
            proved.add((act.table, act.proves))
        elif act.what is What.VALIDATE and (column := waiting.get((act.table, act.name))):
            proved.add((act.table, column))
        known = act.what is What.SET_NOT_NULL and (act.table, act.name) in proved
        kept.append(replace(act, what=What.QUICK_ALTER, how="proved not null") if known else act)
    return kept
