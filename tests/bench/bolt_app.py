"""What the bot is measured beside: a Bolt app that acknowledges, and does nothing else."""

from __future__ import annotations

import os
import signal
from threading import Event

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient


def main() -> None:
    """Until SIGTERM."""
    over = Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    client = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_BASE_URL"])
    app = App(client=client, token_verification_enabled=False)

    @app.command("/migrate")
    def acknowledge(ack: Ack) -> None:
        ack()

    line = SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
    line.connect()
    over.wait()
    line.close()


if __name__ == "__main__":
    main()
