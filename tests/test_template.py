"""The template holds all of the user's lines, and what it says of who answers is what the code does."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

from bot import checks
from bot.core.targets import Phase
from bot.core.template import By
from bot.steps import ending, verdict_words
from bot.template_file import own, read_template

ROOT = Path(__file__).parents[1]
#: What answers are made by steps, not by checks, and their lines.
STEPPED = verdict_words.ANSWERS | ending.ANSWERS
#: Steps on an environment, and of its phase as a whole, that answer lines of their phase.
STEPS = {"after", "plan"}


def checks_of_lines() -> dict[str, ModuleType]:
    """The checks by the names that the template has for them; a file without LINES is none."""
    found = pkgutil.walk_packages(checks.__path__, f"{checks.__name__}.")
    modules = {m.name.removeprefix("bot.checks."): importlib.import_module(m.name) for m in found}
    return {name: module for name, module in modules.items() if hasattr(module, "LINES")}


def test_it_has_161_lines_in_their_order_and_few_wait_for_a_person() -> None:
    lines = own()

    assert [line.n for line in lines] == list(range(1, 162))
    assert sum(line.by is By.ATTEST for line in lines) <= 9
    assert sum(line.by is By.HOOK for line in lines) <= 15
    assert all(line.role for line in lines if line.by in (By.ATTEST, By.HOOK))


def test_every_check_is_named_by_its_lines_and_names_them() -> None:
    known = checks_of_lines()
    by_template: dict[str, set[int]] = {}
    for line in own():
        if line.by is By.CHECK and line.via:
            by_template.setdefault(line.via, set()).add(line.n)
    by_code = {name: set(module.LINES) for name, module in known.items()}
    by_code |= {name: set(lines) for name, lines in STEPPED.items()}

    assert {via: lines for via, lines in by_template.items() if via not in STEPS} == by_code
    assert {via for via in by_template if via not in by_code} == STEPS
    assert not known.keys() & STEPPED.keys()


def test_the_readme_counts_the_lines_as_they_are() -> None:
    text = (ROOT / "README.md").read_text()
    kinds = {"a check": By.CHECK, "an action": By.ACTION, "a hook": By.HOOK, "a person": By.ATTEST}
    said = {name: int(count) for name, count in re.findall(r"^\| ([\w ]+) \| (\d+) \|", text, re.M)}
    answered = Counter(line.by for line in own() if line.via or line.by is By.ATTEST)

    assert {name: answered[by] for name, by in kinds.items()} == {name: said[name] for name in kinds}
    assert said["nobody yet"] == 161 - sum(answered.values())


def test_every_check_asks_a_question() -> None:
    asked = {name: (module.__doc__ or "").splitlines()[0] for name, module in checks_of_lines().items()}

    assert [name for name, words in asked.items() if not words.endswith("?")] == []


def test_lines_come_in_the_order_of_their_phases() -> None:
    early = [line for line in own() if line.early]

    assert {line.phase for line in own()} == {*Phase, None}
    assert all(line.by is By.HOOK for line in early)


def test_every_problem_of_a_teams_own_template_is_named_at_once_with_its_line() -> None:
    text = "\n".join(
        (
            "template:",
            "  - section: Ours",
            "    lines:",
            "      - {n: 1, line: Help page, by: attest, role: dev-lead, phase: staging}",
            "      - {n: 1, line: Again, by: attest, role: dev-lead}",
        )
    )
    lines, problems = read_template(text, "ours.yaml")

    assert len(lines) == 2
    assert [str(p) for p in problems] == [
        "ours.yaml:1: template: number 1 stands 2 times; give each line its own"
    ]
    _, more = read_template(text.replace("attest", "hope").replace("staging", "somewhere"), "ours.yaml")
    assert len(more) == 3
    assert all(str(p).startswith("ours.yaml:") for p in more)


def test_the_command_line_prints_every_line_with_who_answers_it_and_how() -> None:
    def said(*words: str) -> str:
        order = [sys.executable, "-m", "bot", "template", *words]
        return subprocess.run(order, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    rows = json.loads(said("--json"))

    assert len(rows) == 161
    assert rows[0]["answered_by"].startswith("check ")
    assert all(row["how"] for row in rows)
    assert said().count("\n       ") == 161
