"""A real `web4 witness serve` in a process of its own, and requests to it over a real socket."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from web4_governance.core.ledger.note import VerifierKey

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


def web4(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of ours."""
    return subprocess.run(
        [sys.executable, "-m", "web4_governance", words[0], "--home", str(home), *words[1:]],
        capture_output=True, text=True, timeout=60, check=False, env=environment(),
    )  # fmt: skip


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


@contextlib.contextmanager
def serving(home: Path, *logs: str) -> Iterator[str]:
    """Give the submission prefix of a witness that knows some logs; ended, and waited for, at the end."""
    command = [sys.executable, "-m", "web4_governance", "witness", "--home", str(home), "serve", "--port", "0"]
    for log in logs:
        command += ["--log", log]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment())
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


def new_witness(home: Path, name: str = "w.example/1") -> VerifierKey:
    """Make a witness's key by the command."""
    done = web4("witness", "key", "--name", name, home=home)
    assert done.returncode == 0, done.stderr
    return VerifierKey.from_text(done.stdout.strip())


def ask(prefix: str, body: bytes, *, method: str = "POST", path: str = "/add-checkpoint") -> tuple[int, str, bytes]:
    """Give status, content type and body of one exchange."""
    connection = http.client.HTTPConnection(urlsplit(prefix).netloc, timeout=30)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type") or "", answer.read()
    finally:
        connection.close()
