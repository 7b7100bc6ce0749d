"""What every child program of a tool is made of: orders in, answers out.

It is loaded by path in the project's own interpreter, and needs the standard library and SQLAlchemy only.
Orders come as lines of JSON on stdin, the target's URL among them; answers leave on a pipe of their own, so
a script may print and log as it likes.
"""

from __future__ import annotations

import json
import os
import sys
import time
from queue import Queue
from threading import Lock, Thread
from typing import Any, TextIO

from bot.tools.watch import Refused, Watch, failure


class Orders:
    """What the parent asks, line by line; answered on a pipe of its own."""

    def __init__(self, stream: TextIO, answers: TextIO) -> None:
        self._stream, self._answers = stream, answers
        self._waiting: Queue[dict[str, Any] | None] = Queue()
        self._open, self._lock = 0, Lock()
        self.setup: dict[str, Any] = json.loads(stream.readline())
        Thread(target=self._read, daemon=True).start()

    def next(self, seconds: float | None = None) -> dict[str, Any] | None:
        """The next order; None when the parent has closed. Raises Empty after `seconds`."""
        order = self._waiting.get(timeout=seconds)
        if order is None:
            self._waiting.put(None)
        return order

    def answer(self, **words: Any) -> None:
        with self._lock:
            self._open -= 1
        self.say(**words)

    def say(self, **words: Any) -> None:
        self._answers.write(json.dumps(words) + "\n")
        self._answers.flush()

    def _read(self) -> None:
        for line in self._stream:
            with self._lock:
                self._open += 1
            self._waiting.put(json.loads(line))
        with self._lock:
            if self._open:
                # Nobody hears the answer any more: what is not committed yet must not be.
                os._exit(3)
        self._waiting.put(None)


class Carrier:
    """Carries out orders, one at a time; `carry` is each tool's own."""

    def __init__(self, orders: Orders) -> None:
        self.orders, self.setup = orders, orders.setup
        self.watch = Watch(orders.setup)
        self.order: dict[str, Any] | None = None
        self._since = 0.0

    def carry(self, order: dict[str, Any]) -> None:
        """Carry the order out; `done` when it is committed."""
        raise Refused(f"nobody here carries {order['revision']}")

    def serve(self) -> None:
        """Until the parent closes."""
        self.orders.say(ready=True)
        while (order := self.orders.next()) is not None:
            self.begin(order)
            words = self._attempt(order)
            if words and words["why"] == "lost" and not words["began"] and self.order:
                words = self._attempt(self.order)  # the connection died of age, with nothing begun on it
            if self.order is not None:
                self._answer(failed=words)

    def begin(self, order: dict[str, Any]) -> None:
        """Before an order is carried out."""
        self.order, self._since = order, time.monotonic()
        self.watch.reset()

    def done(self) -> None:
        """The order's work is committed."""
        seconds = time.monotonic() - self._since
        self._answer(done={"statements": self.watch.statements, "rows": self.watch.rows, "seconds": seconds})

    def _attempt(self, order: dict[str, Any]) -> dict[str, Any] | None:
        try:
            self.carry(order)
        except BaseException as error:  # a script may end itself, too
            return failure(error, self.watch)
        return failure(Refused("nothing was run"), self.watch)

    def _answer(self, **words: Any) -> None:
        self.order = None
        self.orders.answer(**words)


def pipes() -> tuple[TextIO, TextIO]:
    """What the parent says and what it hears; out of reach for scripts, and for programs that they start."""
    stream = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    answers = int(sys.argv[-1])
    os.set_inheritable(answers, False)
    return stream, os.fdopen(answers, "w", encoding="utf-8")
