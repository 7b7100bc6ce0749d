"""What version control and requirement files say of a folder of scripts. Nothing in it is run or changed."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.core.standing import Repository, ToolFacts

_SECONDS = 10.0
#: Bytes of an answer, and of a requirement file, that are read; files that are named.
_MOST, _SAID = 1_000_000, 20
#: A repository's own settings may name programs to be run at every status; none of them is.
_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat")
_FILES = (
    "requirements*.txt", "requirements*.lock", "requirements/*.txt", "constraints*.txt", "pyproject.toml",
    "poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "Pipfile", "setup.cfg",
)  # fmt: skip
_LEVELS = 4
_VERSION = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"


def repository(folder: Path) -> Repository:
    """Its commit, and the files below it that differ from that commit."""
    if not folder.is_dir():
        return Repository(why="the folder is not there")
    code, said = _asked(["git", *_QUIET, "-C", str(folder), "rev-parse", "--verify", "HEAD"], folder)
    if code is None:
        return Repository(why=said)
    if code:
        known = {
            "dubious ownership": "git does not trust the folder's owner (git config --global safe.directory)",
            "Needed a single revision": "nothing has been committed yet",
        }
        why = next(
            (words for sign, words in known.items() if sign in said), "the folder is in no git repository"
        )
        return Repository(why=why)
    commit = said.strip()
    code, said = _asked(
        ["git", *_QUIET, "-C", str(folder), "status", "--porcelain=v1", "-z", "--no-renames", "--", "."],
        folder,
    )
    if code != 0:
        return Repository(commit=commit, why="git does not say whether the folder is clean")
    changed = [entry[3:] for entry in said.split("\0") if entry]
    return Repository(commit=commit, changed=tuple(changed[:_SAID]), count=len(changed))


def tool_facts(name: str, package: str, python: str, folder: Path) -> ToolFacts:
    """The version of `package` in the project's own interpreter, and where the repository pins it."""
    code, said = _asked([python, "-I", "-c", _VERSION, package], folder)
    version = said.strip() if code == 0 and re.fullmatch(r"[\w.+!-]{1,40}", said.strip()) else ""
    why = "" if version else said if code is None else f"the interpreter has no {package}"
    pin, file = _pinned(folder, package)
    return ToolFacts(name=name, version=version, why=why, pin=pin, file=file)


def _pinned(folder: Path, package: str) -> tuple[str, str]:
    """The strictest mention: an exact version, else any requirement; of the nearest folder that has one."""
    exact = re.compile(
        rf"""^[ \t"'\[-]*{re.escape(package)}(?:\[[^\]]*\])?\s*===?\s*v?([\w.+!]+)"""
        rf"""|name\s*=\s*"{re.escape(package)}"\s+version\s*=\s*"([\w.+!]+)\""""
        rf"""|"{re.escape(package)}"\s*:\s*\{{[^}}]*?"version"\s*:\s*"==([\w.+!]+)\"""",
        re.MULTILINE | re.IGNORECASE,
    )
    for place in _folders(folder):
        for pattern in _FILES:
            for file in sorted(place.glob(pattern)):
                found = exact.search(_text(file))
                if found:
                    return f"{package}=={next(filter(None, found.groups()))}", file.name
    return "", ""


def _folders(folder: Path) -> Iterator[Path]:
    """The folder and those above it, up to the one that is a repository."""
    for place in [folder, *folder.parents][:_LEVELS]:
        yield place
        if (place / ".git").exists():
            return


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST).decode(errors="replace")
    except OSError:
        return ""


def _asked(order: list[str], folder: Path) -> tuple[int | None, str]:
    """A child's code and what it answered, or complained of; None and the reason when it had no end."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    quiet = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaint:
        try:
            done = subprocess.run(
                order,
                cwd=folder,
                env={**kept, **quiet},
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=complaint,
                timeout=_SECONDS,
                check=False,
            )
        except OSError:
            return None, f"there is no {Path(order[0]).name} here"
        except subprocess.TimeoutExpired:
            return None, f"{Path(order[0]).name} took longer than {_SECONDS:g} s"
        said = complaint if done.returncode else answer
        said.seek(0)
        return done.returncode, said.read(_MOST).decode(errors="replace")
