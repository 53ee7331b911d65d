"""A governed home with keys and real anchors, asked by the very commands: a git remote over ssh's protocol, and a file."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

from support.told import call_main
from support.world import World

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.told import Said

REMOTE = "anchors@git.example"


def git(*words: str) -> str:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", *words], capture_output=True, text=True, timeout=60, check=True, env=clean)
    return done.stdout.strip()


class Anchored(World):
    """One person's machine, whose heads go to a remote elsewhere and to a file."""

    def __init__(self, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(scratch)
        self.remote, self.file = scratch / "remote.git", scratch / "heads.jsonl"
        git("init", "--bare", "--quiet", str(self.remote))
        git("-C", str(self.remote), "config", "receive.denyNonFastForwards", "true")
        # The other machine: git speaks to it as over ssh, and what it starts there runs here.
        there = scratch / "ssh"
        there.write_text('#!/bin/sh\nshift\nexec sh -c "$*"\n')
        there.chmod(0o755)
        monkeypatch.setenv("GIT_SSH_COMMAND", str(there))
        monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
        self.configure(git=True, file=True)

    def configure(self, *, git: bool = False, file: bool = False) -> None:
        """Write the settings of these anchors."""
        tables = []
        if git:
            tables.append(f'[anchors.g]\nkind = "git"\nremote = "{REMOTE}:{self.remote}"\n')
        if file:
            tables.append(f'[anchors.f]\nkind = "file"\npath = "{self.file}"\n')
        (self.home / "config.toml").write_text("\n".join(tables))
        (self.home / "config.toml").chmod(0o600)

    def work(self, calls: int) -> None:
        """Record some calls more."""
        for n in range(calls):
            self.bash(f"toolu_{self.now_us}_{n}", "ls")

    def web4(self, *words: str) -> Said:
        return call_main(*words, "--home", str(self.home))

    def key(self) -> str:
        """Give the log's first key, made where there is none."""
        said = self.web4("anchor", "key", "--make")
        assert said.code == 0
        return said.out.strip()

    def anchor(self) -> tuple[int, dict[str, str]]:
        """Hand a head to the anchors: the exit code, and what each said."""
        self.key()
        said = self.web4("anchor", "now")
        rows = (line.strip().partition(": ") for line in said.out.splitlines()[1:])
        return said.code, {name: text for name, _, text in rows}

    def verify(self, *words: str) -> dict[str, Any]:
        said = self.web4("verify", "--json", *words)
        found: dict[str, Any] = said.json
        assert said.code == found["exit"]
        return found

    def size(self) -> int:
        return len(self.entries())
