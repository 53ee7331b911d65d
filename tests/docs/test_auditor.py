"""The auditor's guide runs, command by command, on ledgers of three people who worked in the third quarter."""

from __future__ import annotations

import json
import os
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docs.guides import run
from docs.pages import blocks
from support.world import World
from web4_governance.app.bundle import write_bundle

GUIDE = "docs/guide/auditor.md"
JULY = int(datetime(2026, 7, 14, 9, 0, tzinfo=UTC).timestamp()) * 1_000_000


def read(world: World, call: str, path: Path, **fields: Any) -> None:
    """A file that is read, with its end."""
    given = {"file_path": str(path)}
    world.pre(call, "Read", given, **fields)
    world.post(call, "Read", given, {"type": "text", "file": {"content": "x"}}, **fields)


def work(world: World) -> None:
    """Accesses in the quarter by two tools, one that could have been one, and one in October."""
    world.now_us = JULY
    patients = world.project / "patients"
    read(world, "toolu_1", patients / "anna.txt")
    world.bash("toolu_2", "cat patients/ben.txt | wc -l")
    world.bash("toolu_3", "grep -r fever .")
    read(world, "toolu_4", world.project / "notes.txt")
    world.now_us = JULY + 90 * 24 * 3600 * 1_000_000
    read(world, "toolu_5", patients / "cleo.txt")


def commands() -> list[list[str]]:
    lines = [line.removeprefix("$ web4 ") for block in blocks(GUIDE, "console") for line in block.splitlines()]
    return [shlex.split(line) for line in lines]


def test_the_scenario_runs_and_answers(tmp_path: Path) -> None:
    """Every command says what the guide says of it."""
    worlds = {name: World(tmp_path / name) for name in ("anna", "ben", "cleo")}
    for name, world in worlds.items():
        work(world)
        write_bundle(str(world.home), str(worlds["anna"].project / f"{name}.tar"))
    here = worlds["anna"]
    said = {" ".join(words): run(words, here) for words in commands()}
    assert len(said) == 13
    told = list(said.values())
    assert [row["call"] for row in json.loads(told[1])] == ["toolu_1", "toolu_2"]
    assert "anna.txt" in told[0]
    assert "grep -r fever ." in told[2]
    assert "anna.txt" not in told[2]
    assert_reported(here.project / "q3.html")
    assert "the whole ledger" in told[4]
    assert told[5].rstrip().endswith("UNANCHORED")
    assert "is signed off" in told[6]
    assert "signed off by Dr. Anna Berg" in told[7]
    assert "1 report was signed off" in told[8]
    for name in worlds:
        assert f" · {name} · session " in told[9]
    assert told[10].splitlines() == []
    assert told[11].count("perhaps: takes in all that lies below") == 3
    page = (here.project / "team.html").read_text()
    assert "6 calls on record that name it; 3 more that could have touched it" in page
    assert all(f"{name} #" in page for name in worlds)


def assert_reported(page: Path) -> None:
    """The page has both lists and the verdict."""
    text = page.read_text()
    assert "2 calls on record that name it; 1 more that could have touched it" in text
    assert "HIPAA Security Rule" in text
    assert "UNANCHORED" in text
    assert os.stat(page).st_mode & 0o777 == 0o600
