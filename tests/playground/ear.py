"""An app's end of Socket Mode without any library: acknowledges everything, keeps everything."""

import contextlib
import json
import socket
import threading
from typing import Any

import websocket
from slack_sdk import WebClient

Json = dict[str, Any]


class Ear:
    """`answers`: what to put into the acknowledgement of an envelope's type."""

    def __init__(self, web: WebClient, app_token: str) -> None:
        address = str(web.apps_connections_open(app_token=app_token)["url"])
        self._line = websocket.create_connection(address, timeout=20)
        self.hello: Json = json.loads(self._line.recv())
        self.heard: list[Json] = []
        self.farewells: list[Json] = []
        self.answers: dict[str, Json] = {}
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            while text := self._line.recv():
                self._take(json.loads(text))
        except (OSError, websocket.WebSocketException):
            return

    def _take(self, envelope: Json) -> None:
        if envelope["type"] == "disconnect":
            self.farewells.append(envelope)
            return
        self.heard.append(envelope)
        answer: Json = {"envelope_id": envelope["envelope_id"]}
        if envelope["type"] in self.answers:
            answer["payload"] = self.answers[envelope["type"]]
        self._line.send(json.dumps(answer))

    def events(self, kind: str) -> list[Json]:
        """The payloads of this event, or of this kind of interaction."""
        found = [one["payload"] for one in self.heard]
        return [one for one in found if kind in (one.get("type"), one.get("event", {}).get("type"))]

    def close(self) -> None:
        if self._line.sock is not None:
            with contextlib.suppress(OSError):
                self._line.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._line.shutdown()
