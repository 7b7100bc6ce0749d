"""Slack calls us: signed requests on one port, and whether this process is alive and ready."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from slack_bolt import App, BoltRequest

_log = logging.getLogger(__name__)

EVENTS = "/slack/events"
MOST = 1_000_000
#: A client that says nothing for this long is left.
_PATIENCE = 10

Ready = Callable[[], list[str]]


class Port:
    """A server on one port. Without an app it only says how the process is."""

    def __init__(self, port: int, ready: Ready, app: App | None = None, host: str = "") -> None:
        self._server = _Server((host, port), _Request)
        self._server.app, self._server.ready = app, ready
        self._thread = Thread(target=self._server.serve_forever, args=(0.2,), name="http", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on; also when 0, any free one, was asked for."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Answer what is under way, and listen no more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    app: App | None
    ready: Ready
    daemon_threads = True
    request_queue_size = 128


class _Request(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "whimbrel", ""

    def do_GET(self) -> None:  # the standard library's name
        """How the process is."""
        path = self.path.partition("?")[0]
        if path == "/healthz":
            self._say(200, {"ok": True})
        elif path == "/readyz":
            problems = self.server.ready()
            self._say(503 if problems else 200, {"ok": not problems, "problems": problems})
        else:
            self._say(404, {"error": "not found"})

    def do_POST(self) -> None:  # the standard library's name
        """A request of Slack's. Bolt verifies the signature before anything else looks at it."""
        if self.server.app is None or self.path.partition("?")[0] != EVENTS:
            self._left_unread(404, "not found")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self._left_unread(411, "how long is it?")
            return
        if int(length) > MOST:
            self._left_unread(413, "too long")
            return
        try:
            body = self.rfile.read(int(length)).decode()
        except UnicodeDecodeError:
            self._left_unread(400, "not UTF-8")
            return
        except TimeoutError:
            self._left_unread(408, "too slow")
            return
        self._dispatch(self.server.app, body)

    def _dispatch(self, app: App, body: str) -> None:
        headers = {name: [value] for name, value in self.headers.items()}
        answer = app.dispatch(BoltRequest(body=body, headers=dict(headers)))
        content = (answer.body or "").encode()
        self.send_response(answer.status)
        for name, values in answer.headers.items():
            for value in values:
                if name.lower() != "content-length":
                    self.send_header(name, value)
        self._finish(content)

    def _left_unread(self, status: int, error: str) -> None:
        """What was sent is not read, so the connection is of no more use."""
        self.close_connection = True
        self._say(status, {"error": error})

    def _say(self, status: int, body: dict[str, object]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if self.close_connection:
            self.send_header("Connection", "close")
        self._finish(json.dumps(body).encode())

    def _finish(self, content: bytes) -> None:
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the standard library's name
        """Into our own log, and only when someone looks for it; a request's line is text from outside."""
        _log.debug("%r", format % args)
