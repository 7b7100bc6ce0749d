"""A child program of a tool, from the parent's side: how it is started, asked, heard and ended."""

from __future__ import annotations

import json
import os
import subprocess
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

from bot.core.errors import StepFailed

HERE = Path(__file__).parent
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
    before: tuple[str, ...] = ("watch", "child")
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
