"""Runs a team's hooks: a program without a shell, or an address; bounded in time and in what is kept."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, build_opener

from bot.core.hooks import Hook, HookRan

#: So much of the end of what a hook prints is read and kept, in bytes.
KEPT = 20_000
#: As a shell says it of a program that is not there; what is below zero was begun, and its end not seen.
NOT_STARTED = 127
_ALWAYS = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")


class TeamHooks:
    """Port Hooks. `root`: where a project's commands run; `environ`: the bot's variables."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root, self._environ = root, environ

    def run(self, hook: Hook, told: Mapping[str, str], secret: Mapping[str, str]) -> HookRan:
        """Run it to its end or its limit."""
        began = time.monotonic()
        code, text, why = self._command(hook, {**told, **secret}) if hook.command else self._address(hook)
        named = {name: self._environ.get(name, "") for name in hook.environment}
        said = redacted(text, hook, [*secret.values(), *named.values()])
        why = why or _judged(hook, code, said)
        return HookRan(ok=not why, code=code, seconds=time.monotonic() - began, said=said, why=why)

    def _command(self, hook: Hook, more: Mapping[str, str]) -> tuple[int, str, str]:
        names = (*_ALWAYS, *hook.environment)
        environ = {name: self._environ[name] for name in names if name in self._environ}
        with tempfile.TemporaryFile() as printed:
            try:
                child = subprocess.Popen(
                    hook.command,
                    cwd=self._root,
                    env={**environ, **more},
                    stdin=subprocess.DEVNULL,
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                return NOT_STARTED, "", f"it could not be started: {error.strerror}"
            why = ""
            try:
                child.wait(hook.limit)
            except subprocess.TimeoutExpired:
                why = f"it had not ended after {hook.limit:g} s, and was ended"
            finally:
                with suppress(ProcessLookupError):  # what it started goes with it, also what it left behind
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
            size = printed.seek(0, os.SEEK_END)
            printed.seek(max(0, size - KEPT))
            return child.returncode, printed.read().decode(errors="replace"), why

    def _address(self, hook: Hook) -> tuple[int, str, str]:
        request = Request(hook.url, method=hook.method, headers={"User-Agent": "whimbrel"})  # noqa: S310  # http(s) only, by whimbrel.yaml's own rule
        try:
            with build_opener().open(request, timeout=hook.limit) as answer:
                return answer.status, answer.read(KEPT).decode(errors="replace"), ""
        except HTTPError as error:
            return error.code, error.read(KEPT).decode(errors="replace"), ""
        except (URLError, OSError, HTTPException) as error:
            return -1, "", f"it did not answer: {getattr(error, 'reason', error)}"


def redacted(text: str, hook: Hook, secrets: list[str]) -> str:
    """The text without secrets: those that we know, and whatever the hook's own patterns match."""
    for value in sorted({s for s in secrets if len(s) > 3}, key=len, reverse=True):
        text = text.replace(value, "•••")
    for pattern in hook.redact:
        text = re.sub(pattern, "•••", text)
    # An address with a password is a secret wherever it stands.
    return re.sub(r"(\w+://[^\s:/@]+):[^\s@/]+@", r"\1:•••@", text)


def _judged(hook: Hook, code: int, said: str) -> str:
    """Why it has not gone well, "" when it has."""
    kind = "ended with" if hook.command else "answered"
    if code != hook.expect:
        return f"it {kind} {code} where {hook.expect} was expected"
    if hook.output and not re.search(hook.output, said):
        return "what it said does not match the pattern that whimbrel.yaml expects"
    return ""
