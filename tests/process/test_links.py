"""A secret behind a link is a secret: through real hook processes, by shell and by the host's own tool."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.hooks import event, line, spawn

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


class Place:
    def __init__(self, root: Path) -> None:
        self.user = root / "user"
        self.root = self.user / "project"
        (self.root / ".git").mkdir(parents=True)
        (self.user / ".ssh").mkdir()
        (self.user / ".ssh" / "id_rsa").write_text("-----BEGIN\n")
        (self.root / "notes.txt").write_text("plain\n")
        (self.root / "cfg.txt").symlink_to(self.user / ".ssh" / "id_rsa")
        (self.root / "keys").symlink_to(self.user / ".ssh")
        (self.root / "same.txt").symlink_to("notes.txt")
        self.home = self.user / ".web4"
        self.home.mkdir(mode=0o700)
        (self.home / "policy.json").write_text('{"extends":["safety"],"enforce":true}')
        self.calls = 0

    def ask(self, tool: str, given: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
        self.calls += 1
        body = event("PreToolUse", f"toolu_{self.calls}", tool, tool_input=given, cwd=str(self.root))
        return spawn(line(self.home, "--on-failure=block", "--deadline-ms=20000"), body, user_home=self.user)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("tool", "field", "text"),
    [
        ("Bash", "command", "cat cfg.txt"),
        ("Bash", "command", "head -c 99 ./cfg.txt | base64"),
        ("Bash", "command", "cat keys/id_rsa"),
        ("Read", "file_path", "cfg.txt"),
        ("mcp__fs__read_file", "path", "cfg.txt"),
    ],
)
def test_a_link_to_a_key_is_no_way_to_read_it(place: Place, tool: str, field: str, text: str) -> None:
    """The answer names the rule on secrets, and the record has the deed."""
    done = place.ask(tool, {field: text if tool == "Bash" else str(place.root / text)})
    assert done.returncode == 2
    assert b"safety/secret-read" in done.stderr
    with sqlite3.connect(place.home / "ledger.db") as ledger:
        ((effects,),) = ledger.execute("SELECT effects FROM records WHERE kind = 'intent'").fetchall()
    assert " secret.read " in effects


@pytest.mark.parametrize("command", ["cat same.txt", "cat notes.txt", "ls -l cfg.txt", "cat missing.txt"])
def test_other_links_are_read_as_ever(place: Place, command: str) -> None:
    """A link within the project, and a link that is only looked at."""
    done = place.ask("Bash", {"command": command})
    assert done.returncode == 0, done.stderr
