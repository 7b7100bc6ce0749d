"""A backup's file: written beside its name, put in place only when it is whole."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bot.core.errors import StepFailed
from bot.core.targets import Backup

if TYPE_CHECKING:
    from hashlib import _Hash

CHUNK = 1 << 20


@dataclass(slots=True)
class Sealed:
    """A file that remembers the checksum of what was written to it."""

    file: BinaryIO
    sum: _Hash = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> int:
        """Write and count in."""
        self.sum.update(data)
        return self.file.write(data)


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """A name to write under. It takes the place of `path` when the block ends well, and is gone otherwise."""
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
        _to_disk(part)
        part.rename(path)
        _to_disk(path.parent)
    except OSError as error:
        raise StepFailed(f"The backup could not be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)


def new_path(folder: Path, name: str, ending: str) -> Path:
    """Where a backup of this name goes. One that is there stays: it may be the only good one."""
    plain = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip(".-") or "backup"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StepFailed(f"The folder of the backups cannot be made: {error.strerror}.") from None
    path, number = folder / f"{plain}{ending}", 1
    while path.exists():
        number += 1
        path = folder / f"{plain}-{number}{ending}"
    return path


def chunks(backup: Backup) -> Iterator[bytes]:
    """All of the file; StepFailed at its end when it is not what was written."""
    path, digest = Path(backup.path), hashlib.sha256()
    try:
        if (there := path.stat().st_size) != backup.bytes:
            raise StepFailed(f"The backup {path.name} is damaged: {there} bytes instead of {backup.bytes}.")
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                yield chunk
    except OSError as error:
        raise StepFailed(f"The backup {path.name} cannot be read: {error.strerror}.") from None
    if digest.hexdigest() != backup.sha256:
        raise StepFailed(
            f"The backup {path.name} is damaged: its checksum is not the one taken while writing."
        )


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
