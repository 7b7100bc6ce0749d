"""The main job, short, as people carry it through a bad day: a person whose deed Slack did not take does it
again. What was done is then held against the target's own record, the journal and the channel."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from bot.core import events as e
from bot.core.events import Entry
from bot.core.moves import Status
from bot.core.targets import ENVIRONMENTS, Phase
from bot.demo.world import CHANNEL
from bot.playground.client import Person, Unwelcome, read
from bot.slack.signs import Sign
from bot.store.tables import asks
from tests.acceptance.stage import Stage

REVISIONS = ("0002", "0003", "0004")
ROLES = ("dev-lead", "dba", "qa", "sre", "product-owner")
#: What one change's thread holds beside its sentences, each once.
PIECES = {"details": 1, "plan-1.sql": 1}
#: Each target keeps a record of its own. `tried` also counts what was rolled back; the nap makes a revision
#: long enough for something to happen meanwhile.
RECORD = """
CREATE SCHEMA record;
CREATE SEQUENCE record.tried;
CREATE TABLE record.moved (n serial, was text, is_now text);
CREATE TABLE record.added (n serial, object text);
CREATE FUNCTION record.note_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('record.tried'), pg_sleep({nap});
    INSERT INTO record.moved (was, is_now) VALUES (OLD.version_num, NEW.version_num);
    RETURN NULL;
END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON alembic_version
FOR EACH ROW EXECUTE FUNCTION record.note_move();
CREATE FUNCTION record.note_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO record.added (object)
    SELECT lower(match[1]) FROM regexp_matches(current_query(), 'ADD COLUMN (\\w+)', 'gi') AS match;
