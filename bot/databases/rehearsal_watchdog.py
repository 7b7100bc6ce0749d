"""Ends a wait for a server that is frozen: it keeps no statement_timeout, and its machine still answers."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from bot.databases.postgresql_link import Link

_LOOK_EVERY = 0.25


class Watchdog:
    """Calls `cut` once when more time goes by than was allowed last."""

    def __init__(self, cut: Callable[[], None], seconds: float) -> None:
        self._cut, self._over = cut, Event()
        self.has_cut = False
        self.allow(seconds)
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def allow(self, seconds: float) -> None:
        """From now on, until the next word."""
        self._until = time.monotonic() + seconds

    def end(self) -> None:
        """It cuts no more."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            if time.monotonic() > self._until:
                self.has_cut = True
                self._cut()
                return


@contextmanager
def watched(link: Link, seconds: float) -> Iterator[Watchdog]:
    """While the block runs, the connection is cut when it takes longer than allowed; its wait then fails."""
    watchdog = Watchdog(lambda: cut(link), seconds)
    try:
        yield watchdog
    finally:
        watchdog.end()


def cut(link: Link) -> None:
    """Make whoever waits for the connection see its end. Closing it would not wake them."""
    with suppress(OSError, ValueError), socket.socket(fileno=os.dup(link.fileno())) as twin:
        twin.shutdown(socket.SHUT_RDWR)
