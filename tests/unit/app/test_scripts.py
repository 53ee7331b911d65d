"""A script that one call wrote and another runs: read once, whatever lies there, judged, recorded, judged again from the record."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import World
from web4_governance.app import scripts
from web4_governance.app.regular import read_regular
from web4_governance.core.action import Action
from web4_governance.core.effects import Protected

if TYPE_CHECKING:
    from pathlib import Path

DENIED = 2
POLICY = {"extends": ["safety"], "enforce": True}
BAD = "#!/bin/sh\nrm -rf /etc/notes\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, POLICY)


def facts(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.openings("rules.facts")[-1]
    return found


@pytest.mark.parametrize(
    "run", ["sh x.sh", "./x.sh", "cd . && . ./x.sh", "bash < x.sh", "nohup timeout 9 ./x.sh &", "./link"]
)
def test_a_script_that_an_earlier_call_wrote_is_judged_when_it_is_run(world: World, run: str) -> None:
    """The file is written by one call, which is allowed, and run by the next, which is not."""
    path = world.write("x.sh", BAD)
    os.symlink("x.sh", world.project / "link")
    assert world.pre("c0", "Write", {"file_path": path, "content": BAD}).exit_code == 0
    reply = world.bash("c1", run)
    assert (reply.exit_code, b"delete-beyond-project" in reply.stderr) == (DENIED, True)


def test_the_record_names_the_script_and_gives_the_decision_again_without_it(world: World) -> None:
    """Path, digest and size are among the facts, under their salt; the text is not kept, and reading it again is not guessed."""
    path = world.write("x.sh", BAD)
    assert world.bash("c1", "sh x.sh").exit_code == DENIED
    assert facts(world)["scripts"] == [[path, sha256(BAD.encode()).hexdigest(), len(BAD)]]
    assert sha256(BAD.encode()).hexdigest() not in json.dumps(world.entries())
    os.remove(path)
    said = call_main("policy", "simulate", "--recorded", "--all", "--jsonl", "--home", str(world.home))
    assert [row["sameness"] for row in said.rows] == ["same"]
    said = call_main("policy", "simulate", "--reparse", "--all", "--jsonl", "--home", str(world.home))
    assert [(row["sameness"], row["why"]) for row in said.rows] == [
        ("unknown", f"it was judged by the text of `{path}`, which is not kept")
    ]


def test_a_call_that_runs_no_file_has_no_scripts_in_its_record(world: World) -> None:
    """Nor has one that only shows a script."""
    world.write("x.sh", BAD)
    assert world.bash("c1", "cat x.sh; ls").exit_code == 0
    assert "scripts" not in facts(world)


def fifo(path: str) -> None:
    os.mkfifo(path)


def large(path: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(BAD + "#" * scripts.MOST_BYTES)


def binary(path: str) -> None:
    with open(path, "wb") as file:
        file.write(b"\x7fELF\0" + BAD.encode())


def loop(path: str) -> None:
    os.symlink(path, path)


def device(path: str) -> None:
    os.symlink("/dev/zero", path)


def kernel(path: str) -> None:
    os.symlink("/proc/self/environ", path)


def directory(path: str) -> None:
    os.mkdir(path)


def empty(path: str) -> None:
    open(path, "w", encoding="utf-8").close()


@pytest.mark.parametrize("make", [fifo, large, binary, loop, device, kernel, directory, empty])
def test_what_is_no_script_is_not_read_and_holds_nothing_up(world: World, make: Any) -> None:
    """A pipe without a writer, a device, a link to itself: the call is judged by its words."""
    make(str(world.project / "x.sh"))
    assert world.bash("c1", "sh x.sh").exit_code == 0
    assert "scripts" not in facts(world)


def test_a_file_of_strange_bytes_is_read_as_far_as_it_is_text(world: World) -> None:
    """Bytes that are no UTF-8 stand for themselves in nothing, and hide nothing behind them."""
    (world.project / "x.sh").write_bytes(b"# \xff\xfe\xed\xa0\x80\n" + BAD.encode())
    assert world.bash("c1", "sh x.sh").exit_code == DENIED


def test_a_file_that_nobody_may_read_is_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither can who runs it; tests may run as root, who reads all, so the refusal is made."""
    world.write("x.sh", BAD)

    def refused(path: str, *_: object, **__: object) -> bytes:
        raise PermissionError(13, "refused", path)

    monkeypatch.setattr(scripts, "read_regular", refused)
    assert world.bash("c1", "sh x.sh").exit_code == 0
    assert "scripts" not in facts(world)


