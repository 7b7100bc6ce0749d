"""squawk, a second reader of PostgreSQL scripts: a program of its own, asked once for all scripts of a plan.

Its rules are named one by one, nothing on the machine configures it, and no comment in a script silences it:
a finding is accepted by its name, by a role, and in no other way.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.core.plans import Script

#: The release that the rules were read in; another one may name, judge or print otherwise.
RELEASE = "2.70"
#: A child that has not ended by then is ended.
SECONDS = 30.0
MOST_BYTES = 50_000_000
_SILENCER = re.compile(r"squawk-ignore", re.I)


@dataclass(frozen=True, slots=True)
class Remark:
    """What squawk says of one statement: the script's place in the row, the line (from 1), its rule."""

    script: int
    line: int
    rule: str
    message: str


class Silent(Exception):
    """squawk could not be asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules by squawk's names: those it is asked for, and those it is asked to keep to itself."""

    asked: tuple[str, ...]
    left_out: tuple[str, ...]


class Asked:
    """squawk at work. `remarks()` waits for it, as long as SECONDS at most."""

    def __init__(self, children: Sequence[tuple[subprocess.Popen[bytes], Path]]) -> None:
        self._children = children
        self._until = time.monotonic() + SECONDS

    def remarks(self) -> list[Remark]:
        """Everything it says. Raises Silent."""
        return [remark for child, said in self._children for remark in self._of(child, said)]

    def end(self) -> None:
        """No child is left behind."""
        for child, _ in self._children:
            if child.poll() is None:
                child.kill()
            child.wait()

    def _of(self, child: subprocess.Popen[bytes], said: Path) -> Iterator[Remark]:
        try:
            code = child.wait(max(0.0, self._until - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Silent(f"squawk had not ended after {SECONDS:g} s") from None
        if code not in (0, 1):
            raise Silent(f"squawk ended with {code}")
        if said.stat().st_size > MOST_BYTES:
            raise Silent("squawk said more than can be read")
        try:
            found: list[dict[str, Any]] = json.loads(said.read_bytes() or b"[]")
            yield from (_remark(part) for part in found)
        except (ValueError, KeyError, TypeError):
            raise Silent("squawk's answer cannot be read") from None


@contextmanager
def asked(scripts: Sequence[Script], rules: Rules, version: int) -> Iterator[Asked]:
    """Start squawk on the forward scripts; the caller may do something else meanwhile. Raises Silent.

    `version`: PostgreSQL's major version, 0 when nobody knows.
    """
    program = _program()
    with tempfile.TemporaryDirectory(prefix="whimbrel-squawk-") as name:
        folder = Path(name)
        (folder / "none.toml").touch()
        held = {True: folder / "together", False: folder / "alone"}
        for place in held.values():
            place.mkdir()
        for number, script in enumerate(scripts):
            text = _SILENCER.sub("squawk ignore", script.forward)
            (held[script.transactional] / f"{number}.sql").write_bytes(text.encode(errors="replace"))
        filled = [held[together] for together in {s.transactional for s in scripts}]
        work = Asked([_start(program, place, rules, version) for place in filled])
        try:
            yield work
        finally:
            work.end()


def _start(program: str, place: Path, rules: Rules, version: int) -> tuple[subprocess.Popen[bytes], Path]:
    said = place.with_suffix(".json")
    order = [program, "--reporter=json", "--config=none.toml", "--no-error-on-unmatched-pattern"]
    order += [f"--include={rule}" for rule in rules.asked] + [f"--exclude={rule}" for rule in rules.left_out]
    order += [f"--pg-version={version}.0"] if version else []
    order += ["--assume-in-transaction"] if place.name == "together" else []
    try:
        with said.open("wb") as out:
            child = subprocess.Popen(
                [*order, f"{place.name}/*.sql"],
                cwd=place.parent,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                env={},
            )
    except OSError as error:
        raise Silent(f"squawk does not start: {error.strerror}") from None
    return child, said


def _remark(part: dict[str, Any]) -> Remark:
    number = int(Path(str(part["file"])).stem)
    return Remark(number, int(part["line"]) + 1, str(part["rule_name"]), str(part["message"]))


def _program() -> str:
    """squawk's path, where the release is the one that we know."""
    own = Path(sysconfig.get_path("scripts")) / "squawk"
    found = str(own) if own.exists() else shutil.which("squawk")
    if not found:
        raise Silent("squawk is not installed")
    release = _release(found, Path(found).stat().st_mtime_ns)
    if not release.startswith(f"{RELEASE}."):
        raise Silent(f"squawk {release or 'of no known release'} is installed, and {RELEASE} is needed")
    return found


@lru_cache(maxsize=4)
def _release(program: str, _changed: int) -> str:
    """What it says of itself: "2.70.0"; Silent when it says nothing."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, timeout=SECONDS, check=False, env={}
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        raise Silent("squawk does not start") from None
    words = said.decode(errors="replace").split()
    return words[1] if len(words) > 1 else ""
