"""Parts of whimbrel.yaml about looking before leaping: windows, the rehearsal, hooks."""

from __future__ import annotations

import re
import shlex
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from bot.core.hooks import Hook
from bot.core.measures import Copying
from bot.core.plans import Rehearsing
from bot.core.windows import Window
from bot.file_words import Duration, Part


def _hour(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError('is not a time of the day; write it in quotes as "22:00"')
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("is not a time zone; write one such as UTC or Europe/Berlin") from None
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a pattern that can be used ({error}); write a regular expression") from None
    return text


Hour = Annotated[str, AfterValidator(_hour)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class WindowPart(Part):
    """When a phase may start."""

    opens: Hour = Field(examples=['"22:00"'])
    closes: Hour = Field(examples=['"04:00"'])
    days: list[Day] = Field(
        default_factory=lambda: list(get_args(Day)), min_length=1, examples=["[tue, wed, thu]"]
    )
    zone: Annotated[str, AfterValidator(_zone)] = Field(default="UTC", examples=["Europe/Berlin"])

    @model_validator(mode="after")
    def _some_time(self) -> WindowPart:
        if self.opens == self.closes:
            raise ValueError("opens and closes at the same time; write two times, or take the window out")
        return self

    def window(self) -> Window:
        """The same, for the rules."""
        return Window(opens=self.opens, closes=self.closes, days=tuple(self.days), zone=self.zone)


class RehearsalPart(Part):
    """Where and with what a change is rehearsed before it comes near an environment."""

    server: str = Field(
        default="embedded",
        description="A server of our own, or ${NAME} of the variable with the URL of one.",
        examples=["embedded"],
    )
    data: Literal["auto", "full", "sample", "made"] = Field(
        default="auto",
        description="full, sample, or made (no row leaves production); auto: full while it is small.",
        examples=["auto"],
    )
    rows: int = Field(default=20_000, ge=100, le=100_000_000, examples=["20000"])
    workload: str = Field(default="", description="A pgbench script of yours.", examples=["load.sql"])
    faults: Duration = Field(default=60.0, description="Time for faults at most.", examples=["60s"])

    def rehearsing(self) -> Rehearsing:
        """The same, for the plan."""
        data = None if self.data == "auto" else Copying(self.data)
        return Rehearsing(data=data, rows=self.rows, workload=self.workload, faults=self.faults)


class HookPart(Part):
    """A command or an address of the team's own."""

    run: str = Field(default="", description="Program and arguments; no shell.", examples=['"make smoke"'])
    url: str = Field(default="", pattern=r"^(https?://[^\s<>|\"]+)?$", examples=["https://shop/health"])
    method: Literal["GET", "POST", "PUT"] = Field(default="GET", examples=["GET"])
    limit: Duration = Field(default=300.0, examples=["5m"])
    environment: list[Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]] = Field(
        default=[], description="The bot's variables that it may see.", examples=["[SMOKE_TOKEN]"]
    )
    expect: int | None = Field(default=None, examples=["0"])
    output: Pattern = Field(default="", examples=['"all tests passed"'])
    redact: list[Pattern] = Field(default=[], examples=['["token=\\\\S+"]'])
    repeatable: bool = Field(default=True, examples=["false"])

    @model_validator(mode="after")
    def _one_way(self) -> HookPart:
        if bool(self.run) == bool(self.url):
            raise ValueError("needs either run or url; write one of them")
        try:
            words = shlex.split(self.run)
        except ValueError as error:
            raise ValueError(f"cannot be read as a command ({error}); close its quotes") from None
        if self.run and not words:
            raise ValueError("has no program; write one")
        return self

    def hook(self, name: str) -> Hook:
        """The same, for the plan."""
        expect = self.expect if self.expect is not None else (200 if self.url else 0)
        return Hook(
            name=name,
            command=tuple(shlex.split(self.run)),
            url=self.url,
            method=self.method,
            limit=self.limit,
            environment=tuple(self.environment),
            expect=expect,
            output=self.output,
            redact=tuple(self.redact),
            repeatable=self.repeatable,
        )
