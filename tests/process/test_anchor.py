"""`web4 anchor` and the hook that starts it, as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from web4_governance.app import detach
from web4_governance.app.signatures import check
from web4_governance.core.ledger.checkpoint import open_checkpoint
from web4_governance.core.ledger.note import Note, VerifierKey
from web4_governance.storage.reader import open_reader

if TYPE_CHECKING:
    from pathlib import Path

HOOK = os.path.join(detach.PACKAGE, "hook.py")


def web4(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "web4_governance", "anchor", *words, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def hook(home: Path, name: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    event: dict[str, object] = {"session_id": "s1", "transcript_path": "", "cwd": str(cwd), "hook_event_name": name}
    event |= {"stop_hook_active": False} if name == "Stop" else {"reason": "other"}
    command = [sys.executable, "-I", "-S", HOOK, "claude-code", "--home", str(home)]
    return subprocess.run(command, input=json.dumps(event), capture_output=True, text=True, check=False)


def sizes(home: Path) -> list[int]:
    with open_reader(str(home)) as reader:
        return [head.size for head in reader.heads()]


def wait_for(home: Path, count: int) -> list[int]:
    end = time.monotonic() + 60
    while len(found := sizes(home)) < count and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_a_stop_and_a_sessions_end_each_leave_a_signed_head(tmp_path: Path) -> None:
    """Signed by a process of its own, over everything recorded until then; verified with the first key."""
    home = tmp_path / "home"
    made = web4(home, "key", "--make")
    assert (made.returncode, made.stderr) == (0, "")
    for n, name in enumerate(("Stop", "SessionEnd")):
        assert hook(home, name, tmp_path).returncode == 0
        assert len(wait_for(home, n + 1)) == n + 1
    with open_reader(str(home)) as reader:
        head, origin, tree = reader.last_head(), reader.origin, reader.head()
    assert head is not None
    found = open_checkpoint(
        Note.from_bytes(head.note), [VerifierKey.from_text(made.stdout.strip())], origin=origin, check=check
    )
    assert (found.size, found.root) == (tree.size, tree.root)


def test_a_home_without_keys_starts_nothing(tmp_path: Path) -> None:
    """Nobody asked for heads there."""
    home = tmp_path / "home"
    assert hook(home, "Stop", tmp_path).returncode == 0
    assert not detach.start_anchor(str(home))
    assert not sizes(home)


def test_the_command_signs_lists_and_rotates(tmp_path: Path) -> None:
    """And says what it cannot do."""
    home = tmp_path / "home"
    assert web4(home, "now").returncode == 3
    first = web4(home, "key", "--make").stdout
    assert web4(home, "now").returncode == 0, "nothing is recorded, nothing is wrong"
    hook(home, "Stop", tmp_path)
    wait_for(home, 1)
    rotated = web4(home, "rotate")
    assert (rotated.returncode, rotated.stdout == first) == (0, False)
    assert web4(home, "key").stdout == first
    rows = json.loads(web4(home, "list", "--json").stdout)
    assert [row["epoch"] for row in rows][-2:] == [0, 1]
    assert rows[-1]["size"] == rows[-2]["size"] + 1, "the `identity` entry of the new key"
    assert web4(home).stdout.startswith(f"{rows[-1]['size']} entries, epoch 1")
    assert "epoch 1" in web4(home, "list").stdout
