"""`commitBeforeAct`: the call is answered when a signed head covers its record and who has to holds it, by both ways in."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.hooks import event, line, spawn
from support.resident import gate
from web4_governance.app import anchor, commit, signing
from web4_governance.app.off import switch_off, switch_on
from web4_governance.core.errors import NotCommitted
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.note import COSIGNATURE_V1, VerifierKey
from web4_governance.storage import open_reader
from web4_governance.storage.lookup import Anchoring, SignedHead
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

RULE = {"match": {"tools": ["Bash"]}, "decision": "warn", "commitBeforeAct": True, "id": "careful"}
POLICY = {"enforce": True, "rules": [RULE]}
WAYS = ("hook", "gate")
IN_VAIN_MS = 4000  # for what does not come: enough for it to be tried, and all of it is waited for


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    (place / "policy.json").write_text(json.dumps(POLICY))
    anchor.make_key(str(place))
    return place


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, home: Path) -> Iterator[tuple[str, ...]]:
    """The options of a line whose event is judged in the hook's own process, or by the resident gate."""
    if request.param == "hook":
        yield ()
        return
    with gate(str(home)) as served:
        yield ("--resident",)
        assert served.scribe.calls > 0, "the gate was asked"


def ask(
    home: Path, *options: str, tool: str = "Bash", call: str = "t1", mode: str = "block", deadline_ms: int = 8000
) -> subprocess.CompletedProcess[bytes]:
    given = {"command": "ls"} if tool == "Bash" else {"file_path": "/x"}
    command = line(home, f"--on-failure={mode}", f"--deadline-ms={deadline_ms}", *options)
    return spawn(command, event("PreToolUse", call, tool, tool_input=given), user_home=home)


def covered(home: Path) -> bool:
    """Whether a signed head covers every intent."""
    with open_reader(str(home)) as reader:
        head = reader.last_head()
        intents = [one.idx for one in reader.entries() if str(one.kind) == "intent"]
    return head is not None and head.size > max(intents)


def name_anchor(home: Path, path: Path) -> None:
    (home / "config.toml").write_text(f'[anchors.disk]\nkind = "file"\npath = "{path}"\n')
    (home / "log-policy").write_text("quorum none\n#anchor disk\n")


def test_the_answer_comes_after_a_signed_head_over_the_intent(home: Path, way: tuple[str, ...]) -> None:
    """And the record says that the rule asked for it."""
    told = ask(home, *way)
    assert covered(home)
    assert (told.returncode, b"careful" in told.stdout) == (0, True)
    with open_reader(str(home)) as reader:
        body = next(one.body() for one in reader.entries() if str(one.kind) == "intent")
    assert body["rules"]["commit"] is True  # type: ignore[index, call-overload]


def test_the_answer_comes_after_the_anchors_that_the_log_policy_names(home: Path, way: tuple[str, ...]) -> None:
    """The file has the head when the hook ends."""
    disk = home.parent / "disk"
    name_anchor(home, disk)
    told = ask(home, *way)
    lines = disk.read_text().splitlines()
    assert (told.returncode, covered(home), len(lines) >= 1) == (0, True, True)


def test_an_anchor_that_takes_no_head_denies_the_call_and_says_why(home: Path, way: tuple[str, ...]) -> None:
    """By the failure mode, before the deadline; where that says go on, the call goes on."""
    name_anchor(home, home.parent / "gone" / "disk")
    told = ask(home, *way, deadline_ms=IN_VAIN_MS)
    assert (told.returncode, told.stdout) == (2, b"")
    for words in (b"signed head before this call", b"`disk`", b"web4 anchor now"):
        assert words in told.stderr
    on = ask(home, *way, call="t2", mode="continue", deadline_ms=IN_VAIN_MS)
    assert (on.returncode, b"not judged" in on.stderr) == (0, True)


def test_a_home_without_keys_denies_the_call_and_names_the_command_that_makes_one(
    home: Path, way: tuple[str, ...]
) -> None:
    """Nothing can be signed there."""
    os.unlink(os.path.join(signing.directory(str(home)), "first"))
    told = ask(home, *way)
    assert (told.returncode, b"web4 anchor key --make" in told.stderr) == (2, True)


