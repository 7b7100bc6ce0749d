"""The databases, joined: the form that fits a target's kind."""

from __future__ import annotations

from pathlib import Path

from bot.core.lab import Lab
from bot.core.ports import Database, Guard, Vault
from bot.core.survey import Survey
from bot.core.targets import Kind, Secret, Target
from bot.databases.labs import Labs
from bot.databases.postgresql import PostgreSQL
from bot.databases.postgresql_guard import PostgreSQLGuard
from bot.databases.postgresql_survey import PostgreSQLSurvey
from bot.databases.postgresql_vault import PostgreSQLVault
from bot.databases.sqlite import SQLite
from bot.databases.sqlite_guard import SQLiteGuard
from bot.databases.sqlite_survey import SQLiteSurvey
from bot.databases.sqlite_vault import SQLiteVault


class Databases:
    """Port World. `folder` is where the backups go; `labs` has the rehearsal servers."""

    def __init__(self, folder: Path, labs: Labs | None = None) -> None:
        self.backups = folder
        self._surveys: dict[Kind, Survey] = {
            Kind.POSTGRESQL: PostgreSQLSurvey(),
            Kind.SQLITE: SQLiteSurvey(),
        }
        self.labs = labs or Labs(folder.with_name("rehearsals"), str(folder))
        self._databases: dict[Kind, Database] = {Kind.POSTGRESQL: PostgreSQL(), Kind.SQLITE: SQLite()}
        self._guards: dict[Kind, Guard] = {Kind.POSTGRESQL: PostgreSQLGuard(), Kind.SQLITE: SQLiteGuard()}
        self._vaults: dict[Kind, Vault] = {
            Kind.POSTGRESQL: PostgreSQLVault(folder),
            Kind.SQLITE: SQLiteVault(folder),
        }

    def survey(self, kind: Kind) -> Survey:
        """What the checks ask of a target."""
        return self._surveys[kind]

    def lab(self, kind: Kind, server: Secret | None) -> Lab:
        """The rehearsal server for a kind of database."""
        return self.labs.lab(kind, server)

    def database(self, target: Target) -> Database:
        """What can be asked of its server."""
        return self._databases[target.kind]

    def guard(self, target: Target) -> Guard:
        """What keeps it safe while steps run."""
        return self._guards[target.kind]

    def vault(self, target: Target) -> Vault:
        """Its backups."""
        return self._vaults[target.kind]
