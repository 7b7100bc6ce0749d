"""What keeps a SQLite target safe while steps run."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.core.errors import StepFailed
from bot.core.measures import Holding, Storage
from bot.core.targets import Blocker, Leftover, Target
from bot.databases.sqlite_link import file_of, linked, quoted
from bot.databases.sqlite_writers import writers

_UNFINISHED = "_alembic_tmp_"


class SQLiteGuard:
    """Port Guard. `patience`: seconds for which a lock that another holds is asked for again."""

    def __init__(self, patience: float = 1.0) -> None:
        self._patience = patience
        self._held: dict[str, int] = {}

    @contextmanager
    def hold(self, target: Target, owner: str) -> Iterator[bool]:
        """A lock on a file beside the database's, which says who holds it. It ends with our process."""
        handle = _open(target)
        free = False
        try:
            free = self._take(handle)
            if free:
                os.truncate(handle, 0)
                os.pwrite(handle, f"{os.getpid()} {owner}\n".encode(), 0)
                self._held[target.id] = handle
            yield free
        finally:
            if free:
                self._held.pop(target.id, None)
            # The file stays: another may have opened it already and would lock a name that is gone.
            os.close(handle)

    def still_held(self, target: Target) -> bool:
        """Whether the lock that `hold` gave is there yet: it is gone when its file was put away."""
        handle = self._held.get(target.id)
        if handle is None:
            return False
        with suppress(OSError):
            return os.path.samestat(os.fstat(handle), _lock_file(target).stat())
        return False

    def blockers(self, target: Target, application: str) -> Sequence[Blocker]:
        """Whoever writes to the file now, where the system tells; not for how long.

        A look, whose name has no change's number, waits only for one who lets nobody read.
        """
        return writers(file_of(target).resolve(), shut="/" not in application)

    def cut_off(self, target: Target, application: str) -> int:  # noqa: ARG002
        """Nothing to end: SQLite works inside the process that asked."""
        return 0

    def leftovers(self, target: Target) -> Sequence[Leftover]:
        """Tables that a rebuild was cut off from."""
        return leftovers(target)

    def locks(self, target: Target, application: str) -> Sequence[Holding]:  # noqa: ARG002
        """None: SQLite does not tell who holds its one lock, nor since when."""
        return ()

    def storages(self, target: Target, names: Sequence[str]) -> Sequence[Storage]:  # noqa: ARG002
        """None: a page of a SQLite file may belong to any table."""
        return ()

    def _take(self, handle: int) -> bool:
        deadline = time.monotonic() + self._patience
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)


def leftovers(target: Target) -> list[Leftover]:
    """The copies that Alembic's batch mode makes.

    One whose table is gone already holds the only rows: it is not dropped but renamed.
    """
    with linked(target) as link:
        names = {row[0] for row in link.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    found = []
    for name in sorted(name for name in names if name.startswith(_UNFINISHED)):
        table = name.removeprefix(_UNFINISHED)
        if table in names:
            kind, cure = "leftover table", f"DROP TABLE IF EXISTS {quoted(name)}"
        else:
            kind, cure = "table not renamed", f"ALTER TABLE {quoted(name)} RENAME TO {quoted(table)}"
        found.append(Leftover(kind=kind, name=name, table=table, cure=cure))
    return found


def _lock_file(target: Target) -> Path:
    path = file_of(target).resolve()
    return path.with_name(path.name + ".whimbrel-lock")


def _open(target: Target) -> int:
    try:
        return os.open(_lock_file(target), os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StepFailed(f"The lock file beside {target.id} cannot be opened: {error.strerror}.") from None
