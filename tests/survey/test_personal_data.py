"""Personal and secret data, line 28: found by name and by shape, and never told by value."""

from __future__ import annotations

import logging

import psycopg
import pytest

from bot.checks import personal_data
from bot.core.findings import Weight
from bot.core.personal import Personal, by_name, by_shape
from bot.core.survey import ColumnLook
from bot.databases.postgresql_survey import PostgreSQLSurvey
from tests.databases.beds import Bed, target_of
from tests.survey.reading import evidence

CANARY = "canary.person@very-secret.example"


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("orders", "email", Personal.EMAIL),
        ("orders", "billingEmail", Personal.EMAIL),
        ("orders", "E_MAIL", Personal.EMAIL),
        ("kunden", "telefonnummer", Personal.PHONE),
        ("clientes", "fecha_nacimiento", Personal.BIRTH),
        ("kunden", "nachname", Personal.NAME),
        ("users", "name", Personal.NAME),
        ("orders", "customer_name", Personal.NAME),
        ("personnes", "code_postal", Personal.ADDRESS),
        ("pessoas", "cpf", Personal.IDENTITY),
        ("payments", "card_number", Personal.CARD),
        ("payments", "IBAN", Personal.IBAN),
        ("visits", "client_ip", Personal.IP),
        ("visits", "ip_address", Personal.IP),
        ("users", "password_hash", Personal.SECRET),
        ("hooks", "apiKey", Personal.SECRET),
        ("clients", "prénom", Personal.NAME),
        ("kunden", "Straße", Personal.ADDRESS),
        ("uzytkownicy", "hasło", Personal.SECRET),
        ("klanten", "wachtwoord", Personal.SECRET),
        ("products", "name", None),
        ("orders", "email_verified_at", None),
        ("orders", "mail_count", None),
        ("orders", "amount", None),
        ("orders", "shipped", None),
        ("tickets", "description", None),
        ("orders", "x1", None),
    ],
)
def test_a_columns_name_says_its_kind(table: str, column: str, kind: Personal | None) -> None:
    assert by_name(table, column) == kind


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("a.b+c@example.co.uk", Personal.EMAIL),
        ("a@b", None),
        ("4111 1111 1111 1111", Personal.CARD),
        ("4111111111111112", None),
        ("1234567890123", None),
        ("DE89 3704 0044 0532 0130 00", Personal.IBAN),
        ("DE89370400440532013001", None),
        ("+49 30 1234567", Personal.PHONE),
        ("(030) 123 45 67", Personal.PHONE),
        ("2024-12-31", None),
        ("192.168.0.1", Personal.IP),
        ("2001:db8::1", Personal.IP),
        ("12:30:45", None),
        ("078-05-1120", Personal.IDENTITY),
        ("$2b$12$abcdefghijklmnopqrstuvwx", Personal.SECRET),
        ("AKIAABCDEFGHIJKLMNOP", Personal.SECRET),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc", Personal.SECRET),
        ("5f2b1c9e-7a44-4f0e-9b1c-1d2e3f4a5b6c", None),
        ("hello world", None),
        ("", None),
        ("x" * 5000, None),
    ],
)
def test_a_value_has_the_shape_of_its_kind(value: str, kind: Personal | None) -> None:
    assert by_shape(value) == kind


