"""Placeholder until the tool is here."""

from bot.tools.alembic import Alembic as Sql
