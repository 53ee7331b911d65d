"""The guide about changed files: its commands run, and print what it shows, on the story that it tells."""

from __future__ import annotations

import re
import shlex
import time
from typing import TYPE_CHECKING

import pytest

from docs.pages import blocks
from support.editing import OTHER, edit, now, shell, write
from support.told import call_main
from support.world import World
from web4_governance.app import touched

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/guide/lineage.md"
CHILD = "a1b2c3d4e5f6a7b8c"
CODES = {"web4 blame list.txt": 1}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(touched, "BUDGET_S", 10.0)
    monkeypatch.setenv("COLUMNS", "80")
    made = World(tmp_path, {"extends": ["safety"]})
    made.now_us = time.time_ns() // 1000 - 3_600_000_000
    tell(made)
    monkeypatch.chdir(made.project)
    return made


def tell(world: World) -> None:
    """Two sessions, a command, an editor, a program that nobody knows, and a server."""
    world.feed("UserPromptSubmit", prompt="write the list")
    write(world, "a", "list.txt", "one\ntwo\nthree\nfour\nfive\n")
    world.feed("UserPromptSubmit", prompt="mend the second line", session_id=OTHER)
    edit(world, "b", "list.txt", "two", "TWO", session_id=OTHER, agent_id="r", agent_type="review")
    given = {"file_path": str(world.project / "list.txt")}
    world.pre("r", "Read", given)
    world.post("r", "Read", given, {"type": "text", "file": {"content": "x"}})
    shell(world, "c", "sed -i s/three/3/ list.txt")
    shell(world, "d", "make", really="sed -i s/five/5/ list.txt")
    now(world)
    world.write("list.txt", "one\nTWO\n3\nhand\n5\n")
    now(world)
    given = {"prompt": "p", "description": "d", "subagent_type": "writer"}
    world.pre("e", "Agent", given)
    world.post("e", "Agent", given, {"status": "completed", "agentId": CHILD, "agentType": "writer"})
    now(world)
    given = {"path": str(world.project / "served.txt"), "content": "x\n"}
    who = {"agent_id": CHILD, "agent_type": "writer"}
    world.pre("f", "mcp__files__write_file", given, mcp_server={"name": "files", "source": "project"}, **who)
    world.write("served.txt", "x\n")
    world.post("f", "mcp__files__write_file", given, [{"type": "text", "text": "ok"}], **who)


def masked(text: str, world: World) -> str:
    """Give an output as the guide shows it: in its directory, at its time."""
    text = text.replace(str(world.project), "/home/dev/project")
    return re.sub(r"\d\d-\d\d([ T])\d\d:\d\d", r"11-27\g<1>09:00", text)


def test_the_guide_shows_what_its_commands_print(world: World) -> None:
    """Word for word, but for time and place."""
    shown = blocks(PAGE, "text")
    commands = [line.removeprefix("$ ") for block in blocks(PAGE, "console") for line in block.splitlines()]
    printed = []
    for command in commands:
        program, *words = shlex.split(command)
        said = call_main(*words, "--home", str(world.home))
        assert (program, said.code) == ("web4", CODES.get(command, 0)), (command, said.err)
        printed.append(masked(said.out, world).rstrip())
    assert [block.rstrip() for block in shown] == printed[:2]
    assert "created served.txt" in printed[-1]
