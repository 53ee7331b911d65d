"""A ledger that was rolled back, replaced under its name, or lost its keys: refused by its anchors, and never called good."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.anchored import Anchored, git
from support.signers import Signer
from support.witnesses import new_witness, serving
from web4_governance.core.canonical import encode

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not here")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Anchored:
    made = Anchored(tmp_path, monkeypatch)
    made.work(9)
    made.key()
    return made


def ledger(world: Anchored, copy: Path, *, back: bool = False) -> None:
    """Keep a copy of the database, or put it back by hand."""
    source, target = (copy, world.home / "ledger.db") if back else (world.home / "ledger.db", copy)
    for end in ("-wal", "-shm") if back else ():
        (world.home / f"ledger.db{end}").unlink(missing_ok=True)
    with sqlite3.connect(source) as one, sqlite3.connect(target) as other:
        one.backup(other)
    one.close()
    other.close()
    shutil.rmtree(world.home / "audit", ignore_errors=True)


def replaced_under_its_name(world: Anchored) -> None:
    """What somebody does who wants to begin anew unseen: another ledger, other keys, the old name."""
    name = world.key().partition("+")[0].rpartition("/")[2]
    for gone in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (world.home / gone).unlink(missing_ok=True)
    for tree in ("keys", "audit", "anchors"):
        shutil.rmtree(world.home / tree, ignore_errors=True)
    world.work(4)
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute("UPDATE meta SET value = ? WHERE key = 'ledger'", (name,))
    database.close()
    world.key()


def test_an_older_head_is_refused_after_a_rollback(world: Anchored, tmp_path: Path) -> None:
    """By the git remote and by the file, with the sizes; what they hold stays as it was, and a later head is taken again."""
    ledger(world, tmp_path / "older.db")
    world.work(4)
    assert world.anchor() == (0, {"f": "taken", "g": "taken"})
    size, tip, lines = world.size(), git("-C", str(world.remote), "rev-parse", "web4-anchor"), world.file.read_bytes()
    ledger(world, tmp_path / "newer.db")
    ledger(world, tmp_path / "older.db", back=True)
    shutil.rmtree(world.home / "anchors")
    code, said = world.anchor()
    older = world.size()
    assert code == 1
    for name in ("f", "g"):
        assert said[name] == f"the anchor `{name}` holds a head of {size} entries of this log, and this one has {older}"
    assert git("-C", str(world.remote), "rev-parse", "web4-anchor") == tip
    assert world.file.read_bytes() == lines
    found = world.verify()
    assert found["verdict"] == "UNCORROBORATED", found["findings"]
    assert "REFUSED  f since" in world.web4("status").out
    ledger(world, tmp_path / "newer.db", back=True)
    world.work(1)
    assert world.anchor() == (0, {"f": "taken", "g": "taken"})
    assert world.verify()["verdict"] == "ANCHORED"


def test_a_tree_that_went_on_otherwise_is_refused(world: Anchored, tmp_path: Path) -> None:
    """Longer than what is held, and not its continuation."""
    ledger(world, tmp_path / "older.db")
    world.work(4)
    world.anchor()
    size = world.size()
    ledger(world, tmp_path / "older.db", back=True)
    world.work(9)
    code, said = world.anchor()
    assert code == 1
    for name in ("f", "g"):
        assert said[name] == f"the anchor `{name}` holds a head over another tree of {size} entries of this log"
    assert world.verify()["verdict"] == "TAMPERED"


def test_a_whole_replacement_under_the_name_with_other_keys_is_not_good(world: Anchored) -> None:
    """Nothing disagrees but the signature of what the anchors hold; they take no head of the new keys either."""
    world.anchor()
    size = world.size()
    replaced_under_its_name(world)
    found = world.verify()
    assert (found["verdict"], found["exit"]) == ("UNCORROBORATED", 1)
    assert found["steps"][0]["result"] == "open"
    assert {one["place"].partition(",")[0] for one in found["uncorroborated"]} == {"the anchor `f`", "the anchor `g`"}
    assert all(f"it holds a head over {size} entries of this log" in one["reason"] for one in found["uncorroborated"])
    assert "  0. open" in world.web4("verify").out
    code, said = world.anchor()
    assert code == 1
    for name in ("f", "g"):
        assert "by a key that its keys do not follow from" in said[name]
    found = world.verify()
    assert (found["verdict"], found["exit"]) == ("UNCORROBORATED", 1)


def test_a_head_of_other_keys_that_is_written_by_hand_changes_nothing(world: Anchored) -> None:
    """What the anchor took first counts."""
    world.anchor()
    lines = world.file.read_bytes()
    replaced_under_its_name(world)
    world.file.unlink()
    world.configure(file=True)
    assert world.anchor() == (0, {"f": "taken"})
    world.file.write_bytes(lines + world.file.read_bytes())
    found = world.verify()
    assert found["verdict"] == "UNCORROBORATED", found["findings"]


def test_keys_that_are_gone_leave_the_anchors_heads_unanswered(world: Anchored) -> None:
    """With the first key from elsewhere they can be answered again."""
    key = world.key()
    world.anchor()
    shutil.rmtree(world.home / "keys")
    found = world.verify()
    assert (found["verdict"], found["exit"], found["steps"][0]["result"]) == ("UNCORROBORATED", 1, "open")
    assert "no key is beside the ledger, or given" in found["reason"]
    assert world.verify("--key", key)["verdict"] == "ANCHORED"


def test_keys_that_follow_are_the_logs_own(world: Anchored) -> None:
    """Also where a later one is given: what an earlier one signed is left aside, with a note."""
    world.anchor()
    later = world.web4("anchor", "rotate").out.strip()
    world.work(1)
    assert world.anchor() == (0, {"f": "taken", "g": "taken"})
    assert world.verify()["verdict"] == "ANCHORED"
    found = world.verify("--key", later)
    assert found["verdict"] == "ANCHORED"
    assert any("is left aside" in note for note in found["notes"])


def test_another_key_at_a_shared_file_makes_no_good_ledger_look_bad(world: Anchored) -> None:
    """Neither to who verifies nor to who hands over: it came later."""
    world.anchor()
    size, lines = world.size(), world.file.read_bytes()
    origin = world.key().partition("+")[0]
    forged = Signer(origin, word="somebody else").checkpoint(size + 50, bytes(32)).to_bytes()
    world.file.write_bytes(lines + encode({"note": forged.decode()}) + b"\n")
    assert world.verify()["verdict"] == "ANCHORED"
    world.work(1)
    assert world.anchor() == (0, {"f": "taken", "g": "taken"})


def test_a_witness_that_knows_other_keys_leaves_the_ledger_uncorroborated(world: Anchored, tmp_path: Path) -> None:
    """It refuses the new keys' heads, and its own answer says of which tree it knows."""
    witness = new_witness(tmp_path / "witness")
    with serving(tmp_path / "witness", world.key()) as url:
        table = f'[anchors.w]\nkind = "witness"\nurl = "{url}"\nkey = "{witness.to_text()}"\n'
        (world.home / "config.toml").write_text(table)
        assert world.anchor() == (0, {"w": "taken"})
        assert world.verify()["verdict"] == "ANCHORED"
        replaced_under_its_name(world)
        assert world.anchor()[0] == 1
        found = world.verify()
        assert (found["verdict"], found["exit"]) == ("UNCORROBORATED", 1), found["findings"]
        assert "another ledger under that name" in found["reason"]
