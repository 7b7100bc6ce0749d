"""Imports only travel down, files stay small, and no file is without a rule."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: First match wins. What each part may import of ours, beside itself.
RULES: list[tuple[str, set[str]]] = [
    ("bot/core/", set()),
    ("bot/checks/", {"core"}),
    ("bot/tools/", {"core"}),
    ("bot/databases/", {"core"}),
    ("bot/store/", {"core"}),
    ("bot/rehearsal/", {"core"}),
    ("bot/playground/", set()),
    ("bot/slack/", {"chat", "core"}),
    ("bot/demo/shop/", set()),
    ("bot/demo/", {"anything"}),
    ("bot/app.py", {"anything"}),
    ("bot/__main__.py", {"anything"}),
    ("bot/doctor.py", {"core", "slack", "projects", "planner"}),
    ("bot/settings.py", {"core"}),
    ("bot/course.py", {"core"}),
    ("bot/steps/", {"core", "course", "checks", "rehearsal"}),
    ("bot/tripwire.py", {"core", "course"}),
    ("bot/settling.py", {"core", "course"}),
    ("bot/runner.py", {"core", "course", "settling", "steps", "tripwire"}),
    ("bot/drive.py", {"core", "runner", "course"}),
    ("bot/queue.py", {"core", "drive"}),
    ("bot/leftovers.py", {"core", "drive", "databases"}),
    ("bot/book.py", {"core"}),
    ("bot/pen.py", {"core", "book", "queue", "chat"}),
    ("bot/approvals.py", {"core", "pen", "chat"}),
    ("bot/checklist.py", {"core", "approvals", "chat"}),
    ("bot/desk.py", {"core", "checklist", "chat"}),
    ("bot/chat.py", {"core", "slots", "when"}),
    ("bot/slots.py", {"core", "when", "chat"}),
    ("bot/when.py", {"core"}),
    ("bot/clock.py", {"core", "chat", "desk"}),
    ("bot/planner.py", {"core", "checks", "ghosts"}),
    ("bot/projects.py", {"core", "planner", "file_words", "locations", "plan_file", "project_file",
                         "project_rules", "template_file", "yaml_places", "outlines", "hooks",
                         "surroundings", "loaded"}),
    ("bot/loaded.py", {"core", "project_file"}),
    ("bot/toolbox.py", {"core", "loaded", "tools"}),
    ("bot/surroundings.py", {"core", "project_file", "tools"}),
    ("bot/outlines.py", {"core", "planner", "project_file"}),
    ("bot/file_words.py", {"core", "yaml_places"}),
    ("bot/locations.py", {"core"}),
    ("bot/plan_file.py", {"core", "file_words", "yaml_places", "project_file"}),
    ("bot/project_file.py", {"core", "yaml_places", "file_words", "project_parts"}),
    ("bot/project_parts.py", {"core", "file_words"}),
    ("bot/template_file.py", {"core", "file_words", "yaml_places"}),
    ("bot/hooks.py", {"core"}),
    ("bot/ghosts.py", {"core"}),
    ("bot/project_rules.py", {"core", "locations", "yaml_places", "project_file", "file_words"}),
    ("bot/yaml_places.py", {"core"}),
    ("bot/__init__.py", set()),
    ("commands/", {"chat", "desk", "core", "slots", "when"}),
]  # fmt: skip


def sources() -> list[Path]:
    return sorted(p for folder in ("bot", "commands") for p in (ROOT / folder).rglob("*.py"))


def rule_of(path: str) -> set[str] | None:
    return next((allowed for start, allowed in RULES if path.startswith(start)), None)


def ours_in(tree: ast.AST) -> set[str]:
    """The parts of bot that a file imports: "core", "desk", …"""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{a.name}" for a in node.names] if node.module == "bot" else [node.module]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        else:
            continue
        found |= {n.split(".")[1] for n in names if n.startswith("bot.")}
        found |= {"commands" for n in names if n.split(".")[0] == "commands"}
    return found


def outside_in(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[0] for a in node.names}
    return found - {"bot", "commands"}


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_only_travel_down(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    allowed = rule_of(name)

    assert allowed is not None, f"{name} has no rule"
    if "anything" not in allowed:
        part = name.split("/")[1].removesuffix(".py")
        assert ours_in(ast.parse(path.read_text())) - allowed - {part} == set()


def test_the_core_uses_the_standard_library_only() -> None:
    for path in (ROOT / "bot/core").glob("*.py"):
        assert outside_in(ast.parse(path.read_text())) - set(sys.stdlib_module_names) == set(), path.name


def test_commands_are_imported_in_one_place() -> None:
    places = {str(p.relative_to(ROOT)) for p in sources() if "commands" in ours_in(ast.parse(p.read_text()))}

    assert places - {"commands"} == {"bot/app.py"}


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    text = path.read_text()
    family = name.startswith("commands/") or (name.startswith("bot/checks/") and "\nLINES = " in text)
    most = 120 if family else 300

    assert len(text.splitlines()) <= most, name
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            arguments = [
                a.arg for a in (*node.args.args, *node.args.kwonlyargs) if a.arg not in ("self", "cls")
            ]
            made = {"__init__", "__exit__"}

            assert length <= 50, f"{name}: {node.name} has {length} lines"
            assert len(arguments) <= 6 or node.name in made, f"{name}: {node.name} takes {len(arguments)}"


def test_every_module_says_what_it_is() -> None:
    silent = [
        p
        for p in sources()
        if not p.match("bot/demo/*/versions/*") and not ast.get_docstring(ast.parse(p.read_text()))
    ]

    assert silent == []
