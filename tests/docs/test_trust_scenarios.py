"""The guide with the three questions that trust and lineage are for: its policies bind, its commands run and print what it shows."""

from __future__ import annotations

import json
import re
import shlex
import time
from typing import TYPE_CHECKING, Any

import pytest

from docs.pages import blocks
from support.editing import edit, now, write
from support.told import call_main
from support.world import World
from web4_governance.app import touched

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/guide/trust-scenarios.md"
MODEL = "claude-sonnet-4-5"
SECOND = "7c1de2a0-0000-4000-8000-000000000002"
POLICIES = [json.loads(block) for block in blocks(PAGE, "json")]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(touched, "BUDGET_S", 10.0)
    monkeypatch.setenv("COLUMNS", "160")
    made = World(tmp_path, POLICIES[0])
    made.now_us = time.time_ns() // 1000 - 3_600_000_000
    monkeypatch.chdir(made.project)
    made.feed("SessionStart", source="startup", model=MODEL)
    made.feed("UserPromptSubmit", prompt="bring the table of rates up to date")
    return made


def fetch(world: World, n: int, *, works: bool = True) -> str:
    """Ask for a page; give what the host was told: the decision that it hears, empty for none."""
    given = {"command": f"curl -s https://rates.example.org/{n}", "description": "d"}
    said = world.pre(f"toolu_f{n}", "Bash", given)
    if said.exit_code:
        return "deny"
    if works:
        world.post(f"toolu_f{n}", "Bash", given, {"stdout": "1.07", "stderr": "", "interrupted": False})
    else:
        failed: dict[str, Any] = {"tool_use_id": f"toolu_f{n}", "tool_name": "Bash", "tool_input": given}
        world.feed("PostToolUseFailure", error="Exit code 6\ncurl: (6) no such host", **failed)
    return "ask" if b'"ask"' in said.stdout else ""


def masked(text: str, world: World) -> str:
    """Give an output as the guide shows it: in its directory, at its time."""
    text = text.replace(str(world.project), "/home/dev/project")
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "2026-11-27T09:00:00", text)
    return re.sub(r"\d\d-\d\d([ T])\d\d:\d\d", r"11-27\g<1>09:00", text)


def printed(world: World) -> list[str]:
    """What the commands of the guide print, in order; between its parts the story goes on."""
    said = []
    for n, block in enumerate(blocks(PAGE, "console")):
        PARTS[n](world)
        for line in block.splitlines():
            program, *words = shlex.split(line.removeprefix("$ "))
            done = call_main(*words, "--home", str(world.home))
            assert (program, done.code) == ("web4", 0), (line, done.err)
            said.append(masked(done.out, world).rstrip())
    return said


def asked_for(world: World) -> None:
    """Nine pages, the first eight of which a person was asked about."""
    assert [fetch(world, n) for n in range(9)] == ["ask"] * 8 + [""]


def fails(world: World) -> None:
    """The pages are gone: the calls fail, until the person is asked again."""
    assert [fetch(world, n, works=False) for n in range(20, 24)] == ["", "ask", "ask", "ask"]


def is_denied(world: World) -> None:
    """The same rule, where nobody is there to be asked."""
    world.policy(POLICIES[1])
    assert fetch(world, 30) == "deny"


def works_elsewhere(world: World) -> None:
    """What it was vouched for it may; then fourteen files elsewhere, before and after which it tries the core."""
    assert fetch(world, 31) == ""
    for place in ("src/web", "src/core"):
        (world.project / place).mkdir(parents=True)
    world.policy(POLICIES[2])
    core = {"file_path": str(world.project / "src/core/rates.py"), "content": "RATE = 1.07\n"}
    assert world.pre("toolu_early", "Write", core).exit_code == 2
    for n in range(14):
        write(world, f"toolu_w{n}", f"src/web/{n}.py", f"page = {n}\n")
    write(world, "toolu_core", "src/core/rates.py", "RATE = 1.07\n")
    assert (world.project / "src/core/rates.py").exists()


def takes_back(world: World) -> None:
    """To and fro, until the core is closed."""
    for n in range(4):
        edit(world, f"toolu_x{n}", f"src/web/{n}.py", f"page = {n}", "page = None")
        edit(world, f"toolu_y{n}", f"src/web/{n}.py", "page = None", f"page = {n}")
    core = {"file_path": str(world.project / "src/core/rates.py"), "content": "RATE = 2\n"}
    assert world.pre("toolu_late", "Write", core).exit_code == 2


def calls_a_server(world: World) -> None:
    """Another session has the server write the file."""
    world.policy({"extends": ["safety"]})
    who: dict[str, Any] = {"session_id": SECOND}
    world.feed("SessionStart", source="startup", model=MODEL, **who)
    world.feed("UserPromptSubmit", prompt="write down today's rates", **who)
    now(world)
    given = {"path": str(world.project / "rates.txt"), "content": "1.07\n"}
    server = {"mcp_server": {"name": "files", "source": "project"}, **who}
    world.pre("toolu_mcp", "mcp__files__write_file", given, **server)
    world.write("rates.txt", "1.07\n")
    world.post("toolu_mcp", "mcp__files__write_file", given, [{"type": "text", "text": "ok"}], **server)


def tells_no_more(_world: World) -> None:
    """The last command asks about the same."""


PARTS = [asked_for, fails, is_denied, works_elsewhere, takes_back, calls_a_server, tells_no_more]


def test_the_very_same_call_opens_the_gate_after_forty_two(world: World) -> None:
    """What is done over and over shows less each time."""
    given = {"command": "curl -s https://rates.example.org/today", "description": "d"}
    asked = []
    for n in range(44):
        asked.append(b'"ask"' in world.pre(f"toolu_{n}", "Bash", given).stdout)
        world.post(f"toolu_{n}", "Bash", given, {"stdout": "1.07", "stderr": "", "interrupted": False})
    assert asked == [True] * 42 + [False] * 2


def test_the_guide_shows_what_its_commands_print(world: World) -> None:
    """Word for word, but for time and place."""
    assert [block.rstrip() for block in blocks(PAGE, "text")] == printed(world)
