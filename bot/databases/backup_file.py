"""A backup's file: written beside its name, put in place only when it is whole."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import zstandard

from bot.core.errors import StepFailed
from bot.core.targets import Backup

if TYPE_CHECKING:
    from hashlib import _Hash

    from zstandard import ZstdCompressionObj

CHUNK = 1 << 20
_SCRATCH = ".scratch"
#: Seconds for which a file that nobody locks is left alone.
_YOUNG = 60.0
#: Seconds between two words on how far it is: each is written to the store.
TELL_EVERY = 0.2


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


def calm(progress: Callable[[float], None]) -> Callable[[float], None]:
    """Passes on how far it is, not too often."""
    told = time.monotonic()

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            progress(share)

    return tell


def packer() -> ZstdCompressionObj:
    """Compresses on the way: level 1 is the fastest here, and hardly larger than the next ones."""
    return zstandard.ZstdCompressor(level=1, write_checksum=True).compressobj()


def plain(backup: Backup) -> Iterator[bytes]:
    """What was packed; StepFailed at its end when the file is not what was written."""
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    broken = ""
    for chunk in chunks(backup):
        # The checksum has the last word: until then damage is remembered and the rest is read.
        try:
            if not broken and not unpacker.eof:
                yield unpacker.decompress(chunk)
        except zstandard.ZstdError as error:
            broken = str(error)
    if broken or not unpacker.eof:
        raise StepFailed(f"The backup {Path(backup.path).name} is damaged: {broken or 'its end is missing'}.")


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """An empty file for what must be read from a file of its own; gone when the block ends.

    One that a killed process has left, nobody locks: it goes with the next. StepFailed when there is no room.
    """
    for left in folder.glob(f"*{_SCRATCH}"):
        _clear_away(left)
    try:
        handle, name = tempfile.mkstemp(suffix=_SCRATCH, dir=folder)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)
            os.close(handle)
    except OSError as error:
        raise StepFailed(f"The copy that the backup needs could not be made: {error.strerror}.") from None


def _clear_away(left: Path) -> None:
    """Unless somebody has it in hand, or has only just made it and not locked it yet."""
    with suppress(OSError), left.open("rb") as file:
        if time.time() - os.fstat(file.fileno()).st_mtime > _YOUNG:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
