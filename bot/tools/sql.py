"""Plain SQL: numbered files, `0001_name.sql` with `0001_name.down.sql`, and a history table of their own."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.core.errors import NotBegun, NotFound, StepFailed
from bot.core.events import Direction
from bot.core.plans import Limits, Script
from bot.core.ports import History
from bot.core.split import split
from bot.core.targets import Kind, Target
from bot.tools.link import Reader
from bot.tools.program import Child, Program
from bot.tools.session import ChildSession, Errand

_NAME = re.compile(r"(?P<number>\d+)_(?P<name>[\w.-]+?)(?P<down>\.down)?\.sql")
_ALONE = re.compile(r"--\s*whimbrel:\s*no\s+transaction\s*", re.IGNORECASE)
_CONTROL = re.compile(r"(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|PREPARE\s+TRANSACTION)\b", re.IGNORECASE)
_COMMENTS = re.compile(r"(\s|--[^\n]*(\n|$)|/\*.*?\*/)*", re.DOTALL)
_FOLDER = "migrations"


class Sql:
    """Port Tool. `folder` holds the files, from `root`."""

    def __init__(
        self,
        root: Path,
        *,
        folder: str = "",
        kind: Kind = Kind.POSTGRESQL,
        cut_off: Callable[[Target, str], int] | None = None,
    ) -> None:
        self._root, self._kind, self._cut_off = Path(root).absolute(), kind, cut_off
        self._folder = self._root / (folder or _FOLDER)

    def scripts(self, to: str) -> Sequence[Script]:
        """Every file up to `to` ("" for the newest), oldest first."""
        found = [self._script(number, path) for number, path in sorted(self._files().items())]
        numbers = [script.revision for script in found]
        if not to:
            return found
        same = [n for n in numbers if n == to or (to.isdigit() and int(n) == int(to))]
        if not same:
            raise NotFound(f"There is no {to} among the scripts.", hint="Without `to` it is the newest.")
        return found[: numbers.index(same[0]) + 1]

    def history(self, target: Target) -> History:
        """Where the target stands, by its history table."""
        now = {script.revision: script for script in self.scripts("")}
        reader = Reader(target)
        try:
            rows = dict(_rows(reader))
        finally:
            reader.close()
        problems = [
            f"The history table of {target.id} names {name}, which is not among the scripts."
            for name in sorted(rows.keys() - now.keys())
        ]
        applied = [name for name in now if name in rows]
        problems += [
            f"{now[name].file} was edited after it had been applied to {target.id}."
            for name in applied
            if now[name].checksum != rows[name]
        ]
        if gaps := [name for name in now if name not in rows and applied and name < applied[-1]]:
            problems.append(
                f"{', '.join(gaps)} was passed over on {target.id}, which stands at {applied[-1]}."
            )
        return History(
            applied=tuple(applied), current=applied[-1] if applied else "", problems=tuple(problems)
        )

    def open(
        self, target: Target, limits: Limits, application: str, approved: Sequence[Script]
    ) -> ChildSession:
        """Start the child; its connection bears the name `application`. It carries `approved` only."""
        setup = {
            "url": target.url.reveal(),
            "lock_timeout": limits.lock_timeout,
            "step_timeout": limits.step_timeout,
            "application": application,
        }
        errand = Errand(
            target=target,
            limits=limits,
            approved={script.revision: script for script in approved},
            moved=self._moved,
            words=self._order,
            present=lambda reader: [name for name, _ in _rows(reader)],
            cut_off=partial(self._cut_off, target, application) if self._cut_off else None,
        )
        # It is a program of ours: it runs on our interpreter, whatever the project has.
        program = Program(name="sql_child", python=sys.executable, root=self._root, environ={})
        return ChildSession(Child(program, setup), errand)

    def _moved(self, script: Script, direction: Direction) -> str:
        """Only what was approved is ever sent; but whoever has edited the file does not want that to run."""
        path = self._root / script.file
        try:
            if direction is Direction.FORWARD:
                same = sha256(path.read_bytes()).hexdigest() == script.checksum
            else:
                path = path.with_suffix(".down.sql")
                same = (_text(path) if path.exists() else "") == script.backward
        except (OSError, StepFailed):
            same = False
        return "" if same else self._shown(path)

    def _order(self, script: Script, direction: Direction) -> Mapping[str, Any]:
        """The approved plan's own statements: no file is read for them."""
        forward = direction is Direction.FORWARD
        if not forward and not script.reversible:
            hint = "Write one."
            raise NotBegun(f"{script.revision} has no way back: it has no .down.sql.", hint=hint)
        statements = split(script.forward if forward else script.backward, self._kind)
        return {"statements": statements, "transactional": script.transactional}

    def _files(self) -> dict[str, Path]:
        """The forward files by number; StepFailed for what cannot be told apart."""
        if not self._folder.is_dir():
            raise StepFailed(f"There is no folder {self._shown(self._folder)} with numbered .sql files.")
        found: dict[str, Path] = {}
        downs: list[Path] = []
        for path in sorted(self._folder.glob("*.sql")):
            match = _NAME.fullmatch(path.name)
            if not match:
                raise StepFailed(
                    f"{self._shown(path)} has no number.",
                    hint="Names are like 0001_what.sql, 0001_what.down.sql",
                )
            if match["down"]:
                downs.append(path)
            elif (other := found.setdefault(match["number"], path)) != path:
                raise StepFailed(f"{self._shown(other)} and {self._shown(path)} have the same number.")
        if len({len(number) for number in found}) > 1:
            raise StepFailed(
                f"The numbers in {self._shown(self._folder)} are not of one length, so their order is not "
                "that of their names.",
                hint="Write leading zeros.",
            )
        forwards = {path.with_suffix("").name for path in found.values()}
        for path in downs:
            if path.name.removesuffix(".down.sql") not in forwards:
                raise StepFailed(f"{self._shown(path)} takes back a file that is not there.")
        return found

    def _script(self, number: str, path: Path) -> Script:
        down = path.with_suffix(".down.sql")
        forward, backward = _text(path), _text(down) if down.exists() else ""
        alone = [_alone(text) for text in (forward, backward)]
        for text, file, free in ((forward, path, alone[0]), (backward, down, alone[1])):
            self._check(text, file, free=any(alone) or free)
        return Script(
            revision=number,
            title=_title(forward) or _NAME.sub(r"\g<name>", path.name).replace("_", " "),
            file=self._shown(path),
            checksum=sha256(path.read_bytes()).hexdigest(),
            forward=forward,
            backward=backward,
            transactional=not any(alone),
            reversible=bool(split(backward, self._kind)),
        )

    def _check(self, text: str, path: Path, *, free: bool) -> None:
        for statement in split(text, self._kind):
            word = _CONTROL.match(_COMMENTS.sub("", statement, count=1))
            if word and not free:
                raise StepFailed(
                    f"{self._shown(path)} says {word[0].upper()}, but it runs in a transaction as a whole.",
                    hint="Leave it out, or begin the file with: -- whimbrel: no transaction",
                )

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self._root)) if path.is_relative_to(self._root) else str(path)


def _rows(reader: Reader) -> list[tuple[str, str]]:
    rows = reader.rows("SELECT revision, checksum FROM whimbrel_history ORDER BY revision")
    return [(str(name), str(checksum)) for name, checksum in rows or ()]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise StepFailed(f"{path.name} is not UTF-8.") from None


def _first_comments(text: str) -> list[str]:
    lines = []
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("--"):
            break
        lines += [line.strip()] if line.strip() else []
    return lines


def _alone(text: str) -> bool:
    return any(_ALONE.fullmatch(line) for line in _first_comments(text)[:1])


def _title(text: str) -> str:
    words = [line.lstrip("- ").rstrip(". ") for line in _first_comments(text) if not _ALONE.fullmatch(line)]
    return words[0] if words else ""