def test_a_key_that_is_lost_denies_the_call(home: Path, way: tuple[str, ...]) -> None:
    """The gate knows why; the hook's process that nothing came."""
    os.unlink(os.path.join(signing.directory(str(home)), "epoch-0.key"))
    told = ask(home, *way, deadline_ms=IN_VAIN_MS)
    assert told.returncode == 2
    assert b"private key" in told.stderr or b"no signed head covers it yet" in told.stderr


def test_calls_that_no_such_rule_binds_wait_for_nothing(home: Path, way: tuple[str, ...]) -> None:
    """Another tool; the person's `off`; a dry run."""
    name_anchor(home, home.parent / "gone" / "disk")
    assert ask(home, *way, tool="Read").returncode == 0
    switch_off(str(home), until_us=time.time_ns() // 1000 + 60_000_000)
    assert ask(home, *way, call="t2").returncode == 0
    switch_on(str(home))
    (home / "policy.json").write_text(json.dumps({**POLICY, "enforce": False}))
    assert ask(home, *way, call="t3").returncode == 0


def test_a_second_delivery_waits_as_the_first_did(home: Path, way: tuple[str, ...]) -> None:
    """Its intent is recorded already; whether it is held is asked anew."""
    name_anchor(home, home.parent / "gone" / "disk")
    assert [ask(home, *way, deadline_ms=IN_VAIN_MS).returncode for _ in range(2)] == [2, 2]


def test_a_witness_whose_cosignature_the_log_policy_asks_for_is_told_from_one_that_did_not_come(home: Path) -> None:
    """A receipt alone is not what the policy asks for."""
    other = signing.make(str(home / "w"), "witness.example/w").first
    witness = VerifierKey.make(other.name, COSIGNATURE_V1, other.public)
    (home / "log-policy").write_text(f"witness w {witness.to_text()}\nquorum w\n")
    head = Checkpoint(origin=signing.read(str(home)).first.name, size=1, root=bytes(32))
    _keys, signed = signing.sign(str(home), head.to_text())
    with open_writer(str(home), deadline=None) as ledger:
        ledger.keep_head(SignedHead(size=1, epoch=0, ts=1, note=signed.to_bytes()))
        ledger.keep_anchoring(Anchoring(anchor="w", size=1, ts=1, receipt=b"{}"))
        ledger.commit()
    assert "`w` has not cosigned" in commit.missing(str(home), 1)
    assert commit.missing(str(home), 2) == commit.NO_HEAD


@pytest.mark.parametrize("text", [b"any text\n", None])
def test_a_row_that_says_more_than_its_note_is_no_head_over_a_record(home: Path, text: bytes | None) -> None:
    """What was signed counts: an older head, cosigned or held elsewhere, would else pass for one over what came later."""
    (home / "log-policy").write_text("quorum none\n#anchor disk\n")
    old = Checkpoint(origin=signing.read(str(home)).first.name, size=1, root=bytes(32)).to_text()
    _keys, signed = signing.sign(str(home), text or old)
    with open_writer(str(home), deadline=None) as ledger:
        ledger.keep_head(SignedHead(size=9, epoch=0, ts=1, note=signed.to_bytes()))
        ledger.keep_anchoring(Anchoring(anchor="disk", size=9, ts=1, receipt=b"{}"))
        ledger.commit()
    assert commit.missing(str(home), 5) == commit.NO_HEAD
    (home / "log-policy").unlink()
    assert commit.missing(str(home), 5) == commit.NO_HEAD


def test_a_ledger_that_is_not_there_has_no_head(tmp_path: Path) -> None:
    """And a deadline that is over is no time to wait."""
    home = tmp_path / "none"
    assert commit.missing(str(home), 1) == commit.NO_HEAD
    anchor.make_key(str(home))
    with pytest.raises(NotCommitted, match="no signed head covers it yet"):
        commit.wait(str(home), 1, 0.0)
