"""`whimbrel demo`: the world to try by hand, until Ctrl-C."""

from __future__ import annotations

import signal
from threading import Event

from bot.demo.world import CHANNEL, World


def show(port: int = 0) -> int:
    """Start everything, print the page's address, and wait."""
    over = Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    print("Starting a database server, a local Slack and the bot …", flush=True)
    with World(port=port) as world:
        took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in world.seconds.items())
        print(f"Ready ({took}).\n")
        print(f"    {world.slack.url}\n")
        print(f"Open it, choose who you are at the left, and type in #{CHANNEL}:  /migrate start shop")
        print(f"The bot's log is {world.folder / 'bot.log'}. Ctrl-C ends everything.", flush=True)
        try:
            over.wait()
        except KeyboardInterrupt:
            print("\nEnding.")
    return 0
