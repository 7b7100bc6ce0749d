"""The words in the code, in help and in the README are the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import commands
from bot.chat import Command, discover

README = Path(__file__).parent.parent / "README.md"
COMMANDS = discover(commands)


def documented() -> set[str]:
    """What stands after /migrate in each row of the README's table that begins with it."""
    text = README.read_text(encoding="utf-8") if README.exists() else ""
    return set(re.findall(r"^\| `/migrate ([^`]+)`", text, re.MULTILINE))


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_each_word_has_a_usage_that_begins_with_it_and_a_line_of_help(command: Command) -> None:
    assert command.name == command.usage.split()[0]
    assert re.fullmatch(r"[A-Z].{10,98}[.]", command.help)


def test_the_readmes_table_has_each_words_usage_and_no_other() -> None:
    rows = {row.replace("\\|", "|") for row in documented()}

    assert not README.exists() or {command.usage for command in COMMANDS.values()} == rows
