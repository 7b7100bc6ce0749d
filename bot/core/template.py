"""The template: the lines that a change has to answer, and who answers each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.targets import Phase


class By(StrEnum):
    """Who answers a line."""

    #: Measured by the product, evidence kept.
    CHECK = "check"
    #: Done by the product, and on record.
    ACTION = "action"
    #: The team's own command or address, its result on record; with none configured, a person.
    HOOK = "hook"
    #: A person of the named role, with evidence or a link.
    ATTEST = "attest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the template.

    `via` names what answers it: a check's module, a step's key, a hook's name, or "always" for what the
    product does by itself from a change's first message on. "" is nobody yet: such a line never holds a
    change up.
    """

    n: int
    text: str
    section: str
    by: By
    how: str
    via: str = ""
    #: Who ticks it, or waives it first: a role of the template, e.g. "dev-lead".
    role: str = ""
    #: The phase in which it is answered; none: after production.
    phase: Phase | None = None
    #: A hook runs before the phase's scripts, not after them.
    early: bool = False


#: What `via` says for lines that the product answers by being there.
ALWAYS = "always"
