"""whimbrel.yaml: the project's tool, environments, roles, approvals and limits, as written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from bot.core.plans import Assertion, Limits
from bot.core.policy import RoleSource
from bot.core.targets import Phase
from bot.file_words import Duration, Line, Name, Part, text_of

_ROLES = Field(min_length=1, examples=["[dba, qa]"])


class ToolPart(Part):
    """How the scripts reach a target: `tool: alembic`, or with its options."""

    name: str = Field(description="The tool's name.", examples=["alembic"])
    folder: str = Field(
        default="", description="Folder of the scripts, from the project's root.", examples=["migrations"]
    )
    config: str = Field(default="", description="The tool's own settings file.", examples=["alembic.ini"])
    python: str = Field(default="", description="The project's interpreter.", examples=[".venv/bin/python"])
    environment: list[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]] = Field(
        default=[],
        max_length=50,
        description="Variables of the bot's environment that the scripts see beside PATH, HOME and the like.",
        examples=["[APP_SETTINGS]"],
    )


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class EnvironmentPart(Part):
    """One target."""

    url: str = Field(description="${NAME} of the variable that holds the URL.", examples=["${SHOP_URL}"])
    backup: bool = Field(default=True, description="Take a backup before each run.", examples=["true"])
    take_back: bool | None = Field(
        default=None,
        description="Take back by itself after a failure; not in production by default.",
        examples=["true"],
    )


class EnvironmentsPart(Part):
    """Where each phase runs."""

    development: EnvironmentPart = Field(examples=["{url: ${SHOP_DEV_URL}}"])
    staging: EnvironmentPart = Field(examples=["{url: ${SHOP_STAGING_URL}}"])
    production: EnvironmentPart = Field(examples=["{url: ${SHOP_PROD_URL}}"])

    def of(self, phase: Phase) -> EnvironmentPart:
        """The environment of a phase."""
        part: EnvironmentPart = getattr(self, phase.value)
        return part


class RolePart(Part):
    """Who holds a role: a user group, people, or both."""

    group: str = Field(default="", pattern=r"^(@[\w.-]+|S[A-Z0-9]{2,})?$", examples=['"@dbas"'])
    people: list[Annotated[str, Field(pattern=r"^[UW][A-Z0-9]+$")]] = Field(
        default=[], examples=["[U012ABCDEF]"]
    )

    @model_validator(mode="after")
    def _somebody(self) -> RolePart:
        if not self.group and not self.people:
            raise ValueError('nobody would hold this role; write group: "@name" or people: [U012ABCDEF]')
        return self

    def source(self) -> RoleSource:
        """The same, for the rules."""
        return RoleSource(group=self.group, people=tuple(self.people))


class ApprovalsPart(Part):
    """The roles that must all approve each phase."""

    development: list[str] = _ROLES
    staging: list[str] = _ROLES
    production: list[str] = _ROLES


class CriteriaPart(Part):
    """What each phase must show before it counts as passed, in words."""

    development: list[Line] = Field(default=[], examples=['["All assertions hold"]'])
    staging: list[Line] = Field(default=[], examples=['["Order page answers in under 200 ms"]'])
    production: list[Line] = Field(default=[], examples=['["No error in 15 minutes"]'])


class LimitsPart(Part):
    """How far a run may go before it stops by itself."""

    lock_timeout: Duration = Field(default=3.0, examples=["3s"])
    lock_retries: int = Field(default=5, ge=0, le=100, examples=["5"])
    lock_backoff: Duration = Field(default=1.0, examples=["1s"])
    lock_backoff_most: Duration = Field(default=30.0, examples=["30s"])
    step_timeout: Duration = Field(default=3600.0, examples=["1h"])
    decide_within: Duration = Field(default=900.0, examples=["15m"])

    def limits(self) -> Limits:
        """The same, for the runner."""
        return Limits(**self.model_dump())


class AssertionPart(Part):
    """A question in SQL and the answer that must come back."""

    name: Line = Field(examples=["no order without a customer"])
    sql: str = Field(min_length=1, examples=["SELECT count(*) FROM orders WHERE customer_id IS NULL"])
    expect: Annotated[str, BeforeValidator(text_of), WithJsonSchema({"type": ["string", "number"]})] = Field(
        examples=['"0"']
    )
    when: Literal["before", "after", "both"] = Field(default="after", examples=["after"])

    def assertion(self) -> Assertion:
        """The same, for the plan."""
        return Assertion(**self.model_dump())


class ProjectFile(Part):
    """All of whimbrel.yaml."""

    project: Name = Field(description="The project's name, as typed in the chat.", examples=["shop"])
    tool: Annotated[ToolPart, BeforeValidator(_named)] = Field(examples=["alembic"])
    environments: EnvironmentsPart = Field(examples=["{development: …, staging: …, production: …}"])
    roles: dict[Name, RolePart] = Field(min_length=1, examples=['{dba: {group: "@dbas"}}'])
    approvals: ApprovalsPart = Field(
        examples=["{development: [dev-lead], staging: [dba, qa], production: [dba, sre]}"]
    )
    channels: list[Line] = Field(
        default=[], description="Where changes may be opened; none: anywhere.", examples=['["#db"]']
    )
    alerts: list[str] = Field(
        default=[], description="Roles mentioned when something is wrong.", examples=["[sre]"]
    )
    limits: LimitsPart = Field(default=LimitsPart(), examples=["{lock_timeout: 3s}"])
    several_roles_per_person: bool = Field(default=False, examples=["false"])
    criteria: CriteriaPart = Field(default=CriteriaPart(), examples=['{staging: ["Tests pass"]}'])
    assertions: list[AssertionPart] = Field(default=[], examples=["[{name: …, sql: …, expect: …}]"])
    plan: str = Field(
        default="", description="A plan file to add to every plan.", examples=["plans/orders.yaml"]
    )

    @field_validator("channels")
    @classmethod
    def _places(cls, channels: list[str]) -> list[str]:
        return [c.removeprefix("#") for c in channels]


def with_short_tool(schema: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema, in which the tool may also be its name alone."""
    tool = schema["properties"]["tool"]
    named = {"type": "string", "enum": ["alembic", "sql"]}
    schema["properties"]["tool"] = {"anyOf": [named, {"$ref": tool.pop("$ref")}], **tool}
    schema["$defs"]["ToolPart"]["properties"]["name"]["enum"] = ["alembic", "sql"]
    return schema
