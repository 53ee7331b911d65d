"""A pipe in a file's place: whoever opens it to read waits for ever, and with them every call that the gate would judge."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support.editing import OTHER, shell, write
from support.told import call_main
from support.world import World
from web4_governance.app import lying, protect, repository

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.timeout(60),  # what waits for a pipe would wait until then
    pytest.mark.skipif(sys.platform == "win32", reason="there is no such pipe"),
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, {"extends": ["safety"], "enforce": True})
    made.now_us = time.time_ns() // 1000 - 3_600_000_000
    return made


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def test_a_file_that_two_agents_know_and_that_is_a_pipe_now_holds_up_no_call(world: World) -> None:
    """It is looked at whether it still lies there as it was seen, inside the transaction: all other calls would wait, too."""
    write(world, "a", "f.txt", "1\n")
    write(world, "b", "f.txt", "2\n", session_id=OTHER)
    pipe(world.project / "f.txt")
    given = {"file_path": str(world.project / "f.txt"), "old_string": "1", "new_string": "2"}
    assert b"another agent changed this file" in world.pre("c", "Edit", given).stdout
    world.bash("d", "sed -i s/1/2/ f.txt")
    shell(world, "e", "true > other.txt")
    assert call_main("blame", str(world.project / "f.txt"), "--home", str(world.home)).code in (0, 1)


@pytest.mark.parametrize("name", ["index", "HEAD", "config"])
def test_a_repository_of_pipes_holds_up_no_call(world: World, name: str) -> None:
    """Its index and its branch are read by the gate itself."""
    (world.project / ".git").rmdir()
    subprocess.run(["git", "init", "-q", world.project], check=True)
    (world.project / "g.txt").write_text("1\n")
    pipe(world.project / ".git" / name)
    world.bash("a", "sed -i s/1/2/ g.txt")
    world.bash("b", "git reset --hard")
    shell(world, "c", "true > other.txt")
    assert [one["request"]["call"] for one in world.entries("intent")] == ["a", "b", "c"]


def test_pipes_are_no_files(tmp_path: Path) -> None:
    pipe(tmp_path / "pipe")
    here = str(tmp_path / "pipe")
    assert lying.content_at(here) is None
    assert repository._text(here) == ""
    assert protect._governs(here)
