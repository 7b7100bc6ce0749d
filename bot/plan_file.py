"""A plan file: what a machine cannot know of a plan. It is optional, and adds to what was worked out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from bot.core.plans import Assertion, Notes
from bot.file_words import Duration, Line, Part, in_words
from bot.project_file import AssertionPart, ProjectFile, with_short_tool
from bot.yaml_places import Problem, read_yaml

#: Larger than any file that a person wrote.
MOST_BYTES = 1_000_000


class ExpectedPart(Part):
    """How long people expect each phase to take."""

    development: Duration | None = Field(default=None, examples=["5m"])
    staging: Duration | None = Field(default=None, examples=["20m"])
    production: Duration | None = Field(default=None, examples=["1h"])


class PlanFile(Part):
    """All of a plan file."""

    title: Annotated[str, Field(max_length=120)] = Field(default="", examples=["Orders get a currency"])
    why: str = Field(default="", max_length=2000, examples=["Invoices abroad need it"])
    owner: str = Field(default="", max_length=120, examples=["dev-lead"])
    team: list[Line] = Field(default=[], examples=["[dba, dev-lead]"])
    expected: ExpectedPart = Field(default=ExpectedPart(), examples=["{production: 1h}"])
    assertions: list[AssertionPart] = Field(default=[], examples=["[{name: …, sql: …, expect: …}]"])
    links: list[Annotated[str, Field(pattern=r"^https?://[^\s<>|\"]+$", max_length=500)]] = Field(
        default=[], examples=['["https://wiki.example.com/orders"]']
    )


def read_plan_file(path: Path, shown: str) -> tuple[Notes, tuple[Assertion, ...], list[Problem]]:
    """What the file says, and every problem of it; `shown` is its name for people."""
    text, problem = text_in(path, shown)
    if problem:
        return Notes(), (), [problem]
    document = read_yaml(text, shown)
    problems = list(document.problems)
    if not isinstance(document.value, dict):
        return Notes(), (), problems
    try:
        file = PlanFile.model_validate(document.value)
    except ValidationError as error:
        return Notes(), (), problems + list(in_words(error, document, PlanFile))
    said = document.value.get("expected") or {}
    notes = Notes(
        title=file.title,
        why=file.why,
        owner=file.owner,
        team=tuple(file.team),
        links=tuple(file.links),
        expected={phase: str(words) for phase, words in said.items() if words},
    )
    return notes, tuple(a.assertion() for a in file.assertions), problems


def text_in(path: Path, shown: str) -> tuple[str, Problem | None]:
    """A file's text, or what is wrong with it as a whole."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            return "", Problem(file=shown, line=1, key="", text="the file is larger than 1 MB; write less")
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return "", Problem(file=shown, line=1, key="", text="the file is not UTF-8 text; save it as UTF-8")
    except OSError as error:
        said = "there is no such file" if isinstance(error, FileNotFoundError) else "the file cannot be read"
        return "", Problem(file=shown, line=1, key="", text=f"{said}; write it, or correct its name")


def json_schema() -> dict[str, Any]:
    """The JSON Schemas of both files, for editors and `whimbrel schema`."""
    return {
        "whimbrel.yaml": with_short_tool(ProjectFile.model_json_schema(mode="validation")),
        "plans/*.yaml": PlanFile.model_json_schema(mode="validation"),
    }
