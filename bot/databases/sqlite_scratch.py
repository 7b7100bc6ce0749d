"""Scratch databases of SQLite: copies of a target's file, in a folder of their own."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Collection
from contextlib import closing, suppress
from pathlib import Path

from bot.core.errors import StepFailed
from bot.core.lab import CopyOrder
from bot.core.measures import Copied, Copying
from bot.core.targets import Kind, Phase, Secret, Target
from bot.databases.questions import HISTORY_TABLES, size
from bot.databases.sqlite_link import file_of, linked, open_file, quoted

_NAME = re.compile(r"whimbrel_[a-z0-9_]{1,54}")
_ENDING = ".sqlite"
_PAGES = 2048
#: What a history table is known by, whatever its name: all of its columns, or some of them.
_ALL_COLUMNS = {"version_num"}
_SOME_COLUMNS = (
    {"revision", "checksum", "applied_at", "applied_by"},
    {"installed_rank", "version", "script", "checksum", "success"},
    {"id", "author", "filename", "orderexecuted", "exectype", "md5sum"},
)
_OBJECTS = """
SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
ORDER BY type <> 'table', type <> 'index', type <> 'view', sql NOT LIKE 'CREATE VIRTUAL%', rowid
"""


class SQLiteScratches:
    """Port Scratches. A file is copied whole, which is quicker than to choose a sample; where rows may not
    leave, the copy is empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder).absolute()

    def make(
        self, name: str, source: Target, order: CopyOrder, progress: Callable[[float], None]
    ) -> tuple[Target, Copied]:
        """A new scratch database; one of that name is replaced. The source is only read.

        Raises StepFailed when the source cannot be read or there is no room; nothing is left then.
        """
        began = time.monotonic()
        progress(0.0)
        path = self._path(name)
        self.drop(name)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = order.how in (Copying.FULL, Copying.SAMPLE)
        try:
            with linked(source) as origin:
                origin.execute("BEGIN")
                self._must_fit(source, order if whole else CopyOrder(how=Copying.SCHEMA))
                path.touch(mode=0o600)
                with closing(open_file(path, "rw")) as copy:
                    _copy_all(origin, copy, progress) if whole else _copy_schema(origin, copy)
                    rows = _counts(copy) if whole else {}
        except BaseException:
            self.drop(name)
            raise
        progress(1.0)
        return _target(name, path), Copied(
            how=Copying.FULL if whole else Copying.SCHEMA,
            rows=rows,
            bytes=path.stat().st_size,
            seconds=time.monotonic() - began,
            version=sqlite3.sqlite_version_info[0],
            source_version=sqlite3.sqlite_version_info[0],
            share=1.0 if whole else 0.0,
            notes=_notes(order.how),
        )

    def clone(self, of: str, name: str) -> Target:
        """A copy of a scratch database that nobody is joined to."""
        source, path = self._path(of), self._path(name)
        self.drop(name)
        try:
            with closing(open_file(source, "ro")) as origin:
                path.touch(mode=0o600)
                with closing(open_file(path, "rw")) as copy:
                    origin.backup(copy, pages=_PAGES)
        except sqlite3.Error as error:
            self.drop(name)
            raise StepFailed(f"{of} cannot be copied: {error}.") from None
        return _target(name, path)

    def drop(self, name: str) -> None:
        """Gone, with what SQLite keeps beside it; no harm when it is gone already."""
        path = self._path(name)
        for ending in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)

    def target(self, name: str) -> Target:
        """A scratch database that is there."""
        return _target(name, self._path(name))

    def names(self) -> Collection[str]:
        """The scratch databases that are there."""
        return [p.stem for p in self._folder.glob(f"whimbrel_*{_ENDING}") if _NAME.fullmatch(p.stem)]

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise StepFailed(
                f"{name} is no name for a scratch database.", hint="Such names are like whimbrel_42_test."
            )
        return self._folder / f"{name}{_ENDING}"

    def _must_fit(self, source: Target, order: CopyOrder) -> None:
        holds = file_of(source).stat().st_size if order.how is not Copying.SCHEMA else 0
        room = min(shutil.disk_usage(self._folder).free, order.most or holds + 1)
        if holds > room:
            raise StepFailed(
                f"{source.id} holds {size(holds)}, and there is room for {size(room)}.",
                hint="Make room where the bot keeps its scratch databases.",
            )


def _copy_all(
    source: sqlite3.Connection, copy: sqlite3.Connection, progress: Callable[[float], None]
) -> None:
    def copied(_: int, left: int, total: int) -> None:
        progress(min(0.99, (total - left) / max(total, 1)))

    # An open reader keeps the snapshot: otherwise every write of another would start the copy anew.
    source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    source.backup(copy, pages=_PAGES, progress=copied)


def _copy_schema(source: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    """The schema, and the rows of the tools' history tables; triggers last, so that none fires."""
    copy.execute("BEGIN")
    triggers = []
    for kind, name, made in source.execute(_OBJECTS):
        if kind == "trigger":
            triggers.append(made)
            continue
        # A virtual table has made tables of its own already.
        if not copy.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", [name]).fetchone():
            copy.execute(made)
        if kind == "table" and _is_history(source, name):
            rows = source.execute(f"SELECT * FROM {quoted(name)}").fetchall()  # noqa: S608
            marks = ", ".join("?" * len(rows[0])) if rows else ""
            copy.executemany(f"INSERT INTO {quoted(name)} VALUES ({marks})", rows)  # noqa: S608
    for made in triggers:
        copy.execute(made)
    copy.execute("COMMIT")


def _is_history(link: sqlite3.Connection, table: str) -> bool:
    columns = {row[1].lower() for row in link.execute(f"PRAGMA table_info({quoted(table)})")}
    return columns == _ALL_COLUMNS or any(some <= columns for some in _SOME_COLUMNS)


def _counts(link: sqlite3.Connection) -> dict[str, int]:
    names = [row[1] for row in link.execute(_OBJECTS) if row[0] == "table"]
    found: dict[str, int] = {}
    for name in names:
        if name not in HISTORY_TABLES:
            # A virtual table whose module is not here cannot be counted.
            with suppress(sqlite3.OperationalError):
                query = f"SELECT count(*) FROM {quoted(name)}"  # noqa: S608
                found[name] = int(link.execute(query).fetchone()[0])
    return found


def _notes(how: Copying) -> tuple[str, ...]:
    if how is Copying.SAMPLE:
        return ("A SQLite file is copied whole: that is quicker than choosing a sample.",)
    if how is Copying.MADE:
        return ("No rows are made for SQLite, which keeps no statistics of values: the copy is empty.",)
    return ()


def _target(name: str, path: Path) -> Target:
    return Target(
        id=f"rehearsal/{name}",
        phase=Phase.TEST,
        kind=Kind.SQLITE,
        url=Secret(f"sqlite:///{path}"),
        place=Target.place_of(str(path)),
    )
