"""`web4 retain`: says what would go, prunes when it is told to, holds and releases; `status` speaks of a large ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.told import call_main
from support.world import SESSION, World
from web4_governance.app import status

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Said


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One whose calls are some days old: the clock of the tests stands before the real one."""
    world = World(tmp_path, None)
    world.bash("toolu_1", "ls")
    world.now_us -= 3650 * 86_400 * 1_000_000
    world.bash("toolu_2", "ls /srv")
    world.now_us += 3650 * 86_400 * 1_000_000
    return world


def web4(world: World, *words: str) -> Said:
    return call_main("retain", *words, "--home", str(world.home))


def test_everything_is_kept_unless_it_is_asked_for(world: World) -> None:
    said = web4(world)
    assert (said.code, "everything is kept" in said.err) == (0, True)
    assert "0 entries would be pruned" in said.out


def test_by_size_said_and_done(world: World) -> None:
    before = json.loads(web4(world, "--max-size", "1MB", "--json").out)
    assert before["size"] == 0
    assert "nothing was pruned" in web4(world, "--max-size", "1MB", "--yes", "--why", "w").err
    assert web4(world, "--keep", "1d", "--yes").code == 3


def test_by_age_with_a_hold(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hold keeps the session; released, it goes, and verify explains it."""
    later = world.now_us + 400 * 86_400 * 1_000_000
    monkeypatch.setattr("web4_governance.cli.retain.now_us", lambda: later)
    held = web4(world, "--hold", "--session", SESSION[:6], "--why", "litigation")
    assert held.code == 0
    name = held.out.split()[1]
    found = web4(world, "--keep", "90d")
    assert name in found.out
    assert "litigation" in found.out
    assert "1 entries would be pruned" in found.out  # the policy, which is of no session and came before
    assert web4(world, "--release", name, "--why", "settled").code == 0
    row = json.loads(web4(world, "--keep", "90d", "--json").out)
    assert row["size"] > 0
    done = web4(world, "--keep", "90d", "--yes", "--why", "policy 7")
    assert (done.code, "are pruned; entry" in done.out) == (0, True), done.err
    verified = call_main("verify", "--home", str(world.home))
    assert (verified.code, "GAPS" in verified.out) == (0, True)
    assert call_main("log", "--home", str(world.home)).code == 0
    assert call_main("sessions", "--home", str(world.home)).code == 0
    assert web4(world, "--hold", "--since", "yesterday", "--why", "w").code == 0
    assert "from " in web4(world).out


def test_status_speaks_of_a_large_ledger(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    home = str(world.home)
    assert "LARGE" not in call_main("status", "--home", home).out
    monkeypatch.setattr(status, "LARGE", 1)
    assert "LARGE" in call_main("status", "--home", home).out
