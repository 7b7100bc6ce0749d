"""The story: three changes carried by scripted people over the demo's Slack, and what came of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.core.targets import ENVIRONMENTS, Kind, Phase, Secret, Target
from bot.databases.postgresql import PostgreSQL
from bot.demo.world import CHANNEL, World
from bot.playground.client import Person, read

#: What the databases should be at, when the story is over.
SHOP_END = "0014"
PATIENCE = 60.0


@dataclass
class Cast:
    """The scripted people, and what they wait for."""

    world: World
    people: dict[str, Person] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def who(self, name: str) -> Person:
        """A person by their name."""
        if name not in self.people:
            self.people[name] = Person(self.world.slack.url, name, patience=PATIENCE)
        return self.people[name]

    def says(self, name: str, words: str) -> str:
        """Type words after /migrate, and read what is answered to this person alone."""
        person = self.who(name)
        before = {m["ts"] for m in person.ephemerals(CHANNEL)}
        person.say(CHANNEL, f"/migrate {words}")
        return self._answer(person, before)

    def _answer(self, person: Person, before: set[str]) -> str:
        def answered(_: object) -> str | None:
            fresh = [m for m in person.ephemerals(CHANNEL) if m["ts"] not in before]
            return read(fresh[-1]) if fresh else None

        return str(person.wait_for(answered, PATIENCE, "an answer"))

    def plan_message(self, change: int) -> str:
        """Slack's id of the change's live message."""
        guest = self.who("guest")

        def live(_: object) -> str | None:
            roots = [m for m in guest.messages(CHANNEL) if m.get("thread_ts") in (None, m["ts"])]
            found = [m["ts"] for m in roots if f"· change {change}\n" in read(m) and not m.get("ephemeral")]
            return str(found[-1]) if found else None

        return str(guest.wait_for(live, PATIENCE, f"the message of change {change}"))

    def expect(self, what: str, text: str, *parts: str) -> None:
        """Note it when a text does not hold what it should."""
        missing = [part for part in parts if part not in text]
        if missing:
            self.wrong.append(f"{what}: {missing} is not in: {text}")

    def until(self, change: int, phrase: str) -> str:
        """Wait until the change's thread says something."""
        ts = self.plan_message(change)
        guest = self.who("guest")

        def said(_: object) -> str | None:
            words = "\n".join(read(m) for m in guest.thread(CHANNEL, ts))
            return words if re.search(phrase, words) else None

        return str(guest.wait_for(said, PATIENCE, f"“{phrase}” in the thread of change {change}"))

    def approved(self, change: int, roles: tuple[str, ...]) -> None:
        """Wait until the live message has the approvals of these roles."""
        ts = self.plan_message(change)
        guest = self.who("guest")
        marks = [f"✅ {role}" for role in roles]

        def there(_: object) -> bool:
            return all(mark in read(guest.message(CHANNEL, ts)) for mark in marks)

        guest.wait_for(there, PATIENCE, f"the approvals of {', '.join(roles)}")

    def part(self, name: str, play: Callable[[Cast], None]) -> None:
        """Play a part of the story and remember how long it took."""
        began = time.monotonic()
        print(f"\n=== {name}", flush=True)
        play(self)
        self.seconds[name] = time.monotonic() - began


def looked_at(cast: Cast, change: int) -> None:
    """The plan's own phases: environments, scripts, and the rehearsal on a copy of production."""
    cast.until(change, "Plan is done")
    cast.expect("an open line", cast.says("developer", f"run scripts {change}"), "⛔", "waits for lines 31")
    cast.says("dev-lead", f"tick 31 32 34 The application does not name what changes. #{change}")
    cast.says("product-owner", f"tick 33 No screen changes. #{change}")
    cast.says("developer", f"run scripts {change}")
    cast.until(change, "Scripts is done")
    accepted(cast, change)
    cast.says("developer", f"run test {change}")
    cast.until(change, "Test is done")
    accepted(cast, change)


def accepted(cast: Cast, change: int) -> None:
    """Every finding that stops the change is accepted by its name, by a role, with a reason."""
    for _ in range(8):
        named = re.search(r"/migrate accept (\S+)", cast.says("dba", f"why {change}"))
        if named is None:
            return
        cast.says("dba", f"accept {named[1]} A second at night is agreed with the shop. #{change}")
    cast.wrong.append(f"findings of change {change} have no end")


def first_change(cast: Cast) -> None:
    """A plan, measured, refused and given approvals, and the three environments."""
    cast.says("developer", "start shop to 0012")
    ts = cast.plan_message(1)
    looked_at(cast, 1)
    cast.expect("who holds no role", cast.says("guest", "approve 1"), "⛔", "role")
    cast.expect("one's own change", cast.says("developer", "approve 1"), "⛔", "opened this change")
    for name in ("dev-lead", "dba", "qa", "sre", "product-owner"):
        cast.who(name).react(CHANNEL, ts, "white_check_mark")
    cast.approved(1, ("dev-lead", "dba", "qa", "sre", "product-owner"))
    cast.who("dba").unreact(CHANNEL, ts, "white_check_mark")
    cast.until(1, "took the approval for dba back")
    cast.expect("a phase out of turn", cast.says("dev-lead", "run production"), "⛔", "staging")
    cast.says("dev-lead", "run development")
    cast.until(1, "[Dd]evelopment (is done|has passed|is finished|finished|passed)")
    cast.expect("a missing approval", cast.says("dba", "run staging"), "⛔", "dba")
    cast.who("dba").react(CHANNEL, ts, "+1")
    cast.approved(1, ("dba",))
    cast.says("dba", "run staging")
    cast.until(1, "[Ss]taging (is done|has passed|is finished|finished|passed)")
    cast.expect("lines before production", cast.says("sre", "run production"), "⛔", "lines 82")
    cast.says("security", "tick 82-83 Grants are those of the plan. #1")
    cast.says("sre", "run production")
    cast.until(1, "[Pp]roduction (is done|has passed|is finished|finished|passed)")


