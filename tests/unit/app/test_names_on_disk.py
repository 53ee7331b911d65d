"""Names on the disk that are no UTF-8: no link to one, no list of git's and no directory keeps a call from being recorded."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support.editing import shell, write
from support.told import call_main
from support.world import World
from web4_governance.app import touched
from web4_governance.app.verify import verify_ledger

if TYPE_CHECKING:
    from pathlib import Path

BAD, BAD_DIRECTORY, NOWHERE = (os.fsdecode(name) for name in (b"bad\xff.txt", b"dir\xff", b"nowhere\xff"))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there a name is any bytes; elsewhere it is text")


@pytest.fixture(params=["safety", "strict"])
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> World:
    monkeypatch.setattr(touched, "BUDGET_S", 10.0)
    made = World(tmp_path, {"extends": [request.param]})
    made.now_us = time.time_ns() // 1000 - 3_600_000_000
    (made.project / BAD).write_text("1\n")
    (made.project / BAD_DIRECTORY).mkdir()
    (made.project / BAD_DIRECTORY / "x.txt").write_text("1\n")
    for name, leads in (("link.txt", BAD), ("dlink", BAD_DIRECTORY), ("dangling", NOWHERE)):
        (made.project / name).symlink_to(leads)
    return made


@pytest.mark.parametrize("path", ["link.txt", "dlink/x.txt", "dlink/new.txt", "dangling"])
def test_a_call_through_a_link_to_such_a_name_is_judged_and_recorded(world: World, path: str) -> None:
    """The entry says that a text was replaced; it verifies, and judging the record again gives the same."""
    full = str(world.project / path)
    world.pre("w", "Write", {"file_path": full, "content": "x"})
    world.pre("r", "Read", {"file_path": full})
    world.bash("b", f"echo x > {path}")
    world.bash("d", f"rm -f {path}")
    world.bash("c", "touch y", cwd=os.path.dirname(full))
    intents = world.entries("intent")
    assert [one["request"]["call"] for one in intents] == ["w", "r", "b", "d", "c"]
    assert intents[0]["replaced_text"] is True
    assert verify_ledger(str(world.home)).findings == ()
    replayed = call_main("policy", "simulate", "--recorded", "--json", "--home", str(world.home))
    assert (replayed.code, replayed.json["different"]) == (0, 0)


def test_what_a_call_changed_there_is_recorded_and_not_taken_for_gone_later(world: World) -> None:
    """By the host's answer, through a link; by a later command, nothing is said of it."""
    write(world, "w", "link.txt", "2\n")
    write(world, "v", "plain.txt", "2\n")
    shell(world, "s", "echo 3 > other.txt")
    assert [call for call, *_ in world.outcomes()] == ["w", "v", "s"]
    rows = world.openings("result.files")
    assert [os.path.basename(row["path"]) for found in rows for row in found] == [
        "bad\ufffd.txt", "plain.txt", "other.txt",
    ]  # fmt: skip
    assert call_main("blame", str(world.project / BAD), "--home", str(world.home)).code == 1
    assert verify_ledger(str(world.home)).findings == ()


def test_such_a_file_that_git_lists_takes_no_outcome_away(world: World) -> None:
    """An agent could keep what its commands did out of the ledger with one file."""
    (world.project / ".git").rmdir()
    subprocess.run(["git", "init", "-q", world.project], check=True)
    shell(world, "s", "echo 3 > other.txt; touch $'bad\\xfe.txt'")
    shell(world, "t", "touch more.txt")
    assert [call for call, *_ in world.outcomes()] == ["s", "t"]
    assert verify_ledger(str(world.home)).findings == ()
