"""`python -m bot.playground`: a local Slack, until it is interrupted."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from bot.playground.seed import read_seed
from bot.playground.server import Playground
from bot.playground.values import Refused


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bot.playground", description="A local Slack on 127.0.0.1."
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--manifest", type=Path, help="the app's manifest (JSON): commands, scopes, events")
    parser.add_argument("--seed", type=Path, help="people, groups and channels (JSON)")
    parser.add_argument("--http", metavar="URL", help="where the app takes requests, when not by Socket Mode")
    args = parser.parse_args(argv)
    try:
        seed = read_seed(args.seed, args.manifest)
        playground = Playground(seed, port=args.port).start()
    except (OSError, ValueError, TypeError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    over = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: over.set())
    told = {
        "SLACK_API_URL": playground.api_url,
        "SLACK_BOT_TOKEN": playground.bot_token,
        "SLACK_APP_TOKEN": playground.app_token,
        "SLACK_SIGNING_SECRET": playground.signing_secret,
    }
    sys.stdout.write(f"The playground is at {playground.url}/\nAn app there needs:\n")
    sys.stdout.writelines(f"  {name}={value}\n" for name, value in told.items())
    if not seed.socket_mode and not args.http:
        sys.stdout.write("Its manifest has Socket Mode off: start again with --http and the app's address.\n")
    sys.stdout.flush()
    if args.http:
        join(playground, args.http, over)
    over.wait()
    playground.stop()
    return 0


def join(playground: Playground, url: str, over: threading.Event) -> None:
    """Slack asks the app at its address for the challenge until it is there to answer."""
    while not over.is_set():
        try:
            playground.use_http(url)
        except Refused as refused:
            sys.stdout.write(f"No app yet at {url}: {refused.extra.get('message')}\n")
            sys.stdout.flush()
            over.wait(2)
        else:
            sys.stdout.write(f"The app at {url} gave the challenge back\n")
            sys.stdout.flush()
            return


if __name__ == "__main__":
    sys.exit(main())