def test_a_shape_is_found_under_a_name_that_says_nothing(pg: Bed, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pg.run(
        'CREATE SCHEMA "My Shop"',
        'CREATE TABLE "My Shop"."Notes ""x""" (id int, "free text" text, card text, address inet,'
        " sent_email bool, doc jsonb, big numeric)",
        f'INSERT INTO "My Shop"."Notes ""x""" SELECT i, CASE WHEN i % 2 = 0 THEN \'{CANARY}\' ELSE \'-\' END,'
        " '4111111111111111', '10.0.0.1', true, '{}', 4111111111111111 FROM generate_series(1, 5000) i",
        "ANALYZE",
    )
    name = 'My Shop."Notes ""x"""'
    looks = PostgreSQLSurvey().looks(pg.target, [name])
    answer = personal_data.answer((), looks)

    assert {k.column: k.seen for k in looks} == {
        "id": 0, "free text": 200, "card": 200, "address": 200, "sent_email": 0, "doc": 200, "big": 200,
    }  # fmt: skip
    found = personal_data.classes(looks)
    assert found == {
        f"{name}.address": Personal.IP,
        f"{name}.big": Personal.CARD,
        f"{name}.card": Personal.CARD,
        f"{name}.free text": Personal.EMAIL,
    }
    assert f"{name}.card (card number share 100 % of 200)" in answer.evidence
    assert answer.ok
    everything = repr((looks, answer)) + caplog.text
    assert "canary" not in everything
    assert "4111" not in everything
    assert "10.0.0.1" not in everything


def test_rows_behind_a_policy_are_not_taken_for_all_rows_and_the_policy_is_not_run(
    pg18: Bed, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    # A policy whose function tells every value that it sees.
    pg18.run(
        "CREATE FUNCTION loud(t text) RETURNS text LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''I say %'', t; END'",
        "CREATE TABLE a (email text)",
        f"INSERT INTO a VALUES ('{CANARY}')",
        "ALTER TABLE a ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY loud ON a USING (loud(email) = '')",
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'looker')"
        " THEN CREATE ROLE looker LOGIN PASSWORD 'p'; END IF; END $$",
        "GRANT SELECT ON a TO looker",
    )
    place = pg18.target.url.reveal().rpartition("@")[2]
    clerk = target_of(pg18.target.kind, f"postgresql://looker:p@{place}")
    looks = PostgreSQLSurvey().looks(clerk, ["a"])
    answer = personal_data.answer((), looks)

    assert [k.why for k in looks] == ["the target's role may not read it"]
    assert not answer.ok
    assert "canary" not in repr((looks, answer)) + caplog.text
    with (
        psycopg.connect(clerk.url.reveal()) as link,
        pytest.raises(psycopg.errors.RaiseException, match="canary"),
    ):
        link.execute("SELECT * FROM a")


def test_a_column_that_may_not_be_read_leaves_the_line_open(pg18: Bed) -> None:
    pg18.run(
        "CREATE TABLE b (open text, closed text)",
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader')"
        " THEN CREATE ROLE reader LOGIN PASSWORD 'p'; END IF; END $$",
        "GRANT SELECT (open) ON b TO reader",
    )
    place = pg18.target.url.reveal().rpartition("@")[2]
    looks = PostgreSQLSurvey().looks(target_of(pg18.target.kind, f"postgresql://reader:p@{place}"), ["b"])

    assert [(k.column, k.why) for k in looks] == [
        ("open", ""),
        ("closed", "the target's role may not read it"),
    ]
    assert not personal_data.answer((), looks).ok


def test_columns_that_the_plan_adds_or_changes_are_marked_and_the_fingerprint_moves() -> None:
    looks = [
        ColumnLook(table="users", column="email", type="text", seen=100, shapes={Personal.EMAIL: 98}),
        ColumnLook(table="users", column="tokens", type="integer", seen=0),
        ColumnLook(table="users", column="notes", type="text", seen=100, shapes={Personal.PHONE: 3}),
    ]
    acts = evidence("ALTER TABLE users ADD COLUMN iban text; ALTER TABLE users DROP COLUMN email").acts
    before, after = personal_data.classes(looks), personal_data.classes(looks, acts)
    answer = personal_data.answer(acts, looks)

    assert before == {"users.email": Personal.EMAIL}
    assert after == {"users.email": Personal.EMAIL, "users.iban": Personal.IBAN}
    assert personal_data.fingerprint(before) != personal_data.fingerprint(after)
    assert personal_data.fingerprint(before) == personal_data.fingerprint(dict(before))
    assert [(f.name, f.weight) for f in answer.findings] == [
        ("changes-personal-data@users.email", Weight.NOTE),
        ("adds-personal-data@users.iban", Weight.NOTE),
    ]
    assert "users.email (email share 98 % of 100)" in answer.evidence
    assert "users.iban (bank account, new in this plan)" in answer.evidence
