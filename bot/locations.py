"""Database URLs: where they come from, what they point at, what is wrong with them. None is ever shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.core.targets import Kind, Secret, Target

_NAME = re.compile(r"\$\{([A-Za-z_]\w*)\}")
_SERVERS = {"postgresql": Kind.POSTGRESQL, "postgres": Kind.POSTGRESQL, "sqlite": Kind.SQLITE}
_SHAPES = "postgresql://user:password@host:5432/name or sqlite:///file.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A target's server, its URL, and the digest of the place that the URL points at."""

    kind: Kind
    url: Secret
    place: str


def locate(written: str, environ: Mapping[str, str], root: Path, example: str) -> Location:
    """What an environment's `url` means; ValueError with the mend when it means nothing."""
    name = _NAME.fullmatch(written)
    if not name and "$" in written:
        raise ValueError(f"mixes text and a variable; write the whole URL as one ${{{example}}}")
    if name and not environ.get(name[1]):
        raise ValueError(f"the variable {name[1]} is not set; set {name[1]}={_SHAPES}")
    value = environ[name[1]] if name else written
    who = f"the variable {name[1]}" if name else "it"
    try:
        url = make_url(value.strip())
    except (ArgumentError, ValueError):
        url = None
    if not name and (url is None or _secretive(url)):
        raise ValueError(f"may hold a password, and this file is no place for one; write ${{{example}}}")
    if url is None:
        raise ValueError(f"{who} does not hold a database URL; write {_SHAPES}")
    kind = _SERVERS.get(url.get_backend_name())
    if kind is None:
        raise ValueError(f"{who} names a server that is not known here; write {_SHAPES}")
    return _located(url, kind, root, who)


def _located(url: URL, kind: Kind, root: Path, who: str) -> Location:
    database = url.database or ""
    if kind is Kind.SQLITE:
        if not database or database == ":memory:" or database.startswith("file:"):
            raise ValueError(f"{who} names no file; write sqlite:///file.db")
        path = str((root / database).resolve())
        plain, location = url.set(drivername="sqlite", database=path), path
    else:
        hosts = url.query.get("host", ())
        host = url.host or (hosts if isinstance(hosts, str) else ",".join(hosts))
        if not host or not database:
            raise ValueError(f"{who} names no host or no database; write {_SHAPES}")
        ports = url.query.get("port", "5432")
        port = url.port or (ports if isinstance(ports, str) else ",".join(ports))
        plain, location = url.set(drivername="postgresql"), f"{host.lower()}:{port}/{database}"
    return Location(
        kind=kind,
        url=Secret(plain.render_as_string(hide_password=False)),
        place=Target.place_of(location),
    )


def _secretive(url: URL) -> bool:
    return url.password is not None or any(re.search("pass|secret|token|key", k, re.I) for k in url.query)
