"""`web4 backup` and `web4 restore`: say what they did, and what would be lost before it is."""

from __future__ import annotations

import json
from pathlib import Path

from support.told import call_main
from support.world import World


def test_there_and_back(tmp_path: Path) -> None:
    """The copy is described as data; the restore says what it replaces, and does it when it is told to, with a reason."""
    world = World(tmp_path, None)
    world.bash("toolu_1", "ls")
    home, file = ("--home", str(world.home)), str(tmp_path / "copy.db")
    said = call_main("backup", file, "--json", *home)
    assert said.code == 0
    done = json.loads(said.out)
    assert (done["file"], done["idx"]) == (file, done["size"])
    assert call_main("backup", file, *home).code == 3
    assert "keep it as you keep the ledger" in call_main("backup", file + "2", *home).err
    world.bash("toolu_2", "ls")
    asked = call_main("restore", file, *home)
    assert (asked.code, "nothing was restored" in asked.err) == (0, True)
    assert json.loads(call_main("restore", file, "--json", *home).out)["done"] is False
    assert call_main("restore", file, "--yes", *home).code == 3
    put = call_main("restore", file, "--yes", "--why", "the disk died", *home)
    assert put.code == 0
    assert "ledger.db.replaced-" in put.out
    verified = call_main("verify", *home)
    assert (verified.code, "GAPS" in verified.out) == (0, True)
    again = json.loads(call_main("restore", file, "--yes", "--why", "again", "--json", *home).out)
    assert (again["done"], again["size"], len(again["kept"])) == (True, done["size"], 2)
    assert call_main("restore", str(tmp_path / "none"), *home).code == 3


def test_erased_again_is_said(tmp_path: Path) -> None:
    """What was erased between the backup and its restore is erased in it."""
    world = World(tmp_path, None)
    world.feed("UserPromptSubmit", prompt="about zebulon")
    home, file = ("--home", str(world.home)), str(tmp_path / "copy.db")
    call_main("backup", file, *home)
    call_main("erase", "--where", "*~zebulon", "--why", "w", "--authority", "a", "--yes", *home)
    put = call_main("restore", file, "--yes", "--why", "w", *home)
    assert "erased in it again" in put.err
    assert b"zebulon" not in (world.home / "ledger.db").read_bytes()