END $$;
CREATE EVENT TRIGGER noted ON ddl_command_end WHEN TAG IN ('ALTER TABLE')
EXECUTE FUNCTION record.note_ddl();
"""
#: A sentence begins with a sign, and a late one with its time.
_SENTENCE = re.compile(rf"(<!date[^>]*> )?({'|'.join(set(Sign) - {Sign.ASKED})})")


@dataclass(kw_only=True)
class Voyage:
    """One change on its way. `early` happens before people approve, `midway` while production runs, `after`
    when it has ended."""

    stage: Stage
    early: Callable[[Stage], None] = lambda _: None
    midway: Callable[[Stage], None] = lambda _: None
    after: Callable[[Stage], None] = lambda _: None
    #: Deeds that people did once more.
    again: Counter[str] = field(default_factory=Counter)
    _marked: set[str] = field(default_factory=set)

    def prepare(self) -> None:
        """Let the targets keep their own record."""
        for phase in ENVIRONMENTS:
            nap = "0.4" if phase is Phase.PRODUCTION else "0"
            self.stage.ask(RECORD.replace("{nap}", nap), phase=phase)

    def sail(self) -> None:
        """From the first word to production, and until nothing is left to be said."""
        stage = self.stage
        self._typed("developer", "start shop to 0004", lambda: bool(stage.kept.journal.newest()))
        root = stage.root()
        self.early(stage)
        self._approve(root)
        self._run(Phase.DEVELOPMENT)
        self._pressed("dev-lead", "Run staging", lambda: bool(stage.change().runs_of(Phase.STAGING)))
        self._passed(Phase.STAGING)
        self._typed("sre", "run production 1", lambda: bool(stage.change().runs_of(Phase.PRODUCTION)))
        stage.until(lambda c: len(c.applied(Phase.PRODUCTION)) == 1, what="a revision in production")
        self.midway(stage)
        stage.until(lambda c: c.status is Status.DONE, what="the end")
        self.after(stage)
        stage.told("Change 1 is in production")
        stage.wait(lambda: "🏁" in stage.live(), "the live message to show the end")
        stage.wait(lambda: not stage.kept.inbox.waiting(), "every ask to be answered")

    def bears_out(self, *, twice: int = 0) -> None:
        """Everything is as it should be. `twice`: answers that people may have got once more."""
        ran_once(self.stage)
        told_once(self.stage)
        self.everyone_was_answered(twice)

    def everyone_was_answered(self, twice: int) -> None:
        """As many answers as there were asks; a reaction that was taken back may have none."""
        stage = self.stage
        with stage.kept.memory.look() as link:
            asked = link.execute(sa.select(sa.func.count()).select_from(asks)).scalar_one()
        assert asked >= 4  # words and clicks; a reaction that nobody told of is found when Slack is back
        answers = [m for name in ("developer", *ROLES) for m in stage.who(name).ephemerals(CHANNEL)]
        unsaid = 2 * self.again["react"]
        said = [read(m) for m in answers]
        assert asked - unsaid <= len(answers) <= asked + twice, said
        assert not [text for text in said if "reference" in text or "went wrong" in text]

    # -- people ------------------------------------------------------------------------------------------

    def _run(self, phase: Phase) -> None:
        stage = self.stage
        self._typed("dev-lead", f"run {phase} 1", lambda: bool(stage.change().runs_of(phase)))
        self._passed(phase)

    def _passed(self, phase: Phase) -> None:
        self.stage.until(lambda c: c.passed(phase), what=f"{phase} passed")

    def _typed(self, name: str, words: str, done: Callable[[], bool]) -> None:
        self._insist("type", lambda: self.stage.orders_said(name, words), done)

    def _pressed(self, name: str, label: str, done: Callable[[], bool]) -> None:
        stage = self.stage
        root = stage.root()
        stage.wait(lambda: label in read(stage.who(name).message(CHANNEL, root)), f"the button {label}")
        self._insist("press", lambda: stage.who(name).click(CHANNEL, root, label), done)

    def _approve(self, root: str) -> None:
        """Everyone at once; who is not on the list after a while takes the mark away and sets it again."""
        stage = self.stage
        for name in ROLES:
            stage.who(name).react(CHANNEL, root, "white_check_mark")
        for name in ROLES:
            self._approves(stage.who(name), root)

    def _approves(self, who: Person, root: str) -> None:
        self._insist(
            "react", lambda: self._set_again(who, root), lambda: who.name in self.stage.change().approvals
        )

    def _set_again(self, who: Person, root: str) -> None:
        """Take the mark away and set it, unless it was set a moment ago for the first time."""
        if who.name in self._marked:
            who.unreact(CHANNEL, root, "white_check_mark")
            who.react(CHANNEL, root, "white_check_mark")
        self._marked.add(who.name)

    def _insist(self, kind: str, deed: Callable[[], Any], done: Callable[[], bool]) -> None:
        """Do it until it has been done, as people do."""
        for time_ in range(12):
            self.again[kind] += time_ > 0
            patience = 6.0
            try:
                deed()
            except (
                Unwelcome,
                OSError,
            ):  # the person reads that it failed; it may have been done all the same
                patience = 1.0
            end = time.monotonic() + patience
            while time.monotonic() < end:
                if done():
                    return
                time.sleep(0.02)
        raise AssertionError(f"in vain: {kind}\n{self.stage._in_vain(kind)}")


# -- what is looked at -----------------------------------------------------------------------------------


def ran_once(stage: Stage) -> None:
    """The targets bear out that each revision ran once, and the journal says the same."""
    moves = list(pairwise(("0001", *REVISIONS)))
    for phase in ENVIRONMENTS:
        assert stage.ask("SELECT was, is_now FROM record.moved ORDER BY n", phase=phase) == moves
        assert stage.ask("SELECT last_value FROM record.tried", phase=phase) == [(len(REVISIONS),)]
        added = stage.ask("SELECT object FROM record.added ORDER BY n", phase=phase)
        assert added == [("shipped_at",), ("channel",)]
        assert stage.ask("SELECT count(*) FROM orders WHERE channel IS NULL", phase=phase) == [(0,)]
    change = stage.change()
    assert change.status is Status.DONE
    for phase in ENVIRONMENTS:
        assert change.applied(phase) == list(REVISIONS)
    done = Counter(step for run in change.runs for step in stage.steps_done(run))
    assert done == Counter(dict.fromkeys(REVISIONS, len(ENVIRONMENTS)))
    assert list(stage.kept.journal.newest()) == [1]


def told_once(stage: Stage) -> None:
    """One live message, and in its thread each event of the journal once, in order, and all that goes with
    it once; of the last sentence, a second copy is no harm."""
    messages = stage.who("guest").messages(CHANNEL)
    kinds = Counter(_kind(m) for m in messages)
    assert kinds["whimbrel_change"] == 1
    root = stage.root()
    thread = [m for m in messages if m.get("thread_ts") == root and m["ts"] != root]
    told = [m for m in thread if _kind(m) == "whimbrel_told"]
    lines = [line for m in told for line in m["text"].split("\n") if _SENTENCE.match(line)]
    if len(lines) > 1 and lines[-1] == lines[-2]:
        lines.pop()
    expected = [words for entry in stage.entries() for words in _words(entry)]
    for line, words in zip(lines, expected, strict=False):
        assert re.search(words, line), f"“{line}” stands where “{words}” should"
    assert len(lines) == len(expected), (
        f"too much: {lines[len(expected) :]}, too little: {expected[len(lines) :]}"
    )
    assert Counter(_pieces(thread)) == PIECES


def _kind(message: dict[str, Any]) -> str:
    return str((message.get("metadata") or {}).get("event_type") or "")


def _pieces(thread: list[dict[str, Any]]) -> Iterator[str]:
    for message in thread:
        if _kind(message) == "whimbrel_part":
            yield message["metadata"]["event_payload"]["part"]
        yield from (file["name"] for file in message.get("files") or ())


def _words(entry: Entry) -> Iterator[str]:
    """What the thread must say of an entry of the main job. Anything but the main job is a failure."""
    match entry.event:
        case e.ChangeOpened():
            yield "developer opened change 1"
        case e.RoleApproved(role=role):
            yield f"approved for {role} by a reaction"
        case e.ApprovalWithdrawn(role=role):
            yield f"took the approval for {role} back"
        case e.RunRequested(phase=phase):
            yield f"starts {phase}: 3 revisions on"
        case e.StepFinished(step=step) if not step.startswith("look:"):
            yield _TITLES[step.partition(":")[0]].format(step.partition(":")[2])
        case e.RunFinished(run=run):
            yield rf"\*{ENVIRONMENTS[int(run[-1]) - 1].title()} is done\*"
        case e.ChangeFinished():
            yield "Change 1 is in production"
        case e.RunStarted() | e.StepStarted() | e.StepFinished():
            return
        case other:
            raise AssertionError(f"this is no part of the main job: {other}")


_TITLES = {
    "reach": "Target reachable",
    "approvals": "Every role has approved",
    "plan": "Plan is the approved one",
    "history": "History in step",
    "before": "State before",
    "backup": "Backup, read back in full",
    "apply": "Apply {}: ",
    "analyze": "Statistics of the tables",
    "after": "State after",
}
