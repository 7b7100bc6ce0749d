"""Connections to a PostgreSQL target, and its errors in our words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

from bot.core.errors import LockTimeout, StepFailed
from bot.core.targets import Target
from bot.databases.questions import short

#: Seconds for questions to the catalog, and for those that read whole tables.
QUICK = 15.0
LONG = 1800.0
LOCK_TIMEOUT = 3.0

Link = psycopg.Connection[tuple[Any, ...]]

#: A peer that is gone is noticed after about ten seconds instead of two hours.
_KEEPALIVES = {
    "keepalives": "1",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
_HIDDEN = "•••"
#: libpq's words and the variables that say the same, for child programs: nothing of them is seen in argv.
_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "dbname": "PGDATABASE",
    "options": "PGOPTIONS",
    "service": "PGSERVICE",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "channel_binding": "PGCHANNELBINDING",
    "require_auth": "PGREQUIREAUTH",
    "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


def words(target: Target) -> dict[str, str]:
    """The target's URL as libpq's words."""
    try:
        url = make_url(target.url.reveal())
        given = url.translate_connect_args(username="user", database="dbname")
        query = {k: v if isinstance(v, str) else ",".join(v) for k, v in url.query.items()}
    except Exception:
        # Whatever is wrong with it, the text of that error may hold the URL.
        raise StepFailed(
            f"The URL of {target.id} is not one.", hint="postgresql://user:…@host/database"
        ) from None
    return query | {k: str(v) for k, v in given.items()}


def environment(target: Target, application: str) -> dict[str, str]:
    """The environment for PostgreSQL's own programs: where to connect, and nothing of our own secrets."""
    said = {variable: value for word, value in words(target).items() if (variable := _VARIABLES.get(word))}
    kept = {k: os.environ[k] for k in ("PATH", "HOME", "TMPDIR", "KRB5CCNAME") if k in os.environ}
    return {**kept, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "5", "PGAPPNAME": application, **said}


def conninfo(database: str = "") -> str:
    """What a child program may be told on its command line: no place and no secret."""
    return make_conninfo("", dbname=database or None, **_KEEPALIVES)


@contextmanager
def saying(target: Target) -> Iterator[None]:
    """The server's errors as ours: its sentence, without addresses and passwords."""
    try:
        yield
    except psycopg.Error as error:
        raise _as_ours(target, error) from None


def connect(
    target: Target, application: str, *, seconds: float = QUICK, settings: Mapping[str, str] | None = None
) -> Link:
    """An autocommit connection named `application`, whose statements end after `seconds`."""
    all_settings = {
        "statement_timeout": str(int(seconds * 1000)),
        "lock_timeout": str(int(LOCK_TIMEOUT * 1000)),
        "idle_in_transaction_session_timeout": "60000",
    } | dict(settings or {})
    given = _KEEPALIVES | words(target)
    given["application_name"] = application
    given.setdefault("connect_timeout", "5")
    ours = " ".join(f"-c {name}={value}" for name, value in all_settings.items())
    given["options"] = f"{given.get('options', '')} {ours}".strip()
    try:
        return psycopg.connect(make_conninfo("", **given), autocommit=True)
    except psycopg.Error as error:
        raise StepFailed(
            f"{target.id} cannot be reached: {_reason(target, error)}",
            hint="Is the server up, and is the target's URL right?",
        ) from None


@contextmanager
def linked(
    target: Target, application: str, *, seconds: float = QUICK, read_only: bool = True
) -> Iterator[Link]:
    """A connection for a few statements; errors are ours."""
    settings = {"default_transaction_read_only": "on"} if read_only else {}
    link = connect(target, application, seconds=seconds, settings=settings)
    try:
        with saying(target):
            yield link
    finally:
        with suppress(psycopg.Error):
            link.close()


def scrub(target: Target, text: str) -> str:
    """`text` without what the target's URL keeps secret."""
    secret: list[str] = [target.url.reveal()]
    with suppress(StepFailed):
        said = words(target)
        secret += [said.get(word, "") for word in ("password", "sslpassword", "host", "hostaddr", "passfile")]
        raw = re.search(r"//[^:/@]*:(.*)@", target.url.reveal())
        secret.append(raw.group(1) if raw else "")
    for value in sorted(filter(None, secret), key=len, reverse=True):
        text = text.replace(value, _HIDDEN)
    return text


def _as_ours(target: Target, error: psycopg.Error) -> StepFailed:
    said = error.diag.message_primary
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return LockTimeout(f"{target.id} did not grant a lock in time: {scrub(target, said or '')}.")
    if said is None:
        return StepFailed(f"The connection to {target.id} was lost: {_reason(target, error)}")
    return StepFailed(
        f"{target.id} said: {scrub(target, short(said, 500))}.",
        hint=scrub(target, short(error.diag.message_hint or "")),
    )


def _reason(target: Target, error: psycopg.Error) -> str:
    """The last cause in libpq's many lines, which begin with addresses."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = next((line for line in lines if " failed: " in line), lines[0] if lines else type(error).__name__)
    cause = re.split(r"\b(?:FATAL|ERROR): +| failed: ", said)[-1]
    return scrub(target, short(cause)).rstrip(".") + "."
