"""`web4 anchor` and the hook that starts it, as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.ledgers import Scribe
from web4_governance.app import detach
from web4_governance.app.cadence import Standing
from web4_governance.app.signatures import check
from web4_governance.core.errors import ProofError
from web4_governance.core.ledger.checkpoint import open_checkpoint
from web4_governance.core.ledger.log_policy import LogPolicy
from web4_governance.core.ledger.note import Note, VerifierKey
from web4_governance.core.ledger.tlog_proof import TlogProof, check_proof
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

HOOK = os.path.join(detach.PACKAGE, "hook.py")


def web4(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "web4_governance", "anchor", *words, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def hook(home: Path, name: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    event: dict[str, object] = {"session_id": "s1", "transcript_path": "", "cwd": str(cwd), "hook_event_name": name}
    told: dict[str, dict[str, object]] = {"Stop": {"stop_hook_active": False}, "UserPromptSubmit": {"prompt": "go on"}}
    event |= told.get(name, {"reason": "other"})
    command = [sys.executable, "-I", "-S", HOOK, "claude-code", "--home", str(home)]
    return subprocess.run(command, input=json.dumps(event), capture_output=True, text=True, check=False)


def sizes(home: Path) -> list[int]:
    with open_reader(str(home)) as reader:
        return [head.size for head in reader.heads()]


def wait_for(home: Path, count: int, *, seconds: float = 60) -> list[int]:
    end = time.monotonic() + seconds
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


def test_the_sixty_fourth_entry_leaves_a_head_without_a_resident_gate(tmp_path: Path) -> None:
    """Signed by a process that the hook starts (K4)."""
    home = tmp_path / "home"
    with open_writer(str(home), deadline=None) as writer:
        scribe = Scribe(writer, start_us=time.time_ns() // 1000 - 64_000_000)
        for n in range(31):
            scribe.call(f"call-{n}")
        scribe.intent("the 63rd")
        writer.commit()
    assert web4(home, "key", "--make").returncode == 0
    done = hook(home, "UserPromptSubmit", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert wait_for(home, 1) >= [64]


@pytest.mark.parametrize(
    ("entries", "covered", "times", "more", "due"),
    [
        (63, 0, (1, 2, 3), 1, True),
        (62, 0, (1, 2, 3), 1, False),
        (64, 0, (1, 2, 3), 1, False),
        (127, 0, (1, 2, 3), 2, True),
        (140, 100, (1, 2, 3), 30, True),
        (100, 100, (50, 40, 59), 1, False),
        (100, 100, (50, 40, 110), 1, True),
        (101, 100, (50, 110, 111), 1, False),
        (101, 100, (50, 169, 170), 1, True),
        (0, 0, (0, 0, 1_000), 1, True),
        (100, 100, (50, 40, 20), 1, False),
    ],
)
def test_a_head_comes_due_once_for_so_many_entries_or_seconds(
    entries: int, covered: int, times: tuple[int, int, int], more: int, due: bool
) -> None:
    """Seconds are when the last head was signed, when the last entry came, and now; a clock that went back makes none due."""
    signed, last, now = times

    class Ledger:
        size = entries

        def head(self) -> Ledger:
            return self

        def last_covered(self) -> tuple[int, int]:
            return covered, signed * 1_000_000

        def time_of(self, _idx: int) -> int:
            return last * 1_000_000

    ledger: Any = Ledger()
    before = Standing(ledger)
    ledger.size += more
    assert before.passed(now * 1_000_000) is due


def test_a_proof_of_an_entry_is_checked_by_a_policy_alone(tmp_path: Path) -> None:
    """By its place or its call; one that no head covers yet is refused with what signs one."""
    home, out = tmp_path / "home", tmp_path / "x.tlog-proof"
    with open_writer(str(home), deadline=None) as writer:
        Scribe(writer).call("call-1")
        writer.commit()
        stored = writer.entry(0)
    assert stored is not None
    first = web4(home, "key", "--make").stdout.strip()
    early = web4(home, "proof", "0")
    assert (early.returncode, "web4 anchor now" in early.stderr) == (3, True)
    assert web4(home, "now").returncode == 0
    policy = LogPolicy.from_bytes(f"log {first}\nquorum none\n".encode())
    by_place = web4(home, "proof", "0").stdout.encode()
    assert web4(home, "proof", "call-1", "--out", str(out)).returncode == 0
    assert out.read_bytes() == by_place
    found = TlogProof.from_bytes(by_place)
    assert check_proof(found, leaf=stored.leaf, policy=policy).size == sizes(home)[0]
    with pytest.raises(ProofError):
        check_proof(found, leaf=bytes(32), policy=policy)


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
