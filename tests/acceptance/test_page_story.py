"""A newcomer at the page: every word of Whimbrel by clicking and typing, before real databases."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bot.core.targets import Kind, Phase, Secret, Target
from bot.databases.postgresql import PostgreSQL
from bot.demo.world import World
