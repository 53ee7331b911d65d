"""Runs the real client against a scripted model, in a place of its own: scratch home, scratch project, clean environment.

Where the binary comes from: `WEB4_CLIENT_BINARY`, else what `make client` put under `.client/`. Nothing is searched for
beyond that, and nothing leaves loopback.
"""

from __future__ import annotations

import glob
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INSTALLED = os.path.join(ROOT, ".client", "node_modules", "@anthropic-ai", "claude-code-*", "claude")
TIMEOUT = 60.0


def binary() -> str:
    """Give the path of the client's native binary, or the empty string where there is none."""
    named = os.environ.get("WEB4_CLIENT_BINARY", "")
    if named:
        return named if os.access(named, os.X_OK) else ""
    return next((path for path in sorted(glob.glob(INSTALLED)) if os.access(path, os.X_OK)), "")


@dataclass(frozen=True)
class Run:
    """What a run of the client left: its exit code, its stream as parsed lines, its stderr."""

    code: int
    stream: list[dict[str, Any]]
    stderr: str

    @property
    def session(self) -> str:
        """The session's id."""
        return next(str(line["session_id"]) for line in self.stream if "session_id" in line)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Give the lines of one type."""
        return [line for line in self.stream if line.get("type") == kind]

    @property
    def text(self) -> str:
        """The whole stream as one text to search in."""
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in self.stream)


class Workplace:
    """A person's scratch home and project, and the ways to start the client there."""

    def __init__(self, base: Path, model_url: str) -> None:
        self.home = base / "home"
        self.project = base / "project"
        self.config = self.home / ".claude"
        self.model_url = model_url
        for place in (self.home, self.project, self.config):
            place.mkdir(parents=True, exist_ok=True)

    @property
    def env(self) -> dict[str, str]:
        """The whole environment of the client: nothing of the test's own leaks into it."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "CLAUDE_CONFIG_DIR": str(self.config),
            "ANTHROPIC_BASE_URL": self.model_url,
            "ANTHROPIC_API_KEY": "sk-ant-scripted",
            "IS_SANDBOX": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_TELEMETRY": "1",
            "DISABLE_AUTOUPDATER": "1",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
        }

    def start(self, prompt: str, *args: str, mode: str = "bypassPermissions") -> subprocess.Popen[bytes]:
        """Start a headless run in a process group of its own."""
        command = [
            binary(),
            "-p",
            prompt,
            "--output-format",
            "stream-json",
            "--verbose",
            "--permission-mode",
            mode,
            *args,
        ]
        return subprocess.Popen(
            command,
            cwd=self.project,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, prompt: str, *args: str, mode: str = "bypassPermissions", timeout: float = TIMEOUT) -> Run:
        """Run the client to its end."""
        return finish(self.start(prompt, *args, mode=mode), timeout)

    def command(self, *args: str, timeout: float = TIMEOUT) -> subprocess.CompletedProcess[str]:
        """Run one of the client's own commands (`plugin ...`)."""
        return subprocess.run(
            [binary(), *args],
            cwd=self.project,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def finish(process: subprocess.Popen[bytes], timeout: float = TIMEOUT) -> Run:
    """Wait for a started run and read what it said; past the timeout the whole group is killed and the test fails."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        kill(process)
        raise
    stream = [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]
    return Run(code=process.returncode, stream=stream, stderr=err.decode(errors="replace"))


def kill(process: subprocess.Popen[bytes], with_signal: int = signal.SIGKILL) -> None:
    """End a started run and everything that it started."""
    try:
        os.killpg(process.pid, with_signal)
    except ProcessLookupError:
        return
    if with_signal == signal.SIGKILL:
        process.communicate()


def wait_for(path: Path, seconds: float = 30.0) -> None:
    """Wait until a file is there: the sign that a scripted command has got that far."""
    until = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > until:
            message = f"{path.name} never came"
            raise TimeoutError(message)
        time.sleep(0.02)
