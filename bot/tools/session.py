"""A child program of a tool, from the parent's side: orders, answers, and what a missing answer means."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

from bot.core.errors import LockTimeout, OutcomeUnknown, StepFailed
from bot.core.events import Direction
from bot.core.plans import Limits
from bot.core.ports import Carried
from bot.core.targets import Target
from bot.tools.link import Reader, scrub

HERE = Path(__file__).parent
#: Seconds for a child to load the project's scripts, and to answer once its backend has been ended.
START_SECONDS = 60.0
GRACE_SECONDS = 10.0
_SQL_SHOWN = 200
_TAIL = 20
#: All that a child gets of our environment: the rest holds secrets that are none of its business.
_KEPT = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "USER", "LD_LIBRARY_PATH", "SSL_CERT_FILE",
    "PGPASSFILE", "PGSERVICEFILE", "PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "KRB5CCNAME",
)  # fmt: skip
#: The folder of the program is not on the path: an alembic.py of ours must not be taken for the real one.
_BOOT = """
import importlib.util, runpy, sys
sys.path[:] = [place for place in sys.path if place]
for name in sys.argv[1].split(","):
    spec = importlib.util.spec_from_file_location("bot.tools." + name, sys.argv[2] + "/" + name + ".py")
    sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[spec.name])
runpy.run_path(sys.argv[2] + "/" + sys.argv[3] + ".py", run_name="__main__")
"""


class Gone(Exception):
    """The child has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A child program: whose interpreter runs it, where, and what it is loaded with beforehand."""

    name: str
    python: str
    root: Path
    before: tuple[str, ...] = ("child",)
    environ: Mapping[str, str]

    @property
    def command(self) -> list[str]:
        """What is seen of it in a list of processes; the last word will be the pipe's number."""
        return [self.python, "-c", _BOOT, ",".join(self.before), str(HERE), self.name]


