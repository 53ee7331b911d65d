"""Blame by a bundle says what blame by the ledger says, on another machine; and nothing by a bundle that is not to be relied on."""

from __future__ import annotations

import json
import shutil
import tarfile
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.editing import OTHER, edit, shell, write
from support.told import call_main
from support.world import World
from web4_governance.app import touched
from web4_governance.app.anchor import make_key, sign_head

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(touched, "BUDGET_S", 10.0)
    made = World(tmp_path, None)
    made.now_us = time.time_ns() // 1000 - 3_600_000_000
    made.feed("UserPromptSubmit", prompt="write the list")
    (made.project / "docs").mkdir()
    write(made, "a", "docs/f.txt", "one\ntwo\nthree\nfour\n")
    edit(made, "b", "docs/f.txt", "two", "TWO", session_id=OTHER)
    shell(made, "c", "sed -i s/three/3/ docs/f.txt")
    shell(made, "d", "make", really="sed -i s/four/4/ docs/f.txt")
    make_key(str(made.home))
    sign_head(str(made.home), now_us=made.now_us)
    return made


def bundle(world: World, tmp_path: Path, *words: str) -> str:
    file = str(tmp_path / "b.tar")
    said = call_main("export", "--format", "bundle", "-o", file, *words, "--home", str(world.home))
    assert said.code == 0, said.err
    return file


def lines(*words: str, code: int = 1) -> list[tuple[Any, ...]]:
    said = call_main("blame", *words, "--json")
    assert said.code == code, said.err
    names = ("first", "last", "by", "call", "session", "tool", "decision", "prompt")
    return [tuple(row.get(name) for name in names) for row in json.loads(said.out)]


def test_the_bundle_says_what_the_ledger_says(world: World, tmp_path: Path) -> None:
    """Word for word: calls, sessions, decisions, prompts; also where the file is not there, by the end of its path."""
    path, file = str(world.project / "docs" / "f.txt"), bundle(world, tmp_path)
    expected = lines(path, "--home", str(world.home))
    assert [row[2] for row in expected] == ["call", "call", "call", "unproven"]
    assert lines(path, "--bundle", file) == expected
    shutil.rmtree(world.user_home)
    assert lines("docs/f.txt", "--bundle", file) == expected
    assert lines("f.txt:2", "--bundle", file, code=0) == [expected[1]]


def test_another_content_here_is_told_apart(world: World, tmp_path: Path) -> None:
    """A bundle has no keys of lines, so that nothing is guessed of a file that was changed since."""
    file = bundle(world, tmp_path)
    world.write("docs/f.txt", "another\n")
    found = lines(str(world.project / "docs" / "f.txt"), "--bundle", file)
    assert {row[2] for row in found} == {"unknown"}


def test_the_bundle_that_knows_the_latest_change_is_asked(world: World, tmp_path: Path) -> None:
    """An older one of the same ledger beside it changes nothing."""
    older = bundle(world, tmp_path)
    shutil.copy(older, tmp_path / "older.tar")
    edit(world, "e", "docs/f.txt", "one", "ONE")
    sign_head(str(world.home), now_us=world.now_us)
    newer = bundle(world, tmp_path)
    for files in ((str(tmp_path / "older.tar"), newer), (newer, str(tmp_path / "older.tar"))):
        found = lines("f.txt:1", *(word for file in files for word in ("--bundle", file)), code=0)
        assert found[0][3] == "e"


def test_nothing_is_told_by_a_bundle_that_cannot_tell(world: World, tmp_path: Path) -> None:
    """A selection, one that was changed, and one that knows no such file; each says why."""
    file = bundle(world, tmp_path)
    assert "knows a file" in call_main("blame", "other.txt", "--bundle", file).err
    assert call_main("blame", "f.txt:99", "--bundle", file).code == 3
    chosen = bundle(world, tmp_path, "--session", OTHER)
    said = call_main("blame", "f.txt", "--bundle", chosen)
    assert (said.code, "selection" in said.err) == (3, True)
    bundle(world, tmp_path)
    with tarfile.open(file) as tar:
        tar.extractall(tmp_path / "open", filter="data")
    entries = tmp_path / "open" / "entries.jsonl"
    entries.write_bytes(entries.read_bytes().replace(b'"Edit"', b'"Grep"'))
    said = call_main("blame", "f.txt", "--bundle", str(tmp_path / "open"))
    assert (said.code, "TAMPERED" in said.err) == (3, True)
