"""Reads a target's history table. Tools know no database but by this."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL, make_url

from bot.core.errors import StepFailed
from bot.core.targets import Kind, Secret, Target

_HIDDEN = "•••"
_KEEPS = re.compile(r"pass|pwd|secret|token|key|credential|auth|dsn|url", re.IGNORECASE)
_SECONDS = 10
_SETTINGS = f"-c statement_timeout={_SECONDS}s -c lock_timeout=3s -c default_transaction_read_only=on"


class Reader:
    """One connection, kept between questions and made anew when it is gone."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._link: psycopg.Connection[tuple[Any, ...]] | None = None

    def rows(self, query: str) -> list[tuple[Any, ...]] | None:
        """What the query says; None when its table is not there. `query` holds no text from outside."""
        if self._target.kind is Kind.SQLITE:
            return self._from_file(query)
        for last in (False, True):
            try:
                return self._from_server(query)
            except psycopg.OperationalError as error:
                fresh = self._link is None
                self.close()
                if last or fresh:
                    raise self._unreachable(error) from None
            except psycopg.Error as error:
                raise self._unreachable(error) from None
        return None

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._link:
            with suppress(psycopg.Error):
                self._link.close()
        self._link = None

    def _from_server(self, query: str) -> list[tuple[Any, ...]] | None:
        if self._link is None:
            words = {"connect_timeout": "5", "application_name": "whimbrel", **_words(self._target)}
            words["options"] = f"{words.get('options', '')} {_SETTINGS}".strip()
            self._link = psycopg.connect(make_conninfo("", **words), autocommit=True)
        try:
            return self._link.execute(query).fetchall()
        except psycopg.errors.UndefinedTable:
            return None

    def _from_file(self, query: str) -> list[tuple[Any, ...]] | None:
        path = Path(url_of(self._target).database or "").absolute()
        if not path.exists():
            return None
        try:
            link = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=3.0)
        except sqlite3.Error as error:
            raise self._unreachable(error) from None
        try:
            return link.execute(query).fetchall()
        except sqlite3.Error as error:
            if str(error).startswith("no such table"):
                return None
            raise self._unreachable(error) from None
        finally:
            link.close()

    def _unreachable(self, error: Exception) -> StepFailed:
        text = str(error).strip().splitlines()
        said = re.split(r"\b(?:FATAL|ERROR): +| failed: ", text[0] if text else type(error).__name__)[-1]
        said = scrub(self._target, said).rstrip(".")
        return StepFailed(
            f"The history table of {self._target.id} cannot be read: {said}.",
            hint="Is the server up, and is the target's URL right?",
        )


def url_of(target: Target) -> URL:
    """The target's URL, in parts."""
    try:
        return make_url(target.url.reveal())
    except Exception:
        # Whatever is wrong with it, the text of that error may hold the URL.
        raise StepFailed(f"The URL of {target.id} is not one.") from None


def _words(target: Target) -> dict[str, str]:
    url = url_of(target)
    given = url.translate_connect_args(username="user", database="dbname")
    query = {k: v if isinstance(v, str) else ",".join(v) for k, v in url.query.items()}
    return query | {k: str(v) for k, v in given.items()}


def scrub(target: Target, text: str) -> str:
    """`text` without what the target's URL keeps secret."""
    secret = [target.url.reveal()]
    with suppress(StepFailed):
        url = url_of(target)
        secret += [str(url.password or ""), url.host or ""]
        secret += [str(url.query.get(word, "")) for word in ("password", "sslpassword", "host")]
    raw = re.search(r"//[^:/@]*:(.*)@", target.url.reveal())
    secret.append(raw.group(1) if raw else "")
    return _without(secret, text)


def secrets(environ: Mapping[str, str]) -> tuple[Secret, ...]:
    """What a project's own variables keep secret: the values of those whose name or shape says so."""
    return tuple(Secret(v) for k, v in environ.items() if len(v) > 3 and (_KEEPS.search(k) or "://" in v))


def hide(text: str, values: Sequence[Secret]) -> str:
    """`text` without them."""
    return _without([value.reveal() for value in values], text)


def _without(values: Sequence[str], text: str) -> str:
    for value in sorted(filter(None, values), key=len, reverse=True):
        text = text.replace(value, _HIDDEN)
    return text


def identifier(name: str) -> str:
    """A name as SQL may hold it."""
    return '"' + name.replace('"', '""') + '"'
