"""The console's guide runs: its commands start a console, and what it says that a page shows is there."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from docs.guides import SOURCE
from docs.pages import blocks, text_of
from support.consoles import PATIENCE_S, Console, addresses
from support.governed import governed

if TYPE_CHECKING:
    from support.world import World

GUIDE = "docs/guide/console.md"
EXTRA = "pip install '.[console]'"
SPOKEN = re.compile(r"`(web4 console[^`]*)`")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    found = governed(tmp_path_factory.mktemp("guide"))
    (found.project / "mine.json").write_text(
        json.dumps({"rules": [{"match": {"tools": ["Bash"]}, "decision": "deny"}]})
    )
    return found


def commands() -> list[list[str]]:
    """Those of the guide's blocks and those in its sentences; an option that is spoken of alone belongs to the command."""
    lines = [line.removeprefix("$ ") for block in blocks(GUIDE, "console") for line in block.splitlines()]
    assert lines[0] == EXTRA
    text = text_of(GUIDE)
    assert "`--no-open` only prints it" in text
    spoken = [*SPOKEN.findall(text), "web4 console --no-open", "web4 console --port 0"]
    return [shlex.split(line)[1:] for line in [*lines[1:], *spoken]]


def opened(words: list[str], world: World) -> list[str]:
    """Run a command as a person would, until Ctrl-C; give the addresses that it had a browser open."""
    note = world.user_home / "opened"
    note.unlink(missing_ok=True)
    browser = world.user_home / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> "{note}"\n')
    browser.chmod(0o700)
    environment = {
        "HOME": str(world.user_home),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(SOURCE),
        "BROWSER": f"{browser} %s",
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "web4_governance", *words],
        cwd=world.project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        parts = urlsplit(address)
        assert parts.port is not None, process.stderr.read() if process.stderr else ""
        console = Console(process, address, parts.port, parts.query.removeprefix("token="))
        console.enter()
        assert_shown(console, mine="--policy" in words)
        assert console.ask(f"/?token={console.token}").status == 403
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode in (0, -signal.SIGINT, 130)
    assert not note.exists() or note.read_text().splitlines() == [address]
    return note.read_text().splitlines() if note.exists() else []


def assert_shown(console: Console, *, mine: bool) -> None:
    """Each page of the guide's list is in the navigation, and shows what the list says of it."""
    named = re.findall(r"^- \*\*(\w+)\*\*", text_of(GUIDE), re.MULTILINE)
    first = console.page("/").text
    for name in named:
        assert f">{name}</a>" in first, name
    assert "config/prod" in console.page("/?target=*/config/prod/*").text
    place = next(one for one in sorted(addresses(console.page("/?decision=deny").text)) if "/call" in one)
    assert "would lift" in console.ask(place, cookie=console.cookie).text.lower()
    assert "reviewer" in console.page("/sessions").text or "reviewer" in console.page("/?agent=reviewer").text
    assert ("mine.json" in console.page("/policy").text) == mine


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_guides_commands_serve_what_it_says(words: list[str], world: World) -> None:
    """Each opens the printed address in the person's browser, once, unless it is told not to."""
    assert bool(opened(words, world)) == ("--no-open" not in words)
