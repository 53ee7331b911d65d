"""The real client under real governance: skipped, with the reason, where the client's binary is not here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

import web4_governance
from support.client import ROOT, Workplace, binary
from support.model_server import Model, ModelServer, Turn
from support.story import Story, sessions, the_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ABSENT = "the real client is not here (run `make client`, or set WEB4_CLIENT_BINARY)"
SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(web4_governance.__file__)))
PROBE = os.path.join(ROOT, "tests", "support", "mcp_probe.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here; skip them without a client, unless the client is required."""
    here = os.path.dirname(os.path.abspath(__file__))
    mine = [item for item in items if str(item.path).startswith(here + os.sep)]
    missing = not binary()
    if mine and missing and os.environ.get("WEB4_REQUIRE_CLIENT"):
        raise pytest.UsageError(ABSENT)
    for item in mine:
        item.add_marker(pytest.mark.client)
        if missing:
            item.add_marker(pytest.mark.skip(reason=ABSENT))


class Governed(Workplace):
    """A workplace with governance in it."""

    def __init__(self, base: Path, server: ModelServer) -> None:
        super().__init__(base, server.url)
        self.model: Model = server.model
        self.web4_home = self.home / ".web4"

    def web4(self, *arguments: str, code: int = 0) -> str:
        """Run a command of ours as the person would, in the project; give its stdout."""
        done = subprocess.run(
            [sys.executable, "-m", "web4_governance", *arguments],
            cwd=self.project,
            env={**self.env, "PYTHONPATH": SOURCE},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, f"web4 {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def govern(self, *options: str, policy: dict[str, Any] | None = None) -> None:
        """Install: by default the safety preset, enforced; or a policy written out, which says itself whether it binds."""
        if policy is not None:
            self.web4_home.mkdir(mode=0o700, exist_ok=True)
            file = self.web4_home / "policy.json"
            file.write_text(json.dumps(policy))
            file.chmod(0o600)
            options = (*options, "--enforce") if policy.get("enforce") else options
        else:
            options = options or ("--preset", "safety", "--enforce")
        self.web4("init", "--agent", "claude-code", *options)

    @property
    def story(self) -> Story:
        """The story of the only session."""
        return the_session(self.web4_home)

    @property
    def stories(self) -> dict[str, Story]:
        """The story of each session."""
        return sessions(self.web4_home)

    def path(self, name: str) -> Path:
        """Give a place in the project."""
        return self.project / name

    def mcp(self) -> tuple[str, ...]:
        """Give the client's arguments that bring the probe server."""
        servers = {"mcpServers": {"probe": {"command": sys.executable, "args": [PROBE]}}}
        return ("--mcp-config", json.dumps(servers))


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Callable[..., Governed]]:
    """Make workplaces, each with a model that plays what the test wrote down."""
    with ExitStack() as stack:

        def make(*main: Turn, **scripts: list[Turn]) -> Governed:
            server = stack.enter_context(ModelServer({"main": main, **scripts}))
            return Governed(tmp_path, server)

        yield make
