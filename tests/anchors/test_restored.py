"""A backup that was put back under anchors: what they hold of the tree before it is a gap with its reason, never tampering."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.anchored import Anchored
from support.signers import Signer
from web4_governance.app import replaced, retain
from web4_governance.core.canonical import encode
from web4_governance.storage.reader import open_reader

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not here")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Anchored:
    made = Anchored(tmp_path, monkeypatch)
    made.work(4)
    made.anchor()
    return made


def put_back(world: Anchored, file: Path) -> dict[str, Any]:
    said = world.web4("restore", str(file), "--why", "the disk was replaced", "--yes", "--json")
    assert said.code == 0, said.err
    found: dict[str, Any] = said.json
    assert f"--restored {found['leaf'][:16]}" in said.err
    return found


def backed_up(world: Anchored, file: Path, more: int) -> int:
    """Make a backup, go on, and anchor twice; give the size of the last anchored head."""
    assert world.web4("backup", str(file)).code == 0
    world.work(more)
    assert world.anchor()[0] == 0
    world.work(2)
    assert world.anchor()[0] == 0
    return world.size()


@pytest.mark.parametrize("more", [0, 40], ids=["shorter than what is held", "grown past it"])
def test_what_is_held_of_the_replaced_tree_is_a_gap_until_the_person_says_that_it_is_known(
    world: Anchored, tmp_path: Path, more: int
) -> None:
    """The entry is the word of whoever can write the ledger, so it is no answer on its own."""
    anchored = backed_up(world, tmp_path / "b.db", 9)
    leaf = put_back(world, tmp_path / "b.db")["leaf"]
    world.work(more)
    found = world.verify()
    assert (found["verdict"], found["exit"], found["found"]) == ("GAPS", 1, 0), (
        found["findings"] + found["uncorroborated"]
    )
    held = [gap for gap in found["gaps"] if gap["place"].startswith("the anchor")]
    assert [(gap["lost"], gap["explained"]) for gap in held] == [(True, ""), (True, "")]
    assert all(f"a head over {anchored} entries of a tree that is not here" in gap["reason"] for gap in held)
    assert all("whoever can write the ledger, nothing here tells" in gap["reason"] for gap in held)
    found = world.verify("--restored", leaf[:16])
    assert (found["verdict"], found["exit"]) == ("GAPS", 0)
    for wrong in ("00" * 8, leaf[:6], ""):
        assert world.web4("verify", "--restored", wrong).code == 3


def test_the_anchors_go_on_with_the_restored_tree_and_keep_what_they_had(world: Anchored, tmp_path: Path) -> None:
    """And from then on a rewrite of it is found as ever."""
    backed_up(world, tmp_path / "b.db", 9)
    put_back(world, tmp_path / "b.db")
    assert world.anchor() == (0, {"f": "taken", "g": "taken"})
    found = world.verify()
    assert (found["verdict"], found["exit"]) == ("GAPS", 1)
    assert max(one["size"] for one in found["anchored"]) == world.size()
    world.work(30)
    assert world.anchor() == (0, {"f": "taken", "g": "taken"})
    assert world.verify()["verdict"] == "GAPS"


def test_a_head_that_no_restore_explains_is_tampering_as_ever(world: Anchored, tmp_path: Path) -> None:
    """Of a size within what was replaced, and of another tree."""
    anchored = backed_up(world, tmp_path / "b.db", 9)
    put_back(world, tmp_path / "b.db")
    world.work(40)
    key = world.key()
    signer = Signer(key.partition("+")[0], word="the person's own")
    world.configure(file=True)
    world.file.write_bytes(encode({"note": signer.checkpoint(anchored, bytes(32)).to_bytes().decode()}) + b"\n")
    found = world.verify("--key", signer.key.to_text(), "--key", key)
    assert found["verdict"] == "TAMPERED"
    world.file.write_bytes(encode({"note": signer.checkpoint(500, bytes(32)).to_bytes().decode()}) + b"\n")
    assert world.verify("--key", signer.key.to_text(), "--key", key)["verdict"] == "UNCORROBORATED"


def test_restored_twice_both_trees_are_explained(world: Anchored, tmp_path: Path) -> None:
    """The second restore takes away the first one's entry, and carries what it said."""
    first = backed_up(world, tmp_path / "b.db", 9)
    put_back(world, tmp_path / "b.db")
    world.work(20)
    world.anchor()
    second = world.size()
    put_back(world, tmp_path / "b.db")
    found = world.verify()
    assert (found["verdict"], found["found"]) == ("GAPS", 0)
    with open_reader(str(world.home)) as reader:
        (one,) = replaced.replaced(reader)
    assert {first, second} <= {size for size, _ in one.heads}


@pytest.mark.parametrize("listed", [64, 2])
def test_a_restore_that_was_pruned_explains_what_it_did(
    world: Anchored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: int
) -> None:
    """The `prune` entry names its heads, in the clear or in its opening, and so does the one that prunes that."""
    monkeypatch.setattr(replaced, "LISTED", listed)
    backed_up(world, tmp_path / "b.db", 9)
    leaf = put_back(world, tmp_path / "b.db")["leaf"]
    world.work(30)
    now = time.time_ns() // 1000 + 10**15  # long after whatever is recorded
    for n in range(2):
        pruned = retain.prune(
            str(world.home), keep_us=1, most=0, who="ada", why="kept long enough", now_us=now + n * 10**9
        )
        assert pruned is not None
        with open_reader(str(world.home)) as reader:
            assert [str(stored.kind) for stored in reader.entries() if stored.data] == ["prune"]
        found = world.verify()
        assert (found["verdict"], found["exit"], found["found"], found["uncorroborated"]) == ("GAPS", 1, 0, [])
        assert "in whose place a backup was put" in str(found["gaps"])
        assert world.verify("--restored", leaf[:16])["exit"] == 0
        assert world.anchor() == (0, {"f": "taken", "g": "taken"})
    assert world.verify("--restored", leaf)["exit"] == 0


def test_of_many_heads_all_are_explained(world: Anchored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some stand in the entry, all of them in its opening, which is kept."""
    monkeypatch.setattr(replaced, "LISTED", 2)
    world.web4("backup", str(tmp_path / "b.db"))
    for _ in range(5):
        world.work(1)
        world.anchor()
    put_back(world, tmp_path / "b.db")
    found = world.verify()
    assert (found["verdict"], found["found"], found["uncorroborated"]) == ("GAPS", 0, [])
    entry = next(body for body in world.entries("gap") if "restore" in body)
    assert (len(entry["restore"]["replaced"]["heads"]), entry["restore"]["more"]["count"]) == (2, 5)
