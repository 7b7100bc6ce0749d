"""The bot is killed at every step's end and in the middle of every kind of step of a production run, and
started again each time. What the target says in the end is held against what the journal and the channel
say."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest
from acceptance_stage import Bot, Stage  # replaced below

