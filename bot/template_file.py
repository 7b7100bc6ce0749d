"""A template file: the lines that a change has to answer. The product's own is template.yaml, beside this
file; a team may copy and edit it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError

from bot.core.errors import BadSettings
from bot.core.targets import Phase
from bot.core.template import ALWAYS, By, Line
from bot.file_words import Line as OneLine
from bot.file_words import Part, in_words
from bot.yaml_places import Document, Problem, read_yaml

#: What a project writes to have no template at all.
NONE = "none"


class LinePart(Part):
    """One line."""

    n: int = Field(ge=1, le=9999, examples=["162"])
    line: OneLine = Field(examples=['"The help page tells of it"'])
    by: str = Field(pattern=f"^({'|'.join(By)})$", examples=["attest"])
    via: str = Field(default="", pattern=r"^[a-z0-9_-]{0,60}$", examples=["smoke-tests"])
    role: str = Field(default="", pattern=r"^[a-z0-9_-]{0,60}$", examples=["dev-lead"])
    phase: str = Field(default="", pattern=f"^({'|'.join(Phase)})?$", examples=["staging"])
    early: bool = Field(default=False, examples=["true"])
    how: str = Field(default="", max_length=500, examples=['"dev-lead, with the link"'])

    def value(self, section: str) -> Line:
        """The same, for the plan."""
        return Line(
            n=self.n,
            text=self.line,
            section=section,
            by=By(self.by),
            how=self.how,
            via=self.via,
            role=self.role,
            phase=Phase(self.phase) if self.phase else None,
            early=self.early,
        )


class SectionPart(Part):
    """Lines under one heading."""

    section: OneLine = Field(examples=['"Before production"'])
    lines: list[LinePart] = Field(min_length=1, examples=["[{n: 162, line: …, by: attest, role: dev-lead}]"])


class TemplateFile(Part):
    """All of a template file."""

    template: list[SectionPart] = Field(min_length=1, examples=["[{section: …, lines: […]}]"])


def read_template(text: str, shown: str) -> tuple[tuple[Line, ...], list[Problem]]:
    """The lines, and every problem of the file; `shown` is its name for people."""
    document = read_yaml(text, shown)
    problems = list(document.problems)
    if not isinstance(document.value, dict):
        return (), problems
    try:
        file = TemplateFile.model_validate(document.value)
    except ValidationError as error:
        return (), problems + list(in_words(error, document, TemplateFile))
    lines = tuple(part.value(s.section) for s in file.template for part in s.lines)
    return lines, problems + _twice(document, lines)


def _twice(document: Document, lines: Sequence[Line]) -> list[Problem]:
    count = Counter(line.n for line in lines)
    return [
        document.problem(("template",), f"number {n} stands {times} times; give each line its own")
        for n, times in count.items()
        if times > 1
    ]


def lines_of(written: str) -> tuple[Line, ...]:
    """The lines of a file, "" for the product's own. Raises BadSettings with every problem of it."""
    if not written:
        return own()
    try:
        lines, problems = read_template(Path(written).read_text(encoding="utf-8"), written)
    except (OSError, UnicodeDecodeError):
        raise BadSettings(f"{written} cannot be read.", hint="Write the path of a template file.") from None
    if problems:
        raise BadSettings(f"{written} is not right.", problems=[str(problem) for problem in problems])
    return lines


def answerer(line: Line) -> str:
    """Who answers a line, in words."""
    role = line.role or "whoever approves"
    if line.by is By.ATTEST:
        return f"{role} ticks it"
    if not line.via:
        return f"nobody yet ({line.by})"
    if line.via == ALWAYS:
        return "Whimbrel, from a change's first message on"
    if line.by is By.HOOK:
        return f"your hook {line.via}, else {role} ticks it"
    return f"{line.by} {line.via}"


def as_text(lines: Sequence[Line]) -> str:
    """Every line with who answers it and how, and the count of each kind."""
    rows: list[str] = []
    section = ""
    for line in lines:
        if line.section != section:
            section = line.section
            rows.append(f"\n{section}")
        when = line.phase or "after production"
        rows.append(f"  {line.n:>3}  {line.text}\n       {when}: {answerer(line)}; {line.how}")
    return "\n".join([*rows, "", _counted(lines)]).strip()


def _counted(lines: Sequence[Line]) -> str:
    answered = Counter(line.by.value for line in lines if line.via or line.by is By.ATTEST)
    nobody = sum(not line.via and line.by is not By.ATTEST for line in lines)
    kinds = ", ".join(f"{count} {kind}" for kind, count in answered.most_common())
    return f"{len(lines)} lines: {kinds}, {nobody} nobody yet"


def as_json(lines: Sequence[Line]) -> str:
    """The same for a program."""
    rows = [{**asdict(line), "answered_by": answerer(line)} for line in lines]
    return json.dumps(rows, indent=2, ensure_ascii=False)


@lru_cache(maxsize=1)
def own() -> tuple[Line, ...]:
    """The product's own template."""
    path = Path(__file__).with_name("template.yaml")
    lines, problems = read_template(path.read_text(encoding="utf-8"), path.name)
    if problems:
        raise AssertionError(problems)
    return lines
