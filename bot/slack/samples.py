"""Sample changes, made by folding real events: for the gallery of messages, and for trying things out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core import events as e
from bot.core.changes import Change
from bot.core.events import Direction, Entry, Event
from bot.core.keeping import Progress
from bot.core.outlook import Lacking
from bot.core.plans import Assertion, Notes, Plan, Script, Stage, Verdict
from bot.core.policy import Holders, all_roles, missing
from bot.core.targets import ENVIRONMENTS, Phase, TableFacts
from bot.slack.scene import Scene
from bot.slack.sentences import sentence
from bot.slack.voice import Said, Voice

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
NAMES = {"U1": "author", "U2": "dev-lead", "U3": "dba", "U4": "sre", "U5": "qa"}
HOLDERS: Holders = {"dev-lead": ["U2"], "dba": ["U3"], "sre": ["U4"], "qa": ["U5"]}
_ROLES = {
    Phase.DEVELOPMENT: ("dev-lead",),
    Phase.STAGING: ("dev-lead", "qa"),
    Phase.PRODUCTION: ("dba", "sre"),
}
_TITLES = ("add orders.currency", "backfill orders.currency", "index orders.created_at")


def sample_plan(
    *, revisions: int = 3, tables: tuple[str, ...] = ("orders", "customers"), rehearsed: bool = False
) -> Plan:
    """A plan as a project of a shop would have it; `rehearsed`: with a phase that tests it on a copy."""
    scripts = tuple(_script(n) for n in range(1, revisions + 1))
    phases = (Phase.TEST, *ENVIRONMENTS) if rehearsed else ENVIRONMENTS
    return Plan(
        project="shop",
        tool="alembic",
        scripts=scripts,
        stages=tuple(_stage(phase, scripts, tables) for phase in phases),
        assertions=(
            Assertion(
                name="every order has a currency",
                sql="select count(*) from orders where currency is null",
                expect="0",
            ),
        ),
        verdicts=(
            Verdict(question="kind", answer="schema and data", rule="0002 updates rows"),
            Verdict(question="risk", answer="medium", rule="an index is built on a table of 300,000 rows"),
            Verdict(question="downtime", answer="none expected", rule="no statement rewrites a table"),
            Verdict(question="volume", answer="300,000 rows, 41 MB", rule="rows of the tables touched"),
        ),
        tables=tables,
        notes=Notes(
            title="Orders get a currency",
            why="Prices in more than one currency are sold from April on.",
            owner="dev-lead",
            team=("dev-lead", "dba", "qa"),
            links=("https://wiki.example.com/orders-currency",),
            expected={"production": "about 4 min"},
        ),
    )


def _script(n: int) -> Script:
    title = _TITLES[(n - 1) % len(_TITLES)]
    column = f"currency_{n}"
    return Script(
        revision=f"{n:04d}",
        title=title,
        file=f"versions/{n:04d}.py",
        checksum=f"{n:064x}",
        forward=f"ALTER TABLE orders ADD COLUMN {column} text;",
        backward=f"ALTER TABLE orders DROP COLUMN {column};",
        transactional=n % 3 != 0,
    )


def _stage(phase: Phase, scripts: tuple[Script, ...], tables: tuple[str, ...]) -> Stage:
    rows = 300_000 if phase is Phase.PRODUCTION else 1_200
    if phase is Phase.TEST:
        pending = tuple(s.revision for s in scripts)
        return Stage(phase=phase, target="shop/test", place="", roles=(), backup=False, pending=pending)
    return Stage(
        phase=phase,
        target=f"shop/{phase}",
        place="0123456789abcdef",
        roles=_ROLES[phase],
        take_back=phase is not Phase.PRODUCTION,
        criteria=("all assertions hold", "no foreign key points at nothing"),
        current="0000",
        pending=tuple(s.revision for s in scripts),
        tables=tuple(
            TableFacts(name=name, rows=rows // (n + 1), bytes=rows * 140)
            for n, name in enumerate(tables)
            if phase is not Phase.DEVELOPMENT or n < 50
        ),
    )


@dataclass(slots=True, kw_only=True)
class Story:
    """A change as it goes, an event a line. `at` is the moment that the next event gets."""

    plan: Plan = field(default_factory=sample_plan)
    number: int = 42
    channel: str = "C1"
    holders: Holders = field(default_factory=lambda: dict(HOLDERS))
    at: datetime = START
    entries: list[Entry] = field(default_factory=list)
    progress: Progress | None = None
    #: What else is known, by the names of the scene's fields.
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def change(self) -> Change:
        return Change.of(self.entries)

    @property
    def run(self) -> str:
        """The newest run's id."""
        run = self.change.run
        assert run
        return run.id

    def note(self, event: Event, by: str = "whimbrel", after: float = 1.0) -> Story:
        """One more event, some seconds after the one before."""
        self.at += timedelta(seconds=after)
        seq = len(self.entries) + 1
        self.entries.append(Entry(change=self.number, seq=seq, at=self.at, by=by, event=event))
        return self

    def opened(self, title: str = "") -> Story:
        title = title or self.plan.notes.title
        prints = self.plan.fingerprint
        event = e.ChangeOpened(project="shop", title=title, fingerprint=prints, channel=self.channel)
        return self.note(event, by="U1", after=0)

    def approved(self, *roles: str) -> Story:
        """By those who hold the roles; all roles when none is named."""
        for role in roles or all_roles(self.plan):
            person = next(iter(self.holders[role]))
            prints = self.plan.fingerprint
            self.note(e.RoleApproved(role=role, person=person, fingerprint=prints, via="reaction"), by=person)
        return self

    def wanted(self, phase: Phase, direction: Direction = Direction.FORWARD, by: str = "U4") -> Story:
        change = self.change
        back = tuple(reversed(change.applied(phase)))
        return self.note(
            e.RunRequested(
                run=f"{self.number}.{len(change.runs) + 1}",
                phase=phase,
                direction=direction,
                target=self.plan.stage(phase).target,
                revisions=back if direction is Direction.BACK else self.plan.stage(phase).pending,
                fingerprint=self.plan.fingerprint,
            ),
            by=by,
        )

    def started(self) -> Story:
        return self.note(e.RunStarted(run=self.run, driver="bot-1"))

    def begins(self, step: str, title: str = "") -> Story:
        return self.note(e.StepStarted(run=self.run, step=step, title=title or self._title(step)), after=0.1)

    def step(self, step: str, evidence: str = "", seconds: float = 1.2, title: str = "") -> Story:
        """A step, begun and finished."""
        self.begins(step, title)
        event = e.StepFinished(run=self.run, step=step, seconds=seconds, evidence=evidence, facts={})
        return self.note(event, after=seconds)

    def carried(self, count: int | None = None) -> Story:
        """The run's checks, its backup, and its first `count` revisions."""
        run = self.change.run
        assert run
        self.step("reach", "PostgreSQL 18.1, primary, 0.4 ms away", 0.1)
        self.step("backup", "41.2 MB in 1.1 s, sha256 1f0e9a…; read back, 312 entries", 1.6)
        verb = "apply" if run.direction is Direction.FORWARD else "reverse"
        for revision in run.revisions[:count]:
            self.step(f"{verb}:{revision}", "1 statement, 0 rows", 0.4)
        return self

    def finished(self) -> Story:
        run = self.change.run
        assert run
        back = run.direction is Direction.BACK
        revision = "0000" if back else run.revisions[-1]
        return self.note(e.RunFinished(run=run.id, revision=revision, schema="9c1d22ab77e0f315"))

    def passed(self, phase: Phase) -> Story:
        """A whole run of a phase that goes well."""
        return self.wanted(phase).started().carried().finished()

    def failed(
        self, step: str, reason: str = 'column "currency" of relation "orders" already exists'
    ) -> Story:
        self.begins(step)
        there = self.change.applied(self.change.runs[self.run].phase)
        remains = f"Nothing of {step.partition(':')[2]} remains; {len(there)} revisions are applied."
        hint = "Mend the script, then /migrate plan shows what moved."
        return self.note(e.RunFailed(run=self.run, step=step, reason=reason, hint=hint, remains=remains))

    def revised(self) -> Story:
        """The last script's file was edited."""
        last = self.plan.scripts[-1]
        edited = replace(last, checksum="f" * 64, forward=last.forward + "\n-- edited")
        after = replace(self.plan, scripts=(*self.plan.scripts[:-1], edited))
        event = e.PlanRevised(fingerprint=after.fingerprint, moved=after.moved(self.plan))
        self.plan = after
        return self.note(event)

    def _title(self, step: str) -> str:
        verb, _, revision = step.partition(":")
        if not revision:
            return {"reach": "Target reachable and privileged", "backup": "Backup, read back in full"}.get(
                step, step
            )
        return f"{verb.title()} {revision}: {self.plan.script(revision).title}"

    # -- what is drawn from it ---------------------------------------------------------------------------

    def lacking(self) -> Lacking:
        change = self.change
        return {s.phase: missing(change, self.plan, s.phase, self.holders) for s in self.plan.stages}

    def scene(self, later: float = 0.0, *, native: bool = True) -> Scene:
        """As things stand `later` seconds after the last event."""
        return Scene(
            change=self.change,
            plan=self.plan,
            lacking=self.lacking(),
            now=self.at + timedelta(seconds=later),
            progress=self.progress,
            name=lambda person: NAMES.get(person, person),
            native=native,
            **self.known,
        )

    def voice(self, later: float = 0.0) -> Voice:
        return Voice(scene=self.scene(later), mention=lambda role: f"<!subteam^S-{role}>", on_call=("sre",))

    def said(self) -> list[Said]:
        """Every sentence of the thread, as things stand now."""
        voice, then, made = self.voice(), Change(id=self.number), []
        for entry in self.entries:
            then.take(entry)
            if one := sentence(entry, then, voice):
                made.append(one)
        return made
