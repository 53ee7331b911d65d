"""Trust by a bundle says what trust by the ledger says, to anybody who has it; and nothing by one that is not to be relied on."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from support.told import Said, call_main
from support.world import World
from web4_governance.app.anchor import make_key, sign_head

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, None)
    for n in range(12):
        given = {"file_path": str(made.project / f"{n % 9}.py"), "content": "x"}
        made.pre(f"t{n}", "Write", given, session_id=f"s{n % 2}")
        if n % 4:
            made.post(f"t{n}", "Write", given, {"filePath": given["file_path"], "content": "x"}, session_id=f"s{n % 2}")
        else:
            shown: dict[str, Any] = {"tool_use_id": f"t{n}", "tool_name": "Write", "tool_input": given}
            made.feed("PostToolUseFailure", **shown, error="Error: no", session_id=f"s{n % 2}")
    call_main("trust", "label", "t1", "--bad", "--why", "w", "--home", str(made.home))
    make_key(str(made.home))
    sign_head(str(made.home), now_us=made.now_us)
    return made


def bundle(world: World, tmp_path: Path, *words: str) -> str:
    file = str(tmp_path / "b.tar")
    assert call_main("export", "--format", "bundle", "-o", file, *words, "--home", str(world.home)).code == 0
    return file


def trust(*words: str) -> Said:
    return call_main("trust", *words, "--json")


def test_whoever_has_the_bundle_comes_to_the_same_figures(world: World, tmp_path: Path) -> None:
    """All of them, and those of one; the ledger is gone by then, and its rows with it."""
    file = bundle(world, tmp_path)
    expected = trust("--home", str(world.home)).json
    assert len(expected) >= 4
    shutil.rmtree(world.user_home)
    assert trust("--bundle", file).json == expected
    (row,) = trust("session:s1", "--role", "file_write", "--bundle", file).json
    assert row in expected
    assert trust("nobody", "--bundle", file).code == 3


def test_rows_that_were_changed_change_no_figure_of_a_bundle(world: World, tmp_path: Path) -> None:
    """They are not in it."""
    expected = trust("--home", str(world.home)).json
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute("INSERT OR REPLACE INTO trust VALUES('t/operator\tfile_write', 'reliability=99999999999')")
    database.close()
    assert trust("--bundle", bundle(world, tmp_path)).json == expected


def test_a_selection_and_a_bundle_that_was_changed_tell_nothing(world: World, tmp_path: Path) -> None:
    """Who chooses what to show would choose who is trusted."""
    said = trust("--bundle", bundle(world, tmp_path, "--session", "s1"))
    assert (said.code, "selection" in said.err) == (3, True)
    file = bundle(world, tmp_path)
    place = tmp_path / "opened"
    with tarfile.open(file) as tar:
        tar.extractall(place, filter="data")
    entries = place / "entries.jsonl"
    entries.write_bytes(entries.read_bytes().replace(b'"failed"', b'"succeeded"', 1))
    said = trust("--bundle", str(place))
    assert (said.code, "TAMPERED" in said.err) == (3, True)
    assert json.loads(said.out or "[]") == []


@pytest.mark.parametrize("word", ["--explain", "--history", "--check", "--renew"])
def test_what_only_the_ledger_can_say_is_refused(world: World, tmp_path: Path, word: str) -> None:
    assert trust(word, "--bundle", bundle(world, tmp_path)).code == 3
