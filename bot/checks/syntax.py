"""Is every statement right by the grammar of its own server?"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Literal

from bot.checks.acts import Evidence
from bot.checks.grammar import TooDeep, WrongSyntax, parsed
from bot.checks.split import placed
from bot.core.answers import Answer
from bot.core.findings import Finding
from bot.core.plans import Script
from bot.core.targets import Kind

LINES = (50,)

#: What a parser says of a script: each error with its line (from 1) and the server's words, how many
#: statements it looked at, and how many of them it could not take.
Said = tuple[list[tuple[int, str]], int, int]
#: SQLite's own words for what is no SQL (its parse.y); any other error is about tables that are not there.
_SQLITE = ("syntax error", "incomplete input", "unrecognized token")


def answer(evidence: Evidence) -> Answer:
    """Line 50, with a finding for each error, at its line. Both ways are read; nothing is run."""
    parser = _PARSERS.get(evidence.kind)
    if parser is None:
        said = f"nothing here has the grammar of {evidence.kind}; a rehearsal tells"
        return Answer(lines=LINES, ok=False, evidence=f"No statement was read: {said}.")
    name, parse = parser
    found: list[Finding] = []
    read = unread = 0
    right = _right(evidence)
    for script in evidence.scripts:
        for way, sql in (("", script.forward), ("way back of ", script.backward)):
            known = 0 if way else right.get(script.revision, 0)
            errors, looked, beyond = ([], known, 0) if known else parse(sql)
            read += looked
            unread += beyond
            found += [_finding(script, way, error) for error in errors]
    said = f"{read} statements of {len(evidence.scripts)} revisions, both ways, were read by {name}"
    said += f"; {len(found)} are wrong" if found else ": all are right" if not unread else ""
    said += f"; {unread} are too deeply nested to be read" if unread else ""
    return Answer(lines=LINES, ok=not found and not unread, evidence=f"{said}.", findings=tuple(found))


def _right(evidence: Evidence) -> dict[str, int]:
    """The statements of each revision whose acts were read by PostgreSQL's grammar, all of them."""
    if evidence.kind is not Kind.POSTGRESQL:
        return {}
    count: dict[str, int] = {}
    for act in evidence.acts:
        count[act.revision] = max(act.number, count.get(act.revision, 0))
    doubtful = {a.revision for a in evidence.acts if a.how in ("syntax", "nested")}
    return {revision: n for revision, n in count.items() if revision not in doubtful}


def _finding(script: Script, way: str, error: tuple[int, str]) -> Finding:
    line, words = error
    shown = f"{script.file}:{line}" if script.file.endswith(".sql") and not way else script.file
    return Finding(
        rule="wrong-syntax",
        place=f"{script.revision}:{'back:' if way else ''}{line}",
        reason=f"Line {line} of the SQL of the {way}revision {script.revision} is not right: {words}.",
        instead="Correct it.",
        at=shown,
        lines=LINES,
    )


def _postgresql(sql: str) -> Said:
    """The script as a whole; where that fails, statement by statement, so that every error is told."""
    errors: list[tuple[int, str]] = []
    try:
        return [], len(parsed(sql)), 0
    except TooDeep:
        pass
    except WrongSyntax as first:
        errors = [(first.line, first.message)]
    statements = placed(sql)
    each = [(line, _wrong(statement)) for statement, line in statements]
    beyond = sum(wrong is None for _, wrong in each)
    found = [(line + max(wrong.line - 1, 0), wrong.message) for line, wrong in each if wrong]
    return found or errors, len(statements), beyond


def _wrong(statement: str) -> WrongSyntax | Literal[False] | None:
    """What is wrong with a statement; False when nothing is, None when nobody knows."""
    try:
        parsed(statement)
    except WrongSyntax as error:
        return error
    except TooDeep:
        return None
    return False


def _sqlite(sql: str) -> Said:
    """Each statement is made ready in an empty database, and never run.

    SQLite looks names up while it reads: what is wrong behind the name of a table that is not there is left
    to the rehearsal.
    """
    errors = []
    with closing(sqlite3.connect(":memory:")) as link:
        # PRAGMA and ATTACH act while they are made ready.
        link.set_authorizer(
            lambda action, *_: sqlite3.SQLITE_DENY if action in _ACTING else sqlite3.SQLITE_OK
        )
        statements = placed(sql)
        for statement, line in statements:
            try:
                link.execute(f"EXPLAIN {statement}")
            except sqlite3.Error as error:
                if any(words in str(error) for words in _SQLITE):
                    errors.append((line, str(error)))
    return errors, len(statements), 0


_ACTING = frozenset({sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})
_PARSERS: dict[Kind, tuple[str, Callable[[str], Said]]] = {
    Kind.POSTGRESQL: ("PostgreSQL's own grammar", _postgresql),
    Kind.SQLITE: ("SQLite itself", _sqlite),
}
