"""The programs that a test kills: the bot, and a server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from bot.databases.embedded import Server

ROOT = Path(__file__).parents[2]


class Bot:
    """The bot as a process, on one environment however often it is started."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        self._environ, self.log = environ, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Bot:
        """Start it; it is at work before it hears."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], env=self._environ, cwd=ROOT, stdout=log, stderr=log
            )
        return self

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def end(self, seconds: float = 40) -> int:
        """SIGTERM; the exit code. One that does not end is killed."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(seconds)
        finally:
            self.kill()

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-6000:]


def crash(server: Server) -> None:
    """As `pg_ctl stop -m immediate`: every backend at once, nothing written down."""
    pid = server.pid
    os.kill(pid, signal.SIGQUIT)
    end = time.monotonic() + 20
    while server.pid and time.monotonic() < end:
        time.sleep(0.02)
