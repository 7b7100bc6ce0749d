"""What goes wrong on purpose, counted or by chance.

Counts are "the next N"; -1 means every time, until it is set back to 0.
"""

import random
from dataclasses import MISSING, Field, dataclass, field, fields

from bot.playground.values import Json, Refused

ALWAYS = -1

#: How likely each is, each time, when everything goes wrong together.
MIXED = {
    "server_errors": 0.04,
    "storms": 0.04,
    "lost_answers": 0.02,
    "lost_acks": 0.04,
    "drops": 0.02,
    "duplicates": 0.15,
    "reorders": 0.1,
}


@dataclass(slots=True, kw_only=True)
class Faults:
    latency: float = 0.0  # seconds before a Web API call is looked at
    server_errors: int = 0  # Web API calls answered 500, nothing done
    lost_answers: int = 0  # Web API calls carried out, and then the connection breaks
    storms: int = 0  # Web API calls answered 429
    retry_after: int = 1  # what those tell
    #: The faults above hit only these; () means all methods. response_url and upload may be named too.
    methods: tuple[str, ...] = ()
    lost_acks: int = 0  # acknowledgements that never arrive
    drops: int = 0  # deliveries during which the app's connection breaks
    duplicates: int = 0  # events delivered twice
    reorders: int = 0  # events held back until the next one has arrived, or a second has passed
    event_delay: float = 0.0  # events wait up to this long, each as long as it likes: so they change places
    silent: bool = False  # nobody can reach Slack, and Slack can reach nobody
    no_new_blocks: bool = False  # a workspace that the blocks of 2026 have not reached yet
    no_groups: bool = False  # a workspace without user groups, as on the free plan
    revoked: bool = False  # the bot's token was taken back
    chances: dict[str, float] = field(default_factory=dict)  # fault -> how likely it hits, 0 to 1
    _dice: random.Random = field(default_factory=random.Random, repr=False)

    def hits(self, name: str, method: str | None = None) -> bool:
        """Whether this one is hit; counts down."""
        if method and self.methods and method not in self.methods:
            return False
        left: int = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return left != 0 or self._dice.random() < self.chances.get(name, 0.0)

    def beside(self, name: str, address: str) -> bool:
        """The same for what is no Web API method: hit by chance, or when `methods` names it."""
        return (bool(self.chances) or address in self.methods) and self.hits(name, address)

    def delay(self) -> float:
        return self._dice.uniform(0, self.event_delay) if self.event_delay else 0.0

    def mix(self, seed: int) -> None:
        """Everything that a retry can mend, at once and by chance. The same seed throws the same dice."""
        self.clear()
        self._dice.seed(seed)
        self.set(chances=MIXED, latency=0.02, event_delay=0.3)

    def set(self, **wanted: object) -> None:
        """Only what is named changes. Raises Refused for an unknown name or a value of another kind."""
        known = {one.name: one for one in _own()}
        if not set(wanted) <= set(known):
            raise Refused("unknown_fault", message=f"known are {', '.join(known)}")
        fitting = {name: _fitting(name, _blank(known[name]), value) for name, value in wanted.items()}
        for name, value in fitting.items():
            setattr(self, name, value)

    def clear(self) -> None:
        for one in _own():
            setattr(self, one.name, _blank(one))

    def shown(self) -> Json:
        found = {one.name: getattr(self, one.name) for one in _own()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def _own() -> list["Field[object]"]:
    return [one for one in fields(Faults) if not one.name.startswith("_")]


def _blank(one: "Field[object]") -> object:
    return one.default if one.default is not MISSING else {}


def _fitting(name: str, like: object, value: object) -> object:
    if isinstance(value, list):
        value = tuple(value)
    if isinstance(like, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not type(like):
        raise Refused("wrong_fault", message=f"{name} is {type(like).__name__}, not {type(value).__name__}")
    if not isinstance(value, dict):
        return value
    if not all(one in MIXED and _is_chance(chance) for one, chance in value.items()):
        raise Refused("wrong_fault", message=f"{name} are numbers from 0 to 1 for {', '.join(MIXED)}")
    return dict(value)


def _is_chance(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1
