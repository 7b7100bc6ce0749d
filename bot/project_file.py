"""whimbrel.yaml: the project's tool, environments, roles, approvals and limits, as written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from bot.core.facets import Facet
from bot.core.plans import Assertion, Limits
from bot.core.policy import RoleSource
from bot.core.targets import ENVIRONMENTS, Phase
from bot.file_words import Duration, Line, Name, Part, duration, text_of
from bot.project_parts import HookPart, RehearsalPart, WindowPart

_COSTS = {"duration", "wait", "downtime"}
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
    superuser: str = Field(
        default="",
        max_length=300,
        description="Why its role is a superuser, where it is one.",
        examples=['"the extension needs it"'],
    )
    window: WindowPart | None = Field(
        default=None,
        description="When the phase may start; none: always.",
        examples=['{opens: "22:00", closes: "04:00", zone: Europe/Berlin}'],
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
    rests_on: list[Annotated[str, Field(pattern=f"^({'|'.join(Facet)})$")]] = Field(
        default=[],
        description="The sides of a plan that the role answers for; none: all.",
        examples=["[sql, forecast, rollback]"],
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


class MostPart(Part):
    """A duration for each environment that has one; a single one is for all of them."""

    development: Duration | None = Field(default=None, examples=["10m"])
    staging: Duration | None = Field(default=None, examples=["10m"])
    production: Duration | None = Field(default=None, examples=["5s"])

    def by_phase(self) -> dict[str, float]:
        """Seconds by the phase's name."""
        return self.model_dump(exclude_none=True)


def _everywhere(value: object) -> object:
    if isinstance(value, str):
        duration(value)  # a mistake is said once, and at its own place
        return dict.fromkeys((phase.value for phase in ENVIRONMENTS), value)
    return value


_Most = Annotated[MostPart, BeforeValidator(_everywhere)]


class LimitsPart(Part):
    """How far a run may go before it stops by itself, and what a phase may be forecast to cost."""

    lock_timeout: Duration = Field(default=3.0, examples=["3s"])
    lock_retries: int = Field(default=5, ge=0, le=100, examples=["5"])
    lock_backoff: Duration = Field(default=1.0, examples=["1s"])
    lock_backoff_most: Duration = Field(default=30.0, examples=["30s"])
    step_timeout: Duration = Field(default=3600.0, examples=["1h"])
    decide_within: Duration = Field(default=900.0, examples=["15m"])
    duration: _Most = Field(
        default=MostPart(), description="What the revisions may take at most.", examples=["10m"]
    )
    wait: _Most = Field(
        default=MostPart(),
        description="What one statement of an application may wait at most.",
        examples=["{production: 2s}"],
    )
    downtime: _Most = Field(
        default=MostPart(),
        description="How long tables may be shut in all.",
        examples=["{staging: 1m, production: 5s}"],
    )

    def limits(self) -> Limits:
        """The same, for the runner and for the forecast."""
        costs = {name: getattr(self, name).by_phase() for name in _COSTS}
        return Limits(**self.model_dump(exclude=_COSTS), **costs)


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
    phases: list[Annotated[str, Field(pattern=f"^({'|'.join(Phase)})$")]] = Field(
        default_factory=lambda: [phase.value for phase in Phase],
        description="The phases that a change goes through; plan, scripts and test may be left out.",
        examples=["[plan, scripts, test, development, staging, production]"],
    )
    template: str = Field(
        default="",
        description="A template file of your own, or none; without it the product's.",
        examples=["our-template.yaml"],
    )
    rehearsal: RehearsalPart = Field(default=RehearsalPart(), examples=["{data: sample, rows: 20000}"])
    hooks: dict[Name, HookPart] = Field(
        default={},
        description="Commands and addresses by name.",
        examples=['{smoke-tests: {run: "make smoke"}}'],
    )
    sources: list[Line] = Field(
        default=[], description="Folders of the application's source.", examples=['["../shop/src"]']
    )
    plan: str = Field(
        default="", description="A plan file to add to every plan.", examples=["plans/orders.yaml"]
    )

    @field_validator("channels")
    @classmethod
    def _places(cls, channels: list[str]) -> list[str]:
        return [c.removeprefix("#") for c in channels]


def with_short_tool(schema: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema, in which the tool may be its name alone, and a cost one duration for everywhere."""
    tool = schema["properties"]["tool"]
    named = {"type": "string", "enum": ["alembic", "sql"]}
    schema["properties"]["tool"] = {"anyOf": [named, {"$ref": tool.pop("$ref")}], **tool}
    schema["$defs"]["ToolPart"]["properties"]["name"]["enum"] = ["alembic", "sql"]
    one = schema["$defs"]["LimitsPart"]["properties"]["lock_timeout"]
    for name in _COSTS:
        most = schema["$defs"]["LimitsPart"]["properties"][name]
        single = {"type": "string", "pattern": one["pattern"]}
        most["anyOf"] = [single, {"$ref": most.pop("$ref")}]
    return schema
