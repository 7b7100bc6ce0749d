"""The table of truth: for each operation what we say, what PostgreSQL 15 and 18 do, and that the safe form
holds what it promises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from bot.checks import practice
from bot.checks.acts import Evidence
from bot.checks.statements import read
from bot.core.findings import Finding, Weight
from bot.core.locks import blocked
from bot.core.plans import Script
from bot.core.targets import Kind, TableFacts
from bot.databases.embedded import Server
from tests.truth.cases import CASES, SHOP, TYPES, Case
from tests.truth.measuring import Felt, beside_a_writer, in_transaction

#: What the plan knows of sizes: those of production, not of the small copy that is measured here.
FACTS = {name: TableFacts(name=name, rows=8_000_000, bytes=10**9) for name in ("orders", "customers")}
#: Rounds after which a batch has to have found nothing left to do.
ROUNDS = 3

every_case = pytest.mark.parametrize("case", CASES, ids=lambda c: c.operation)


@pytest.fixture(scope="module", params=["PostgreSQL 18", "PostgreSQL 15"])
def server_of(request: pytest.FixtureRequest) -> Server:
    """Each server in turn."""
    found: Server = request.getfixturevalue("server" if request.param.endswith("18") else "debian_server")
    return found


@pytest.fixture(scope="module")
def shop(server_of: Server) -> str:
    """A database with the shop in it, in which nothing is committed."""
    return _made(server_of)


@pytest.fixture
def own_shop(server_of: Server) -> str:
    """The same, for one test alone."""
    return _made(server_of)


def _made(server: Server) -> str:
    url = server.create(f"truth_{uuid4().hex[:8]}")
    with psycopg.connect(url) as link:
        link.execute(SHOP.encode())
    return url


def said(*scripts: Script) -> tuple[Finding, ...]:
    acts = read(scripts, Kind.POSTGRESQL)
    plan = Evidence(
        kind=Kind.POSTGRESQL, scripts=scripts, acts=acts, facts=FACTS, types={"orders.note": "text"}
    )
    return practice.findings(plan)


def script(number: int, *statements: str) -> Script:
    alone = any("CONCURRENTLY" in s for s in statements)
    return Script(
        revision=f"{number:04}",
        title="",
        file=f"{number:04}.sql",
        checksum="",
        forward=";\n".join(statements),
        backward="",
        transactional=not alone,
    )


def first(case: Case) -> Finding:
    return next(f for f in said(script(1, case.unsafe)) if f.rule == case.says[0])


def steps(case: Case) -> list[tuple[str, ...]]:
    """The safe form, revision by revision."""
    if case.safe:
        return [(s,) for s in case.safe]
    lines = re.sub(r"^--.*$", "", first(case).sql, flags=re.M)
    statements = [s.strip() for s in lines.split(";\n") if s.strip(" ;\n")]
    statements = [s.rstrip(";") for s in statements]
    return [tuple(statements)] if case.together else [(s,) for s in statements]


safe_cases = pytest.mark.parametrize(
    "case", [c for c in CASES if c.safe is not None], ids=lambda c: c.operation
)


@every_case
def test_we_say_what_is_unsafe_about_whom_and_what_to_do_instead(case: Case) -> None:
    found = said(script(1, case.unsafe))

    assert {f.rule for f in found} == set(case.says)
    assert first(case).weight is Weight.STOP
    named = re.search(r"\b(orders|mood|archive)\b", case.unsafe)
    assert named
    assert first(case).instead
    if case.says[0] != practice.objects.UNREAD:
        assert named[0] in first(case).reason


@every_case
def test_the_database_does_what_we_say_it_does(case: Case, shop: str) -> None:
    with psycopg.connect(shop) as link:
        felt = in_transaction(link, *case.unsafe.split("; ") if "$$" not in case.unsafe else [case.unsafe])
        failed = _fails(link, case.code)
        link.rollback()

    assert felt.locks.get("orders", "") == case.lock
    assert felt.work == case.work
    assert failed == bool(case.code)
    if case.work and "; " not in case.unsafe:
        assert _claimed(first(case).reason) == blocked(case.lock)


def _fails(link: psycopg.Connection, code: str) -> bool:
    try:
        with link.transaction():
            link.execute(code.encode() or b"SELECT 1")
    except psycopg.Error:
        return True
    return False


def _claimed(reason: str) -> str:
    """What a reason says that others cannot do."""
    if "nobody can read or write" in reason or "it may do anything" in reason:
        return "reads and writes"
    return "writes" if "nobody can write" in reason.lower() else ""


@safe_cases
def test_the_safe_form_stops_nothing(case: Case) -> None:
    scripts = [script(number, *step) for number, step in enumerate(steps(case), 1)]

    assert [f.name for f in said(*scripts) if f.weight is Weight.STOP] == []


@safe_cases
def test_the_safe_form_keeps_no_writer_out_while_it_works_and_breaks_no_code(
    case: Case, own_shop: str
) -> None:
    for step in steps(case):
        for felt in _carried(own_shop, step):
            assert not felt.shuts_out, (step, felt)
    if case.code:
        with psycopg.connect(own_shop) as link:
            assert not _fails(link, case.code)


def _carried(url: str, step: tuple[str, ...]) -> Iterator[Felt]:
    """Each transaction of a step; a batch is run until it changes no row."""
    if "CONCURRENTLY" in step[0]:
        yield beside_a_writer(url, step[0])
        return
    batch = "ctid" in step[0]
    for _ in range(ROUNDS if batch else 1):
        with psycopg.connect(url) as link:
            felt = in_transaction(link, *step)
        yield felt
        if not felt.rows:
            return
    assert not batch, "the batches find no end"


@pytest.mark.parametrize(("old", "new", "anew"), TYPES)
def test_a_change_of_type_is_known_for_what_the_database_does(
    old: str, new: str, anew: bool, shop: str
) -> None:
    sql = f"ALTER TABLE orders ALTER COLUMN it TYPE {new}"
    with psycopg.connect(shop) as link:
        link.execute(f"ALTER TABLE orders ADD COLUMN it {old}".encode())
        row = link.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = 'orders'::regclass AND attname = 'it'"
        ).fetchone()
        felt = in_transaction(link, sql)
        link.rollback()
    assert row
    scripts = [script(1, sql)]
    acts = read(scripts, Kind.POSTGRESQL)
    types = {"orders.it": str(row[0])}
    plan = Evidence(kind=Kind.POSTGRESQL, scripts=scripts, acts=acts, facts=FACTS, types=types)

    assert bool(felt.work) == anew
    assert ("type-change-rewrites-table" in {f.rule for f in practice.findings(plan)}) == anew
