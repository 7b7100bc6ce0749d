"""A tool's child: one process for each run, spoken to in JSON lines, carrying revision after revision."""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, Any

from bot.core.errors import LockTimeout, OutcomeUnknown, StepFailed
from bot.core.events import Direction
from bot.core.plans import Limits
from bot.core.ports import Carried
from bot.core.targets import Target

log = logging.getLogger(__name__)

#: A child has this long to start and to read its scripts, in seconds.
START_SECONDS = 120.0
#: Beyond the step's own limit, before the child is taken for stuck.
GRACE_SECONDS = 5.0
#: Names of variables that are ours alone: a project's scripts never see them.
_OURS = ("SLACK_", "WHIMBREL_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, where, and with which of the environment's variables."""

    command: Sequence[str]
    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def variables(self) -> dict[str, str]:
        """The environment without what is ours."""
        return {k: v for k, v in self.environ.items() if not k.startswith(_OURS)}


class Child:
    """The process and the pipes to it. Not for use by two threads at once."""

    def __init__(self, program: Program) -> None:
        read, write = os.pipe()
        try:
            self._child = subprocess.Popen(
                [*program.command, str(write)],
                cwd=program.folder,
                env=program.variables(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(write,),
            )
        except OSError as error:
            os.close(read)
            raise StepFailed(
                f"{program.command[0]} cannot be started: {error.strerror}.",
                hint="Put the project's interpreter right in whimbrel.yaml.",
            ) from error
        finally:
            os.close(write)
        self._answers = read
        self._buffer = b""
        self._said: deque[str] = deque(maxlen=20)
        assert self._child.stdout is not None
        self._drain = Thread(target=self._listen, args=(self._child.stdout,), daemon=True)
        self._drain.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def ask(self, order: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Give an order and wait for its answer. OutcomeUnknown when the child dies or takes too long."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(order).encode() + b"\n")
            self._child.stdin.flush()
        except OSError as error:
            raise self._gone() from error
        until = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                self._child.kill()
                raise OutcomeUnknown(f"The step took longer than {seconds:.0f} s and was cut off.")
            more = os.read(self._answers, 65536)
            if not more:
                raise self._gone()
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the child: by its own will when it is idle, else by force."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.close()
        except OSError:
            log.info("the child's input was closed already")
        try:
            self._child.wait(2)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(10)
        self._drain.join(5)
        if self._child.stdout:
            self._child.stdout.close()
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1

    def _gone(self) -> OutcomeUnknown:
        self._child.wait(10)
        self._drain.join(2)
        code = self._child.returncode
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        last = f" Its last words: {self._said[-1][:200]}" if self._said else ""
        return OutcomeUnknown(f"The tool's process {how} on the way.{last}")

    def _listen(self, output: IO[bytes]) -> None:
        for line in output:
            if text := line.decode(errors="replace").strip():
                self._said.append(text)


class ToolSession:
    """Implements core.ports.Session over a child."""

    def __init__(self, child: Child, target: Target, limits: Limits, orders: Mapping[str, Any]) -> None:
        self._child, self._target, self._limits = child, target, limits
        self._orders = dict(orders)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def carry(self, revision: str, direction: Direction) -> Carried:
        """Apply or reverse one revision in its own transaction."""
        began = time.monotonic()
        order = {**self._orders, "do": "carry", "revision": revision, "direction": direction.value}
        answer = self._child.ask(order, self._limits.step_timeout + GRACE_SECONDS)
        if "error" in answer:
            raise self._failure(revision, answer)
        return Carried(statements=answer["statements"], rows=answer["rows"], seconds=time.monotonic() - began)

    def close(self) -> None:
        """End the child."""
        self._child.close()

    def _failure(self, revision: str, answer: Mapping[str, Any]) -> Exception:
        message = without(self._target.url.reveal(), str(answer["message"]))
        statement = f" At: {answer['statement']}" if answer["statement"] else ""
        said = f"{revision}: {message}.{statement}".replace("..", ".")
        if answer["error"] == "lost":
            return OutcomeUnknown(f"The connection to {self._target.id} was cut: {said}")
        if answer["committed"]:
            return OutcomeUnknown(f"{said} It failed half-way, after something of it was committed.")
        if answer["error"] == "lock":
            return LockTimeout(f"{revision}: a lock was not granted within {self._limits.lock_timeout:g} s.")
        return StepFailed(said, hint="Mend the script or the data, then run the phase again.")


def orders(target: Target, limits: Limits, application: str) -> dict[str, Any]:
    """What a child is told of its target with every order."""
    return {
        "url": target.url.reveal(),
        "kind": target.kind.value,
        "application": application,
        "lock_timeout": limits.lock_timeout,
        "step_timeout": limits.step_timeout,
    }


def without(url: str, text: str) -> str:
    """`text` without the URL, its password and its host."""
    from sqlalchemy.engine import make_url

    parts = make_url(url)
    for secret in (url, str(parts.password or ""), str(parts.host or "")):
        if len(secret) > 3:
            text = text.replace(secret, "•••")
    return text
