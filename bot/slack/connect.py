"""How we and Slack reach each other: a socket that we open, or a port that Slack calls."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from socket import SHUT_RDWR
from threading import Event, Thread
from typing import Protocol

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.socket_mode.websocket_client import SocketModeClient

from bot.core.targets import Secret
from bot.slack.http import Port, Ready

_log = logging.getLogger(__name__)

#: Bolt's own 5 threads would let five slow listeners hold up every acknowledgement.
_WIDE = 32
_LONGEST_PAUSE = 30.0


def bolt(client: WebClient, signing_secret: Secret) -> App:
    """A Bolt app that says nothing of what strangers send, and starts although Slack is away."""
    quiet = logging.getLogger("slack_bolt.whimbrel")
    quiet.setLevel(logging.ERROR)  # it warns that an `authorize` of one's own stands before the token
    app = App(
        name="whimbrel",
        logger=quiet,
        client=client,
        signing_secret=signing_secret.reveal(),
        authorize=_ours(client),
        listener_executor=ThreadPoolExecutor(_WIDE, thread_name_prefix="listen"),
    )
    quiet.setLevel(logging.WARNING)
    return app


def _ours(client: WebClient) -> Callable[..., AuthorizeResult]:
    """Whose app this is, without a question to Slack.

    Bolt's own asks auth.test at the first request; when Slack fails just then, it acknowledges what was
    asked, tells the person that the app is not installed any more, and forgets it.
    """

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=client.token)

    return authorize


class Connection(Protocol):
    """What joins a Bolt app to Slack."""

    def start(self) -> None: ...

    def close(self) -> None: ...

    def problems(self) -> list[str]:
        """Why nothing can be heard now; none: all is well."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How Slack is reached: with an app token by a socket, without one by `port`.

    Beside a socket, `port` is for the health checks alone, and 0 opens none.
    """

    app_token: Secret
    port: int = 0
    host: str = ""


def connect(
    app: App, door: Door, ready: Ready = list, joined: Callable[[], None] = lambda: None
) -> Connection:
    """The connection that the door asks for, not started yet. `joined` is called each time it is made."""
    if door.app_token.reveal():
        return Socket(app, door, ready, joined)
    return Called(app, door, ready, joined)


class Called:
    """Slack calls us."""

    def __init__(self, app: App, door: Door, ready: Ready, joined: Callable[[], None]) -> None:
        self._app, self._joined = app, joined
        self._port = Port(door.port, ready, app, door.host)

    @property
    def port(self) -> int:
        return self._port.port

    def start(self) -> None:
        """Begin to listen."""
        self._port.start()
        _quietly(self._joined)

    def close(self) -> None:
        """Listen no more."""
        self._port.close()
        _end(self._app)

    def problems(self) -> list[str]:
        return []


class Socket:
    """We hold a socket to Slack; it is opened again whenever it is lost, for as long as it takes."""

    def __init__(self, app: App, door: Door, ready: Ready, joined: Callable[[], None]) -> None:
        self._app, self._joined = app, joined
        self._line = SocketModeHandler(app, door.app_token.reveal(), concurrency=_WIDE, ping_interval=10)
        # Kept off the socket's own thread, which reads what Slack sends next.
        self._line.client.on_open_listeners.append(lambda _: Thread(target=_quietly, args=(joined,)).start())
        self._port = Port(door.port, ready, None, door.host) if door.port else None
        self._over = Event()
        self._opener = Thread(target=self._open, name="socket", daemon=True)

    def start(self) -> None:
        """Begin to connect; returns at once, also when Slack is away."""
        if self._port:
            self._port.start()
        self._opener.start()

    def close(self) -> None:
        """Hear no more; what is being acknowledged is acknowledged."""
        self._over.set()
        if self._opener.is_alive():
            self._opener.join()
        _hang_up(self._line.client)
        if self._port:
            self._port.close()
        _end(self._app)

    def problems(self) -> list[str]:
        return [] if self._line.client.is_connected() else ["There is no connection to Slack."]

    def _open(self) -> None:
        """Bolt's client opens a lost socket again by itself, but only after the first one."""
        pause = 0.5
        while not self._over.is_set():
            try:
                self._line.client.connect()
            except Exception as error:  # any fault of network or Slack: it is tried again
                _log.warning("no connection to Slack (%s); next try in %.0f s", type(error).__name__, pause)
                self._over.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return


def _hang_up(client: SocketModeClient) -> None:
    """Take nothing new, let what was taken be acknowledged, then end the connection.

    The reading thread sleeps on the socket for up to ten seconds, and only the socket's end wakes it.
    """
    client.logger.setLevel(logging.CRITICAL)  # an end of our own making is no error
    client.closed = True
    client.auto_reconnect_enabled = False
    client.message_workers.shutdown(wait=True)
    session, reader = client.current_session, client.current_session_runner
    reader.event.set()
    line = session.sock.sock if session and session.sock else None
    if session is not None and line is not None:
        session.keep_running = False
        with suppress(OSError):
            line.shutdown(SHUT_RDWR)
        reader.thread.join(2)
    client.close()


def _end(app: App) -> None:
    app.listener_runner.listener_executor.shutdown(wait=True)


def _quietly(deed: Callable[[], None]) -> None:
    try:
        deed()
    except Exception:
        _log.exception("what follows a connection was not done")
