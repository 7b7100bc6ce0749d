"""The command line: demo, run, upgrade, doctor, manifest, schema, template."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence

from bot.core.errors import BadSettings, WhimbrelError

EXAMPLES = """first steps:
  whimbrel demo             a local Slack, a database server and the bot, all on this machine
  whimbrel manifest         what to paste into api.slack.com/apps to make the app
  whimbrel doctor           what is not right yet, and how to mend it
  whimbrel run              the bot, its worker and its clock in one process
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one word of the command line; the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        code: int = asked.run(asked)
    except BadSettings as bad:
        print(bad, bad.hint, sep="\n", file=sys.stderr)
        return 78  # EX_CONFIG of sysexits.h: whoever deploys can put it right
    except WhimbrelError as error:
        print(error.message, error.hint, sep="\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="whimbrel",
        description="Carries a database change from plan to production, in a Slack channel.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words = parser.add_subparsers(metavar="word", required=True)
    run = words.add_parser("run", help="run the bot (and its worker and clock)")
    run.add_argument("--only", choices=("bot", "worker", "clock"), action="append", default=[])
    run.set_defaults(run=_run)
    demo = words.add_parser("demo", help="try everything on this machine, without Slack")
    demo.add_argument("--headless", action="store_true", help="play the story with scripted people")
    demo.add_argument("--port", type=int, default=0, help="the page's port (default: a free one)")
    demo.set_defaults(run=_demo)
    words.add_parser("upgrade", help="bring the bot's own tables up to date").set_defaults(run=_upgrade)
    doctor = words.add_parser("doctor", help="check tokens, scopes, channels, databases, tools")
    doctor.set_defaults(run=_doctor)
    manifest = words.add_parser("manifest", help="print the Slack app's manifest")
    manifest.add_argument("--url", help="the public https address, when Slack is to call the bot")
    manifest.set_defaults(run=_manifest)
    template = words.add_parser("template", help="print every line of the template, with who answers it")
    template.add_argument("file", nargs="?", help="a template file of your own (default: Whimbrel's)")
    template.add_argument("--json", action="store_true", help="as JSON, for a program")
    template.set_defaults(run=_template)
    words.add_parser("schema", help="print the JSON Schema of whimbrel.yaml and plan files").set_defaults(
        run=_schema
    )
    return parser


def _run(asked: argparse.Namespace) -> int:
    from bot.app import serve

    return serve(frozenset(asked.only))


def _demo(asked: argparse.Namespace) -> int:
    from bot.demo.show import show
    from bot.demo.story import tell

    return tell() if asked.headless else show(asked.port)


def _upgrade(_: argparse.Namespace) -> int:
    from bot.settings import environment, read
    from bot.store.store import store, upgrade

    kept = store(read(environment(), slack=False).store)
    upgrade(kept.memory)
    kept.close()
    print("The bot's own tables are up to date.")
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from bot.app import check_up

    logging.basicConfig(level=logging.ERROR)
    return check_up()


def _manifest(asked: argparse.Namespace) -> int:
    from bot.slack.manifest import manifest

    print(json.dumps(manifest(asked.url), indent=2))
    return 0


def _template(asked: argparse.Namespace) -> int:
    from bot.template_file import as_json, as_text, lines_of

    lines = lines_of(asked.file or "")
    print(as_json(lines) if asked.json else as_text(lines))
    return 0


def _schema(_: argparse.Namespace) -> int:
    from bot.plan_file import json_schema

    print(json.dumps(json_schema(), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
