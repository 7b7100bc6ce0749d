"""The composition root: the only place where real things are made and joined."""

from __future__ import annotations

import logging
import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from types import FrameType

import sqlalchemy as sa
from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

import commands
from bot.chat import Chat, discover
from bot.clock import Clock, FileHold, Hold, ServerHold
from bot.core.errors import BadSettings
from bot.core.ports import Tool
from bot.core.targets import Secret
from bot.databases.world import Databases
from bot.desk import Desk
from bot.drive import Garage, drive
from bot.projects import ProjectFolders, ToolMaker, ToolSetup
from bot.queue import Durable, Nowhere, Queue, sweep
from bot.settings import Settings, environment, read
from bot.store.store import SqlStore, at_head, store, upgrade
from bot.tools.alembic import Alembic
from bot.tools.sql import Sql

log = logging.getLogger(__name__)

PARTS = frozenset({"bot", "worker", "clock"})


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)
