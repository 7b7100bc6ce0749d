"""A team's hook runs without a shell, within its time, and what it prints is kept without secrets."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bot.core.hooks import Hook
from bot.hooks import KEPT, TeamHooks

PYTHON = sys.executable


def ran(code: str, root: Path, secret: dict[str, str] | None = None, **more: Any) -> Any:
    environ = {**os.environ, "SMOKE_TOKEN": "tok-4711-secret", "OTHER": "not for you"}
    hook = Hook(name="smoke", command=(PYTHON, "-c", code), **more)
    return TeamHooks(root, environ).run(hook, {"WHIMBREL_PHASE": "staging"}, secret or {})


def test_it_is_judged_by_its_exit_code_and_by_what_it_prints(tmp_path: Path) -> None:
    assert ran("print('12 passed')", tmp_path, output="passed$").ok
    assert ran("print('fine')", tmp_path, expect=0, output="passed").why.startswith(
        "what it said does not match"
    )
    failed = ran("import sys; print('no route'); sys.exit(3)", tmp_path)
    assert (failed.ok, failed.code, failed.why) == (False, 3, "it ended with 3 where 0 was expected")
    assert failed.said == "no route\n"


def test_it_sees_what_it_is_told_and_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    code = "import os; print({k: len(v) for k, v in os.environ.items() if k.isupper()}, os.getcwd())"
    said = ran(code, tmp_path, environment=("SMOKE_TOKEN",)).said

    assert "WHIMBREL_PHASE" in said
    assert "'SMOKE_TOKEN': 15" in said
    assert "OTHER" not in said
    assert str(tmp_path) in said


def test_secrets_are_blotted_out_of_what_is_kept(tmp_path: Path) -> None:
    code = (
        "import os; print(os.environ['SMOKE_TOKEN'], os.environ['URL'])"
        "; print('postgresql://u:pw12@h/d', 'session=abc')"
    )
    secret = {"URL": "postgresql://whimbrel:hush@127.0.0.1/x"}
    said = ran(code, tmp_path, secret, environment=("SMOKE_TOKEN",), redact=(r"session=\w+",)).said

    for word in ("4711", "hush", "pw12", "abc"):
        assert word not in said


def test_a_shells_words_are_only_words(tmp_path: Path) -> None:
    hook = Hook(name="x", command=("echo", "a; touch hacked", "$(touch hacked)"))
    said = TeamHooks(tmp_path, os.environ).run(hook, {}, {}).said

    assert said == "a; touch hacked $(touch hacked)\n"
    assert list(tmp_path.iterdir()) == []


def test_one_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time"
        "; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
        "; print(p.pid, flush=True); time.sleep(60)"
    )
    began = time.monotonic()
    result = ran(code, tmp_path, limit=1.5)

    assert time.monotonic() - began < 20
    assert (result.ok, result.why) == (False, "it had not ended after 1.5 s, and was ended")
    child = int(result.said)
    until = time.monotonic() + 5
    while Path(f"/proc/{child}/stat").exists() and time.monotonic() < until:
        if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            break  # dead, and not yet collected by init
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{child}").exists()


def test_a_flood_keeps_its_end_and_a_program_that_is_not_there_says_so(tmp_path: Path) -> None:
    flood = ran("print('x' * 3_000_000 + ' the end')", tmp_path)
    gone = TeamHooks(tmp_path, os.environ).run(Hook(name="x", command=("no-such-program",)), {}, {})

    assert len(flood.said) <= KEPT
    assert flood.said.endswith(" the end\n")
    assert gone.why == "it could not be started: No such file or directory"


@pytest.fixture
def site() -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/slow":
                time.sleep(3)
            self.send_response(503 if self.path == "/down" else 200)
            self.end_headers()
            self.wfile.write(b'{"version": "42"}')

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_address_is_judged_by_its_status_and_body(site: str, tmp_path: Path) -> None:
    def asked(path: str, **more: Any) -> Any:
        return TeamHooks(tmp_path, {}).run(Hook(name="v", url=site + path, expect=200, **more), {}, {})

    assert asked("/", output='"42"').ok
    assert asked("/", output='"43"').why.startswith("what it said does not match")
    assert asked("/down").why == "it answered 503 where 200 was expected"
    assert asked("/slow", limit=0.3).why == "it did not answer: timed out"
