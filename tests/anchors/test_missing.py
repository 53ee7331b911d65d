"""A ledger that was taken away whole: its anchors are asked, and say what was there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from support.anchored import Anchored

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not here")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Anchored:
    made = Anchored(tmp_path, monkeypatch)
    made.work(9)
    made.anchor()
    return made


def gone(world: Anchored, *, empty: bool = False) -> None:
    for end in ("", "-wal", "-shm"):
        (world.home / f"ledger.db{end}").unlink(missing_ok=True)
    if empty:
        (world.home / "ledger.db").write_bytes(b"")


def places(found: dict[str, Any]) -> list[str]:
    return [one["place"].partition(",")[0] for one in found["uncorroborated"]]


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("words", [(), ("--incremental",), ("--require-anchor",)])
def test_a_ledger_that_is_gone_is_missed_by_its_anchors(
    world: Anchored, words: tuple[str, ...], *, empty: bool
) -> None:
    """With a document, the place, the size, and the exit code of the verdict."""
    size, origin = world.size(), world.key().partition("+")[0]
    gone(world, empty=empty)
    found = world.verify(*words)
    assert (found["verdict"], found["exit"], found["place"]) == ("UNCORROBORATED", 1, "the ledger")
    assert f"while a head over {size} entries of it is held elsewhere" in found["reason"]
    assert places(found) == ["the ledger", "the anchor `f`", "the anchor `g`"]
    assert [step["result"] for step in found["steps"]] == ["open", *["not asked"] * (len(found["steps"]) - 1)]
    assert found["holds"] == []
    assert any("no anchor holds a head that this ledger has" in text for text in found["not_covered"])
    said = world.web4("verify")
    assert (said.code, "init" in said.out + said.err) == (1, False)
    assert origin


def test_without_the_keys_the_logs_that_are_known_are_named(world: Anchored) -> None:
    """Whether it was one of these, the person's key tells."""
    key, size = world.key(), world.size()
    gone(world)
    shutil.rmtree(world.home / "keys")
    found = world.verify()
    assert (found["verdict"], places(found)) == ("UNCORROBORATED", ["the ledger", "the anchor `f`", "the anchor `g`"])
    assert key.partition("+")[0] in found["uncorroborated"][1]["reason"]
    found = world.verify("--key", key)
    assert f"over {size} entries" in found["reason"]


def test_a_head_that_the_person_holds_speaks_of_it_too(world: Anchored, tmp_path: Path) -> None:
    """Without any anchor in the settings."""
    key, size = world.key(), world.size()
    rows = world.web4("anchor", "list", "--json").json
    assert world.web4("anchor", "list", "--jsonl").rows == rows
    held = tmp_path / "held.note"
    held.write_text(rows[-1]["note"])
    gone(world)
    world.configure()
    found = world.verify("--key", key, "--head", str(held))
    assert (found["verdict"], places(found)[1:]) == ("UNCORROBORATED", [str(held)])
    assert f"over {size} entries" in found["reason"]
    assert world.verify("--key", key)["verdict"] == "UNCORROBORATED"


def test_where_nobody_can_be_asked_there_is_no_verdict(world: Anchored) -> None:
    """As with every command that needs a ledger; anchors that do not answer are named with a note."""
    gone(world)
    shutil.rmtree(world.remote)
    world.configure(git=True)
    found = world.verify()
    assert (found["verdict"], places(found)) == ("UNCORROBORATED", ["the ledger"])
    assert "could not be asked" in found["notes"][0]
    world.configure()
    said = world.web4("verify", "--json")
    assert (said.code, said.out, "there is no ledger" in said.err) == (1, "", True)