def second_change(cast: Cast) -> None:
    """The third revision fails on staging's data, and the change takes itself back there."""
    cast.says("developer", "start loyalty")
    ts = cast.plan_message(2)
    for name in ("dev-lead", "qa", "dba"):
        cast.who(name).react(CHANNEL, ts, "white_check_mark")
    cast.approved(2, ("dev-lead", "qa"))
    cast.says("dev-lead", "run development 2")
    cast.until(2, "[Dd]evelopment (is done|has passed|is finished|finished|passed)")
    cast.says("qa", "run staging 2")
    cast.until(2, "(?i)taken back")


def third_change(cast: Cast) -> None:
    """Scheduled, it starts by itself."""
    cast.says("developer", "start shop to 0014")
    ts = cast.plan_message(3)
    looked_at(cast, 3)
    for name in ("dev-lead", "qa", "dba", "sre", "product-owner"):
        cast.who(name).react(CHANNEL, ts, "white_check_mark")
    cast.approved(3, ("dev-lead", "qa", "dba", "sre", "product-owner"))
    cast.says("developer", "schedule development in 3 s #3")
    cast.until(3, "[Dd]evelopment (is done|has passed|is finished|finished|passed)")
    for phase in ("staging", "production"):
        if phase == "production":
            cast.says("security", "tick 82-83 Grants are those of the plan. #3")
        cast.says("sre", f"run {phase} 3")
        cast.until(3, f"(?i){phase} (is done|has passed|is finished|finished|passed)")


def look(cast: Cast) -> None:
    """Every database is at the revision and the schema that it should be at."""
    prints: dict[str, str] = {}
    for phase in ENVIRONMENTS:
        shop = _target(cast, "shop", phase)
        current = PostgreSQL().answer(shop, "SELECT version_num FROM alembic_version")
        prints[f"shop {phase}"] = PostgreSQL().fingerprint(shop).digest
        if current != SHOP_END:
            cast.wrong.append(f"shop/{phase} is at {current}, not at {SHOP_END}")
    if len(set(prints.values())) != 1:
        cast.wrong.append(f"the shop's schemas are not the same: {prints}")
    loyalty = {p: PostgreSQL().fingerprint(_target(cast, "loyalty", p)).digest for p in ENVIRONMENTS}
    if loyalty[Phase.STAGING] != loyalty[Phase.PRODUCTION]:
        cast.wrong.append("loyalty/staging is not as it was before the change that failed there")
    if loyalty[Phase.DEVELOPMENT] == loyalty[Phase.STAGING]:
        cast.wrong.append("loyalty/development does not have the change")
    for name, digest in {**prints, **{f"loyalty {p}": d for p, d in loyalty.items()}}.items():
        print(f"  {name:22} schema {digest}")


def _target(cast: Cast, project: str, phase: Phase) -> Target:
    url = cast.world.url(project, phase)
    return Target(id=f"{project}/{phase}", phase=phase, kind=Kind.POSTGRESQL, url=Secret(url), place="")


def channel(cast: Cast) -> str:
    """The channel as a person would have seen it, threads below their messages."""
    guest = cast.who("guest")
    users = {u["id"]: u["name"] for u in guest.everyone()}
    lines: list[str] = []
    everything = guest.messages(CHANNEL)
    for message in everything:
        if message.get("thread_ts") in (None, message["ts"]) and not message.get("ephemeral"):
            lines += _shown(message, users, "")
            below = [m for m in everything if m.get("thread_ts") == message["ts"] != m["ts"]]
            for reply in below:
                lines += _shown(reply, users, "      ")
    return "\n".join(lines)


def _shown(message: dict[str, object], users: dict[str, str], indent: str) -> list[str]:
    at = datetime.fromtimestamp(float(str(message["ts"])), UTC)
    head = f"{indent}{at:%H:%M:%S} {users.get(str(message['user']), message['user'])}"
    body = [f"{indent}  {line}" for line in read(message).splitlines() if line.strip()]
    marks = message.get("reactions") or []
    assert isinstance(marks, list)
    said = [f"{indent}  [:{r['name']}: {', '.join(users.get(u, u) for u in r['users'])}]" for r in marks]
    return [head, *body, *said]


def tell() -> int:
    """Play everything; 0 when every database is as it should be, and everybody was told so."""
    began = datetime.now(UTC)
    with World(settings={"fsync": "off"}) as world:
        cast = Cast(world)
        try:
            cast.part("A change through three environments", first_change)
            cast.part("A change that fails in staging and takes itself back", second_change)
            cast.part("A change that is scheduled and starts by itself", third_change)
            cast.part("What the databases say", look)
        except AssertionError as error:
            cast.wrong.append(f"the story stopped: {error}")
        print("\n=== The channel, as a person saw it\n")
        print(channel(cast))
        print("\n=== Seconds")
        for name, seconds in {**world.seconds, **cast.seconds}.items():
            print(f"  {name:55} {seconds:6.1f}")
        print(f"  {'altogether':55} {(datetime.now(UTC) - began) / timedelta(seconds=1):6.1f}")
        for line in cast.wrong:
            print(f"WRONG: {line}")
        if cast.wrong:
            print(world.log())
    return 1 if cast.wrong else 0
