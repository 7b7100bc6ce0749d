"""Who holds the write lock of a SQLite file: SQLite does not tell, and Linux does, in /proc/locks.

The bytes are those of sqlite.org, "File Locking And Concurrency" and "WAL-mode File Format" (2.2.1). A writer
locks the reserved byte of the file itself, and the pending one when it lets nobody read; in WAL mode it locks
a byte of the file beside it, and everybody may read.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bot.core.targets import Blocker

_LOCKS = Path("/proc/locks")
_PENDING, _RESERVED, _WAL_WRITE = 0x40000000, 0x40000001, 120
#: Further up there is no parent of ours; it also ends a loop that a reused number may make.
_FAR = 64


def writers(file: Path, *, shut: bool = False) -> tuple[Blocker, ...]:
    """Every other process that writes to the file now; none where the system does not tell.

    `shut`: only one that lets nobody read meanwhile. Processes that this one has started are ours: they write
    because we asked.
    """
    beside = [] if shut else [*_holders(Path(f"{file}-shm"), _WAL_WRITE)]
    found = dict.fromkeys([*_holders(file, _PENDING if shut else _RESERVED), *beside])
    return tuple(blocker for pid in found if not _ours(pid) and (blocker := _named(pid)))


def _holders(file: Path, byte: int) -> Iterator[int]:
    """The processes with an exclusive lock on a byte. Lines: "1: POSIX ADVISORY WRITE 77 fe:00:99 0 EOF"."""
    with suppress(OSError, ValueError):
        known = file.stat()
        device = f"{os.major(known.st_dev):02x}:{os.minor(known.st_dev):02x}:{known.st_ino}"
        for line in _LOCKS.read_text().splitlines():
            words = line.split()
            if words[1:4] != ["POSIX", "ADVISORY", "WRITE"] or words[5] != device:
                continue
            end = float("inf") if words[7] == "EOF" else int(words[7])
            if int(words[6]) <= byte <= end:
                yield int(words[4])


def _ours(pid: int) -> bool:
    """It is this process, or descends from it."""
    with suppress(OSError, ValueError):
        for _ in range(_FAR):
            if pid in (0, 1, os.getpid()):
                break
            # The program's name, in parentheses, may hold anything.
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return pid == os.getpid()


def _named(pid: int) -> Blocker | None:
    """What people know it by; None when it is gone by now."""
    with suppress(OSError):
        place = Path(f"/proc/{pid}")
        program, owner = place.joinpath("comm").read_text().strip(), place.stat().st_uid
        try:
            user = pwd.getpwuid(owner).pw_name
        except KeyError:
            user = str(owner)
        return Blocker(pid=pid, user=user, application=program, query="holds the file's write lock")
    return None
