"""PostgreSQL's own programs: which pg_dump fits a server, and running one."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

from bot.core.errors import BadSettings, StepFailed
from bot.core.targets import Target
from bot.databases.embedded_place import tools
from bot.databases.postgresql_link import environment, scrub
from bot.databases.questions import short

_INSTALLED = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


@lru_cache(maxsize=1)
def installed() -> tuple[tuple[int, bool, Path], ...]:
    """(major version, speaks TLS, folder) of every set of programs found here."""
    on_path = Path(shutil.which("pg_dump") or "/")
    # Debian's is a wrapper that chooses a version by rules of its own; the real ones lie elsewhere.
    folders = [(True, on_path.parent)] if on_path.resolve().name == "pg_dump" else []
    folders += [
        (True, Path(found)) for pattern in _INSTALLED for found in sorted(Path("/").glob(pattern[1:]))
    ]
    with suppress(BadSettings):
        # The wheel's programs are built without OpenSSL.
        folders.append((False, tools()))
    return tuple((major, tls, folder) for tls, folder in folders if (major := _major(folder)))


def program(name: str, at_least: int, *, tls: bool) -> Path:
    """The program of the server's own major version, or else the next newer one.

    A newer one can read the server, but may write settings that the server does not know.
    """
    enough = [(major, not secure, folder) for major, secure, folder in installed() if major >= at_least]
    fit = [found for found in enough if not (tls and found[1])]
    if not fit:
        raise StepFailed(
            f"No {name} of PostgreSQL {at_least} or newer{' that speaks TLS' if tls else ''} was found.",
            hint=f"Install postgresql-client-{at_least} where the worker runs.",
        )
    return min(fit)[2] / name


class Child:
    """A running program with its standard error kept."""

    def __init__(self, popen: subprocess.Popen[bytes], errors: IO[bytes], target: Target | None) -> None:
        self.popen, self._errors, self._target = popen, errors, target

    def end(self) -> str:
        """Wait; all that it said on standard error. StepFailed with its last line when it failed."""
        code = self.popen.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace")
        if code:
            last = _cause(said) or f"it ended with {code}"
            name = Path(str(self.popen.args[0])).name  # type: ignore[index]
            raise StepFailed(f"{name} failed: {scrub(self._target, last) if self._target else last}.")
        return said


@contextmanager
def running(order: list[str | Path], target: Target | None, *, feed: bool) -> Iterator[Child]:
    """A child program that is fed (or read from) by us. Left early, it is ended."""
    where = environment(target, "whimbrel backup") if target else {"LC_ALL": "C"}
    with tempfile.TemporaryFile() as errors:
        popen = subprocess.Popen(
            order,
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if feed else subprocess.PIPE,
            stderr=errors,
            env=where,
        )
        try:
            yield Child(popen, errors, target)
        finally:
            popen.kill()
            for pipe in (popen.stdin, popen.stdout):
                if pipe:
                    _close(pipe)
            popen.wait()


def _cause(said: str) -> str:
    """The first error in what a program said, or else its last line; without the server's address."""
    lines = [line for line in said.splitlines() if line.strip()]
    line = next((line for line in lines if "error:" in line), lines[-1] if lines else "")
    line = re.sub(r"^\S*(pg_\w+): (error: )?|connection to server .*? failed: ", "", line)
    return short(line, 500).rstrip(".")


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        # It went first; why, it has said on standard error.
        return


def _major(folder: Path) -> int:
    """The programs' own word, for the folder's name need not tell. Both must be there."""
    try:
        said = [
            subprocess.run([folder / name, "--version"], capture_output=True, check=True, text=True).stdout
            for name in ("pg_dump", "pg_restore")
        ]
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = [re.search(r" (\d+)", text) for text in said]
    return min((int(match.group(1)) if match else 0) for match in found)
