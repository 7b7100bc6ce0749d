"""squawk, a second reader of PostgreSQL scripts: a program of its own, asked once for all scripts of a plan.

Its rules are named one by one, nothing on the machine configures it, and no comment in a script silences it:
a finding is accepted by its name, by a role, and in no other way.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import IO, Any

from bot.core.plans import Script

#: The release that the rules were read in; another one may name, judge or print otherwise.
RELEASE = "2.70"
#: All of its work has to be done by then; a child that is not is ended.
SECONDS = 30.0
MOST_BYTES = 50_000_000
SYNTAX = "syntax-error"
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


@dataclass(frozen=True, slots=True)
class _Child:
    """squawk reading some scripts as one text. `ends`: the line that each of them ends on."""

    child: subprocess.Popen[bytes]
    said: IO[bytes]
    numbers: tuple[int, ...]
    ends: tuple[int, ...]

    def remarks(self, until: float) -> list[Remark]:
        """What it says, once it has ended. Raises Silent."""
        try:
            code = self.child.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Silent(f"squawk had not ended after {SECONDS:g} s") from None
        if code not in (0, 1):
            raise Silent(f"squawk ended with {code}")
        if os.fstat(self.said.fileno()).st_size > MOST_BYTES:
            raise Silent("squawk said more than can be read")
        try:
            self.said.seek(0)
            found: list[dict[str, Any]] = json.loads(self.said.read() or b"[]")
            return [self._remark(part) for part in found]
        except (ValueError, KeyError, TypeError, IndexError):
            raise Silent("squawk's answer cannot be read") from None

    def _remark(self, part: dict[str, Any]) -> Remark:
        line = int(part["line"])
        place = bisect_right(self.ends, line)
        before = self.ends[place - 1] if place else 0
        return Remark(self.numbers[place], line - before + 1, str(part["rule_name"]), str(part["message"]))


class Asked:
    """squawk at work on scripts. `remarks()` waits for it, as long as SECONDS at most."""

    def __init__(self, scripts: Sequence[Script], rules: Rules, version: int) -> None:
        self._scripts = scripts
        self._order = [_program(), "--reporter=json", f"--config={os.devnull}"]
        self._order += [f"--include={','.join(rules.asked)}", f"--exclude={','.join(rules.left_out)}"]
        self._order += [f"--pg-version={version}.0"] if version else []
        self._until = time.monotonic() + SECONDS
        kinds = {s.transactional for s in scripts}
        rows = [[n for n, s in enumerate(scripts) if s.transactional is kind] for kind in kinds]
        self._children: list[_Child] = []
        for numbers in rows:
            self._children.append(self._start(numbers))

    def remarks(self) -> list[Remark]:
        """Everything it says. Raises Silent."""
        found: list[Remark] = []
        for child in tuple(self._children):
            said = child.remarks(self._until)
            # Where its grammar stumbles, what follows is lost with it: then each script by itself.
            if any(r.rule == SYNTAX for r in said) and len(child.numbers) > 1:
                said = [r for n in child.numbers for r in self._alone(n)]
            found += said
        return found

    def end(self) -> None:
        """No child is left behind."""
        for one in self._children:
            if one.child.poll() is None:
                one.child.kill()
            one.child.wait()
            one.said.close()

    def _alone(self, number: int) -> list[Remark]:
        child = self._start([number])
        self._children.append(child)
        return child.remarks(self._until)

    def _start(self, numbers: Sequence[int]) -> _Child:
        texts = [_text(self._scripts[n].forward) for n in numbers]
        whole = self._scripts[numbers[0]].transactional
        order = [*self._order, *(["--assume-in-transaction"] if whole else [])]
        said = tempfile.TemporaryFile()  # noqa: SIM115 — closed by end(), when the child is gone
        with tempfile.TemporaryFile() as read:
            read.write("".join(texts).encode(errors="replace"))
            read.seek(0)
            try:
                child = subprocess.Popen(
                    order, stdin=read, stdout=said, stderr=subprocess.DEVNULL, cwd="/", env={}
                )
            except OSError as error:
                said.close()
                raise Silent(f"squawk does not start: {error.strerror}") from None
        ends = tuple(accumulate(text.count("\n") for text in texts))
        return _Child(child, said, tuple(numbers), ends)


@contextmanager
def asked(scripts: Sequence[Script], rules: Rules, version: int) -> Iterator[Asked]:
    """Start squawk on the forward scripts; the caller may do something else meanwhile. Raises Silent.

    `version`: PostgreSQL's major version, 0 when nobody knows.
    """
    work = Asked(scripts, rules, version)
    try:
        yield work
    finally:
        work.end()


def _text(sql: str) -> str:
    """A script that ends where it ends, and says nothing to squawk."""
    return _SILENCER.sub("squawk ignore", sql).rstrip().rstrip(";") + "\n;\n"


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
    """What it says of itself: "2.70.0"; "" when that is nothing. Raises Silent when it does not start."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, timeout=SECONDS, check=False, env={}
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        raise Silent("squawk does not start") from None
    words = said.decode(errors="replace").split()
    return words[1] if len(words) > 1 else ""
