"""What a check noticed, and what to do instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: The rule of a revision whose way back ends with the rows that it allows.
WAY_BACK_ENDS = "way-back-ends-with-new-rows"


class Weight(StrEnum):
    """What a finding asks of people."""

    #: Worth knowing; nothing waits for it.
    NOTE = "note"
    #: No environment is changed until it is mended, or accepted by its name, by a role, with a reason.
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check noticed. Every text is a sentence for people, with the project's own names."""

    #: What was noticed, as a rule's name in lower case with hyphens: "index-blocks-writes".
    rule: str
    #: Where: a revision, a table or a column, "" for the whole plan.
    place: str = ""
    weight: Weight = Weight.STOP
    #: What is wrong, with the table's name and its rows where they are known.
    reason: str
    #: What to do instead.
    instead: str = ""
    #: The safe SQL, with the project's own names; "" when there is none.
    sql: str = ""
    #: "file:line" in the project, "" when it has no place in a file.
    at: str = ""
    #: The template's lines that it bears on.
    lines: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """How people name it when they accept it: "index-blocks-writes@0004"."""
        return f"{self.rule}@{self.place}" if self.place else self.rule