def test_a_file_that_changes_is_judged_by_what_one_look_saw(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read once, whole; the digest is that of what was judged."""
    path = world.write("x.sh", BAD)
    looks: list[str] = []
    read = read_regular

    def changing(name: str, most: int = -1, *, listened: bool = True) -> bytes:
        looks.append(name)
        found = read(name, most, listened=listened)
        world.write("x.sh", "ls\n")
        return found

    monkeypatch.setattr(scripts, "read_regular", changing)
    assert world.bash("c1", "sh x.sh; sh x.sh").exit_code == DENIED
    assert looks == [path]
    assert facts(world)["scripts"] == [[path, sha256(BAD.encode()).hexdigest(), len(BAD)]]


def test_more_scripts_than_are_read_are_said(world: World) -> None:
    """So that none of them hides behind the others."""
    names = [f"x{n}.sh" for n in range(scripts.MOST_FILES + 1)]
    for name in names:
        world.write(name, "ls\n")
    reply = world.bash("c1", "; ".join(f"sh {name}" for name in names[:-1]))
    assert b"ask" not in reply.stdout
    reply = world.bash("c2", "; ".join(f"sh {name}" for name in names))
    assert b"runs more scripts than are read" in reply.stdout


def test_scripts_are_followed_to_a_depth_and_no_further_than_is_said(world: World) -> None:
    """A script, what it runs, and what that runs; what lies deeper is said to be there."""
    for n in range(3):
        world.write(f"x{n}.sh", f"sh x{n + 1}.sh\n")
    world.write("x2.sh", BAD)
    assert world.bash("c1", "sh x0.sh").exit_code == DENIED
    world.write("x2.sh", "sh x3.sh\n")
    world.write("x3.sh", BAD)
    assert b"runs more scripts than are read" in world.bash("c2", "sh x0.sh").stdout


def test_a_file_that_cannot_be_written_over_stays_what_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`echo ls > x.sh; sh x.sh` runs the old text where the first fails."""
    world.write("x.sh", BAD)
    assert world.bash("c1", "echo ls > x.sh; sh x.sh").exit_code == 0
    assert world.bash("c2", "chmod 400 x.sh; echo ls > x.sh; sh x.sh").exit_code == DENIED
    assert world.bash("c3", "set -C; echo ls > x.sh; sh x.sh").exit_code == DENIED
    access = os.access

    def closed(path: str, mode: int, **more: bool) -> bool:
        return mode != os.W_OK and access(path, mode, **more)

    monkeypatch.setattr(os, "access", closed)
    assert world.bash("c4", "echo ls > x.sh; sh x.sh").exit_code == DENIED


def test_the_gates_own_programs_are_judged_by_their_words(tmp_path: Path) -> None:
    """`./.venv/bin/web4 status` only reads, whatever is written in the file that starts it."""
    own = tmp_path / "web4"
    own.write_text("from web4_governance.cli import main\n")
    asked = Action(tool="Bash", input={}, deeds=(), scripts=(str(own),))
    assert scripts.with_scripts(asked, lambda *_: asked, Protected(programs=("web4",))) == (asked, ())


def test_a_project_script_of_every_day_asks_nothing(world: World) -> None:
    """What it leaves open adds nothing."""
    text = '#!/usr/bin/env bash\nset -e\ncd "$(dirname "$0")/.."\nrm -rf "$OUT" build\n"$CC" a.c\neval "$MORE"\n[ -n "$1" ] && cp "$1" "$2"\n'
    world.write("scripts/build.sh", text)
    reply = world.bash("c1", "./scripts/build.sh")
    assert (reply.exit_code, reply.stdout) == (0, b"")


def test_explain_shows_what_a_script_would_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file lies, with the file's name before its commands."""
    world.write("x.sh", BAD)
    monkeypatch.chdir(world.project)
    said = call_main("policy", "explain", "--preset", "safety", "--home-dir", str(world.user_home), "sh x.sh")
    assert "sh x.sh:" in said.out
    assert "deny by safety/delete-beyond-project" in said.out


def test_a_descriptor_of_the_gates_own_process_is_not_the_calls(world: World) -> None:
    """`/dev/fd/N` leads elsewhere in the process that runs the call: nothing is read, or recorded, of where it leads here."""
    with open(world.write("x.sh", BAD), encoding="utf-8") as held:
        assert world.bash("c1", f"bash /dev/fd/{held.fileno()}").exit_code == 0
        assert [real for path, real in facts(world)["real"] if path.startswith("/dev/fd/")] == [
            f"/dev/fd/{held.fileno()}"
        ]
    assert "scripts" not in facts(world)
