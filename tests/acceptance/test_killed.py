"""The bot is killed at every step's end and in the middle of every kind of step of a production run, and
started again each time. What the target says is held against what the journal and the channel say."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path

import psycopg
from sqlalchemy import text

from bot.core.moves import Status
from bot.core.targets import Phase
from bot.databases.embedded import Server
from tests.acceptance.stage import Stage
from tests.acceptance.trial import FIRST_BATCH, ORDERS, Trial

REVISIONS = tuple(f"{n:04}" for n in range(2, 13))
#: The target's own record of what ran on it: whatever is rolled back is not in it.
WATCHMEN = """
CREATE SCHEMA watchmen;
CREATE TABLE watchmen.moved (n serial, was text, is_now text);
CREATE TABLE watchmen.ran (n serial, tag text, object text, query text);
CREATE FUNCTION watchmen.note_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO watchmen.moved (was, is_now) VALUES (OLD.version_num, NEW.version_num); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON alembic_version
FOR EACH ROW EXECUTE FUNCTION watchmen.note_move();
CREATE FUNCTION watchmen.note_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO watchmen.ran (tag, object, query)
    SELECT command_tag, coalesce(object_identity, ''), current_query() FROM pg_event_trigger_ddl_commands();
END $$;
CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION watchmen.note_ddl();
"""
DOZE = (
    """
    CREATE FUNCTION watchmen.doze() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('application_name') = 'whimbrel' THEN PERFORM pg_sleep(1); END IF;
    END $$
    """,
    "CREATE EVENT TRIGGER doze ON login EXECUTE FUNCTION watchmen.doze()",
)
#: What each revision does to the catalog, once: (a word of its SQL, how often it may be found).
DEEDS = (
    "ADD COLUMN shipped_at",
    "ADD COLUMN channel",
    "INDEX CONCURRENTLY",
    "ADD CONSTRAINT orders_channel_present",
    "VALIDATE CONSTRAINT orders_channel_present",
    "ALTER COLUMN channel SET NOT NULL",
    "DROP CONSTRAINT orders_channel_present",
    "ADD CONSTRAINT orders_customer_id_fkey",
    "VALIDATE CONSTRAINT orders_customer_id_fkey",
    "ALTER COLUMN amount TYPE BIGINT",
    "CREATE VIEW daily_sales",
    "GRANT SELECT",
)


@contextmanager
def batch_in_the_way(stage: Stage) -> Iterator[None]:
    """Somebody has changed an order of the second batch, and has not committed."""
    with psycopg.connect(stage.url(Phase.PRODUCTION)) as link:
        link.execute("UPDATE orders SET note = note WHERE id = %s", [FIRST_BATCH + 7])
        yield
        link.rollback()


@contextmanager
def report_open(stage: Stage) -> Iterator[None]:
    """Somebody reads orders in a transaction that is older than the index."""
    with psycopg.connect(stage.url(Phase.PRODUCTION)) as link:
        link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        link.execute("SELECT count(*) FROM orders")
        yield
        link.rollback()


@contextmanager
def slow_slack(stage: Stage) -> Iterator[None]:
    """Slack takes its time over each answer."""
    stage.slack.world.faults.set(latency=0.4)
    yield
    stage.slack.world.faults.clear()


@contextmanager
def slow_door(stage: Stage) -> Iterator[None]:
    """Production takes its time over letting in whoever wants to look."""
    for statement in DOZE:
        stage.ask(statement)
    yield
    stage.ask("DROP EVENT TRIGGER doze")
    stage.ask("DROP FUNCTION watchmen.doze")


#: What makes a step long, beside a lock on its table.
SLOWED = {"row": batch_in_the_way, "reader": report_open, "slow": slow_slack, "door": slow_door}


#: What a step reads that nobody else does, where it is not the table of the orders.
READ_BY = {"look": "pg_depend", "history": "alembic_version"}


def middle(trial: Trial, step: str, how: str) -> None:
    """Strike while the step is under way."""
    stage = trial.stage
    with ExitStack() as stack:
        if how in SLOWED:
            stack.enter_context(SLOWED[how](stage))
        elif how == "locked":
            stack.enter_context(stage.locked(READ_BY.get(step.partition(":")[0], "orders")))
        trial.up()
        if not trial.begun(step):
            return
        if how in ("locked", "row", "reader"):
            stage.wait(
                lambda: stage.waiting() or trial.state(step) != "running", f"{step} to wait for a lock"
            )
        elif how == "committed":
            stack.enter_context(store_in_use(trial, step))
        elif how == "later":
            time.sleep(0.15)
        trial.strike("middle", step)
        if how == "reader":  # the dead child's backend waits on; it must be ended, not left to finish alone
            trial.up()
            stage.wait(lambda: trial.look().status is Status.HELD, "an outcome that nobody knows")
            assert stage.backends(trial.number) == []


@contextmanager
def store_in_use(trial: Trial, step: str) -> Iterator[None]:
    """Somebody else writes to the store for long: the revision is committed, and its end cannot be noted."""
    stage, revision = trial.stage, step.partition(":")[2]
    memory = stage.kept.memory
    with memory.begin() as link:
        if memory.dialect == "postgresql":
            link.execute(text("LOCK TABLE whimbrel_events IN EXCLUSIVE MODE"))
        at = "SELECT version_num FROM alembic_version"
        stage.wait(lambda: stage.ask(at)[0][0] >= revision, f"{revision} to be committed")
        yield


#: Each step of the run in its order, and how it is hit in its middle.
STEPS = (
    ("reach", "door"),
    ("approvals", "slow"),
    ("plan", "later"),
    ("history", "locked"),
    ("before", "locked"),
    ("backup", "locked"),
    ("apply:0002", "locked"),
    ("apply:0003", "committed"),
    ("look:0004", "locked"),
    ("apply:0004", "row"),
    ("look:0005", "locked"),
    ("apply:0005", "reader"),
    ("apply:0006", "begun"),
    ("apply:0007", "locked"),
    ("apply:0008", "committed"),
    ("apply:0009", "locked"),
    ("apply:0010", "committed"),
    ("apply:0011", "locked"),
    ("apply:0012", "later"),
    ("analyze", "locked"),
    ("after", "locked"),
)


#: One step of each kind, for a store on a server.
A_FEW = (
    ("reach", "door"),
    ("before", "locked"),
    ("backup", "locked"),
    ("apply:0002", "locked"),
    ("apply:0003", "committed"),
    ("apply:0004", "row"),
    ("apply:0005", "reader"),
    ("apply:0010", "committed"),
    ("apply:0012", "begun"),
    ("analyze", "locked"),
)


def test_a_bot_killed_everywhere_carries_production_to_its_end(server: Server, tmp_path: Path) -> None:
    with Stage(server=server, folder=tmp_path, name="killed", orders=ORDERS) as stage:
        trial = killed(stage, STEPS, by_hand=True)
        assert len(trial.blows) >= 40
        # What a person's word brings is hit where it is said: see Trial.settle.
        hit(trial, *(step for step, _ in STEPS), "clean", "record:0004")


def test_a_bot_with_its_store_on_a_server_is_killed_and_carries_production_to_its_end(
    server: Server, own_server: Server, tmp_path: Path
) -> None:
    url = own_server.create("memory")
    with Stage(server=server, folder=tmp_path, name="served", orders=ORDERS, store_url=url) as stage:
        trial = killed(stage, A_FEW)
        assert len(trial.blows) >= 12
        hit(trial, *(step for step, _ in A_FEW), "clean")


def killed(stage: Stage, steps: Sequence[tuple[str, str]], *, by_hand: bool = False) -> Trial:
    """A production run whose bot is killed at these steps; it has come to its end, and all bears that out."""
    began = time.monotonic()
    stage.ask(WATCHMEN)
    trial = Trial(stage, stage.heard(stage.bot()), "1.3", by_hand=by_hand)
    stage.approved("0012")
    stage.carried(Phase.DEVELOPMENT, Phase.STAGING)
    with slow_door(stage):
        stage.orders_said("sre", "run production 1")
        trial.begun("reach")
        trial.strike("middle", "reach")
    kill_everywhere(trial, steps)
    trial.up()
    stage.until(lambda c: c.status is Status.DONE, what="the end")
    trial.strike("after the end", "")
    stage.heard(trial.bot)
    tell(stage)
    look(stage)
    seconds = time.monotonic() - began
    beside = [step for where, step in trial.blows if where == "beside"]
    print(f"\n{len(trial.blows)} kills in {seconds:.0f} s; held: {trial.held}; beside: {beside}")
    assert trial.bot.end() == 0
    return trial


def hit(trial: Trial, *steps: str) -> None:
    """Every kind of these steps was struck in its middle."""
    struck = {kind(step) for where, step in trial.blows if where == "middle"}
    assert {kind(step) for step in steps} - struck == set()


def kind(step: str) -> str:
    """The kind of a step: revisions differ by how they reach the database."""
    verb, _, revision = step.partition(":")
    return step if revision in ("0004", "0005") else verb


def kill_everywhere(trial: Trial, steps: Sequence[tuple[str, str]]) -> None:
    """In the middle and at the end of each step."""
    for (step, how), then in zip(steps, [*(how for _, how in steps[1:]), ""], strict=True):
        middle(trial, step, how)
        with slow_slack(trial.stage) if then == "slow" else nullcontext():  # else it is over before its blow
            trial.up()
            trial.done(step)
            trial.strike("end", step)


def tell(stage: Stage) -> None:
    """The channel tells the end, and the live message shows it."""
    stage.told("Change 1 is in production")
    ends = [said for said in stage.thread() if "is in production" in said]
    assert 1 <= len(ends) <= 2
    stage.wait(lambda: "🏁" in stage.live(), "the live message to show the end")


def look(stage: Stage) -> None:
    """The target bears out what the journal says, and each revision ran once."""
    moved = stage.ask("SELECT was, is_now FROM watchmen.moved ORDER BY n")
    assert moved == list(zip(("0001", *REVISIONS), REVISIONS, strict=False))
    queries = " \n ".join(row[0] for row in stage.ask("SELECT DISTINCT ON (n) query FROM watchmen.ran"))
    assert {deed: queries.count(deed) for deed in DEEDS} == dict.fromkeys(DEEDS, 1)
    assert stage.ask("SELECT count(*) FROM orders WHERE channel IS NULL") == [(0,)]
    assert stage.ask("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]
    assert stage.backends() == []
    backup = stage.change().runs["1.3"].steps["backup"].facts
    kept = Path(backup["path"])
    assert sha256(kept.read_bytes()).hexdigest() == backup["sha256"]
    assert [path.name for path in kept.parent.glob("*.part")] == []
    assert stage.change().applied(Phase.PRODUCTION) == list(REVISIONS)