class Child:
    """A running child. Orders go in as lines of JSON; answers come back on a pipe of their own."""

    def __init__(self, program: Program, setup: Mapping[str, Any]) -> None:
        read, write = os.pipe()
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        try:
            self._popen = subprocess.Popen(
                [*program.command, str(write)],
                cwd=program.root,
                env={**kept, **program.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[write],
                # Ctrl-C is for the bot: it finishes the step under way.
                start_new_session=True,
            )
        except OSError as error:
            os.close(read)
            raise StepFailed(
                f"The project's interpreter does not start: {error.strerror}.",
                hint=f"Is {program.python} there? `python` under `tool` in whimbrel.yaml names it.",
            ) from None
        finally:
            os.close(write)
        self.pid = self._popen.pid
        self._answers: Queue[dict[str, Any] | None] = Queue()
        self._said: deque[str] = deque(maxlen=_TAIL)
        assert self._popen.stdin
        assert self._popen.stdout
        self._stdin = self._popen.stdin
        self._threads = [
            Thread(target=self._hear, args=[os.fdopen(read, "rb")], name=f"answers {self.pid}", daemon=True),
            Thread(target=self._drain, args=[self._popen.stdout], name=f"output {self.pid}", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        with suppress(Gone):  # whoever waits for an answer will learn of it
            self.order(setup)

    def order(self, words: Mapping[str, Any]) -> None:
        """Send an order. Raises Gone."""
        try:
            self._stdin.write(json.dumps(words).encode() + b"\n")
            self._stdin.flush()
        except (OSError, ValueError):
            raise Gone from None

    def hear(self, seconds: float) -> dict[str, Any] | None:
        """The next answer; None when there is none within `seconds`. Raises Gone."""
        try:
            answer = self._answers.get(timeout=max(0.0, seconds))
        except Empty:
            return None
        if answer is None:
            self._answers.put(None)
            raise Gone
        return answer

    def forget(self) -> None:
        """What it printed until now belongs to an earlier step."""
        self._said.clear()

    def tail(self) -> str:
        """The end of what it printed."""
        return "\n".join(list(self._said))

    def close(self, patience: float = 5.0) -> None:
        """Let it end: at once, unless a step is under way, which is then lost."""
        with suppress(OSError):
            self._stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(patience)
        self.kill()

    def kill(self) -> None:
        """End it now."""
        self._popen.kill()
        self._popen.wait()
        with suppress(OSError):
            self._stdin.close()
        for thread in self._threads:
            # Output may be held open by a program that a script has left behind.
            thread.join(1.0)

    def _hear(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                # A child that was killed may have left half a line.
                with suppress(ValueError):
                    self._answers.put(json.loads(line))
        self._answers.put(None)

    def _drain(self, pipe: IO[bytes]) -> None:
        with pipe:
            while line := pipe.readline(4000):
                self._said.append(line.decode(errors="replace").rstrip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a session needs to know of its tool."""

    target: Target
    limits: Limits
    #: The rest of an order, beside revision and direction.
    words: Callable[[str, Direction], Mapping[str, Any]]
    #: The revisions that the target's history table names.
    present: Callable[[Reader], Collection[str]]
    #: Ends the child's backends on the target and waits until they are gone.
    cut_off: Callable[[], int] | None = None


class ChildSession:
    """Port Session: one child, joined to one target."""

    def __init__(self, child: Child, errand: Errand) -> None:
        self._child, self._errand = child, errand
        self._reader = Reader(errand.target)
        self._ready = self._dead = False

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def carry(self, revision: str, direction: Direction) -> Carried:
        """Apply or reverse one revision in its own transaction."""
        if self._dead:
            raise StepFailed(f"{revision} was not begun: the tool's session has ended.", hint="Run again.")
        words = self._errand.words(revision, direction)
        try:
            self._wait_until_ready(revision)
            self._child.forget()
            self._child.order({"revision": revision, "direction": direction.value, **words})
            answer = self._child.hear(self._errand.limits.step_timeout)
            if answer is None:
                answer = self._overdue(revision, direction)
        except Gone:
            raise self._lost(revision, "its process died") from None
        if failed := answer.get("failed"):
            raise self._failure(revision, failed)
        self._verify(revision, direction)
        return Carried(**answer["done"])

    def close(self) -> None:
        """End the child; what it has not committed is rolled back."""
        self._dead = True
        self._child.close()
        self._reader.close()

    def _wait_until_ready(self, revision: str) -> None:
        if self._ready:
            return
        try:
            self._ready = self._child.hear(START_SECONDS) is not None
        except Gone:
            self._ready = False
        if not self._ready:
            self.close()
            raise StepFailed(
                f"{revision} was not begun: the tool did not start.", hint=self._printed("It says:")
            )

    def _overdue(self, revision: str, direction: Direction) -> dict[str, Any]:
        """The step's time is up: end its backend, and see whether the child then knows how it ended."""
        limit = self._errand.limits.step_timeout
        late = f"it took longer than {limit:g} s"
        answer = None
        if self._errand.cut_off:
            until = time.monotonic() + GRACE_SECONDS
            self._errand.cut_off()
            answer = self._child.hear(until - time.monotonic())
        if answer is None:
            raise self._lost(revision, late)
        failed = answer.get("failed")
        if failed is None:
            return answer
        if _half_done(failed) or (revision in self._present(revision)) == (direction is Direction.FORWARD):
            raise self._lost(revision, late)
        raise StepFailed(
            f"{revision} was cut off, for {late}; it was rolled back.",
            hint="`step_timeout` under `limits` in whimbrel.yaml says how long a step may take.",
        )

    def _failure(self, revision: str, failed: Mapping[str, Any]) -> Exception:
        sql = failed["sql"]
        shown = sql if len(sql) <= _SQL_SHOWN else f"{sql[: _SQL_SHOWN - 1]}…"
        said = self._clean(failed["said"].rstrip(".") + (f", in: {shown}" if shown else ""))
        if failed["why"] == "lost":
            return self._lost(revision, f"the connection was lost ({said})")
        if _half_done(failed):
            count = failed["committed"]
            many = f"{count} statement{'' if count == 1 else 's'} {'was' if count == 1 else 'were'} committed"
            return OutcomeUnknown(
                f"{revision} failed half-way, {many}: {said}.",
                hint="Look at what it left before it is run again.",
            )
        if failed["why"] == "lock":
            return LockTimeout(f"{revision} was not granted a lock in time: {said}.")
        return StepFailed(
            f"{revision} failed: {said}.", hint=self._printed("Nothing of it remains. It printed:")
        )

    def _lost(self, revision: str, why: str) -> OutcomeUnknown:
        self._dead = True
        self._child.kill()
        said = self._printed("It printed last:")
        return OutcomeUnknown(f"Nobody can tell how {revision} ended: {why}.", hint=said)

    def _verify(self, revision: str, direction: Direction) -> None:
        """The target itself has to say so: a script may have gone elsewhere."""
        there = revision in self._present(revision)
        if there != (direction is Direction.FORWARD):
            raise OutcomeUnknown(
                f"{revision} ran, but the target's history table {'still has' if there else 'does not have'} "
                "it: env.py bypassed Whimbrel.",
                hint="Look where it went, and let env.py migrate over its engine's connection.",
            )

    def _present(self, revision: str) -> Collection[str]:
        try:
            return self._errand.present(self._reader)
        except StepFailed as error:
            raise OutcomeUnknown(
                f"Nobody can tell how {revision} ended: {error.message}", hint=error.hint
            ) from None

    def _printed(self, before: str) -> str:
        tail = self._clean(self._child.tail())
        return f"{before}\n{tail}" if tail else before.rpartition(" It ")[0]

    def _clean(self, text: str) -> str:
        return scrub(self._errand.target, text)


def _half_done(failed: Mapping[str, Any]) -> bool:
    return bool(failed["committed"] or failed["torn"])
