"""What scratch databases need of their server: databases that are known as ours, with the source's locale and
settings, and the roles that scripts name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql

from bot.core.errors import StepFailed
from bot.core.targets import Target
from bot.databases.postgresql_copy_source import SourceFacts
from bot.databases.postgresql_link import LONG, Link, linked
from bot.databases.rehearsal import RehearsalServer

APPLICATION = "whimbrel rehearsal"
#: A scratch database is known by its connection limit, which the statement that makes it sets: what only
#: begins with our name, and may be somebody's, is never dropped. -2 is what a drop that was cut off leaves.
_MARK = 97
_NAME = re.compile(r"whimbrel_[a-z0-9_]{1,54}")
_THERE = "SELECT datname::text FROM pg_database WHERE datname ^@ 'whimbrel_' AND datconnlimit IN (%s, -2)"
_SETTINGS = """
SELECT split_part(entry, '=', 1), substr(entry, strpos(entry, '=') + 1)
FROM pg_db_role_setting s, unnest(s.setconfig) entry
WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = %s)
"""
_OUR_ROLES = """
SELECT r.rolname::text FROM pg_roles r JOIN pg_shdescription d ON d.objoid = r.oid
WHERE d.classoid = 'pg_authid'::regclass AND d.description = %s
"""
_ROLE_MARK = "made by whimbrel for scratch databases"
#: From this size on, copying files is quicker than writing every page to the WAL.
_LARGE = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class ScratchServer:
    """The server's databases and roles, as far as they are ours."""

    server: RehearsalServer

    def names(self) -> list[str]:
        """The scratch databases that are there."""
        with self._manager() as link:
            return [row[0] for row in link.execute(_THERE, [_MARK])]

    def create(self, name: str, facts: SourceFacts) -> tuple[Target, list[str]]:
        """An empty database that sorts and speaks as the source does; sentences where it cannot."""
        _ours(name)
        notes: list[str] = []
        with self._manager() as link:
            major = link.info.server_version // 10000
            try:
                self._create(link, name, facts, _locale(facts, major))
            except psycopg.Error:
                # The system's locales and ICU are not the same everywhere; C is.
                self._create(link, name, facts, _locale(None, major))
                theirs = facts.locale or facts.collate
                notes.append(f"Text sorts by C here, not by {theirs} as in the source.")
            self._set(link, name, facts.settings)
        return self.server.target(name), notes

    def clone(self, of: str, name: str) -> Target:
        """A copy of one of ours that nobody is joined to, with its settings."""
        _ours(name)
        with self._manager() as link:
            self._must_be_ours(link, of)
            row = link.execute("SELECT pg_database_size(%s)", [of]).fetchone()
            large = row is not None and row[0] > _LARGE and link.info.server_version >= 150000
            parts = sql.SQL("CREATE DATABASE {} TEMPLATE {} CONNECTION LIMIT {} {}").format(
                sql.Identifier(name),
                sql.Identifier(of),
                sql.Literal(_MARK),
                sql.SQL("STRATEGY FILE_COPY" if large else ""),
            )
            link.execute(parts)
            self._set(link, name, dict(link.execute(_SETTINGS, [of]).fetchall()))
        return self.server.target(name)

    def drop(self, name: str) -> None:
        """Gone, with whoever is joined to it, and with our roles when it was the last."""
        _ours(name)
        with self._manager() as link:
            there = link.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
            if there is None:
                return
            self._must_be_ours(link, name)
            link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            if not self.server.own and not link.execute(_THERE, [_MARK]).fetchone():
                self._drop_roles(link)

    def add_roles(self, names: Sequence[str]) -> list[str]:
        """Roles of these names, where there are none, that nobody can log in as; sentences for those that
        could not be made. On another's server they are gone again with the last scratch database."""
        with self._manager() as link:
            known = {row[0] for row in link.execute("SELECT rolname::text FROM pg_roles")}
            missing = [name for name in names if name not in known]
            refused = [name for name in missing if not _add_role(link, name)]
        if not refused:
            return []
        more = f" and {len(refused) - 3} more" if len(refused) > 3 else ""
        return [f"The rehearsal server lacks the source's roles {', '.join(refused[:3])}{more}."]

    @contextmanager
    def _manager(self) -> Iterator[Link]:
        with linked(self.server.target(), APPLICATION, seconds=LONG, read_only=False) as link:
            yield link

    @staticmethod
    def _create(link: Link, name: str, facts: SourceFacts, locale: sql.Composable) -> None:
        parts = "CREATE DATABASE {} TEMPLATE template0 ENCODING {} {} CONNECTION LIMIT {}"
        link.execute(
            sql.SQL(parts).format(
                sql.Identifier(name), sql.Literal(facts.encoding), locale, sql.Literal(_MARK)
            )
        )

    @staticmethod
    def _set(link: Link, name: str, settings: Mapping[str, str]) -> None:
        for setting, value in settings.items():
            link.execute("SELECT set_config(%s, %s, false)", [setting, value])
            parts = sql.SQL("ALTER DATABASE {} SET {} FROM CURRENT")
            link.execute(parts.format(sql.Identifier(name), sql.Identifier(setting)))

    @staticmethod
    def _must_be_ours(link: Link, name: str) -> None:
        if (name,) not in link.execute(_THERE, [_MARK]).fetchall():
            raise StepFailed(f"{name} is not a scratch database of ours, so it is left alone.")

    @staticmethod
    def _drop_roles(link: Link) -> None:
        for (role,) in link.execute(_OUR_ROLES, [_ROLE_MARK]).fetchall():
            # Somebody has given it something meanwhile: then it is theirs.
            with suppress(psycopg.Error):
                link.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _ours(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise StepFailed(
            f"{name} is no name for a scratch database.", hint="Such names are like whimbrel_42_test."
        )


def _locale(facts: SourceFacts | None, major: int) -> sql.Composable:
    """The clauses for the source's locale, or for C where there is no source to follow."""
    if facts is None:
        clauses = [("LC_COLLATE", "C"), ("LC_CTYPE", "C")]
        provider = "libc"
    else:
        clauses = [("LC_COLLATE", facts.collate), ("LC_CTYPE", facts.ctype)]
        provider = {"i": "icu", "b": "builtin"}.get(facts.provider, "libc")
        if provider != "libc":
            clauses.append((f"{provider.upper()}_LOCALE", facts.locale))
    found: list[sql.Composable] = [
        sql.SQL(f"{word} {{}}").format(sql.Literal(value)) for word, value in clauses
    ]
    # Older servers have the system's locales only, and no word for that.
    found += [sql.SQL(f"LOCALE_PROVIDER {provider}")] if major >= 15 else []
    return sql.SQL(" ").join(found)


def _add_role(link: Link, name: str) -> bool:
    """False when the server does not let us. Made with its mark or not at all; someone may be quicker."""
    role = sql.Identifier(name)
    try:
        with link.transaction():
            link.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
            link.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(_ROLE_MARK)))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        return True
    except psycopg.Error:
        return False
    return True
