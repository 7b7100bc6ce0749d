"""`python -m tests.bench lint`: the analysis of 1,000 migration files beside squawk alone on them."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bot.checks import assertions, failure, inventory, practice, reverse, syntax, volume
from bot.checks.acts import Evidence
from bot.checks.practice.squawk import _program
from bot.checks.statements import _acts, read
from bot.core.findings import Finding
from bot.core.plans import Limits, Script
from bot.core.targets import Kind
from tests.bench.figures import Add

FILES, ROUNDS = 1_000, 9
TABLES = ("orders", "customers", "items", "payments", "shipments")
#: What migrations are made of; {t} is a table, {n} the file's number.
FORMS = (
    "ALTER TABLE {t} ADD COLUMN c{n} text;",
    "CREATE INDEX CONCURRENTLY ix_{n} ON {t} (c{n});",
    "ALTER TABLE {t} ALTER COLUMN c{n} SET NOT NULL;",
    "UPDATE {t} SET c{n} = 'x' WHERE id < 100;",
    "ALTER TABLE {t} ADD CONSTRAINT fk_{n} FOREIGN KEY (c{n}) REFERENCES customers (id) NOT VALID;",
    "CREATE TABLE t{n} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,\n"
    "    made timestamptz DEFAULT now());\nCREATE INDEX ix_t{n} ON t{n} (name);",
    "ALTER TABLE {t} VALIDATE CONSTRAINT fk_{n};",
    "ALTER TABLE {t} DROP COLUMN c{n};",
    "CREATE INDEX ix_{n} ON {t} (c{n});",
    "CREATE VIEW v{n} AS SELECT a.id, b.name FROM {t} AS a JOIN customers AS b ON b.id = a.customer_id;",
    "ALTER TABLE {t} ALTER COLUMN c{n} TYPE bigint;",
    "GRANT SELECT ON {t} TO reporting;",
)


def scripts() -> list[Script]:
    """A thousand revisions, each of one form, as a tool would render them."""
    texts = [
        f"-- migration {n}\n{FORMS[n % len(FORMS)].format(t=TABLES[n % len(TABLES)], n=n)}\n"
        for n in range(FILES)
    ]
    return [
        Script(
            revision=f"{n:04}",
            title="",
            file=f"{n:04}.sql",
            checksum="",
            forward=text,
            backward="SELECT 1;",
            transactional="CONCURRENTLY" not in text,
        )
        for n, text in enumerate(texts)
    ]


def findings(plan: Sequence[Script]) -> int:
    """Reading the scripts, and all findings on them, squawk's too."""
    return len(_found(plan)[1])


def _found(plan: Sequence[Script]) -> tuple[Evidence, tuple[Finding, ...]]:
    """squawk reads while we read."""
    _acts.cache_clear()
    with practice.begun(plan, Kind.POSTGRESQL) as second:
        evidence = Evidence(kind=Kind.POSTGRESQL, scripts=plan, acts=read(plan, Kind.POSTGRESQL))
        return evidence, practice.findings(evidence, second)


def everything(plan: Sequence[Script]) -> int:
    """The same, and every answer on the scripts that needs no database."""
    evidence, found = _found(plan)
    limits = Limits()
    answers = [
        *inventory.answers(evidence, found),
        syntax.answer(evidence),
        reverse.answer(evidence),
        assertions.answer(evidence, ()),
        failure.answer(evidence, limits, ()),
        volume.answer(evidence, limits),
    ]
    return len(answers)


def take(add: Add) -> None:
    """Take the figures, each a median of several rounds taken in turn; each goes to `add` with its aim."""
    plan = scripts()
    with tempfile.TemporaryDirectory(prefix="whimbrel-bench-") as name:
        for script in plan:
            (Path(name) / script.file).write_text(script.forward)
        order = [_program(), "--reporter=json", *(script.file for script in plan)]

        def alone() -> None:
            subprocess.run(order, cwd=name, capture_output=True, check=False)

        runs: tuple[Callable[[], object], ...] = (alone, lambda: findings(plan), lambda: everything(plan))
        for run in runs:
            run()
        took = [[_timed(run) for run in runs] for _ in range(ROUNDS)]
    squawk, found, whole = (median(t[n] for t in took) for n in range(3))
    add(f"squawk alone, once, on {FILES:,} migration files", f"{squawk * 1000:.0f} ms", "", None)
    for what, seconds in (
        (f"Findings on the same {FILES:,} files, squawk's among them", found),
        ("The same, and every answer that needs no database", whole),
    ):
        ratio = seconds / squawk
        add(what, f"{seconds * 1000:.0f} ms, {ratio:.2f}x", "2x", ratio <= 2)


def _timed(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin
