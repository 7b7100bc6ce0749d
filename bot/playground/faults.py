"""What goes wrong on purpose. Counts are "the next N"; -1 means every time, until it is set back to 0."""

import random
from dataclasses import dataclass, fields

from bot.playground.values import Json, Refused

ALWAYS = -1


@dataclass(slots=True, kw_only=True)
class Faults:
    latency: float = 0.0  # seconds before a Web API call is looked at
    server_errors: int = 0  # Web API calls answered 500, nothing done
    lost_answers: int = 0  # Web API calls carried out, and then the connection breaks
    storms: int = 0  # Web API calls answered 429
    retry_after: int = 1  # what those tell
    methods: tuple[str, ...] = ()  # the Web API faults above hit only these; () means all
    lost_acks: int = 0  # acknowledgements that never arrive
    duplicates: int = 0  # events delivered twice
    event_delay: float = 0.0  # events wait up to this long, each as long as it likes: so they change places
    silent: bool = False  # nobody can reach Slack, and Slack can reach nobody

    def hits(self, name: str, method: str | None = None) -> bool:
        """Whether this one is hit; counts down."""
        left: int = getattr(self, name)
        if left == 0 or (method and self.methods and method not in self.methods):
            return False
        if left > 0:
            setattr(self, name, left - 1)
        return True

    def delay(self) -> float:
        return random.uniform(0, self.event_delay) if self.event_delay else 0.0  # noqa: S311

    def set(self, **wanted: object) -> None:
        known = {one.name: one.type for one in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise Refused("unknown_fault", message=f"known are {', '.join(known)}")
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    def clear(self) -> None:
        for one in fields(self):
            setattr(self, one.name, one.default)

    def shown(self) -> Json:
        return {one.name: getattr(self, one.name) for one in fields(self)}
