"""What an operator can set. The only reader of the environment."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.core.errors import BadSettings
from bot.core.targets import Secret

_LEVELS = ("debug", "info", "warning", "error")
_STORES = ("sqlite:///file.db", "postgresql://user:password@host:5432/name")


def _secret(value: object) -> Secret:
    return Secret(str(value).strip())


def _store(value: object) -> Secret:
    try:
        url = make_url(str(value).strip())
        known = url.get_backend_name() in ("sqlite", "postgresql", "postgres") and bool(url.database)
    except (ArgumentError, ValueError):
        known = False
    if not known:
        raise ValueError(f"is not the URL of a store; write {_STORES[0]} or {_STORES[1]}")
    if url.get_backend_name() == "postgres":
        url = url.set(drivername="postgresql")
    return Secret(url.render_as_string(hide_password=False))


def _folders(value: object) -> tuple[Path, ...]:
    folders = tuple(Path(p).expanduser() for p in str(value).split(os.pathsep) if p.strip())
    missing = [str(p) for p in folders if not (p / "whimbrel.yaml").is_file()]
    if missing or not folders:
        where = ", ".join(missing) or "the list"
        raise ValueError(
            f"no whimbrel.yaml in {where}; write the projects' folders, {os.pathsep!r} between them"
        )
    return tuple(p.absolute() for p in folders)


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(value).strip())
    except (ValueError, OSError, KeyError) as error:
        raise ValueError("is not a time zone; write one like Europe/Berlin or UTC") from error


def _level(value: object) -> str:
    level = str(value).strip().lower()
    if level not in _LEVELS:
        raise ValueError(f"is not a log level; write {', '.join(_LEVELS)}")
    return level


def _port(value: object) -> int:
    text = str(value).strip()
    if not re.fullmatch(r"\d{1,5}", text) or not 0 < int(text) < 65536:
        raise ValueError("is not a port; write a number from 1 to 65535, such as 3000")
    return int(text)


def _address(value: object) -> str:
    text = str(value).strip()
    here = re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]", text)
    if not (here or text.startswith("https://")) or re.search(r"\s|@", text):
        raise ValueError("is not Slack's address; write https://slack.com/api/ or http://127.0.0.1:PORT/api/")
    return text.rstrip("/") + "/"


def _worker(value: object) -> str:
    text = str(value).strip()
    if not re.fullmatch(r"[\w.-]{1,80}", text):
        raise ValueError("is not a worker's name; write letters, digits, '.' and '-', such as worker-1")
    return text


def _begins(start: str) -> BeforeValidator:
    def check(value: object) -> Secret:
        text = str(value).strip()
        if text and not text.startswith(start):
            raise ValueError(f"is not the right kind of token; write the one that begins with {start}")
        return Secret(text)

    return BeforeValidator(check)


class Settings(BaseModel):
    """Read once when the bot starts. Aliases are the variables' names."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, validate_default=True)

    projects: Annotated[tuple[Path, ...], BeforeValidator(_folders)] = Field(alias="WHIMBREL_PROJECTS")
    store: Annotated[Secret, BeforeValidator(_store)] = Field(alias="WHIMBREL_STORE")
    backups: Annotated[Path, BeforeValidator(lambda v: Path(str(v)).expanduser().absolute())] = Field(
        alias="WHIMBREL_BACKUPS"
    )
    #: Where this machine's rehearsal servers have their data.
    rehearsals: Annotated[Path, BeforeValidator(lambda v: Path(str(v)).expanduser().absolute())] = Field(
        alias="WHIMBREL_REHEARSALS"
    )
    #: Stable over restarts and unlike any other process's: a run belongs to the worker of this name.
    worker: Annotated[str, BeforeValidator(_worker)] = Field(alias="WHIMBREL_WORKER")
    bot_token: Annotated[Secret, _begins("xoxb-")] = Field(alias="SLACK_BOT_TOKEN")
    app_token: Annotated[Secret, _begins("xapp-")] = Field(alias="SLACK_APP_TOKEN")
    signing_secret: Annotated[Secret, BeforeValidator(_secret)] = Field(alias="SLACK_SIGNING_SECRET")
    port: Annotated[int, BeforeValidator(_port)] = Field(alias="PORT")
    slack: Annotated[str, BeforeValidator(_address)] = Field(alias="SLACK_BASE_URL")
    zone: Annotated[ZoneInfo, BeforeValidator(_zone)] = Field(alias="WHIMBREL_ZONE")
    log: Annotated[str, BeforeValidator(_level)] = Field(alias="WHIMBREL_LOG")

    #: Whether the operator named a port.
    port_named: bool = False

    @property
    def socket_mode(self) -> bool:
        """Slack is reached by a socket that we open; otherwise it calls us on `port`."""
        return bool(self.app_token.reveal())


_DEFAULTS = {
    "WHIMBREL_PROJECTS": ".",
    "WHIMBREL_STORE": "sqlite:///.whimbrel/store.db",
    "WHIMBREL_BACKUPS": ".whimbrel/backups",
    "WHIMBREL_REHEARSALS": ".whimbrel/rehearsals",
    "SLACK_BOT_TOKEN": "",
    "SLACK_APP_TOKEN": "",
    "SLACK_SIGNING_SECRET": "",
    "PORT": "3000",
    "SLACK_BASE_URL": "https://slack.com/api/",
    "WHIMBREL_ZONE": "UTC",
    "WHIMBREL_LOG": "info",
}


def environment() -> Mapping[str, str]:
    """The process's environment as it is now, for `read` and for the projects' ${NAME}."""
    return dict(os.environ)


def read(environ: Mapping[str, str], *, slack: bool = True) -> Settings:
    """The settings. Raises BadSettings with every problem; without `slack` no tokens are asked for."""
    known = {name: environ.get(name) or default for name, default in _DEFAULTS.items()}
    known_port = bool(environ.get("PORT"))
    known["WHIMBREL_WORKER"] = environ.get("WHIMBREL_WORKER") or _own_name(known["WHIMBREL_STORE"])
    problems: list[str] = []
    settings: Settings | None = None
    try:
        settings = Settings.model_validate({**known, "port_named": known_port})
    except ValidationError as error:
        problems = [
            f"{finding['loc'][0]} {finding['msg'].removeprefix('Value error, ')}."
            for finding in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    problems += _missing(known) if slack else []
    if problems or settings is None:
        count = f"{len(problems)} settings are" if len(problems) > 1 else "1 setting is"
        raise BadSettings(f"{count} not right.", hint="Set them and start again.", problems=problems)
    return settings


def _missing(known: Mapping[str, str]) -> Iterator[str]:
    if not known["SLACK_BOT_TOKEN"]:
        yield "SLACK_BOT_TOKEN is not set; write the bot token that begins with xoxb-."
    if not known["SLACK_APP_TOKEN"] and not known["SLACK_SIGNING_SECRET"]:
        yield "SLACK_APP_TOKEN is not set, nor is SLACK_SIGNING_SECRET; write one of them."


def _own_name(store: str) -> str:
    """This machine and this store: stable over restarts. A second process here needs a name of its own."""
    try:
        place = make_url(store).set(password=None).render_as_string()
    except (ArgumentError, ValueError):
        place = ""
    host = re.sub(r"[^\w.-]", "-", socket.gethostname()) or "worker"
    return f"{host[:60]}-{sha256(place.encode()).hexdigest()[:6]}"
